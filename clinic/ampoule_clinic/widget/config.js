// What the service writes into the file that it serves: the reviewed words of `content/`, and the number to dial.

/** @type {{words: Record<string, string>, tel: string}} */
export const CONFIG = { words: {}, tel: "" };
