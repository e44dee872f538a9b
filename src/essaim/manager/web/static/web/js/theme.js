/* The colour scheme at once, without a new page. Without this script the same form posts and the server answers. */
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-scheme]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const scheme = event.submitter.value;
  if (scheme) document.documentElement.dataset.theme = scheme;
  else delete document.documentElement.dataset.theme;
  for (const every of document.querySelectorAll("form[data-scheme] button")) {
    every.setAttribute("aria-pressed", String(every.value === scheme));
  }
  const body = new FormData(form);
  body.set("scheme", scheme);
  fetch(form.action, { method: "POST", body, redirect: "manual" });
});
