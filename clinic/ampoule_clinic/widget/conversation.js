// The conversation: what was said, what is under way, and how nothing is sent twice or lost.

import { CONFIG } from "./config.js";
import { uuid } from "./dom.js";
import { STEPS } from "./steps.js";

const FIRST_WAIT_MS = 1000, LONGEST_WAIT_MS = 15000;
const UNCONFIRMED = ["unconfirmed", "failed"]; // Whether the message was stored is not known.

/** @typedef {import("./types.js").Message} Message */

export class Conversation {
  /** The detail that the assistant asked for last, while it is asking. @type {string|null} */
  step = null;
  #server;
  #store;
  #view;
  #lastSeq = 0;
  /** @type {Map<number, string>} seq -> id of the patient's messages */
  #ids = new Map();
  /** @type {Set<string>} */
  #underWay = new Set();
  /** @type {AbortController|null} */
  #stream = null;
  /** @type {Promise<void>|null} */
  #beginning = null;
  #toSee = 0; // The last message of which the clinic may want to know whether it was read,
  #seen = 0; // and the last of which it was told.

  /**
   * @param {import("./server.js").Server} server
   * @param {import("./store.js").Store} store
   * @param {import("./panel.js").Panel} view
   */
  constructor(server, store, view) {
    this.#server = server;
    this.#store = store;
    this.#view = view;
  }

