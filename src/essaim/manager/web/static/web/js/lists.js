/* A row of tabs that is wider than the window begins where one is. */
"use strict";

for (const tab of document.querySelectorAll(".tabs a[aria-current]")) {
  const row = tab.closest(".tabs");
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}

/* "Show more" puts new rows in the place of its own: the keyboard goes on where it was, at the first of them. */
(() => {
  let last = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.target.closest?.(".row-more");
    last = row ? row.previousElementSibling : null;
  });

  document.addEventListener("htmx:afterSettle", () => {
    const first = last?.nextElementSibling;
    last = null;
    first?.querySelector("a")?.focus({ preventScroll: true });
  });
})();
