// The service's API.

const ANSWER_MS = 15000;
const SILENCE_MS = 30000; // The stream says something every 10 s.

export class Server {
  #base;
  #store;

  /** @param {string} base ends with a slash @param {import("./store.js").Store} store */
  constructor(base, store) {
    this.#base = base;
    this.#store = store;
  }

  /**
   * The answer's JSON with its status. Throws where no answer came.
   * @param {string} method @param {string} path @param {object} [body]
   * @param {boolean} [keepalive] goes out even if the page is left at once
   * @returns {Promise<any>}
   */
  async call(method, path, body, keepalive = false) {
    const headers = { ...this.#authorization(), ...(body && { "Content-Type": "application/json" }) };
    const response = await fetch(this.#base + path, {
      method, headers, keepalive, body: body && JSON.stringify(body), credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { status: response.status, ok: response.ok, ...(await response.json()) };
  }

  /**
   * Reads the event stream until it ends. Throws where it breaks, and where it is silent for too long.
   * @param {number} after the number of the last message that is known
   * @param {AbortController} control ends it
   * @param {{opened: () => void, refused: (answer: any) => void, message: (message: import("./types.js").Message) => void,
   *   standing: (standing: import("./types.js").Standing) => void, ended: () => void}} on
   */
  async listen(after, control, on) {
    const response = await fetch(`${this.#base}api/events`, {
      headers: { ...this.#authorization(), "Last-Event-ID": String(after) }, credentials: "omit", cache: "no-store", signal: control.signal,
    });
    if (response.status >= 400 && response.status < 500) return on.refused(await response.json());
    if (!response.ok || !response.body) throw new Error("no stream");
    on.opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await within(SILENCE_MS, reader.read());
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        if (/^event: ended$/m.test(block)) return on.ended();
        const data = /^data: (.*)$/m.exec(block);
        if (data) on[/^event: standing$/m.test(block) ? "standing" : "message"](JSON.parse(data[1]));
      }
    }
  }

  /** @returns {Record<string, string>} */
  #authorization() {
    return this.#store.token ? { Authorization: `Bearer ${this.#store.token}` } : {};
  }
}

/**
 * @template T
 * @param {number} limit @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function within(limit, promise) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(reject, limit, new Error("silent")); });
  return /** @type {Promise<T>} */ (Promise.race([promise, late])).finally(() => clearTimeout(timer));
}
