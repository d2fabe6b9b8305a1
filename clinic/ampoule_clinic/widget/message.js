// One message as people see it.

import { CONFIG } from "./config.js";
import { button, element } from "./dom.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Choice} Choice */

/** @param {Message} message */
export const isEmergency = ({ outcome }) => outcome?.outcome === "emergency";

/** Who says it. @param {Message} message @returns {string} */
export function speaker({ author, staff_name }) {
  const { you_label, person_label, assistant_label } = CONFIG.words;
  if (author === "notice") return "";
  if (author === "patient") return you_label;
  return author === "staff" ? person_label.replace("{staff_name}", staff_name ?? "") : assistant_label;
}

/**
 * @param {Message} message
 * @param {(text: string) => void} copy
 * @param {boolean} dated a thread goes on for days
 * @returns {HTMLElement}
 */
export function article(message, copy, dated) {
  const { words, tel } = CONFIG;
  const box = element("article", { className: `message ${message.author === "notice" ? "change" : message.author}`, tabIndex: -1 });
  if (isEmergency(message)) {
    box.classList.add("emergency");
    box.append(element("a", { className: "call", href: tel, text: words.call_emergency }));
  }
  const when = dated && message.at ? new Date(message.at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "";
  const who = [speaker(message), when].filter(Boolean).join(" · ");
  box.append(...(who ? [element("p", { className: "who", text: who })] : []), ...paragraphs(message));
  const outcome = message.outcome;
  if (outcome?.sources.length) {
    const items = outcome.sources.map(({ title, section }) => element("li", { text: [title, section].filter(Boolean).join(", ") }));
    box.append(element("details", {}, element("summary", { text: words.sources_label }), element("ul", {}, ...items)));
  }
  const reference = outcome?.handoff?.state === "sent" && outcome.handoff.reference;
  if (reference) {
    box.append(element("p", { className: "reference" }, element("strong", { text: reference }), button(words.copy_reference, () => copy(reference))));
  }
  return box;
}

/** @param {Message} message @returns {HTMLElement[]} */
function paragraphs({ author, text, outcome }) {
  const parts = author === "assistant" ? text.split("\n\n") : [text];
  const ids = outcome?.texts.length === parts.length ? outcome.texts : [];
  return parts.map((part, place) => {
    const paragraph = element("p", { className: "text", text: part, dir: "auto" });
    const language = /^replies\/language#(\w\w)$/.exec(ids[place] ?? "");
    if (language) paragraph.lang = language[1];
    if (ids[place] === "replies/emergency#check") paragraph.dataset.check = "";
    return paragraph;
  });
}

/**
 * The buttons of a reply. Those of the safety check stand first, right under it; then "tell me more"; then the rest.
 * @param {HTMLElement} box @param {import("./types.js").Outcome} outcome
 * @param {(choice: Choice) => void} press
 */
export function addChoices(box, outcome, press) {
  const { words } = CONFIG;
  /** @param {(choice: string) => boolean} wanted @param {string} [label] @param {string} [look] */
  const group = (wanted, label, look) => {
    const choices = outcome.choices.filter(({ choice }) => wanted(choice));
    if (!choices.length) return "";
    const named = label ? { role: "group", "aria-label": label } : {};
    return element("div", { className: "choices", ...named }, ...(label ? [element("p", { className: "who", text: label })] : []),
      ...choices.map((choice) => button(choice.title, () => press(choice), look)));
  };
  /** @param {string} choice */
  const isCheck = (choice) => choice.startsWith("check:"), isTopic = (/** @type {string} */ choice) => choice.startsWith("topic:");
  const check = group(isCheck, undefined, "");
  const asked = box.querySelector("[data-check]");
  if (check && asked) asked.after(check);
  else box.append(check);
  box.append(group((choice) => !isCheck(choice) && !isTopic(choice)));
  box.append(group(isTopic, outcome.outcome === "answer" ? words.related_label : outcome.outcome === "smalltalk" ? words.quick_topics_label : undefined));
}

/**
 * "Was this helpful?"
 * @param {HTMLElement} box @param {Message} message
 * @param {(helpful: boolean) => Promise<boolean>} rate
 */
export function addRating(box, message, rate) {
  const { words } = CONFIG;
  /** @param {string} text @param {boolean} helpful */
  const vote = (text, helpful) => {
    const made = button(text, async () => {
      if (!await rate(helpful)) return;
      for (const other of made.parentElement?.querySelectorAll("button") ?? []) other.ariaPressed = String(other === made);
    });
    made.ariaPressed = String(message.helpful === helpful);
    return made;
  };
  box.append(element("div", { className: "choices rating", role: "group", "aria-label": words.helpful_question },
    element("p", { className: "who", text: words.helpful_question }), vote(words.helpful_yes, true), vote(words.helpful_no, false)));
}

/** Show what became of a patient's message. @param {HTMLElement} box @param {import("./types.js").Fate} fate */
export function addFate(box, { problem, busy, retry }) {
  box.classList.toggle("failed", Boolean(problem));
  box.querySelector(".fate")?.remove();
  if (!problem && !busy) return;
  const fate = element("div", { className: "fate" }, element("p", { className: problem ? "error" : "who", text: problem ?? CONFIG.words.sending }));
  if (retry) fate.append(button(CONFIG.words.retry, retry));
  box.append(fate);
}
