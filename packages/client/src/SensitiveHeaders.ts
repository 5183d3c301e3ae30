import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"

/** Names of the headers whose values are secrets, in lower case. */
export const sensitiveHeaders: ReadonlyArray<string> = [
  "authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "x-auth-token",
  "x-metadata-token",
  "x-security-token",
  "x-subject-token"
]

/** What these headers can hold: visible ASCII. Some HTTP clients die of anything else. */
export const sendable = /^[\x21-\x7e]+$/

/**
 * Redacts the sensitive headers wherever a client's logs or spans show headers. Set for each request, because a FiberRef
 * that a layer sets is gone when the layer is built.
 */
export const redactSensitiveHeaders: <E, R>(
  client: HttpClient.HttpClient.With<E, R>
) => HttpClient.HttpClient.With<E, R> = HttpClient.transformResponse(
  Effect.locallyWith(Headers.currentRedactedNames, (names) => [...names, ...sensitiveHeaders])
)

const minSecretLength = 8

/** The secrets that a request sends: each sensitive header's value, and what follows the scheme of an `Authorization`. */
const secretsOf = (request: HttpClientRequest.HttpClientRequest): ReadonlyArray<string> =>
  sensitiveHeaders
    .flatMap((name) => {
      const value = request.headers[name]
      if (value === undefined) return []
      if (name !== "authorization") return [value]
      const signature = /Signature=([^,\s]+)/.exec(value)?.[1]
      return [value, value.replace(/^\S+\s+/, ""), ...(signature === undefined ? [] : [signature])]
    })
    .filter((secret) => secret.length >= minSecretLength)
    .sort((a, b) => b.length - a.length)

const regexpSpecial = /[\\^$.*+?()[\]{}|/-]/g

/** A character as it is, or as JSON, HTML or a URL may write it. */
const anyForm = (character: string): string => {
  const code = character.charCodeAt(0)
  const hex = code.toString(16).padStart(2, "0")
  const digits = hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
  const literal = character.replace(regexpSpecial, "\\$&")
  return `(?:\\\\?${literal}|\\\\u00${digits}|%${digits}|&#[xX]0*${digits};|&#0*${code};)`
}

/** Letters and digits are never written in another way. */
const patternOf = (secret: string): RegExp => new RegExp(secret.replace(/[^0-9A-Za-z]/g, anyForm), "g")

/**
 * Text that a server answered, without the secrets of the request, however they are escaped in it. The real gateway echoes
 * the headers that a rejected signature covered, a security token among them. `others` are secrets that the request's body
 * has.
 */
export const scrub = (
  text: string,
  request: HttpClientRequest.HttpClientRequest,
  others: ReadonlyArray<string> = []
): string =>
  [...others, ...secretsOf(request)].reduce(
    // No form of a secret is shorter than it is, and a pattern takes long to make.
    (scrubbed, secret) =>
      scrubbed.length < secret.length ? scrubbed : scrubbed.replace(patternOf(secret), "<redacted>"),
    text
  )
