/* Live suggestions: text with data-suggest="/address" is posted while typing; the answer is HTML whose parts
   data-slot="category | emergency | similar | …" replace the parts of the same name here. Chosen things stay chosen. */
(() => {
  "use strict";
  const { csrf } = window.gongzhi;
  const PAUSE = 600;
  let timer = 0;
  let running = null;
  let asked = "";

  function fill(form, html) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    for (const part of answer.querySelectorAll("[data-slot]")) {
      const old = form.ownerDocument.querySelector(`[data-slot="${part.dataset.slot}"]`);
      if (!old || old.dataset.touched || old.contains(document.activeElement)) continue;
      const changed = old.textContent.trim() !== part.textContent.trim();
      if (changed) old.replaceChildren(...part.childNodes);
      window.htmx?.process(old);
    }
  }

  async function ask(source) {
    const form = source.form;
    const data = new FormData(form);
    [...data.keys()].filter((name) => data.get(name) instanceof File).forEach((name) => data.delete(name));
    const text = source.value.trim();
    if (text === asked || text.length < 2) return;
    asked = text;
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(source.dataset.suggest, {
        method: "POST", body: data, signal: running.signal, headers: { "X-CSRFToken": csrf(), "HX-Request": "true" },
      });
      if (answer.ok) fill(form, await answer.text());
    } catch { asked = ""; /* no line: the server suggests after the send */ }
  }

  function soon(event) {
    const source = event.target.matches?.("[data-suggest]") ? event.target : null;
    if (!source) return;
    clearTimeout(timer);
    timer = setTimeout(() => ask(source), PAUSE);
  }

  document.addEventListener("input", soon);
  document.addEventListener("draft:restored", (event) => event.target.querySelectorAll("[data-suggest]").forEach(ask));
  document.addEventListener("change", (event) => {
    const slot = event.target.closest("[data-slot]");
    if (slot) slot.dataset.touched = "1";
    const form = event.target.form;
    if (event.target.matches("[data-suggest-again]")) {
      asked = "";
      form.querySelectorAll("[data-suggest]").forEach(ask);
    }
  });
})();
