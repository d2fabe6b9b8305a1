/* One stream a page: how the queue stands, and the ticket that is on screen. The state is small; what it is about is fetched. */
const RETRY = 5000;
const ticket = document.querySelector("[data-ticket]")?.dataset.ticket;
const address = ticket ? `/desk/events?ticket=${encodeURIComponent(ticket)}` : "/desk/events";
// A browser keeps few connections to one host: pages in the background close theirs, but for the queue, whose title counts.
const always = document.getElementById("queue") !== null;
const listeners = [];
const watchers = [];
let source = null;
let last = null;

/** Call `listener` with every state: {newest, unread, alerts, ticket}. */
export function onState(listener) {
  listeners.push(listener);
  if (last) listener(last);
}

/** Call `watcher` with whether the stream is up. */
export function onConnection(watcher) {
  watchers.push(watcher);
}

/** The element with this id in the page that an address answers with; null where it answers with anything else. */
export async function part(url, id, options = {}) {
  try {
    const answer = await fetch(url, options);
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id) : null;
  } catch {
    return null; // The service is away, or a newer question has taken this one's place.
  }
}

function tell(up) {
  for (const watcher of watchers) watcher(up);
}

function open() {
  if (source || (document.hidden && !always)) return;
  source = new EventSource(address);
  source.onopen = () => tell(true);
  source.onmessage = (event) => {
    last = JSON.parse(event.data);
    for (const listener of listeners) listener(last);
  };
  // The session is over: nothing stays on screen.
  source.addEventListener("ended", () => { close(); location.reload(); });
  source.onerror = () => {
    tell(false);
    if (source?.readyState === EventSource.CLOSED) {
      close();
      setTimeout(open, RETRY);
    }
  };
}

function close() {
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => (document.hidden && !always ? close() : open()));
addEventListener("pagehide", close);
addEventListener("pageshow", open);
open();
