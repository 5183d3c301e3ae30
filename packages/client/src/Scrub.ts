import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { sensitiveHeaders } from "./SensitiveHeaders.js"

/**
 * Shorter ones would match what is not a secret.
 *
 * @internal
 */
export const minSecretLength = 8

/**
 * The secrets in a request: the values of the sensitive headers, and the parts of `Authorization` after its scheme.
 *
 * @internal
 */
export const secretsOf = ({ headers }: HttpClientRequest.HttpClientRequest): ReadonlyArray<string> => {
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
  return secrets.filter((secret) => secret.length >= minSecretLength)
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

/** The names that HTML has for the punctuation that secrets consist of. */
const entities: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  ast: "*",
  bsol: "\\",
  colon: ":",
  comma: ",",
  commat: "@",
  dollar: "$",
  equals: "=",
  excl: "!",
  grave: "`",
  gt: ">",
  Hat: "^",
  lbrace: "{",
  lbrack: "[",
  lowbar: "_",
  lpar: "(",
  lt: "<",
  num: "#",
  percnt: "%",
  period: ".",
  plus: "+",
  quest: "?",
  quot: '"',
  rbrace: "}",
  rbrack: "]",
  rpar: ")",
  semi: ";",
  sol: "/",
  verbar: "|"
}

const characterOf = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : "")

const octetsOf = (encoded: string): Uint8Array =>
  Uint8Array.from(encoded.slice(1).split("%"), (octet) => Number.parseInt(octet, 16))

/** Undoes the escaping of JSON, URLs and HTML once. Backslashes are removed, because there may be any number of them. */
const unescapeOnce = (text: string): string =>
  text
    .replace(/\\+u([\da-f]{4})/gi, (_, code: string) => characterOf(Number.parseInt(code, 16)))
    .replace(/\\/g, "")
    .replace(/(?:%[\da-f]{2})+/gi, (encoded) => new TextDecoder().decode(octetsOf(encoded)))
    .replace(/&#x([\da-f]{1,6});/gi, (_, code: string) => characterOf(Number.parseInt(code, 16)))
    .replace(/&#(\d{1,7});/g, (_, code: string) => characterOf(Number(code)))
    .replace(/&(\w+);/g, (entity, name: string) => entities[name] ?? entity)

/** So many levels of escaping are undone: a proxy may quote what another one has quoted. */
const maxLevels = 5

const isEscaped = /[\\%&]/

/** Undoes all escaping. */
const plain = (text: string, levels = maxLevels): string => {
  if (levels === 0 || !isEscaped.test(text)) return text
  const unescaped = unescapeOnce(text)
  return unescaped === text ? text : plain(unescaped, levels - 1)
}

const hidden = "<redacted>"

/**
 * Removes the secrets of the request from a text that the server returned, however they are escaped. The real gateway
 * echoes the headers that a rejected signature covers, including a security token. `others` are secrets in the request body.
 * If a secret is escaped several times, or needlessly, nothing of the text is left.
 *
 * @category operations
 * @since 0.1.0
 */
export const scrub = (
  text: string,
  request: HttpClientRequest.HttpClientRequest,
  others: ReadonlyArray<string> = []
): string => {
  // No escaped form is shorter than the secret, and compiling the pattern is slow. One may be part of another.
  const secrets = [...others, ...secretsOf(request)]
    .filter(({ length }) => length <= text.length)
    .sort((a, b) => b.length - a.length)
  const scrubbed = secrets.reduce((scrubbed, secret) => scrubbed.replace(patternOf(secret), hidden), text)
  if (secrets.length === 0 || !isEscaped.test(scrubbed)) return scrubbed
  const unescaped = plain(scrubbed)
  return secrets.some((secret) => unescaped.includes(plain(secret))) ? hidden : scrubbed
}
