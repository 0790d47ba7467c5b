// A section is saved while it is written; its buttons save too, without this script.

const byId = (id) => document.getElementById(id);
const form = document.querySelector("form[data-autosave]");
const fields = form.elements;
const line = byId("saved");
const spoken = byId("spoken");
const { person } = document.body.dataset;
const here = `cip:${person}:kept:${location.pathname}:`;
const mine = here + Math.random();
const TOKEN = "csrfmiddlewaretoken";
const SSN = /(?<!\d)\d{3}[-. ]\d{2}[-. ]\d{4}(?!\d)/;

// What is typed, and the marks of what the writer has seen, never old ones.
const marks = ["seen", "shown", "places"].filter((name) => fields[name]);
for (const name of marks) fields[name].autocomplete = "off";
const typed = () => [...new FormData(form)].filter(([name]) => name !== TOKEN && !marks.includes(name));
const now = () => ({ typed: typed(), seen: marks.map((name) => [name, fields[name].value]) });
const text = () => JSON.stringify(typed());
const dirty = () => text() !== clean;
const isOpen = () => busy || unanswered || dirty();

const both = "both" in form.dataset; // two texts: the writer chooses first
let clean = both || text();
let unanswered; // sent, and nobody knows whether it arrived: sent again just so
let refused = {}, found = {}, onDevice = " Kept on this computer.";
let stopped = both, out, going, waits, again, cut, spoke, isMore;
let busy, timer, keeping, counting, gap = 0, at = 0;

function show(words, kind = "muted") {
  const shape = { green: "check", red: "warn", muted: "half" }[kind];
  line.className = `small ${kind}`;
  line.innerHTML = `<svg class="i" aria-hidden="true"><use href="#i-${shape}"/></svg> `;
  line.append(words);
}

function speak(words) {
  if (words && spoken.textContent !== words) spoken.textContent = words;
}

// On this device until the server has it; never what looks like case data.
function keep() {
  keeping = clearTimeout(keeping);
  const fits = ([name, value]) => !(name in refused || SSN.test(value));
  const entry = { at, ...now(), unanswered: unanswered?.typed.every(fits) && unanswered };
  entry.typed = entry.typed.filter(fits);
  if (both) entry.seen = [["seen", ""], ["shown", ""]];
  try {
    if (dirty()) localStorage[mine] = JSON.stringify(entry);
    else delete localStorage[mine];
  } catch { onDevice = ""; }
}

function takeKept() {
  let newest;
  for (const key of Object.keys(localStorage).filter((one) => /^cip:\w+:kept:/.test(one))) {
    const entry = JSON.parse(localStorage[key]);
    if (Date.now() - entry.at > 432e5) delete localStorage[key];
    else if (key.startsWith(here) && !(newest?.at > entry.at)) newest = { key, ...entry };
  }
  if (newest) delete localStorage[newest.key];
  return newest;
}

function bringBack(kept) {
  for (const [name] of kept.typed) {
    if (fields[name] || !/^(in|out)-\d+-\w+$/.test(name)) continue;
    // A row that is new: once it is saved, the page shows it.
    form.insertAdjacentHTML("beforeend", `<input type="hidden" name="${name}">`);
    isMore = true;
  }
  for (const one of fields) {
    const values = kept.typed.filter(([name]) => name === one.name).map(([, value]) => value);
    if (/checkbox|radio/.test(one.type)) one.checked = values.includes(one.value);
    else if (values.length) [one.value] = values;
  }
  if (!dirty()) return;
  for (const [name, value] of kept.seen) fields[name].value = value;
  ({ at, unanswered } = kept);
  spoke = true;
  const notice = form.querySelector("[data-kept]").content;
  const clock = { timeStyle: "short", timeZone: "America/Los_Angeles" };
  notice.querySelector("b").textContent = new Date(at).toLocaleTimeString("en-US", clock);
  speak(notice.textContent);
  form.prepend(notice);
  save();
}

function post(sent) {
  const body = new URLSearchParams([...sent.typed, ...sent.seen, [TOKEN, fields[TOKEN].value]]);
  // What outlives its page has 64 KB in all.
  const how = { method: "POST", redirect: "manual", keepalive: `${body}`.length < 6e4 };
  return fetch(form.dataset.autosave, { ...how, body, signal: AbortSignal.timeout(15e3) });
}

// One request at a time.
function save() {
  timer = clearTimeout(timer);
  again = busy;
  return busy ??= attempt().catch(() => later("no connection.", true)).then((end) => {
    busy = null;
    if (end === "saved" && dirty() && (again || !timer)) save();
    return end;
  });
}

