/* The queue: filters and search without leaving the page, rows that refresh under the focus, keys. What is searched for stays out
   of the address; the browser's own history keeps it, so that the way back from a ticket leads to the same list. */
import { keys } from "./desk-keys.js";
import { onState, part } from "./desk-live.js";

const PAUSE = 200;
const form = document.getElementById("filters");
const queue = document.getElementById("queue");
const said = document.getElementById("said");
const links = () => [...queue.querySelectorAll("a[data-reference]")];
const references = () => new Set(links().map((link) => link.dataset.reference));
let newest = Number(queue.dataset.newest);
let asking = null;
let pause = null;

async function refresh(because) {
  asking?.abort();
  const mine = (asking = new AbortController());
  // What the page asks for by itself does not keep the session alive.
  const address = because === "filter" ? "/desk" : "/desk/rows";
  const fresh = await part(address, "queue", { method: "POST", body: new URLSearchParams(new FormData(form)), signal: mine.signal });
  if (!fresh || mine.signal.aborted) return;
  const before = references();
  replace(fresh);
  newest = Number(fresh.dataset.newest);
  document.title = fresh.dataset.title;
  if (because === "filter") {
    said.textContent = fresh.dataset.found;
    return;
  }
  const added = links().filter((link) => !before.has(link.dataset.reference) && link.dataset.state === "new").length;
  if (added) said.textContent = added === 1 ? "1 new ticket" : `${added} new tickets`;
}

/** The new rows in place of the old, with focus and scroll where they were. */
function replace(fresh) {
  const active = document.activeElement;
  const row = active.closest?.("[data-row]");
  const at = row ? links().findIndex((link) => row.contains(link)) : -1;
  const [reference, control] = [row?.dataset.row, active.dataset?.control];
  const { scrollX, scrollY } = window;
  queue.replaceChildren(...fresh.childNodes);
  for (const [name, value] of Object.entries(fresh.dataset)) queue.dataset[name] = value;
  if (row) {
    const same = queue.querySelector(`[data-row="${CSS.escape(reference)}"]`);
    const target = same?.querySelector(`[data-control="${control}"]`) ?? same?.querySelector("a") ?? links()[Math.min(at, links().length - 1)];
    target?.focus({ preventScroll: true });
  }
  scrollTo(scrollX, scrollY);
}

function filtered() {
  form.elements.after.value = "";
  const shown = new URLSearchParams(new FormData(form));
  for (const name of ["csrf", "q", "after"]) shown.delete(name);
  for (const [name, value] of [...shown]) if (!value) shown.delete(name);
  history.replaceState({ q: form.elements.q.value }, "", shown.size ? `?${shown}` : location.pathname);
  return refresh("filter");
}

form.addEventListener("submit", (event) => {
  if (event.submitter?.name === "next") return; // The next page is a page.
  event.preventDefault();
  clearTimeout(pause);
  filtered();
});
form.addEventListener("change", (event) => { if (event.target.matches("select")) filtered(); });
form.elements.q.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(filtered, PAUSE);
});

onState((state) => { if (state.newest !== newest) refresh("news"); });
// The time that is left goes on also where nothing happens.
setInterval(() => { if (!document.hidden) refresh("time"); }, 60_000);

function move(by) {
  const all = links();
  const at = all.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
  all[Math.max(0, Math.min(all.length - 1, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))]?.focus();
}

keys({
  j: () => move(1),
  k: () => move(-1),
  "/": () => form.elements.q.focus(),
  c: () => document.activeElement.closest("[data-row]")?.querySelector("form.claim")?.requestSubmit(),
});

const left = history.state?.q;
if (left && !form.elements.q.value) {
  form.elements.q.value = left;
  refresh("filter");
}
