import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"

/**
 * Names of the headers whose values are secrets, in lower case.
 *
 * @category constants
 * @since 0.1.0
 */
export const sensitiveHeaders: ReadonlyArray<string> = [
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
  "x-api-key",
  "x-auth-token",
  "x-metadata-token",
  "x-security-token",
  "x-subject-token"
]

/** Whether a text is not empty and only visible ASCII. Some HTTP clients crash on other header values. */
export const isHeaderSafe = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

/** Whether a text is visible ASCII on one line, with single spaces at most in between, as in `Bearer eyJh…`. */
export const isTokenText = (text: unknown): text is string =>
  typeof text === "string" && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)

/**
 * Redacts the sensitive headers in a client's logs and spans. Set for each request, because a FiberRef that a layer sets is
 * lost after the layer is built.
 */
export const redactSensitiveHeaders: <E, R>(
  client: HttpClient.HttpClient.With<E, R>
) => HttpClient.HttpClient.With<E, R> = HttpClient.transformResponse(
  Effect.locallyWith(Headers.currentRedactedNames, (names) => [...names, ...sensitiveHeaders])
)
