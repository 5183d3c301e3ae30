import { stringify } from "csv-stringify/sync"

/** A spreadsheet that separates cells by semicolons splits the users of a configuration into cells. */
const escapeInner = (cell: string): string => cell.replace(/;(?=[=+\-@\t\r])/g, ";'")

/**
 * Rows as CSV. A cell that a spreadsheet would evaluate as a formula is prefixed with an apostrophe.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc4180 RFC 4180}, but with the line ends of Unix;
 * {@link https://owasp.org/www-community/attacks/CSV_Injection CSV injection}.
 */
export const csvLines = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  stringify(
    rows.map((row) => row.map(escapeInner)),
    { escape_formulas: true }
  )
