// Making elements. Everything people read is set as text, never as markup.

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties] `text`, attributes (`role`, `lang`, `dir`, any name with a dash), properties
 * @param {...(Node|string)} children
 * @returns {any}
 */
export function element(tag, { text, ...properties } = {}, ...children) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(properties)) {
    if (/-|^(role|lang|dir)$/.test(name)) made.setAttribute(name, value);
    else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}

/** @param {string} text @param {() => void} onclick @param {string} [className] */
export function button(text, onclick, className = "quiet") {
  return element("button", { type: "button", text, onclick, className });
}

/** A random UUID; the browser's own is missing on plain http. */
export function uuid() {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (Number(digit) ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (Number(digit) / 4)))).toString(16));
}
