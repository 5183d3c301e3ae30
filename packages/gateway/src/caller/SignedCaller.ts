import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { isSame } from "../Digest.js"
import type { CallerKey } from "./CallerKeys.js"

/** A request as it was signed. */
export interface SignedRequest {
  readonly method: string
  /** As sent, percent-encoding included. */
  readonly path: string
  /** As sent, without `?`. */
  readonly query: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

const algorithm = "SDK-HMAC-SHA256"

/** How far a signature's time may be from this machine's, either way: 15 minutes, in milliseconds, as in the cloud. */
const maxSkew = 15 * 60 * 1_000

const encoder = new TextEncoder()

const hashHex = (data: string | Uint8Array): string =>
  bytesToHex(sha256(typeof data === "string" ? encoder.encode(data) : data))

const hmacHex = (key: string, text: string): string =>
  bytesToHex(hmac(sha256, encoder.encode(key), encoder.encode(text)))

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const canonicalPath = (path: string): string => {
  const encoded = path
    .split("/")
    .map((segment) => encode(decode(segment)))
    .join("/")
  return encoded.endsWith("/") ? encoded : `${encoded}/`
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

const canonicalQuery = (query: string): string =>
  query
    .split("&")
    .filter((parameter) => parameter !== "")
    .map((parameter) => {
      const [name = "", value = ""] = parameter.split(/=(.*)/s).map((part) => decode(part.replaceAll("+", " ")))
      return [name, value] as const
    })
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&")

const dateForm = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

const timeOf = (date: string): number =>
  dateForm.test(date) ? Date.parse(date.replace(dateForm, "$1-$2-$3T$4:$5:$6Z")) : Number.NaN

const header = /^SDK-HMAC-SHA256\s+Access=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})$/i

/** Must be signed, or a signature would be good for another time or another gateway. */
const needed = ["x-sdk-date", "host"]

/**
 * The access key of a request that is signed by one of `keys`. Left is why it is not, without what would help to guess.
 *
 * Source: "AK/SK Signing and Authentication Algorithm" of the
 * {@link https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html API Request Signing Guide}.
 */
export const verify = (
  request: SignedRequest,
  keys: ReadonlyArray<CallerKey>,
  now: number
): Either.Either<string, string> => {
  const [, accessKey = "", names = "", signature = ""] = header.exec(request.headers["authorization"] ?? "") ?? []
  if (accessKey === "") return Either.left(`the header Authorization is not of the form ${algorithm} Access=…`)
  const signed = names.toLowerCase().split(";").sort()
  const missing = needed.find((name) => !signed.includes(name))
  if (missing !== undefined) return Either.left(`the header ${missing} is not signed`)
  const date = request.headers["x-sdk-date"] ?? ""
  const skew = Math.abs(timeOf(date) - now)
  if (!(skew <= maxSkew)) return Either.left("X-Sdk-Date is not within 15 minutes of this gateway's time")
  const canonical = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...signed.map((name) => `${name}:${(request.headers[name] ?? "").trim()}`),
    "",
    signed.join(";"),
    request.headers["x-sdk-content-sha256"] === "UNSIGNED-PAYLOAD" ? "UNSIGNED-PAYLOAD" : hashHex(request.body)
  ].join("\n")
  const text = [algorithm, date, hashHex(canonical)].join("\n")
  const key = keys.find((candidate) => candidate.accessKey === accessKey)
  // Of a key that is not known the same work is done.
  const expected = hmacHex(key === undefined ? "unknown" : Redacted.value(key.secretKey), text)
  return isSame(expected, signature.toLowerCase()) && key !== undefined
    ? Either.right(accessKey)
    : Either.left("the access key is not one of this gateway's, or the signature is not its")
}
