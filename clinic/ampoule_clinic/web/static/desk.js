/* On every page of the desk: emergencies that nobody has acknowledged, and whether what is shown is still live. */
import { onConnection, onState, part } from "./desk-live.js";

const SILENCE = 4000;
const alerts = document.getElementById("alerts");
const offline = document.getElementById("offline");
let shown = alerts.dataset.shown;
let silence = null;

onState(async (state) => {
  if (state.alerts === shown) return;
  const fresh = await part("/desk/alerts", "alerts");
  if (!fresh) return;
  shown = fresh.dataset.shown;
  alerts.replaceChildren(...fresh.childNodes);
});

onConnection((up) => {
  clearTimeout(silence);
  if (up) offline.textContent = "";
  else silence = setTimeout(() => { offline.textContent = "Not connected. What you see may be old."; }, SILENCE);
});
