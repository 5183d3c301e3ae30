/** The text of a response. JSON between programs is UTF-8. */
import * as Either from "effect/Either"
import { decode } from "./ContentCoding.js"
import type { Response } from "./Response.js"
import type { BodyProblem } from "./TransportFailure.js"

/** What a response has of its body. */
type Body = Pick<Response, "text" | "bytes" | "problem">

interface Options {
  readonly headers: Response["headers"]
  /** Whether the response is useless without its body. Otherwise the best is made of a body that is not UTF-8. */
  readonly isRequired: boolean
}

const withoutBom = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)

/** Whether a text is UTF-16 that was decoded as UTF-8: with a byte order mark, or else with a zero octet at its start. */
const isUtf16 = (text: string): boolean =>
  text.charCodeAt(0) === 0 || text.charCodeAt(1) === 0 || (text.startsWith("\ufffd\ufffd") && text.includes("\0"))

/** The character encoding that `Content-Type` declares, if it is not UTF-8. */
const declaredCharset = ({ "content-type": type }: Response["headers"]): string | undefined => {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(String(type))?.[1]
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset) ? undefined : charset
}

/** Whether octets are UTF-8. What is decoded with U+FFFD may also have it in itself. */
const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** `other` is the character encoding if it is not UTF-8. */
const textIn = (text: string, other: string | undefined, isRequired: boolean): Either.Either<Body, BodyProblem> =>
  isRequired && other !== undefined
    ? Either.left({ reason: "encoding", detail: `the body is ${other.slice(0, 40)}, and only UTF-8 is supported` })
    : Either.right({ text: withoutBom(text) })

/**
 * The text of a body that a client has decoded as UTF-8. Left is why it is not. Only what a response declares tells a body of
 * another encoding from text with U+FFFD, which is valid.
 */
export const fromText = (text: string, { headers, isRequired }: Options): Either.Either<Body, BodyProblem> => {
  const declared = text.includes("\ufffd") ? declaredCharset(headers) : undefined
  return textIn(text, isUtf16(text) ? "UTF-16" : declared, isRequired)
}

/** The text and the octets of a body without its content codings. Left is why it cannot be decoded. */
export const fromBytes = (
  received: Uint8Array,
  { headers, isRequired, maxBytes }: Options & { readonly maxBytes: number }
): Either.Either<Body, BodyProblem> => {
  const coding = headers["content-encoding"]
  const decoded = coding === undefined ? Either.right(received) : decode(received, coding, maxBytes)
  if (Either.isLeft(decoded)) {
    return isRequired ? Either.left(decoded.left) : Either.right({ text: undefined, problem: decoded.left.detail })
  }
  const bytes = decoded.right
  const text = new TextDecoder().decode(bytes)
  const isBroken = text.includes("\ufffd") && !isUtf8(bytes)
  const other = isBroken ? (declaredCharset(headers) ?? "of an undeclared encoding") : undefined
  return Either.map(textIn(text, isUtf16(text) ? "UTF-16" : other, isRequired), (body) => ({ ...body, bytes }))
}
