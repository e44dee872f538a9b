/* Short news at the foot of the page, read aloud politely, gone after eight seconds unless it is a failure. */
"use strict";

(() => {
  const close = (toast) => toast.remove();

  window.essaimToast = (text, tone = "going") => {
    const template = document.getElementById("toast");
    const place = document.querySelector(".toasts");
    if (!template || !place) return;
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.classList.add(`tone-${tone}`);
    toast.querySelector("[data-text]").textContent = text;
    place.append(toast);
    if (tone !== "bad") setTimeout(close, 8000, toast);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (button) close(button.closest(".notice"));
  });

  // A fragment that never came: the page says so and keeps what it shows.
  let lost = false;
  const say = (state) => {
    const place = document.querySelector(".toasts");
    if (place && state !== lost) {
      lost = state;
      window.essaimToast(state ? place.dataset.lost : place.dataset.back, state ? "care" : "good");
    }
  };
  document.addEventListener("htmx:sendError", () => say(true));
  document.addEventListener("htmx:timeout", () => say(true));
  document.addEventListener("htmx:afterOnLoad", () => say(false));
})();
