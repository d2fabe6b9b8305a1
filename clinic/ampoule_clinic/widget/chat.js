// <ampoule-chat>: the assistant on any page.

import { CONFIG } from "./config.js";
import { Conversation } from "./conversation.js";
import { Panel } from "./panel.js";
import { Server } from "./server.js";
import { Store } from "./store.js";
import { CSS } from "./styles.js";

const SERVICE = new URL("./", import.meta.url).href;

/**
 * Attributes: `position="left"`, `heading`, `theme="light|dark"`, `lang`, and `inline` for a chat that fills its place
 * on the page instead of floating over it. On the portal's pages also `thread` and `token`: a signed-in patient's
 * conversation, and the right to it. Methods: `open()`, `close()`. Event: `ampoule-change`, when something was said or read.
 */
class AmpouleChat extends HTMLElement {
  /** @type {Panel} */
  #panel;
  /** @type {Conversation} */
  #conversation;
  #looked = () => this.#conversation.seen();
  #gone = () => this.#panel.say(CONFIG.words.offline);
  #back = () => {
    if (this.#conversation.begun) this.#conversation.listen(true);
    else if (!this.#panel.box.hidden) this.#conversation.begin();
  };

  connectedCallback() {
    addEventListener("offline", this.#gone);
    addEventListener("online", this.#back);
    document.addEventListener("visibilitychange", this.#looked);
    if (this.shadowRoot) return this.#back(); // The page only moved it.
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    const inline = this.hasAttribute("inline"), store = new Store(SERVICE, this.getAttribute("thread") ?? "", this.getAttribute("token") ?? "");
    this.removeAttribute("token"); // Not for whoever looks at the page later.
    this.#panel = new Panel(root, store, { inline, heading: this.getAttribute("heading") ?? "", language: this.lang || "en" });
    this.#conversation = new Conversation(new Server(SERVICE, store), store, this.#panel);
    this.#panel.connect(this.#conversation, () => this.dispatchEvent(new CustomEvent("ampoule-change", { bubbles: true })));
    if (inline || store.token) this.#conversation.begin();
    if (store.open) this.#panel.open(false);
  }

  disconnectedCallback() {
    removeEventListener("offline", this.#gone);
    removeEventListener("online", this.#back);
    document.removeEventListener("visibilitychange", this.#looked);
    this.#conversation.rest();
  }

  open() { this.#panel.open(); }
  close() { this.#panel.close(); }
}

if (!customElements.get("ampoule-chat")) customElements.define("ampoule-chat", AmpouleChat);
