/* Keys of a single letter. They never act where one writes, and can be switched off, which this browser remembers. */
const OFF = "ampoule-keys-off";
const WRITES = "input, select, textarea, [contenteditable]";
const dialog = document.getElementById("keys");
const box = dialog.querySelector("input");

box.checked = !localStorage.getItem(OFF);
box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
document.getElementById("keys-open").addEventListener("click", () => dialog.showModal());

/** `actions` maps a key to what it does. "?" shows the keys. */
export function keys(actions) {
  const all = { "?": () => dialog.showModal(), ...actions };
  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(WRITES) || document.querySelector("dialog[open]")) return;
    const act = all[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
