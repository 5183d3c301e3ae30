/**
 * Cells that spreadsheets would evaluate as formulas. An apostrophe before a formula keeps them from it, at the start of a cell
 * and after each semicolon, at which some spreadsheets split cells. Apostrophes that are already there get another one, so
 * that it can be undone.
 *
 * Source: {@link https://owasp.org/www-community/attacks/CSV_Injection CSV injection}.
 *
 * @module
 */

const formula = "(?='*[=+\\-@\\t\\r\\uff0b\\uff0d\\uff1d\\uff20])"
const start = new RegExp(`(^|;)${formula}`, "g")
const escapedStart = new RegExp(`(^|;)'${formula}`, "g")

/**
 * A cell without formulas.
 *
 * @category conversions
 * @since 0.1.0
 */
export const escapeFormulas = (cell: string): string => cell.replace(start, "$1'")

/**
 * The cell that `escapeFormulas` has escaped.
 *
 * @category conversions
 * @since 0.1.0
 */
export const unescapeFormulas = (cell: string): string => cell.replace(escapedStart, "$1")

/**
 * A number as spreadsheets write those of more digits than they show, such as `1.23457E+17`: what it was is lost.
 *
 * @category constants
 * @since 0.1.0
 */
export const roundedNumber: RegExp = /^\d+(?:[.,]\d+)?E\+\d+$/i
