/* Copy buttons: shown only where copying works, and they say so when they did. */
"use strict";

(() => {
  if (!navigator.clipboard) return;

  const show = (root) => {
    for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    window.essaimToast?.(button.dataset.copied, "good");
  });

  document.addEventListener("DOMContentLoaded", () => show(document));
  document.addEventListener("htmx:afterSwap", (event) => show(event.target));
})();
