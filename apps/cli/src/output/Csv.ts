import { escapeFormulas, roundedNumber } from "@hotspot-session/fleet/SpreadsheetCell"
import { stringify } from "csv-stringify/sync"

/**
 * Rows as CSV. What a spreadsheet would evaluate as a formula is escaped. Cells are quoted if readers disagree about what
 * they mean: around blanks and control characters, what looks like a rounded number, and in rows that would be empty lines.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc4180 RFC 4180}, but with the line ends of Unix.
 */
export const csvLines = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  stringify(
    rows.map((row) => row.map(escapeFormulas)),
    { quoted_match: [/^\s|\s$|\p{Cc}/u, roundedNumber], quoted_empty: rows.some(({ length }) => length === 1) }
  )