async function attempt(isAgain) {
  const sent = unanswered ||= now();
  keep();
  if (!gap) show("Saving …");
  const answer = out || await post(sent);
  const { status } = answer;
  if (!status || status === 403) {
    const { person: who, csrf } = await window.portal.session();
    if (!who || who === person) fields[TOKEN].value = csrf;
    out = who !== person && { status }; // then asking comes first
    if (out) return later("you are signed out. Sign in in another window to save it.");
    return isAgain ? later("the portal didn’t take it.") : attempt(true);
  }
  if (status >= 500) return later("the portal can’t save just now.");
  const told = await answer.json().catch(() => ({}));
  if (told.version >= 0) return saved(sent, told);
  if (answer.ok) throw told; // cut short, or not our page
  unanswered = null;
  stopped ||= status === 409 || status === 404;
  fail(told.words || "Not saved. This draft may be gone: copy what you need from here.");
}

function fail(words) {
  show(words, "red");
  speak(words);
}

function later(why, isCut) {
  cut = isCut;
  gap = Math.min(gap * 2 || 2000, 3e4);
  clearTimeout(timer);
  timer = setTimeout(save, gap);
  fail(`Not saved: ${why}${onDevice} Trying again …`);
  return "later";
}

function saved(sent, told) {
  unanswered = null;
  gap = 0;
  for (const name of marks) fields[name].value = told[name];
  clean = JSON.stringify(sent.typed);
  ({ refused, help: found } = told);
  keep();
  const isWhole = !Object.keys(refused).length;
  if (isWhole && dirty()) show("Saving …");
  else show(told.saved, isWhole ? "green" : "red");
  const news = help();
  if (isWhole && (!spoke || /not saved/i.test(spoken.textContent))) news.push(told.saved);
  spoke = true;
  speak(news.join(" "));
  if (isMore) location.reload();
  return "saved";
}

// What stands beneath each field. What has the focus stays.
function help() {
  const news = [], isSaved = !dirty();
  for (const place of form.querySelectorAll(".help")) {
    const name = place.id.slice(5);
    const html = found[name] ?? "";
    if (place.html === html || place.contains(document.activeElement)) continue;
    const before = place.innerText;
    place.html = place.innerHTML = html;
    if (html && place.innerText !== before) news.push(place.querySelector("p").innerText);
    const field = byId(`id_${name}`);
    const isRefused = name in refused;
    if (!field || !(isRefused || "refused" in place.dataset)) continue;
    place.toggleAttribute("data-refused", isRefused);
    byId(`id_${name}_error`)?.remove();
    place.previousElementSibling.classList.toggle("bad", isRefused);
    field.ariaInvalid = isRefused || null;
    const about = field.getAttribute("aria-describedby") ?? "";
    if (isRefused) field.setAttribute("aria-describedby", `${about} id_${name}_refused`);
  }
  if (isSaved) clean = text(); // without the boxes that are gone
  return news;
}

// How much room is left, from four fifths on.
function count(one) {
  const { longest } = one.dataset;
  const left = longest - [...one.value.trim().normalize()].length;
  one.nextElementSibling?.remove();
  if (left > longest / 5) return "";
  const number = Math.abs(left);
  const signs = `${number.toLocaleString()} character${number === 1 ? "" : "s"}`;
  const words = left < 0 ? `${signs} too many` : `You have ${signs} left`;
  one.insertAdjacentHTML("afterend", `<p class="hint${left < 0 ? " red" : ""}">${words}</p>`);
  return words;
}

form.addEventListener("input", ({ target }) => {
  at = Date.now();
  going = false;
  keeping ||= setTimeout(keep, 200);
  if (!stopped) {
    // With the way there, within two seconds.
    timer ||= setTimeout(save, gap || 1200);
    if (!gap) show("Saving …");
  }
  clearTimeout(counting);
  if (target.dataset.longest) counting = setTimeout(speak, 2e3, count(target));
});
form.addEventListener("focusout", () => setTimeout(help));

// Who leaves waits for it, and stays without a connection.
async function leave(event, go) {
  // Whoever leaves the choice between two texts by a link has not chosen.
  going ||= !isOpen() || (both && event.type === "click");
  if (going) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (waits) return;
  waits = true;
  let end = "saved";
  while (end === "saved" && isOpen()) end = await save();
  waits = false;
  going = end !== "later" || !cut;
  if (going) go();
}
addEventListener("submit", (event) => {
  const { target, submitter } = event;
  if (target.method !== "dialog") leave(event, () => target.requestSubmit(submitter));
}, true);
addEventListener("click", (event) => {
  const link = event.target.closest("a[href]:not([target], [href^='#'])");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) leave(event, () => link.click());
}, true);
addEventListener("pagehide", () => {
  keep();
  if (going || stopped || !dirty()) return;
  if (busy) post(now());
  else save();
});
const goOn = () => stopped || !isOpen() || save();
addEventListener("visibilitychange", goOn);
addEventListener("online", goOn);
new BroadcastChannel("cip").onmessage = goOn;

form.querySelectorAll("[data-longest]").forEach(count);
let kept;
try { kept = takeKept(); } catch { onDevice = ""; }
if (both) keep();
else if (kept) bringBack(kept);
