import { stringify } from "csv-stringify/sync"

/**
 * Rows as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc4180 RFC 4180}, but with the line ends of Unix;
 * {@link https://owasp.org/www-community/attacks/CSV_Injection CSV injection}.
 */
export const csvLines = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  stringify(rows as Array<Array<string>>, { escape_formulas: true })
