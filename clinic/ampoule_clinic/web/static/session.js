/* Warns two minutes before a session ends, in time to go on; leaves the page when it has ended, so that nothing stays on screen. */
const WARN = 120; // seconds
const PATIENCE = 5000; // milliseconds for an answer

const dialog = document.getElementById("session-end");
const { room, csrf } = dialog.dataset;
const part = (name) => dialog.querySelector(`[data-part="${name}"]`);
const timer = dialog.querySelector('[role="timer"]');
const status = dialog.querySelector("[aria-live='polite']");
let end;
let lastEnd;
let asked = false; // whether the server has said that so little is left: another tab may have gone on
let asking = false;
let gone = false;
let dismissed = false; // the end in any case: one look at the warning is enough

/** @param {{seconds: number, last_seconds: number}} left */
function set(left) {
  end = Date.now() + left.seconds * 1000;
  lastEnd = Date.now() + left.last_seconds * 1000;
  asked = left.seconds <= WARN;
}

/** Ask how much is left, or (POST) go on. Leaves where the session is over; a server that does not answer changes nothing. */
async function ask(options = {}) {
  try {
    const answer = await fetch(`${room}/extend`, { headers: { accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE), ...options });
    if (answer.status === 401) return leave();
    if (answer.ok) set(await answer.json());
  } catch {
    // The time that the page knows of still counts.
  }
}

function leave() {
  gone = true;
  clearInterval(clock);
  document.body.replaceChildren();
  location.replace(`${room}/sign-in?next=${encodeURIComponent(location.pathname)}`);
}

function warn(seconds) {
  const final = lastEnd - end < 1000;
  if (final && dismissed) return;
  for (const name of ["final", "back"]) part(name).hidden = !final;
  for (const name of ["warning", "stay"]) part(name).hidden = final;
  timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  status.textContent = status.getAttribute(`data-at-${seconds}`) ?? status.textContent;
  if (!dialog.open) {
    status.textContent = "";
    dialog.showModal();
  }
}

function show() {
  if (gone) return;
  const seconds = Math.ceil((end - Date.now()) / 1000);
  if (seconds <= 0) leave();
  else if (seconds <= WARN) warn(seconds);
  else dialog.close();
}

async function look() {
  if (asking) return;
  const left = end - Date.now();
  if (left <= 0 || (left <= WARN * 1000 && !asked)) {
    asking = asked = true;
    await ask();
    asking = false;
  }
  show();
}

async function answer() {
  if (part("stay").hidden) {
    dismissed = true;
    dialog.close();
  } else {
    await ask({ method: "POST", body: new URLSearchParams({ csrf }) });
    show();
  }
}

set({ seconds: Number(dialog.dataset.seconds), last_seconds: Number(dialog.dataset.lastSeconds) });
for (const name of ["stay", "back"]) part(name).addEventListener("click", answer);
dialog.addEventListener("cancel", (event) => {
  event.preventDefault(); // Escape is the same as the button.
  answer();
});
for (const form of document.querySelectorAll(`form[action="${room}/sign-out"]`)) {
  form.addEventListener("submit", () => sessionStorage.clear()); // Drafts are not for the next one at this screen.
}
const clock = setInterval(look, 1000);
