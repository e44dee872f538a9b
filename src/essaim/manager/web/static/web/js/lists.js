/* "Show more" puts new rows in the place of its own: the keyboard goes on where it was, at the first of them. */
"use strict";

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
