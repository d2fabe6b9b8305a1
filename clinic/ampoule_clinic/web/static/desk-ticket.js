/* A ticket: what is written survives a reload, new messages appear, keys. */
import { pick } from "./desk-canned.js";
import { keys } from "./desk-keys.js";
import { onState, part } from "./desk-live.js";

const page = document.getElementById("ticket");
const { ticket, staff, done } = page.dataset;
const messages = document.getElementById("messages");
const talk = messages?.parentElement; // it scrolls
const shows = (root) => [...root.querySelectorAll("#messages > [data-seq]")];
const LIVE = ["standing", "receipt", "history"]; // what is replaced as it changes; the conversation only grows
let shown = page.dataset.state;

for (const area of page.querySelectorAll("textarea[data-draft]")) {
  const key = `draft:${staff}:${ticket}:${area.dataset.draft}`;
  const keep = () => (area.value ? sessionStorage.setItem(key, area.value) : sessionStorage.removeItem(key));
  if (done === area.dataset.draft) sessionStorage.removeItem(key);
  if (area.value) keep(); // typed before this ran, or given back with a refusal
  else area.value = sessionStorage.getItem(key) ?? "";
  area.addEventListener("input", keep);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      area.form.requestSubmit(area.form.querySelector("button.main"));
    }
  });
}

// A second click on "Send" is not a second message.
for (const form of page.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => { for (const form of page.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });

function toEnd() {
  if (talk) talk.scrollTop = talk.scrollHeight;
}
toEnd();

onState(async (state) => {
  if (state.ticket === shown) return;
  const fresh = await part(`/desk/tickets/${encodeURIComponent(ticket)}/now`, "ticket");
  if (!fresh) return;
  shown = fresh.dataset.state;
  const last = shows(page).at(-1)?.dataset.seq ?? 0;
  messages?.append(...shows(fresh).filter((item) => Number(item.dataset.seq) > last));
  toEnd();
  for (const id of LIVE) {
    const [here, there] = [document.getElementById(id), fresh.querySelector(`#${id}`)];
    if (here && there && here.innerHTML !== there.innerHTML) here.replaceChildren(...there.childNodes);
  }
  for (const input of page.querySelectorAll('input[name="seen_seq"]')) input.value = fresh.dataset.seq;
  document.getElementById("changed").hidden = fresh.dataset.may === page.dataset.may;
});

const picker = document.getElementById("canned");
if (picker) pick(picker, document.getElementById("reply-text"));

const focus = (selector) => () => page.querySelector(selector)?.focus();
keys({
  c: () => page.querySelector("form.claim")?.requestSubmit(),
  r: focus("#reply-text, #approved, #work"),
  n: focus("#note-text"),
  u: () => document.querySelector('nav a[href="/desk"]').click(),
});
document.getElementById("problem")?.focus();
