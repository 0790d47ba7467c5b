// Every page works without this script. It saves steps, and never does what a page could not.

// What the server knows of this browser: signed_in, person, csrf, ends_in (seconds), last.
// Asking counts as no activity; staying does.
const asked = (how) => fetch("/accounts/session/", { cache: "no-store", ...how })
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)));
window.portal = { session: () => asked() };

// The list of what is wrong takes the focus, so that it is read first.
document.querySelector(".errors")?.focus();

// A file that is too large says so before it travels; the server checks it again.
for (const input of document.querySelectorAll("input[type=file][data-largest]")) {
  const words = document.createElement("p");
  words.className = "hint";
  words.setAttribute("role", "status");
  input.after(words);
  input.addEventListener("change", () => {
    const largest = Number(input.dataset.largest);
    const mb = (bytes) => `${Math.max(0.1, Math.round(bytes / 104857.6) / 10)} MB`;
    const file = input.files[0];
    const over = file && file.size > largest;
    words.classList.toggle("red", Boolean(over));
    words.textContent = !file ? "" : over
      ? `This file has ${mb(file.size)}. Choose one of up to ${mb(largest)}.`
      : `This file has ${mb(file.size)}.`;
  });
}

// Buttons that print stand in the page hidden, since without script they would do nothing.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
