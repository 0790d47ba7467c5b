// Every page works without this script.

// What the server knows: signed_in, person, csrf, ends_in (seconds), last. Asking is no activity.
const ask = (how) => fetch("/accounts/session/", { cache: "no-store", ...how })
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)));
window.portal = { session: () => ask() };

// This device keeps text not saved yet: under cip:, whose it is, what, where.
const person = document.querySelector("[data-person]")?.dataset.person || "";
const typedHere = `cip:${person}:typed:${location.pathname}${location.search}`;

function forget(which) {
  for (const store of [sessionStorage, localStorage]) {
    for (const key of Object.keys(store)) if (which.test(key)) store.removeItem(key);
  }
}

// The editor keeps its own text; nobody keeps passwords and files.
const controls = () => [...document.querySelectorAll("main form[method=post]:not([data-autosave])")]
  .flatMap((form) => [...form.elements])
  .filter((one) => one.name && !/hidden|password|file|submit|button|fieldset/.test(one.type));
const choiceOf = (one) => /checkbox|radio/.test(one.type) && one.value;
const facetOf = (one) => (choiceOf(one) === false ? "value" : "checked");
const stateOf = (one) => one[facetOf(one)];
const asLoaded = new Map(controls().map((one) => [one, stateOf(one)]));

function keepTyped() {
  const now = controls();
  if (now.every((one) => asLoaded.get(one) === stateOf(one))) return;
  const typed = now.map((one) => [one.name, choiceOf(one), stateOf(one)]);
  sessionStorage.setItem(typedHere, JSON.stringify({ at: Date.now(), typed }));
}

function bringBack() {
  const kept = JSON.parse(sessionStorage.getItem(typedHere) || "{}");
  if (!(Date.now() - kept.at < 432e5)) return sessionStorage.removeItem(typedHere);
  const there = controls();
  for (const [name, choice, state] of kept.typed) {
    const at = there.findIndex((one) => one.name === name && choiceOf(one) === choice);
    if (at < 0) continue;
    const [one] = there.splice(at, 1);
    one[facetOf(one)] = state;
    one.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.getElementById("main").prepend(document.getElementById("typed").content);
}

// Automatic sign-off: the server alone ends a session. Clocks are compared, not counted, since
// computers sleep, and the server is asked before anything is said.
function watch(warning, over) {
  const tabs = new BroadcastChannel("cip");
  const early = warning.dataset.warn * 1000;
  let ends, last, heard, timer, isOut, isSent, touched = 0;
  const left = () => ends - Date.now();
  const after = (ms, act) => { clearTimeout(timer); timer = setTimeout(act, ms); };

  function show(dialog, isFinal) {
    for (const one of dialog.querySelectorAll("[data-idle], [data-final]")) {
      one.hidden = isFinal === "idle" in one.dataset;
    }
    dialog.returnValue = "";
    if (!dialog.open) dialog.showModal();
  }

  // As the server says, or another tab has heard from it.
  function lasts(until, isLast) {
    [ends, last, heard] = [until, isLast, Date.now()];
    over.close("moved");
    document.body.style.visibility = "";
    if (left() > early) {
      warning.close("moved");
      after(left() - early, look);
    } else if (!last && Date.now() - touched < early) stay();
    else warn();
  }

  function learn(answer) {
    if (isOut) return; // asked before
    if (answer.person !== person || answer.ends_in <= 0) return end();
    for (const one of document.getElementsByName("csrfmiddlewaretoken")) one.value = answer.csrf;
    lasts(Date.now() + answer.ends_in * 1000, answer.last);
    tabs.postMessage({ person, ends, last });
  }

  const look = () => ask().then(learn).catch(() => (left() > 0 ? warn() : end()));
  const stay = () => ask()
    .then(({ csrf }) => ask({ method: "POST", headers: { "X-CSRFToken": csrf } }))
    .then(learn).catch(() => after(5000, look));

  // In words, politely: each minute, the last time when one is left.
  function warn() {
    const minutes = Math.ceil(left() / 60000);
    if (isOut) return;
    if (minutes < 1) return after(1000, look);
    warning.querySelector("b").textContent = minutes > 1 ? `${minutes} minutes` : "1 minute";
    if (!last || warning.returnValue !== "read") show(warning, last);
    after(left() % 60000 || 60000, warn);
  }

  function end(byHand = false) {
    isOut = byHand;
    clearTimeout(timer);
    warning.close("moved");
    if (byHand) forget(/^cip:/);
    else if (!over.open) keepTyped();
    const next = location.pathname + location.search;
    over.querySelector("a").search = new URLSearchParams({ next });
    document.body.style.visibility = "hidden";
    over.style.visibility = "visible";
    show(over, byHand);
  }

  warning.onclose = () => {
    if (warning.returnValue === "moved") return;
    warning.returnValue = "read";
    if (!last) stay();
  };
  over.oncancel = (event) => event.preventDefault();
  over.onclose = () => over.returnValue || over.showModal();
  tabs.onmessage = ({ data }) => {
    if (data.person !== person) return end(data.out);
    isOut = false;
    if (over.open) look();
    else lasts(data.ends, data.last);
  };
  const way = (form) => form.getAttribute("action");
  document.addEventListener("submit", ({ target }) => {
    isSent = true;
    sessionStorage.removeItem(typedHere);
    if (way(target) !== way(warning.querySelector("[action]"))) return;
    forget(/^cip:/);
    tabs.postMessage({ out: true });
  });
  document.addEventListener("input", () => { touched = Date.now(); });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - heard > 60000) look();
  });
  addEventListener("pagehide", () => isSent || isOut || keepTyped());
  addEventListener("pageshow", ({ persisted }) => persisted && look());

  lasts(Date.now() + warning.dataset.endsIn * 1000, "last" in warning.dataset);
  tabs.postMessage({ person, ends, last });
}

if (person) {
  forget(new RegExp(`^cip:(?!${person})`));
  bringBack();
  watch(...document.querySelectorAll("body > dialog"));
}

// What is wrong is read first.
document.querySelector(".errors")?.focus();

// A file that is too large says so before it travels.
for (const input of document.querySelectorAll("[data-largest]")) {
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
    const most = over ? ` Choose one of up to ${mb(largest)}.` : "";
    words.textContent = file ? `This file has ${mb(file.size)}.${most}` : "";
  });
}

// Without script, these buttons would do nothing.
for (const one of document.querySelectorAll("[data-print], [data-tick]")) {
  one.hidden = false;
  one.onclick = () => {
    if ("print" in one.dataset) print();
    for (const box of document.getElementsByName(one.dataset.tick)) box.checked = true;
  };
}
