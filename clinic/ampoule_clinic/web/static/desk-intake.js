/* Phone intake: reads along 150 ms after each pause. Ctrl+Enter goes to the button that makes the ticket, Enter presses it. */
import { part } from "./desk-live.js";

const PAUSE = 150;
const form = document.getElementById("intake");
const { words, kind, urgency } = form.elements;
const make = document.getElementById("make");
const said = document.getElementById("said");
const RANK = ["emergency", "same_day", "routine"];
let pause = null;
let asking = null;
let chosen = { kind: false, urgency: false };
let told = "";

async function read() {
  asking?.abort();
  const mine = (asking = new AbortController());
  const fresh = await part("/desk/intake/read", "heard", { method: "POST", body: new URLSearchParams(new FormData(form)), signal: mine.signal });
  if (!fresh || mine.signal.aborted) return;
  const heard = document.getElementById("heard");
  heard.replaceWith(fresh);
  document.body.classList.toggle("alarmed", fresh.dataset.safety === "emergency");
  if (!chosen.kind && fresh.dataset.kind) kind.value = fresh.dataset.kind;
  // A choice of the person's own is kept, unless the words are more pressing.
  if (fresh.dataset.urgency && (!chosen.urgency || RANK.indexOf(fresh.dataset.urgency) < RANK.indexOf(urgency.value))) urgency.value = fresh.dataset.urgency;
  if (fresh.dataset.say !== told) said.textContent = told = fresh.dataset.say;
}

words.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(read, PAUSE);
});
for (const name of ["kind", "urgency"]) form.elements[name].addEventListener("change", () => { chosen[name] = true; });
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    make.focus();
  }
});
document.getElementById("read").remove(); // It reads along without.
if (words.value.trim()) read();
