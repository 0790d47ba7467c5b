// Files go one by one; one that is not taken stays chosen.
const box = document.querySelector("[data-documents]");
const find = (what, where = box) => where.querySelector(what);
const [input, list, said, bar, add] =
  ["input", "[data-chosen]", "[role=status]", "progress", "[name=add]"].map((one) => find(one));
const form = input.form, words = box.dataset, label = add.textContent;
const parts = (row) => row.querySelectorAll("[data-part]");
let call;

function show() {
  const count = list.children.length;
  const hide = { chosen: !count, title: count, common: count === 1, several: count < 2, sending: !call };
  for (const name in hide) find(`[data-${name}]`).hidden = hide[name];
  list.inert = call;
}

function choose(file) {
  const row = find("template").content.firstElementChild.cloneNode(true);
  row.file = file;
  find("legend", row).textContent = file.name;
  for (const one of row.querySelectorAll(".vh")) one.textContent += ` ${file.name}`;
  for (const own of parts(row)) own.value = form[own.dataset.part].value;
  const error = find(".error", row);
  error.id = `e${Math.random()}`;
  find("select", row).setAttribute("aria-describedby", error.id);
  row.large = file.size > input.dataset.most;
  if (row.large) error.textContent = words.large;
  find("button", row).onclick = () => {
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    show();
    (next ? find("button", next) : input).focus();
  };
  list.append(row);
}

const send = (row, place) => new Promise((done) => {
  const body = new FormData(form);
  for (const own of parts(row)) body.set(own.dataset.part, own.value);
  body.set("file", row.file);
  said.textContent = `Sending ${row.file.name}, ${place}`;
  call = new XMLHttpRequest();
  call.upload.onprogress = ({ loaded, total }) => {
    bar.value = loaded / total;
    bar.nextElementSibling.textContent = `${Math.floor(100 * bar.value)} %`;
  };
  call.onloadend = () => done(call);
  call.responseType = "json";
  call.open("POST", words.documents);
  call.send(body);
  show();
});

async function sendAll(pressed) {
  const rows = [...list.children];
  let at = 0, added = 0, why;
  for (const row of rows) {
    at += 1;
    if (row.large) continue;
    const error = find(".error", row);
    error.textContent = "";
    const { status, response } = await send(row, `${at} of ${rows.length}`);
    if (!response) {
      row.unsure = true;
      why = call.stopped || (status ? words.refused : words.lost);
      break;
    }
    if (status === 200 || (row.unsure && response.same)) {
      added += 1;
      row.remove();
      find("#documents", document).innerHTML = response.list;
      form.seen.value = response.seen;
      find("[data-none]", form)?.remove();
    } else error.textContent = response.said;
  }
  call = null;
  show();
  add.textContent = why ? "Try again" : label;
  said.textContent = `Added ${added} of ${rows.length}. ${why || (list.hidden ? "" : words.mend)}`;
  if (list.hidden && pressed !== add) form.requestSubmit(pressed);
  else (find(".error:not(:empty)") || add).focus();
}

find("[data-sending] button").onclick = () => { call.stopped = words.stopped; call.abort(); };
form.onchange = ({ target: one }) => {
  if (one === input) {
    [...input.files].forEach(choose);
    input.value = "";
    show();
    said.textContent = `Files chosen: ${list.children.length}`;
  } else if (!one.name) one.own = true;
  else for (const own of list.querySelectorAll(`[data-part=${one.name}]`)) if (!own.own) own.value = one.value;
};
form.onsubmit = (event) => {
  if (list.hidden) return;
  event.preventDefault();
  if (!call) sendAll(event.submitter);
};
