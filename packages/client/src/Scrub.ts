import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { sensitiveHeaders } from "./SensitiveHeaders.js"

const minSecretLength = 8

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

/** Matches a character literally and as JSON, HTML or a URL may escape it. */
const anyForm = (character: string): string => {
  const code = character.charCodeAt(0)
  const hex = code.toString(16).padStart(2, "0")
  const digits = hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
  const literal = character.replace(regexpSpecial, "\\$&")
  return `(?:\\\\?${literal}|\\\\u00${digits}|%${digits}|&#[xX]0*${digits};|&#0*${code};)`
}

/** Letters and digits are never escaped. */
const patternOf = (secret: string): RegExp => new RegExp(secret.replace(/[^0-9A-Za-z]/g, anyForm), "g")

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
