// The launcher and the panel: what is on the screen, and where the focus is.

import { CONFIG } from "./config.js";
import { button, element } from "./dom.js";
import { contactForm } from "./form.js";
import { addChoices, addFate, addRating, article, isEmergency } from "./message.js";
import { copy, print, transcript } from "./share.js";
import { STEPS } from "./steps.js";

/** @typedef {import("./types.js").Message} Message */

export class Panel {
  #root;
  #store;
  #inline;
  /** @type {import("./conversation.js").Conversation} */
  #conversation;
  /** @type {Map<string, {message: Message, box: HTMLElement}>} by message id */
  #shown = new Map();
  /** @type {Message|undefined} The last reply. */
  #last;
  #underWay = false;
  /** Says that something happened. @type {() => void} */
  #changed = () => {};
  #receipt = element("p", { className: "who", text: CONFIG.words.read_by_clinic });

  /**
   * @param {ShadowRoot} root @param {import("./store.js").Store} store
   * @param {{inline: boolean, heading: string, language: string}} look
   */
  constructor(root, store, { inline, heading, language }) {
    const { words, tel } = CONFIG;
    this.#root = root;
    this.#store = store;
    this.#inline = inline;
    this.launcher = element("button", { type: "button", className: "launcher", "aria-haspopup": "dialog", onclick: () => this.open() },
      element("span", { className: "drop", "aria-hidden": "true" }), this.launcherText = element("span", { text: words.open_chat }));
    this.bar = element("a", { className: "bar", id: "bar", href: tel, text: words.emergency_bar });
    this.menu = this.#menu();
    const close = element("button", { type: "button", className: "quiet close", text: "×", "aria-label": words.close_chat, onclick: () => this.close() });
    const title = element("h2", { id: "title", text: heading || words.title });
    this.log = element("div", { className: "log", role: "log", tabIndex: 0, "aria-live": "off", "aria-label": words.log_label, "aria-keyshortcuts": "F6" });
    this.hours = element("p", { className: "note" });
    this.answering = element("p", { className: "note" });
    this.formPlace = element("div");
    this.scroller = element("div", { className: "scroll" }, element("p", { className: "note", text: words.draft_note }), this.hours, this.log, this.formPlace);
    this.progressLine = element("div", { className: "progress", role: "status" });
    this.notice = element("div", { className: "notice", role: "status" });
    this.alarm = element("div", { className: "unseen", role: "alert" });
    this.input = element("textarea", { id: "text", rows: 1, autocomplete: "off", value: store.draft, "aria-describedby": "keys", "aria-keyshortcuts": "F6" });
    const ask = element("form", { className: "ask" }, element("label", { htmlFor: "text", text: words.input_label }),
      element("div", { className: "row" }, this.input, element("button", { type: "submit", text: words.send })),
      element("p", { id: "keys", className: "note", text: words.keys_hint }));
    const role = inline ? { role: "region" } : { role: "dialog", hidden: true, "aria-describedby": "bar" };
    this.box = element("section", { className: "panel", lang: language, "aria-labelledby": "title", ...role }, this.bar,
      element("div", { className: "head" }, element("div", {}, title, this.answering), this.menu, ...(inline ? [] : [close])), this.scroller, this.progressLine, this.notice, ask, this.alarm);
    this.launcher.hidden = inline;
    root.append(this.launcher, this.box);

    ask.addEventListener("submit", (/** @type {Event} */ event) => { event.preventDefault(); this.#ask(); });
    this.input.addEventListener("input", () => { store.draft = this.input.value; });
    this.input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      ask.requestSubmit();
    });
    this.box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#key(event));
  }

  /** @param {import("./conversation.js").Conversation} conversation @param {() => void} changed */
  connect(conversation, changed) {
    this.#conversation = conversation;
    this.#changed = changed;
  }

  /** Whether somebody can be reading. */
  get visible() { return !this.box.hidden && document.visibilityState === "visible"; }

  // -- opening and closing --------------------------------------------------------------------------------------------

