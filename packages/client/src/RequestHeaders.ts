/** The headers that a call of a program adds to those of the client. */
import * as Headers from "@effect/platform/Headers"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { Setting } from "@hotspot-session/core"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"

/** Headers that describe the body or the connection. */
const reservedHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

const isHeaderName = (text: string): boolean => /^[!#$%&'*+.^_`|~\w-]+$/.test(text)

/** Whether a value can be that of a header. */
export const isHeaderValue = (value: unknown): value is string =>
  typeof value === "string" && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)

/** What is wrong with further headers. Has no value, which may be a secret. */
const problemOfHeaders = (headers: unknown, base: HttpClientRequest.HttpClientRequest): string | undefined => {
  // `Headers` and `Map` have no fields.
  if (!Predicate.isRecord(headers) || Predicate.isIterable(headers)) return "must be an object of strings"
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderName(name)) return "must have valid names"
    if (Headers.has(base.headers, name)) return `must not have ${name}, which the client sets`
    if (reservedHeaders.has(name.toLowerCase()))
      return `must not have ${name}, which belongs to the connection or the body`
    if (!isHeaderValue(value)) return `must have a valid text as ${name}`
  }
  return undefined
}

/** A request with further headers of a call. Left is what is wrong with them. */
export const withHeaders = (
  base: HttpClientRequest.HttpClientRequest,
  headers: Readonly<Record<string, string>> | undefined
): Setting.Checked<HttpClientRequest.HttpClientRequest> => {
  if (headers === undefined || headers === null) return Either.right(base)
  const problem = problemOfHeaders(headers, base)
  return problem === undefined
    ? Either.right(HttpClientRequest.setHeaders(base, headers))
    : Either.left(ConfigError.InvalidData(["headers"], `headers ${problem}`))
}
