import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { sensitiveHeaders } from "./SensitiveHeaders.js"

/**
 * Shorter ones would match what is not a secret.
 *
 * @internal
 */
export const minSecretLength = 8

/** The secrets in a request: the values of the sensitive headers, and the parts of `Authorization` after its scheme. */
const secretsOf = ({ headers }: HttpClientRequest.HttpClientRequest): ReadonlyArray<string> => {
  const secrets: Array<string> = []
  for (const name of sensitiveHeaders) {
    const value = headers[name]
    if (value === undefined) continue
    secrets.push(value)
    if (name !== "authorization") continue
    secrets.push(value.replace(/^\S+\s+/, ""))
    const signature = /Signature=([^,\s]+)/.exec(value)?.[1]
    if (signature !== undefined) secrets.push(signature)
  }
  return secrets.filter((secret) => secret.length >= minSecretLength).sort((a, b) => b.length - a.length)
}

const regexpSpecial = /[\\^$.*+?()[\]{}|/-]/g

/** Digits in hexadecimal, of either case. */
const hex = (code: number, length = 0): string =>
  code
    .toString(16)
    .padStart(length, "0")
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)

const encoder = new TextEncoder()

/** Matches a character, of one or two UTF-16 units, literally and as JSON, HTML or a URL may escape it. */
const anyForm = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  const units = Array.from({ length: character.length }, (_, index) => `\\\\u${hex(character.charCodeAt(index), 4)}`)
  const octets = Array.from(encoder.encode(character), (octet) => `%${hex(octet, 2)}`)
  const literal = character.replace(regexpSpecial, "\\$&")
  return `(?:\\\\?${literal}|${units.join("")}|${octets.join("")}|&#[xX]0*${hex(code)};|&#0*${code};)`
}

/** Letters and digits are never escaped. */
const patternOf = (secret: string): RegExp => new RegExp(secret.replace(/[^0-9A-Za-z]/gu, anyForm), "g")

/**
 * Removes the secrets of the request from a text that the server returned, however they are escaped. The real gateway
 * echoes the headers that a rejected signature covers, including a security token. `others` are secrets in the request body.
 *
 * @category operations
 * @since 0.1.0
 */
export const scrub = (
  text: string,
  request: HttpClientRequest.HttpClientRequest,
  others: ReadonlyArray<string> = []
): string =>
  [...others, ...secretsOf(request)].reduce(
    // No escaped form is shorter than the secret, and compiling the pattern is slow.
    (scrubbed, secret) =>
      scrubbed.length < secret.length ? scrubbed : scrubbed.replace(patternOf(secret), "<redacted>"),
    text
  )
