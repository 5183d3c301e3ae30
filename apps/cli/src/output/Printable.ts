/**
 * Characters that would move the cursor, change colours, or reorder the line: C0 and C1 controls, bidirectional controls,
 * line and paragraph separators.
 */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

const everyUnprintable = new RegExp(unprintable, "gu")

export const isUnprintable = (text: string): boolean => unprintable.test(text)

/** Untrusted text, such as a user's name, on one line and without control characters. */
export const printable = (text: string): string => text.replace(everyUnprintable, "\ufffd")

/** Without line ends, which indented JSON has so many of. */
const everyUnprintableInLine = new RegExp(`(?!\\n)${unprintable.source}`, "gu")

/** Escapes control characters as in JSON and YAML strings; keeps line ends. */
const escapeUnprintable = (text: string): string =>
  text.replace(everyUnprintableInLine, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** JSON with control characters escaped. `space` as in `JSON.stringify`. */
export const printableJson = (value: unknown, space?: number): string =>
  escapeUnprintable(JSON.stringify(value, null, space) ?? "null")
