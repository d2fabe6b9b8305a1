/* Comfort on the portal's pages; every one of them works without it. */
const page = document.body;

/* -- drafts: kept in the tab until they are sent; with the form's key, so that one sent twice is one question -- */
const DRAFT = "ampoule:draft:";

function keepDraft(form) {
  const name = DRAFT + form.dataset.draft;
  const fields = [...form.elements].filter(({ name, tagName }) => tagName === "TEXTAREA" || name === "subject" || name === "key");
  const kept = JSON.parse(sessionStorage.getItem(name) ?? "{}");
  const refused = fields.some(({ tagName, value }) => tagName === "TEXTAREA" && value);
  if (!refused) for (const field of fields) field.value = kept[field.name] ?? field.value;
  form.addEventListener("input", () => {
    sessionStorage.setItem(name, JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, field.value]))));
  });
  // The question goes on in its thread, whose page forgets the draft; a line of the list has no page of its own.
  if (!form.elements.key) form.addEventListener("submit", () => sessionStorage.removeItem(name));
}

function forgetDraft(thread) {
  const kept = sessionStorage.getItem(DRAFT + "new");
  if (kept && JSON.parse(kept).key === thread) sessionStorage.removeItem(DRAFT + "new");
}

/* -- what changes while the page is open -- */
async function refresh(part, address) {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
    if (fresh && fresh.textContent !== part.textContent) replace(part, fresh);
  } catch {
    // The next time, then.
  }
}

/** The new content in place of the old; the link that had the focus keeps it. */
function replace(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.replaceChildren(...fresh.childNodes);
  if (focused) part.querySelector(`[href="${focused}"]`)?.focus({ preventScroll: true });
}

function once(form) {
  const button = form.querySelector("button.main, button.danger");
  const text = button.textContent;
  form.addEventListener("submit", (event) => {
    if (form.ariaBusy === "true") return event.preventDefault();
    form.ariaBusy = "true";
    button.textContent = form.dataset.once;
  });
  addEventListener("pageshow", () => {
    form.ariaBusy = "false";
    button.textContent = text;
  });
}

for (const form of page.querySelectorAll("form[data-draft]")) keepDraft(form);
for (const form of page.querySelectorAll("form[data-once]")) once(form);

const rows = document.getElementById("rows");
if (rows) {
  const look = () => refresh(rows, rows.dataset.refresh);
  setInterval(look, 15000);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", ({ persisted }) => persisted && look());
}

const thread = page.querySelector("[data-thread]")?.dataset.thread;
if (thread) {
  forgetDraft(thread);
  const place = page.querySelector(".place");
  customElements.whenDefined("ampoule-chat").then(() => place.classList.add("live")); // It scrolls by itself; what stands there before does not.
  const state = document.getElementById("state");
  let soon;
  page.addEventListener("ampoule-change", () => {
    clearTimeout(soon);
    soon = setTimeout(() => refresh(state, `/portal/threads/${thread}/state`), 100);
  });
}

const print = page.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
if (page.querySelector("[data-forget]")) sessionStorage.clear();
