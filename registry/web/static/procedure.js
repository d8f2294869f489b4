// Remembers, on this device alone, which papers are there. A new version of the procedure begins anew.
const list = document.querySelector(".papers[data-code]");
const boxes = list ? [...list.querySelectorAll("input[type=checkbox]")] : [];
const output = list?.querySelector("output");
const key = `giay-to ${list?.dataset.code}`;

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    return kept?.version === list.dataset.version && Array.isArray(kept.ticked) ? kept.ticked : [];
  } catch {
    return [];
  }
}

function write() {
  const shown = new Set(boxes.map((box) => box.id));
  const ticked = [...read().filter((id) => !shown.has(id)), ...boxes.filter((box) => box.checked).map((box) => box.id)];
  try {
    if (ticked.length) localStorage.setItem(key, JSON.stringify({ version: list.dataset.version, ticked }));
    else localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing still shows ticks until the page is left.
  }
}

function tell() {
  const have = boxes.filter((box) => box.checked).length;
  output.textContent = have ? list.dataset.told.replace("#n", have).replace("#total", boxes.length) : "";
}

if (boxes.length) {
  const ticked = new Set(read());
  for (const box of boxes) box.checked = ticked.has(box.id);
  tell();
  list.addEventListener("change", () => { write(); tell(); });
}
