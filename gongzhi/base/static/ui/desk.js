/* The desk by keyboard: j k move, Enter opens (the focused link itself), x selects, / searches, u returns, ? helps. */
(() => {
  "use strict";
  const wide = matchMedia("(min-width: 1280px)");
  const place = `here:${location.pathname}`;
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const rowOf = (node) => node?.closest?.("[data-row]");
  const titleOf = (row) => row.querySelector(".row-title");
  const boxOf = (row) => row.querySelector("input[type=checkbox]");
  let last = null;

  function here() {
    const all = rows();
    const remembered = all.find((row) => boxOf(row)?.value === sessionStorage.getItem(place));
    return rowOf(document.activeElement) || (all.includes(last) ? last : null)
      || all.find((row) => row.hasAttribute("aria-current")) || remembered || null;
  }

  function move(step) {
    const all = rows();
    const row = all[Math.max(0, Math.min(all.length - 1, all.indexOf(here()) + step))];
    if (!row) return;
    titleOf(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (!row) return;
    last = row;
    if (boxOf(row)) sessionStorage.setItem(place, boxOf(row).value);
  });

  function toggle() {
    const box = here() && boxOf(here());
    if (!box) return;
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: toggle,
    "/": () => document.querySelector("[data-search]")?.focus(),
    u: () => document.querySelector("[data-back-to-list]")?.click(),
    "?": () => document.querySelector("[data-keys]")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.key === "Escape" && event.target.matches("[data-search]")) event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  /* Selection and the bar of what can be done with it */
  function count(form) {
    const bar = form.querySelector("[data-bulk-bar]");
    const chosen = form.querySelectorAll("[data-row] input[type=checkbox]:checked").length;
    const label = bar?.querySelector("[data-bulk-count]");
    if (!bar) return;
    bar.classList.toggle("idle", chosen === 0);
    label.dataset.idle = label.dataset.idle || label.textContent;
    label.textContent = chosen ? bar.dataset.words.replace("{n}", chosen) : label.dataset.idle;
  }

  let from = null;
  document.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    if (!row || event.target !== boxOf(row)) return;
    if (event.shiftKey && from) {
      const all = rows();
      const [a, b] = [all.indexOf(from), all.indexOf(row)].sort((x, y) => x - y);
      all.slice(a, b + 1).forEach((one) => { if (boxOf(one)) boxOf(one).checked = event.target.checked; });
    }
    from = row;
  });
  document.addEventListener("change", (event) => event.target.form?.matches("[data-bulk]") && count(event.target.form));
  document.addEventListener("reset", (event) => setTimeout(() => event.target.matches("[data-bulk]") && count(event.target)));
  const recount = () => document.querySelectorAll("[data-bulk]").forEach(count);
  addEventListener("pageshow", recount);
  document.addEventListener("htmx:afterSettle", recount);

  /* List and detail side by side where there is room; else the link simply opens. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const link = event.detail.elt;
    if (event.detail.target?.id !== "detail" || wide.matches || !link.href) return;
    event.preventDefault();
    location.assign(link.href);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const row = rowOf(event.detail.requestConfig?.elt);
    if (event.detail.target?.id !== "detail" || !row) return;
    rows().forEach((one) => one.removeAttribute("aria-current"));
    row.setAttribute("aria-current", "true");
    document.querySelector("[data-panes]").dataset.showing = "detail";
    document.getElementById("detail").scrollTop = 0;
  });

  const rail = document.querySelector("[data-rail]");
  const narrow = matchMedia("(max-width: 899px)");
  const fold = () => { if (rail) rail.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
})();
