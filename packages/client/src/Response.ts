import type * as Duration from "effect/Duration"
import type * as Option from "effect/Option"

/** A response that has been read. Its body is text, or absent if reading it failed. */
export interface Response {
  readonly status: number
  readonly requestId: string | undefined
  readonly retryAfter: Option.Option<Duration.Duration>
  /**
   * How far the server's clock is ahead of this machine's, in milliseconds; `NaN` if `Date` cannot be parsed. Not determined
   * for a 200.
   */
  readonly clockSkew: Option.Option<number>
  readonly body: string | undefined
}

const maxExcerptLength = 200

/** The start of a body that cannot be parsed, on one line. */
export const excerptOf = (body: string | undefined): string | undefined => {
  const text = body
    ?.slice(0, 10 * maxExcerptLength)
    .replace(/\s+/g, " ")
    .trim()
  if (text === undefined || text === "") return undefined
  return text.length <= maxExcerptLength ? text : `${text.slice(0, maxExcerptLength - 1)}…`
}
