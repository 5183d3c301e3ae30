import { stringify } from "csv-stringify/sync"

/** A spreadsheet whose separator is the semicolon sees several cells in the users of a configuration. */
const escapeInner = (cell: string): string => cell.replace(/;(?=[=+\-@\t\r])/g, ";'")

/**
 * Rows as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc4180 RFC 4180}, but with the line ends of Unix;
 * {@link https://owasp.org/www-community/attacks/CSV_Injection CSV injection}.
 */
export const csvLines = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  stringify(
    rows.map((row) => row.map(escapeInner)),
    { escape_formulas: true }
  )