  get begun() { return this.#stream !== null; }

  /** Take up the conversation of this tab, or of another one, or begin one. */
  begin() {
    this.#beginning ??= this.#begin().finally(() => { this.#beginning = null; });
    return this.#beginning;
  }

  async #begin() {
    this.#store.token ||= await this.#store.sharedToken();
    if (this.#store.thread && !this.#store.token) return this.#over();
    let answer;
    try {
      answer = await (this.#store.token ? this.#server.call("GET", "api/conversation") : this.#server.call("POST", "api/sessions"));
    } catch {
      return this.#view.say(navigator.onLine ? CONFIG.words.unreachable : CONFIG.words.offline, { [CONFIG.words.retry]: () => this.begin() });
    }
    if (!answer.ok) return this.#refused(answer);
    if (answer.token) this.#store.token = answer.token;
    this.#view.say("");
    const messages = answer.messages ?? [answer.message];
    messages.forEach(this.#note, this);
    this.#view.history(messages, Boolean(answer.token), answer.hours ?? "");
    this.#view.standing(answer);
    this.seen();
    this.listen();
    // What was stored and has no reply is sent again too: its id stays the same.
    const answered = new Set(messages.map((/** @type {Message} */ message) => message.reply_to));
    for (const message of messages) if (message.author === "patient" && !message.error && !answered.has(message.seq)) this.#store.keep(message);
    this.#sendAgain();
  }

  /** Follow the stream of new messages until `rest`; come again after every break. @param {boolean} [broken] it was broken before */
  async listen(broken = false) {
    this.rest();
    const control = (this.#stream = new AbortController());
    let wait = FIRST_WAIT_MS;
    while (!control.signal.aborted) {
      try {
        await this.#server.listen(this.#lastSeq, control, {
          opened: () => {
            wait = FIRST_WAIT_MS;
            if (broken) this.#view.say("");
            if (broken) this.#sendAgain();
            broken = false;
          },
          refused: (answer) => { this.rest(); this.#refused(answer); },
          message: (message) => this.#take(message),
          standing: (standing) => this.#view.standing(standing),
          ended: () => this.#over(),
        });
      } catch {
        if (control.signal.aborted) return;
        broken = true;
        this.#view.say(navigator.onLine ? CONFIG.words.reconnecting : CONFIG.words.offline);
      }
      await new Promise((resume) => setTimeout(resume, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  rest() {
    this.#stream?.abort();
  }

  /**
   * Send a message, or send it again. Gives its reply, or undefined where there is none (yet).
   * @param {{text: string, choice?: string, id?: string}} said
   * @returns {Promise<Message|undefined>}
   */
  async send(said) {
    /** @type {Message} */
    const message = { id: uuid(), author: "patient", at: new Date().toISOString(), ...said };
    const { id, text, choice } = message;
    if (this.#underWay.has(id)) return;
    this.#store.keep(message);
    this.#view.show(message, true);
    const retry = () => { this.send(message); };
    /** @param {string} why */
    const notSent = (why) => this.#view.settle(id, { problem: `${CONFIG.words.failed}. ${why}`, retry });
    if (!navigator.onLine || !this.#store.token) {
      notSent(navigator.onLine ? CONFIG.words.reconnecting : CONFIG.words.offline);
      if (!this.#store.token) this.begin(); // sends it
      return;
    }
    this.#underWay.add(id);
    this.#view.settle(id, { busy: true });
    this.#view.progress(true);
    try {
      const answer = await this.#server.call("POST", "api/messages", choice ? { id, choice } : { id, text });
      if (answer.ok) {
        this.#take(answer.message ?? message);
        this.#take(answer.reply);
        this.#done(id);
        return answer.reply;
      }
      this.#failed(message, answer);
    } catch {
      this.#view.settle(id, { problem: CONFIG.words.unconfirmed, retry });
    } finally {
      this.#underWay.delete(id);
      this.#view.progress(this.#underWay.size > 0);
    }
  }

  /**
   * Answer the assistant's questions about who asks, one after the other, as it asks them.
   * @param {import("./types.js").Details} details
   * @returns {Promise<import("./types.js").Problem|null>} the problem, or null once the assistant asks nothing more
   */
  async answerSteps(details) {
    for (let step = this.step; step; step = this.step) {
      const choice = step === "about" ? `about:${details.about}` : step === "consent" ? "consent:yes" : undefined;
      const text = choice ? this.#view.titleOf(choice) : step === "birth_date" ? born(details.birth_date) : details[step];
      if (!await this.send({ text, choice })) return { text: CONFIG.words.unconfirmed };
      if (this.step === step) return { step, text: CONFIG.words[`invalid_${step}`] ?? CONFIG.words.form_choose };
    }
    return null;
  }

  /** The form of the time when the assistant is away. @param {import("./types.js").Details} details */
  async passOn(details) {
    const body = details.patient === "no" ? { patient: false } : { ...details, patient: true, consent: true };
    try {
      const answer = await this.#server.call("POST", "api/handoff", body);
      if (!answer.ok) return { step: answer.error.code.replace("invalid_", ""), text: answer.error.text };
      this.#take(answer.reply);
      return null;
    } catch {
      return { text: CONFIG.words.unconfirmed };
    }
  }

  /** Tell the clinic how far the patient has read, where somebody may be waiting to know and the page is looked at. */
  seen() {
    const seq = this.#toSee, before = this.#seen;
    if (seq <= before || !this.#view.visible) return;
    this.#seen = seq;
    this.#server.call("POST", "api/seen", { seq }, true).catch(() => { this.#seen = before; });
  }

  /** @param {string} id @param {boolean} helpful @returns {Promise<boolean>} whether it was stored */
  async rate(id, helpful) {
    try {
      return (await this.#server.call("POST", "api/feedback", { id, helpful })).ok;
    } catch {
      return false;
    }
  }

  /** End the conversation and have it deleted. */
  async end() {
    try {
      const answer = this.#store.token ? await this.#server.call("DELETE", "api/sessions") : { ok: true, text: CONFIG.words.ended };
      if (!answer.ok && answer.status !== 401) return this.#view.say(answer.error.text);
      this.#clear();
      this.#view.say(CONFIG.words.ended, this.#anew());
    } catch {
      this.#view.say(navigator.onLine ? CONFIG.words.unconfirmed : CONFIG.words.offline);
    }
  }

  /** The steps of the contact form that are still to come, for the last reply. @returns {string[]} */
  get formSteps() {
    return this.step && ["name", "birth_date", "contact"].includes(this.step) ? STEPS.slice(STEPS.indexOf(this.step)) : [];
  }

  /** @param {Message} message */
  #take(message) {
    const own = message.reply_to ? this.#ids.get(message.reply_to) : undefined;
    this.#note(message);
    this.#view.show(message, true);
    this.seen();
    if (message.author === "patient") this.#view.settle(message.id, this.#underWay.has(message.id) ? { busy: true } : { problem: message.error?.text });
    if (own) this.#done(own);
  }

  /** Remember where the conversation stands after a message. @param {Message} message */
  #note({ seq, id, author, outcome }) {
    if (seq) this.#lastSeq = Math.max(this.#lastSeq, seq);
    if (seq && author === "patient") this.#ids.set(seq, id);
    else if (seq && (this.#store.thread || author !== "assistant")) this.#toSee = Math.max(this.#toSee, seq);
    if (!outcome) return;
    const asked = outcome.texts.map((text) => /^replies\/handoff#ask_(\w+)$/.exec(text)?.[1]).find(Boolean);
    this.step = outcome.handoff?.state === "asking" ? asked ?? this.step : null;
  }

  /** @param {string} id */
  #done(id) {
    this.#store.drop(id);
    this.#view.settle(id, {});
  }

  /** @param {Message} message @param {any} answer */
  #failed(message, answer) {
    const { code, text } = answer.error;
    const again = answer.status === 429 || answer.status >= 500;
    if (!again) this.#store.drop(message.id);
    this.#view.settle(message.id, {
      problem: UNCONFIRMED.includes(code) ? text : `${CONFIG.words.failed}. ${text}`, retry: again ? () => { this.send(message); } : undefined,
    });
    if (!again && !message.choice) this.#view.giveBack(message.text);
    if (answer.status === 401 || answer.status === 410) this.#refused(answer);
  }

  #sendAgain() {
    for (const message of this.#store.unsent) this.send(message);
  }

  /** @param {any} answer */
  #refused(answer) {
    const over = answer.status === 401 || answer.status === 410 || ["no_session", "session_expired", "ended"].includes(answer.error.code);
    if (over && this.#store.thread) return this.#over();
    this.#view.say(answer.error.text, over ? this.#anew() : { [CONFIG.words.retry]: () => this.begin() });
  }

  /** The right to the conversation has ended, or the conversation itself. */
  #over() {
    this.#clear();
    this.#view.say(this.#store.thread ? CONFIG.words.signed_out : CONFIG.words.ended, this.#anew());
  }

  #anew() {
    if (this.#store.thread) return { [CONFIG.words.sign_in_again]: () => location.reload() };
    return { [CONFIG.words.new_conversation]: () => { this.#clear(); this.begin(); this.#view.focusInput(); } };
  }

  #clear() {
    this.rest();
    this.#stream = null;
    this.#store.forget();
    this.#ids.clear();
    this.#lastSeq = this.#toSee = this.#seen = 0;
    this.step = null;
    this.#view.clear();
  }
}

/** A date of birth as the assistant reads it: the month in letters. @param {string} day such as 1961-05-12 */
function born(day) {
  const date = new Date(`${day}T00:00:00Z`);
  const text = date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return `${CONFIG.words.form_born} ${text}`;
}