  /** @param {boolean} [focus] false where the panel was open already, on the page before */
  open(focus = true) {
    this.#unfold(true);
    if (!this.#conversation.begun) this.#conversation.begin();
    this.#conversation.seen();
    this.#reveal(this.#last && this.#shown.get(this.#last.id)?.box);
    if (focus) this.focusInput();
  }

  close() {
    if (this.#inline) return;
    this.#unfold(false);
    this.launcher.focus();
  }

  /** @param {boolean} open */
  #unfold(open) {
    if (this.#inline) return;
    this.#store.open = open;
    this.box.hidden = !open;
    this.launcher.hidden = open;
    if (open) this.launcherText.textContent = CONFIG.words.open_chat;
  }

  focusInput() {
    this.input.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "F6") {
      event.preventDefault();
      (this.#focused === this.input ? this.log : this.input).focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (!this.menu.open) return this.close();
      this.menu.open = false;
      this.menu.firstElementChild.focus();
    }
  }

  get #focused() { return this.#root.activeElement; }

  // -- the menu -------------------------------------------------------------------------------------------------------

  #menu() {
    const { words } = CONFIG;
    /** @param {string} text @param {() => void} act */
    const item = (text, act) => button(text, () => { this.menu.open = false; act(); });
    return element("details", { className: "menu" }, element("summary", { text: words.menu }), element("div", { className: "items" },
      item(words.copy_chat, () => this.#copy(transcript(this.#messages))),
      item(words.print_chat, () => print(this.#root, this.#messages)),
      ...(this.#store.thread ? [] : [item(words.end_and_clear, () => this.#askToEnd())]),
      element("details", {}, element("summary", { text: words.privacy_button }), element("p", { className: "text", text: words.privacy }))));
  }

  get #messages() { return [...this.#shown.values()].map(({ message }) => message); }

  /** @param {string} text */
  async #copy(text) {
    this.#tell(await copy(text) ? CONFIG.words.copied : CONFIG.words.copy_failed);
  }

  #askToEnd() {
    const { words } = CONFIG;
    this.say(words.end_question, {
      [words.end_yes]: () => { this.#conversation.end(); },
      [words.end_no]: () => { this.say(""); this.focusInput(); },
    });
    this.notice.lastElementChild.focus(); // The harmless answer.
  }

  // -- what the conversation shows ------------------------------------------------------------------------------------

  /**
   * What was said before; `fresh` where it begins just now, so that it is read out.
   * @param {Message[]} messages @param {boolean} fresh @param {string} hours what the clinic's hours mean just now
   */
  history(messages, fresh, hours) {
    this.hours.textContent = hours;
    if (fresh) this.log.ariaLive = "polite";
    const before = this.#shown.size;
    for (const message of messages) this.show(message, fresh);
    if (before === this.#shown.size) return;
    this.#reveal(this.log.lastElementChild);
    requestAnimationFrame(() => { this.log.ariaLive = "polite"; });
  }

  /** Show a message that is not shown yet. @param {Message} message @param {boolean} live it is new, and is read out */
  show(message, live) {
    const before = this.#shown.get(message.id);
    if (before) return void (before.message = message);
    const own = message.author === "patient";
    const following = own || this.#underWay || this.#seesLast;
    const box = article(message, (text) => this.#copy(text), Boolean(this.#store.thread));
    this.#shown.set(message.id, { message, box });
    // Not read out: the patient's own words, an emergency (it has its own alert), and what gets the focus anyway.
    const silent = own || isEmergency(message) || this.formPlace.firstElementChild?.ariaBusy === "true";
    if (silent) box.setAttribute("aria-live", "off");
    if (own && message.error) addFate(box, { problem: message.error.text });
    const focus = message.outcome ? this.#turn(message, box, live) : false;
    if (focus) box.setAttribute("aria-live", "off");
    this.log.append(box); // Whole, so that it is read out once.
    if (focus) box.focus({ preventScroll: true });
    if (live && following) this.#reveal(box);
    if (live) this.#changed();
    if (live && !own && this.box.hidden) this.launcherText.textContent = `${CONFIG.words.open_chat} (${CONFIG.words.new_message})`;
  }

  /**
   * A reply: only its buttons, and only its form, count from now on. Says whether those that go had the focus.
   * @param {Message} message @param {HTMLElement} box @param {boolean} live
   */
  #turn(message, box, live) {
    const outcome = /** @type {import("./types.js").Outcome} */ (message.outcome);
    this.#last = message;
    let focus = false;
    for (const old of this.log.querySelectorAll(".choices")) {
      focus ||= old.contains(this.#focused);
      old.remove();
    }
    const urgent = isEmergency(message) || outcome.reminder === "emergency";
    this.bar.classList.toggle("urgent", urgent);
    this.alarm.textContent = isEmergency(message) && live ? `${CONFIG.words.call_emergency} ${message.text}` : "";
    focus = this.#form(message) || focus;
    if (this.formPlace.firstElementChild?.ariaBusy !== "true") {
      addChoices(box, outcome, (choice) => this.#press(choice));
      if (outcome.outcome === "answer" || outcome.outcome === "convert") addRating(box, message, (helpful) => this.#rate(message, helpful));
    }
    return focus;
  }

  /** The contact form: there as long as its hand-off waits for it. Says whether it went and had the focus. @param {Message} message */
  #form({ outcome }) {
    const form = this.formPlace.firstElementChild;
    const had = form?.contains(this.#focused) ?? false;
    if (form && this.#conversation.step) return false; // The form itself goes on.
    this.formPlace.replaceChildren();
    const away = outcome?.handoff?.reason === "engine_down" && outcome.handoff.state === "offered";
    const unknown = this.#store.thread ? ["consent"] : STEPS; // The clinic knows who is signed in.
    if (away) this.formPlace.append(contactForm(unknown, (details) => this.#conversation.passOn(details)));
    const steps = this.#conversation.formSteps;
    if (steps.length) this.formPlace.append(contactForm(steps, (details) => this.#conversation.answerSteps(details)));
    return had;
  }

  /** Who answers now, and up to where the clinic has read. @param {import("./types.js").Standing} standing */
  standing({ mode, staff_name, staff_seen }) {
    const { answers_person, answers_assistant } = CONFIG.words, before = this.answering.textContent, following = this.#seesLast;
    this.answering.textContent = mode === "person" ? answers_person.replace("{staff_name}", staff_name ?? "") : this.#store.thread ? answers_assistant : "";
    if (following && before !== this.answering.textContent) this.#reveal(this.log.lastElementChild); // There is less room now, or more.
    const read = [...this.#shown.values()].filter(({ message }) => message.author === "patient" && message.seq && message.seq <= staff_seen).pop();
    if (read) read.box.append(this.#receipt);
    this.#changed();
  }

  /** What became of a patient's message. @param {string} id @param {import("./types.js").Fate} fate */
  settle(id, fate) {
    const box = this.#shown.get(id)?.box;
    if (!box) return;
    addFate(box, fate);
    if (fate.problem) {
      this.#tell(fate.problem);
      this.#reveal(box);
    }
    if (!fate.busy) for (const pressed of this.log.querySelectorAll("[aria-disabled]")) pressed.removeAttribute("aria-disabled");
  }

  /** @param {boolean} underWay */
  progress(underWay) {
    this.#underWay = underWay;
    if (underWay) this.#tell(CONFIG.words.thinking);
    else if (this.progressLine.textContent === CONFIG.words.thinking) this.#tell("");
  }

  /** A short word about what happens. @param {string} text */
  #tell(text) {
    this.progressLine.textContent = text;
  }

  /** A notice that stays, with its buttons. @param {string} text @param {Record<string, () => void>} [buttons] */
  say(text, buttons = {}) {
    if (this.notice.firstElementChild?.textContent === text) return;
    const parts = Object.entries(buttons).map(([name, act]) => button(name, act));
    this.notice.replaceChildren(...(text ? [element("p", { text })] : []), ...parts);
  }

  /** Put words that were not taken back into the text box, unless there is something new in it. @param {string} text */
  giveBack(text) {
    this.input.value ||= text;
    this.#store.draft = this.input.value;
  }

  /** What the button of this choice says. @param {string} choice @returns {string} */
  titleOf(choice) {
    return this.#last?.outcome?.choices.find((offered) => offered.choice === choice)?.title ?? "";
  }

  clear() {
    this.#shown.clear();
    this.#last = undefined;
    this.log.ariaLive = "off";
    this.log.replaceChildren();
    this.formPlace.replaceChildren();
    this.hours.textContent = this.answering.textContent = "";
    this.alarm.textContent = "";
    this.bar.classList.remove("urgent");
    this.progress(false);
    this.say("");
  }

  // -- what the patient does ------------------------------------------------------------------------------------------

  #ask() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = this.#store.draft = "";
    this.#conversation.send({ text });
  }

  /** @param {import("./types.js").Choice} choice */
  #press({ title, choice }) {
    if (this.log.querySelector("[aria-disabled]")) return;
    for (const pressed of this.log.querySelectorAll(".choices:not(.rating) button")) pressed.setAttribute("aria-disabled", "true");
    this.#conversation.send({ text: title, choice });
  }

  /** @param {Message} message @param {boolean} helpful */
  async #rate(message, helpful) {
    const stored = await this.#conversation.rate(message.id, helpful);
    this.#tell(stored ? CONFIG.words.helpful_thanks : CONFIG.words.unconfirmed);
    return stored;
  }

  /** Whether the last message has begun to be read: who is further up is not to be moved. */
  get #seesLast() {
    const last = this.log.lastElementChild;
    return !last || last.getBoundingClientRect().top < this.scroller.getBoundingClientRect().bottom;
  }

  /** Scroll to the end, but no further than the beginning of the box; the page around stays where it is. @param {Element|null} [box] */
  #reveal(box) {
    if (!box) return;
    for (const frame of [this.scroller, this.box]) {
      const view = frame.getBoundingClientRect(), end = this.formPlace.getBoundingClientRect().bottom;
      frame.scrollTop += Math.min(end - view.bottom + 12, box.getBoundingClientRect().top - view.top - 12);
    }
  }
}
