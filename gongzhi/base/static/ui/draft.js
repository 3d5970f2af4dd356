/* Typed text is never lost: forms with data-draft="key" are kept in this browser for a week and come back after a reload
   or a lost line. Photos with data-upload go up at once, each with its own uuid, and wait for the line when it is gone. */
(() => {
  "use strict";
  const { say, icon, uuid, csrf, words } = window.gongzhi;
  const WEEK = 7 * 24 * 3600 * 1000;
  const clock = (at) => new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  const storeName = (form) => `draft:${form.dataset.draft}`;
  const kept = (field) => field.name && !["password", "file", "submit", "button", "reset"].includes(field.type)
    && !["csrfmiddlewaretoken", "key"].includes(field.name) && !field.closest("[data-no-draft]");

  function read(name) {
    try {
      const draft = JSON.parse(localStorage.getItem(name));
      if (draft && Date.now() - draft.at < WEEK) return draft;
      localStorage.removeItem(name);
    } catch { /* a full or forbidden store: the form still works */ }
    return null;
  }

  function show(form, text) {
    const line = document.querySelector("[data-draft-words]");
    if (line) line.textContent = text;
  }

  function save(form) {
    const values = [...form.elements].filter(kept).filter((f) => f.type !== "hidden" || f.dataset.shot)
      .map((f) => [f.name, f.value, f.matches("[type=radio], [type=checkbox]") ? f.checked : f.dataset.shot || null]);
    try {
      localStorage.setItem(storeName(form), JSON.stringify({ at: Date.now(), values }));
      show(form, words.draft.replace("{at}", clock(Date.now())));
    } catch { show(form, ""); }
  }

  function restore(form) {
    const draft = read(storeName(form));
    if (!draft || document.querySelector(".errors")) return;
    for (const [name, value, extra] of draft.values) {
      const fields = [...form.elements].filter((f) => f.name === name && kept(f));
      const choice = fields.find((f) => f.matches("[type=radio], [type=checkbox]") && f.value === value);
      if (choice) choice.checked = extra;
      else if (typeof extra === "string") addShot(form.querySelector("[data-photos]"), { uid: value, thumb: extra });
      else if (fields[0] && fields[0].type !== "hidden" && (!fields[0].value || fields[0].value === fields[0].defaultValue)) fields[0].value = value;
    }
    show(form, words.restored.replace("{at}", clock(draft.at)));
    form.dispatchEvent(new CustomEvent("draft:restored", { bubbles: true }));
  }

  const timers = new WeakMap();
  function soon(event) {
    const form = event.target.form || event.target.closest("form");
    if (!form?.dataset.draft) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), 500));
  }
  document.addEventListener("input", soon);
  document.addEventListener("change", soon);
  addEventListener("pagehide", () => document.querySelectorAll("form[data-draft]").forEach((form) => timers.has(form) && !form.dataset.sent && save(form)));

  /* Photos */
  const waiting = new Set();

  function addShot(zone, shot) {
    if (!zone) return null;
    const input = zone.querySelector("input[type=file]");
    const item = document.createElement("li");
    const image = Object.assign(document.createElement("img"), { src: shot.thumb, alt: words.photo });
    const remove = Object.assign(document.createElement("button"), { type: "button" });
    remove.append(icon("close"));
    remove.setAttribute("aria-label", words.remove);
    remove.addEventListener("click", () => {
      waiting.delete(item.job);
      if (input.dataset.upload) item.remove();
      else zone.querySelector("[data-shots]").replaceChildren();
      input.value = "";
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.focus();
    });
    item.append(image, remove);
    if (shot.uid) keepShot(item, input, shot.uid, shot.thumb);
    zone.querySelector("[data-shots]").append(item);
    return item;
  }

  function keepShot(item, input, uid, thumb) {
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: `${input.name}_uid`, value: uid });
    hidden.dataset.shot = thumb;
    item.append(hidden);
  }

  function state(item, text) {
    let line = item.querySelector(".state");
    if (!line) item.append(line = Object.assign(document.createElement("span"), { className: "state" }));
    line.textContent = text;
  }

  function upload(job) {
    const { item, input, file, uid } = job;
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.append("uid", uid);
    data.append("file", file);
    request.open("POST", input.dataset.upload);
    request.setRequestHeader("X-CSRFToken", csrf());
    request.responseType = "json";
    request.upload.onprogress = (e) => e.lengthComputable && state(item, `${words.sending} ${Math.round((e.loaded / e.total) * 100)}%`);
    request.onload = () => {
      waiting.delete(job);
      if (request.status >= 400) return state(item, request.response?.words || words.refused);
      keepShot(item, input, uid, request.response?.thumb || input.dataset.upload);
      state(item, words.sent);
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return waiting.size || job.form?.dataset.wantsSend !== "1" || job.form.requestSubmit();
    };
    request.onerror = () => { job.busy = false; state(item, words.waits); };
    job.busy = true;
    state(item, words.sending);
    request.send(data);
  }

  const retry = () => waiting.forEach((job) => job.busy || upload(job));
  addEventListener("online", retry);
  setInterval(retry, 15000);

  document.addEventListener("click", ({ target }) => {
    const here = target.type === "file" && target.form?.elements.here;
    if (here && !here.value) navigator.geolocation?.getCurrentPosition(({ coords: { longitude: x, latitude: y } }) => { here.value = `${x.toFixed(4)},${y.toFixed(4)}`; }, () => {});
  });
  document.addEventListener("change", (event) => {
    const zone = event.target.type === "file" && event.target.closest("[data-photos]");
    if (!zone || !event.target.files.length) return;
    const input = event.target;
    if (!input.dataset.upload) zone.querySelectorAll("[data-shots] li").forEach((li) => li.remove());
    for (const file of input.files) {
      const item = addShot(zone, { thumb: URL.createObjectURL(file) });
      if (!input.dataset.upload) continue;
      item.job = { item, input, file, uid: uuid(), form: input.form };
      waiting.add(item.job);
      upload(item.job);
    }
    if (input.dataset.upload) input.value = "";
  });

  document.addEventListener("submit", (event) => {
    if (!waiting.size || !event.target.querySelector("[data-photos]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.target.dataset.wantsSend = "1";
    say(words.photosFirst, "info", "busy");
  }, true);

  /* The page after success clears what it answers; signing out clears all. */
  document.querySelectorAll("[data-draft-done]").forEach((mark) => localStorage.removeItem(`draft:${mark.dataset.draftDone}`));
  if (document.querySelector("[data-draft-clear]")) {
    Object.keys(localStorage).filter((name) => name.startsWith("draft:")).forEach((name) => localStorage.removeItem(name));
  }
  document.querySelectorAll("form[data-draft]").forEach(restore);
})();
