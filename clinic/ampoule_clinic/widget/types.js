// The shapes that the modules share; nothing of this is in the served file.

export {};

/** @typedef {{title: string, choice: string}} Choice */

/**
 * @typedef {object} Handoff
 * @property {string} reason
 * @property {"offered"|"asking"|"sent"|"failed"|"unknown"|"cancelled"} state
 * @property {string|null} reference
 */

/**
 * What a reply is about, as the assistant states it.
 * @typedef {object} Outcome
 * @property {string} outcome
 * @property {string[]} texts
 * @property {{id: string, title: string, section: string}[]} sources
 * @property {Handoff|null} handoff
 * @property {"emergency"|"handoff"|null} reminder
 * @property {Choice[]} choices
 */

/**
 * A message as the service shows it. One that is not stored yet has no `seq`.
 * @typedef {object} Message
 * @property {string} id
 * @property {"patient"|"assistant"|"staff"|"notice"} author
 * @property {string} text
 * @property {string} [choice]
 * @property {number|null} [seq]
 * @property {number|null} [reply_to]
 * @property {string|null} [staff_name]
 * @property {boolean|null} [helpful]
 * @property {string} [at]
 * @property {Outcome|null} [outcome]
 * @property {{code: string, text: string}} [error]
 */

/** Who answers, and how far the clinic has read. @typedef {{mode: "assistant"|"person", staff_name: string|null, staff_seen: number}} Standing */

/** What became of a message: nothing to say, a problem, or still under way.
 * @typedef {{problem?: string, busy?: boolean, retry?: () => void}} Fate */

/** The fields of the contact form. @typedef {Record<string, string>} Details */

/** A field that was not accepted, and why. @typedef {{step?: string, text: string}} Problem */
