// Answers while somebody types. The server renders what changes; here it is only put in its place.
const form = document.getElementById("tim"), box = form.q, list = document.getElementById("goi-y");
const part = document.getElementById("ket-qua"), status = document.getElementById("trang-thai");
const words = form.dataset, path = (query, at = "/") => (query.size ? `${at}?${query}` : at);
let timer, since = 0, asking = new AbortController(), at = -1;

function say(text, wrong = false) {
  status.textContent = text;
  status.classList.toggle("hidden", !wrong);
}

async function get(address, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(answer.status);
  return answer;
}

async function show(query, signal) {
  const asked = new URLSearchParams(query);
  asked.set("phan", "ket-qua");
  part.ariaBusy = true;
  const html = await (await get(path(asked), signal)).text();
  const { activeElement: focus } = document, drawer = part.querySelector(":popover-open");
  const groups = [...part.querySelectorAll("#loc details")].map(({ id, open }) => [id, open]);
  const place = drawer?.scrollTop;
  part.innerHTML = html;
  part.ariaBusy = false;
  for (const [id, open] of groups) part.querySelector(`#${id}`)?.toggleAttribute("open", open);
  const loc = drawer && part.querySelector("#loc");
  if (loc) { loc.showPopover(); loc.scrollTop = place; }
  if (!focus.isConnected) {
    const same = focus.name && [...form.elements].find((one) => one.name === focus.name && one.value === focus.value);
    (same || part.querySelector("#so-ket-qua") || box).focus({ preventScroll: true });
  }
  const { title, said = "" } = part.firstElementChild.dataset;
  document.title = document.title.replace(/^.*(?= – )/s, () => title);
  say(said);
  history.replaceState(null, "", path(query));
}

function close() {
  list.hidden = true;
  at = -1;
  box.setAttribute("aria-expanded", false);
  box.removeAttribute("aria-activedescendant");
}

async function suggest(signal) {
  const asked = new URLSearchParams({ q: box.value, limit: 6 });
  if (form.asOf?.value) asked.set("asOf", form.asOf.value);
  const { items } = await (await get(`/api/suggest?${asked}`, signal)).json();
  close();
  list.replaceChildren(...items.map(({ kind, code, name, highlight }, n) => {
    const option = document.createElement("li"), query = new URLSearchParams();
    option.id = `goi-y-${n}`;
    option.role = "option";
    option.ariaSelected = false;
    option.innerHTML = `<span>${highlight}</span> <small></small>`; // all but the marks is escaped by the server
    option.lastChild.textContent = words[kind] || code;
    if (words[kind]) query.set(kind, kind === "sector" ? name : code);
    if (form.lang) query.set("lang", form.lang.value);
    option.dataset.to = path(query, words[kind] ? "/" : `/thu-tuc/${encodeURIComponent(code)}`);
    return option;
  }));
  if (!items.length || document.activeElement !== box) return;
  list.hidden = false;
  box.setAttribute("aria-expanded", true);
  say(`${status.textContent} ${words.suggested.replace("{n}", items.length)}`);
}

function move(step) {
  const { children } = list, around = children.length + 1;
  if (at >= 0) children[at].ariaSelected = false;
  at = (at + 1 + step + around) % around - 1;
  if (at < 0) return box.removeAttribute("aria-activedescendant");
  children[at].ariaSelected = true;
  children[at].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", children[at].id);
}

function ask(query, typed) {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const work = [show(query, signal)];
  if (typed && box.value.trim()) work.push(suggest(signal));
  else close();
  Promise.all(work).catch((fault) => fault.name === "AbortError" || say(words.offline, true));
}

function change(event) {
  const typed = event.target === box;
  clearTimeout(timer);
  if (event.target.form !== form || (typed && event.type !== "input")) return;
  // After a pause; but who types on without one sees results too.
  since ||= event.timeStamp;
  const wait = typed ? Math.max(0, Math.min(120, 180 - (event.timeStamp - since))) : 0;
  timer = setTimeout(() => {
    since = 0;
    ask(new URLSearchParams(new FormData(form)), typed);
  }, wait);
}

for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "goi-y", "aria-expanded": "false" })) box.setAttribute(name, value);
form.addEventListener("formdata", ({ formData }) => { // addresses name only what was filled in
  for (const name of new Set(formData.keys())) {
    const kept = formData.getAll(name).filter((value) => value.trim());
    formData.delete(name);
    for (const value of kept) formData.append(name, value);
  }
});
form.addEventListener("input", change);
form.addEventListener("submit", () => { clearTimeout(timer); asking.abort(); });
part.addEventListener("change", change);
box.addEventListener("blur", close);
list.addEventListener("mousedown", (event) => event.preventDefault());
list.addEventListener("click", ({ target }) => location.assign(target.closest("[data-to]").dataset.to));
part.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-live]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  ask(new URLSearchParams(link.search));
});
box.addEventListener("keydown", (event) => {
  if (event.isComposing || list.hidden) return;
  const { key } = event;
  if (key === "ArrowDown" || key === "ArrowUp") move(key === "ArrowDown" ? 1 : -1);
  else if (key === "Escape") close();
  else if (key === "Enter" && at >= 0) location.assign(list.children[at].dataset.to);
  else return;
  event.preventDefault();
});
