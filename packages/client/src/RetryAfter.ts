import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*[, ]/

/** Epoch milliseconds of an HTTP date, `NaN` if it is invalid. */
export const parseHttpDate = (text: string): number => {
  if (!httpDate.test(text)) return Number.NaN
  // All three formats are in GMT, but the oldest one does not say so.
  return Date.parse(text.endsWith("GMT") ? text : `${text} GMT`)
}

/** RFC 9111, section 1.2.2: the number of seconds that stands for all larger ones. JSON has no infinite duration. */
const maxSeconds = 2 ** 31

/**
 * Parses `Retry-After`: a number of seconds, or a date. A date is compared with the response's own `Date` if it has one, so
 * that a wrong local clock does not matter. `None` if the header is absent or invalid.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc9110#field.retry-after RFC 9110, section 10.2.3}.
 *
 * @category conversions
 */
export const parseRetryAfter = (
  retryAfter: string | undefined,
  date: string | undefined,
  nowMillis: number
): Option.Option<Duration.Duration> => {
  if (retryAfter === undefined) return Option.none()
  const text = retryAfter.trim()
  if (/^\d+$/.test(text)) return Option.some(Duration.seconds(Math.min(Number(text), maxSeconds)))
  const until = parseHttpDate(text)
  if (Number.isNaN(until)) return Option.none()
  const serverTime = date === undefined ? Number.NaN : parseHttpDate(date.trim())
  return Option.some(Duration.millis(Math.max(0, until - (Number.isNaN(serverTime) ? nowMillis : serverTime))))
}
