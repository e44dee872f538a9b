// A passkey that was not given: the browser's reason is shown where the button is, and nothing else changes.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = document.getElementById("passkey-refused");
  if (said) {
    said.hidden = false;
  }
});
