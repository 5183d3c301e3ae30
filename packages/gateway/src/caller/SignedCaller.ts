import * as HttpBody from "@effect/platform/HttpBody"
import { Signature } from "@hotspot-session/client"
import * as Either from "effect/Either"
import * as Order from "effect/Order"
import * as Redacted from "effect/Redacted"
import { timingSafeEqual } from "../Digest.js"
import { percentDecoded } from "../RequestHead.js"
import type { CallerKey } from "./CallerKeys.js"

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

/** Maximum difference between the date of a signature and the local clock, in milliseconds: 15 minutes, as in the cloud. */
const maxSkew = 15 * 60 * 1_000

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const canonicalPath = (path: string): string => {
  const encoded = path
    .split("/")
    .map((segment) => encode(percentDecoded(segment)))
    .join("/")
  return encoded.endsWith("/") ? encoded : `${encoded}/`
}

/**
 * Sorted by UTF-16 code unit, as the official SDK for Node.js does. `Signature.canonicalRequest` sorts by octet, as the
 * guide says: those signatures differ for parameters beyond U+FFFF.
 */
const canonicalQuery = (query: string): string =>
  query
    .split("&")
    .filter((parameter) => parameter !== "")
    .map((parameter) => {
      const [name = "", value = ""] = parameter.split(/=(.*)/s).map((part) => percentDecoded(part.replaceAll("+", " ")))
      return [name, value] as const
    })
    .sort(Order.tuple(Order.string, Order.string))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&")

const dateFormat = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

const timeOf = (date: string): number =>
  dateFormat.test(date) ? Date.parse(date.replace(dateFormat, "$1-$2-$3T$4:$5:$6Z")) : Number.NaN

const authorizationFormat =
  /^SDK-HMAC-SHA256\s+Access=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})$/i

/**
 * Without it, a signature could be replayed at any time. `Host` need not be signed, as the official SDK for Go and Terraform
 * do not sign it: only gateways with the same keys accept the signature.
 */
const requiredHeader = "x-sdk-date"

/** Whether a signature does not cover the body. */
export const isUnsignedPayload = (headers: SignedRequest["headers"]): boolean =>
  headers["x-sdk-content-sha256"] === "UNSIGNED-PAYLOAD"

/** The date of a signature, in epoch milliseconds. NaN if there is none that can be read. */
export const dateOf = (headers: SignedRequest["headers"]): number => timeOf(headers[requiredHeader] ?? "")

/** The access key in `Authorization`, which is not proven until the signature is verified. */
export const accessKeyOf = (authorization: string): string => authorizationFormat.exec(authorization)?.[1] ?? ""

/** The signature in `Authorization`, in the form in which all spellings of it are equal. */
export const signatureOf = (authorization: string): string =>
  (authorizationFormat.exec(authorization)?.[3] ?? "").toLowerCase()

/** Used if the access key is unknown, so that verification takes as long as for a known one. */
const unknownKey: CallerKey = { accessKey: "", secretKey: Redacted.make("unknown") }

/**
 * The access key of a request that is signed with one of `keys`, by access key. Left is why it is not, as the end of a
 * sentence, without anything that would help to forge a signature.
 *
 * Source: "AK/SK Signing and Authentication Algorithm" of the
 * {@link https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html API Request Signing Guide}.
 */
export const verify = (
  request: SignedRequest,
  keys: ReadonlyMap<string, CallerKey>,
  now: number
): Either.Either<string, string> => {
  const [, accessKey = "", signedNames = "", signature = ""] =
    authorizationFormat.exec(request.headers["authorization"] ?? "") ?? []
  if (accessKey === "") return Either.left("the header Authorization is not of the form SDK-HMAC-SHA256 Access=…")
  const names = signedNames.toLowerCase().split(";")
  if (!names.includes(requiredHeader)) return Either.left(`the header ${requiredHeader} is not signed`)
  const date = request.headers["x-sdk-date"] ?? ""
  const skew = Math.abs(dateOf(request.headers) - now)
  if (!(skew <= maxSkew)) return Either.left("X-Sdk-Date is not within 15 minutes of this gateway's time")
  const headers = Signature.signedHeaders(names.map((name) => [name, request.headers[name] ?? ""]))
  const canonicalRequest = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    headers.lines,
    headers.names,
    isUnsignedPayload(request.headers) ? "UNSIGNED-PAYLOAD" : Signature.payloadHash(HttpBody.uint8Array(request.body))
  ].join("\n")
  const key = keys.get(accessKey)
  const expected = Signature.signature(key ?? unknownKey, Signature.stringToSign(date, canonicalRequest))
  return timingSafeEqual(expected, signature.toLowerCase()) && key !== undefined
    ? Either.right(accessKey)
    : Either.left("the access key is unknown, or the signature does not match")
}
