/* What every page does: looks, messages, one submit per press, words when the line is gone. All works without it. */
(() => {
  "use strict";
  const root = document.documentElement;
  const box = () => document.getElementById("messages");
  const sprite = (document.querySelector("use")?.getAttribute("href") || "").split("#")[0];
  const words = new Proxy({}, { get: (_, name) => box()?.dataset[name] || "" });
  root.classList.add("js");

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${sprite}#${name}`);
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    svg.append(use);
    return svg;
  }

  function say(text, tone = "info", key = "", seconds = 0) {
    const place = box();
    if (!place || !text) return null;
    if (key) place.querySelector(`[data-key="${key}"]`)?.remove();
    const line = document.createElement("p");
    const body = document.createElement("span");
    line.className = `message ${tone}`;
    if (key) line.dataset.key = key;
    body.textContent = text;
    line.append(icon({ success: "done", warning: "alert", error: "alert" }[tone] || "info"), body);
    place.prepend(line);
    line.scrollIntoView({ block: "nearest" });
    if (seconds) setTimeout(() => line.remove(), seconds * 1000);
    return line;
  }

  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    const hex = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value
    || (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1] || "";

  /* Large type and themes: at once, remembered in a cookie the server reads before the first paint. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-switch]");
    if (!link) return;
    event.preventDefault();
    const name = link.dataset.switch;
    const value = name === "type" ? (root.dataset.type === "large" ? "" : "large") : link.dataset.value;
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
  });

  /* Steps that ask once: the first press asks in words, the second does it. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (!button || button.classList.contains("asking")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const label = [...button.childNodes];
    const calm = () => {
      if (!button.classList.contains("asking")) return;
      button.classList.remove("asking");
      button.replaceChildren(...label);
    };
    button.classList.add("asking");
    button.replaceChildren(words.again + button.textContent.trim());
    say(button.dataset.confirm, "warning", "confirm", 8);
    setTimeout(calm, 8000);
  }, true);

  /* One press, one submit. The key makes a repeated send the same send for the server. */
  const buttonsOf = (form) => [...document.querySelectorAll("button, input[type=submit]")].filter((b) => b.form === form && b.type === "submit");

  function addKey(form) {
    let key = form.elements.namedItem("key");
    if (key && !key.dataset?.made) return;
    if (!key) {
      key = Object.assign(document.createElement("input"), { type: "hidden", name: "key" });
      key.dataset.made = "1";
      form.append(key);
    }
    if (!key.value) key.value = uuid();
  }

  function release(form) {
    delete form.dataset.sent;
    buttonsOf(form).forEach((button) => button.removeAttribute("aria-disabled"));
    box()?.querySelector('[data-key="busy"]')?.remove();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    addKey(form);
    if (!form.dataset.sent && navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!navigator.onLine) say(words.lost, "warning", "line");
  }, true);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const byHtmx = form.matches("[hx-post], [data-hx-post]");
    if (form.method !== "post" || (event.defaultPrevented && !byHtmx)) return;
    form.dataset.sent = "1";
    setTimeout(() => {
      buttonsOf(form).forEach((button) => button.setAttribute("aria-disabled", "true"));
      if (!byHtmx) setTimeout(() => form.dataset.sent && say(words.busy, "info", "busy"), 700);
    });
    setTimeout(() => release(form), 15000);
  });

  document.addEventListener("input", (event) => {
    const key = event.target.form?.elements.namedItem("key");
    if (key?.dataset?.made) key.value = "";
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });

  /* The line */
  addEventListener("offline", () => say(words.lost, "warning", "line"));
  addEventListener("online", () => box()?.querySelector('[data-key="line"]') && say(words.back, "success", "line", 6));

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrf();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt?.closest?.("form");
    if (form) release(form);
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => say(words.lost, "warning", "line"));
  }
  document.addEventListener("htmx:responseError", (event) => {
    const said = event.detail.xhr.getResponseHeader("X-Words");
    say(said ? decodeURIComponent(said) : words.failed, "error", "failed");
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => say(words.copied, "success", "copy", 4));
  });
  document.querySelector("[data-focus]")?.focus();

  window.gongzhi = { say, icon, uuid, csrf, words };
})();
