import type * as Duration from "effect/Duration"
import type * as Either from "effect/Either"
import type * as Option from "effect/Option"
import { parseHttpDate, parseRetryAfter } from "./RetryAfter.js"

/**
 * A response that has been read.
 *
 * @category models
 * @since 0.1.0
 */
export interface Response {
  readonly status: number
  /** By name in lower case. */
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  /** The body; absent if reading the body of an error failed. */
  readonly text: string | undefined
  /** Why the body of an error cannot be decoded. */
  readonly problem?: string | undefined
  /** The octets of the body without content codings, if the transport has them at hand. */
  readonly bytes?: Uint8Array | undefined
  /** When it was received, in epoch milliseconds. */
  readonly receivedAt: number
}

/**
 * Reads a response. Left is the error.
 *
 * @internal
 */
export type Read<A, E> = (response: Response) => Either.Either<A, E>

/**
 * The first value of a header.
 *
 * @internal
 */
export const headerOf = ({ headers }: Response, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === "string" ? value : value?.[0]
}

/**
 * The ID that support asks for.
 *
 * @internal
 */
export const requestIdOf = (response: Response): string | undefined =>
  headerOf(response, "x-request-id") ?? headerOf(response, "x-iam-trace-id")

/**
 * The `Retry-After` of a response.
 *
 * @internal
 */
export const retryAfterOf = (response: Response): Option.Option<Duration.Duration> =>
  parseRetryAfter(headerOf(response, "retry-after"), headerOf(response, "date"), response.receivedAt)

/**
 * How far the server's clock is ahead of this machine's, in milliseconds; 0 if `Date` is absent or cannot be parsed.
 *
 * @internal
 */
export const clockSkewOf = (response: Response): number => {
  const date = parseHttpDate(headerOf(response, "date") ?? "")
  return Number.isNaN(date) ? 0 : date - response.receivedAt
}

/**
 * Removes secrets from what an error quotes of a response.
 *
 * @internal
 */
export const redacted = (response: Response, withoutSecrets: (text: string) => string): Response => {
  const requestId = requestIdOf(response)
  return {
    status: response.status,
    receivedAt: response.receivedAt,
    text: response.text === undefined ? undefined : withoutSecrets(response.text),
    problem: response.problem === undefined ? undefined : withoutSecrets(response.problem),
    headers: {
      date: response.headers["date"],
      "retry-after": response.headers["retry-after"],
      "x-request-id": requestId === undefined ? undefined : withoutSecrets(requestId)
    }
  }
}

const maxExcerptLength = 200

/**
 * The start of a body that cannot be parsed, on one line.
 *
 * @internal
 */
export const excerptOf = (body: string | undefined): string | undefined => {
  const text = body
    ?.slice(0, 10 * maxExcerptLength)
    .replace(/\s+/g, " ")
    .trim()
  if (text === undefined || text === "") return undefined
  return text.length <= maxExcerptLength ? text : `${text.slice(0, maxExcerptLength - 1)}…`
}
