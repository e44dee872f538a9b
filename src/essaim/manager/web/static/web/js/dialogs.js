/* Dialogs: opened by [data-dialog="id"], closed by [data-close] or a click beside them. Forms with [data-confirm] ask first. */
"use strict";

(() => {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement) event.target.close();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const search = document.querySelector("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  });

  // Forms of acts come over the page: <a href hx-get hx-target="#modal-body">. Without a script the link leads to their page.
  document.addEventListener("htmx:afterSwap", (event) => {
    const modal = event.target.closest?.("#modal");
    if (!modal) return;
    if (!modal.open) modal.showModal();
    modal.querySelector(".field-wrong input, .field input, .field textarea, .field select")?.focus();
  });

  const ask = (question, then) => {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("[data-question]").textContent = question;
    const yes = dialog.querySelector("[data-yes]");
    yes.onclick = () => {
      dialog.close();
      then();
    };
    dialog.showModal();
  };

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target.closest("form[data-confirm]");
      if (!form || form.dataset.confirmed || !document.getElementById("confirm")?.showModal) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(form.dataset.confirm, () => {
        form.dataset.confirmed = "yes";
        form.requestSubmit(submitter);
        delete form.dataset.confirmed;
      });
    },
    true,
  );
})();
