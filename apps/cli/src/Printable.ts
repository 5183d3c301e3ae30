/**
 * Characters that would move the cursor, change colours, or reorder the line: C0 and C1 controls, bidirectional controls,
 * line and paragraph separators.
 */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** Text from elsewhere, such as a user's name, as a terminal may show it: on one line and without control characters. */
export const printable = (text: string): string => text.replace(unprintable, "\ufffd")
