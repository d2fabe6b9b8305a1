// The conversation on paper, and in the clipboard.

import { CONFIG } from "./config.js";
import { element } from "./dom.js";
import { speaker } from "./message.js";

/** @param {import("./types.js").Message[]} messages */
export function transcript(messages) {
  return messages.map((message) => [speaker(message), message.text].filter(Boolean).join("\n")).join("\n\n");
}

/** @param {string} text @returns {Promise<boolean>} whether the clipboard took it */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Print the conversation alone, without the page around it.
 * @param {ShadowRoot} root @param {import("./types.js").Message[]} messages
 */
export function print(root, messages) {
  const frame = element("iframe", { className: "paper", "aria-hidden": "true", tabIndex: -1 });
  root.append(frame);
  const paper = frame.contentDocument;
  paper.title = CONFIG.words.title;
  for (const message of messages) {
    const said = element("p", { text: message.text });
    said.style.whiteSpace = "pre-line";
    paper.body.append(element("strong", { text: speaker(message) }), said);
  }
  frame.contentWindow.addEventListener("afterprint", () => frame.remove());
  frame.contentWindow.print();
}
