/* File fields that take a drop and say the file's name; a bar that follows the bytes htmx sends. */
"use strict";

(() => {
  const named = (drop) => {
    const file = drop.querySelector("input[type=file]").files[0];
    const place = drop.querySelector("[data-drop-name]");
    place.dataset.empty ??= place.textContent;
    place.textContent = file ? file.name : place.dataset.empty;
  };

  document.addEventListener("change", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (drop) named(drop);
  });

  for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(kind, (event) => {
      event.target.closest?.("[data-drop]")?.classList.toggle("is-over", over);
    });
  }

  const bar = (form) => form?.querySelector("[data-upload]");

  document.addEventListener("htmx:xhr:loadstart", (event) => {
    const place = bar(event.target);
    if (place) place.hidden = false;
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const place = bar(event.target);
    if (!place || !event.detail.lengthComputable) return;
    const share = event.detail.loaded / event.detail.total;
    const progress = place.querySelector("progress");
    if (share === 1) progress.removeAttribute("value");
    else progress.value = share;
    place.querySelector("[data-share]").textContent = new Intl.NumberFormat(document.documentElement.lang, {
      style: "percent",
    }).format(share);
  });
})();
