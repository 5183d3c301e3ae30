import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"

/** An answer as it was read: its body as text, absent where it could not be read. */
export interface Response {
  readonly status: number
  readonly requestId: string | undefined
  readonly retryAfter: Option.Option<Duration.Duration>
  /** How far the server's clock is ahead of this machine's, in milliseconds; `NaN` where its `Date` is none. Not read of a 200. */
  readonly clockSkew: Option.Option<number>
  readonly body: string | undefined
}

const maxExcerptLength = 200

/** The beginning of a body that is not understood, on one line. */
export const excerptOf = (body: string | undefined): string | undefined => {
  const text = body
    ?.slice(0, 10 * maxExcerptLength)
    .replace(/\s+/g, " ")
    .trim()
  if (text === undefined || text === "") return undefined
  return text.length <= maxExcerptLength ? text : `${text.slice(0, maxExcerptLength - 1)}…`
}

/** A body as JSON. */
export const parseJson = (body: string): Either.Either<unknown, string> =>
  Either.try({
    try: () => JSON.parse(body) as unknown,
    catch: (error) => (error instanceof Error ? error.message : String(error))
  })
