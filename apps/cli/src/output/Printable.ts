/**
 * Characters that would move the cursor, change colours, or reorder the line: C0 and C1 controls, bidirectional controls,
 * line and paragraph separators.
 */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

const everyUnprintable = new RegExp(unprintable, "gu")

/** Whether a text holds a character that a terminal would obey. */
export const isUnprintable = (text: string): boolean => unprintable.test(text)

/** Text from elsewhere, such as a user's name, as a terminal may show it: on one line and without control characters. */
export const printable = (text: string): string => text.replace(everyUnprintable, "\ufffd")

/** Such characters as JSON and YAML write them between double quotes; line ends are left. */
export const escapeUnprintable = (text: string): string =>
  text.replace(everyUnprintable, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** JSON, which means the same but holds no character that a terminal would obey. `space` as for `JSON.stringify`. */
export const printableJson = (value: unknown, space?: number): string =>
  escapeUnprintable(JSON.stringify(value, null, space) ?? "null")
