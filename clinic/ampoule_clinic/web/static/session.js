/* Warns two minutes before a session ends, in time to go on; leaves the page when it has ended, so that nothing stays on screen. */
const WARN = 120; // seconds

const dialog = document.getElementById("session-end");
const { room, csrf } = dialog.dataset;
const part = (name) => dialog.querySelector(`[data-part="${name}"]`);
const timer = dialog.querySelector('[role="timer"]');
const status = dialog.querySelector("[aria-live='polite']");
let end;
let lastEnd;
let asked = false; // whether the server has said that so little is left: another tab may have gone on
let dismissed = false; // the end in any case: one look at the warning is enough

/** @param {{seconds: number, last_seconds: number}} left */
function set(left) {
  end = Date.now() + left.seconds * 1000;
  lastEnd = Date.now() + left.last_seconds * 1000;
  asked = left.seconds <= WARN;
}

/** Ask how much is left, or (POST) go on. Leaves where the session is over; a server that does not answer changes nothing. */
async function ask(options) {
  try {
    const answer = await fetch(`${room}/extend`, options);
    if (answer.status === 401) return leave();
    if (answer.ok) set(await answer.json());
  } catch {
    // The time that the page knows of still counts.
  }
}

function leave() {
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

async function look() {
  const seconds = Math.ceil((end - Date.now()) / 1000);
  if (seconds <= 0 || (seconds <= WARN && !asked)) {
    asked = true;
    await ask({ headers: { accept: "application/json" } });
    if (end <= Date.now()) leave();
  } else if (seconds <= WARN) {
    warn(seconds);
  } else {
    dialog.close();
  }
}

async function answer() {
  if (part("stay").hidden) {
    dismissed = true;
    dialog.close();
  } else {
    await ask({ method: "POST", headers: { accept: "application/json" }, body: new URLSearchParams({ csrf }) });
    await look();
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
