// What a tab remembers until it is closed, and how the tabs of one site share a conversation while one of them is open.

const TABS_MS = 200;

export class Store {
  /** @type {Record<string, string>} Where the browser forbids storage. */
  #memory = {};
  #prefix;
  #channel;
  #lent;

  /**
   * @param {string} service the address of the service, so that two clinics do not mix
   * @param {string} thread a signed-in patient's conversation, or "" @param {string} token the right to it, which no other tab gets
   */
  constructor(service, thread, token) {
    this.thread = thread;
    this.#lent = token;
    this.#prefix = `ampoule:${service}:${thread && `${thread}:`}`;
    this.#channel = !thread && "BroadcastChannel" in globalThis ? new BroadcastChannel(this.#prefix) : null;
    this.#channel?.addEventListener("message", ({ data }) => {
      if (data === "who?" && this.token) this.#channel?.postMessage({ token: this.token });
    });
  }

  /** @returns {string} the bearer token, or "" */
  get token() { return this.thread ? this.#lent : this.#get("token"); }
  set token(value) {
    if (this.thread) this.#lent = value;
    else this.#set("token", value);
  }

  /** @returns {boolean} whether the panel was left open */
  get open() { return this.#get("open") === "1"; }
  set open(value) { this.#set("open", value ? "1" : ""); }

  /** @returns {string} what stands in the text box */
  get draft() { return this.#get("draft"); }
  set draft(value) { this.#set("draft", value); }

  /** @returns {import("./types.js").Message[]} the messages that have no answer yet */
  get unsent() { return JSON.parse(this.#get("unsent") || "[]"); }

  /** @param {import("./types.js").Message} message */
  keep(message) { this.#unsent([...this.unsent.filter(({ id }) => id !== message.id), message]); }

  /** @param {string} id */
  drop(id) { this.#unsent(this.unsent.filter((message) => message.id !== id)); }

  /** What a thread has not sent yet waits for the next sign-in. */
  forget() {
    this.token = "";
    if (!this.thread) this.#unsent([]);
  }

  /** The token of another open tab, if there is one. @returns {Promise<string>} */
  sharedToken() {
    const channel = this.#channel;
    if (!channel) return Promise.resolve("");
    return new Promise((resolve) => {
      /** @param {MessageEvent} event */
      const heard = ({ data }) => data.token && done(data.token);
      /** @param {string} token */
      const done = (token) => {
        clearTimeout(timer);
        channel.removeEventListener("message", heard);
        resolve(token);
      };
      const timer = setTimeout(done, TABS_MS, "");
      channel.addEventListener("message", heard);
      channel.postMessage("who?");
    });
  }

  /** @param {import("./types.js").Message[]} messages */
  #unsent(messages) { this.#set("unsent", messages.length ? JSON.stringify(messages) : ""); }

  /** @param {string} name */
  #get(name) {
    try {
      return sessionStorage.getItem(this.#prefix + name) ?? "";
    } catch {
      return this.#memory[name] ?? "";
    }
  }

  /** @param {string} name @param {string} value */
  #set(name, value) {
    try {
      if (value) sessionStorage.setItem(this.#prefix + name, value);
      else sessionStorage.removeItem(this.#prefix + name);
    } catch {
      this.#memory[name] = value;
    }
  }
}
