import * as Crypto from "node:crypto"
import * as Either from "effect/Either"
import * as GatewayError from "./GatewayError.js"

const supportedAlgorithm = "SDK-HMAC-SHA256"

export interface Authorization {
  readonly accessKey: string
  /** Names of headers in lower case, sorted. */
  readonly signedHeaders: ReadonlyArray<string>
  /** As sent. */
  readonly signature: string
}

export interface Request {
  readonly method: string
  /** As sent, percent-encoding included. */
  readonly path: string
  /** As sent, without `?`. */
  readonly query: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/** How far the time of a signature may be from the server's, in either direction: 15 minutes, in milliseconds. */
export const maxSkew = 15 * 60 * 1000

const fieldNames = ["Access", "SignedHeaders", "Signature"]

/** Parses `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`. */
export const parse = (authorization: string): Either.Either<Authorization, GatewayError.GatewayError> => {
  const [algorithm = "", rest = ""] = authorization.trim().split(/\s+(.*)/s)
  if (algorithm !== supportedAlgorithm) return Either.left(GatewayError.notEmulated(`verify ${algorithm}`))
  const malformed = (why: string) => Either.left(GatewayError.signatureMalformed(why))
  const fields = new Map<string, string>()
  for (const part of rest.split(",")) {
    const [, name, value] = /^\s*(\w+)=(\S+)\s*$/.exec(part) ?? []
    if (name === undefined || value === undefined) return malformed("a part is not of the form name=value")
    if (fields.has(name)) return malformed(`${name} is given twice`)
    fields.set(name, value)
  }
  const missing = fieldNames.find((name) => !fields.has(name))
  if (missing !== undefined) return malformed(`${missing} is missing`)
  if (fields.size > fieldNames.length) {
    return malformed(`it has parts other than ${fieldNames.join(", ")}`)
  }
  const [accessKey = "", signedHeaders = "", signature = ""] = fieldNames.map((name) => fields.get(name))
  return Either.right({
    accessKey,
    signedHeaders: signedHeaders.toLowerCase().split(";").sort(),
    signature
  })
}

const dateForm = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/** `20060102T150405Z`. */
export const formatDate = (epochMillis: number): string =>
  new Date(epochMillis).toISOString().replace(/[-:]|\.\d{3}/g, "")

/** The epoch milliseconds of `20060102T150405Z`, or `undefined` for anything else, such as the 30th of February. */
export const parseDate = (text: string): number | undefined => {
  const iso = text.replace(dateForm, "$1-$2-$3T$4:$5:$6Z")
  const time = iso === text ? Number.NaN : Date.parse(iso)
  return Number.isNaN(time) || formatDate(time) !== text ? undefined : time
}

const sha256 = (data: string | Uint8Array): Buffer => Crypto.createHash("sha256").update(data).digest()

const hmac = (key: string, text: string): string => Crypto.createHmac("sha256", key).update(text).digest("hex")

/** Malformed percent-encoding is left as it is, as the gateway does elsewhere. */
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Percent-encoding of RFC 3986, which encodes more characters than `encodeURIComponent`. */
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

/** The service decodes `+` as a space, so the canonical form does too. */
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

/** Replaces the hash of a body that is not JSON. */
const unsignedPayload = "UNSIGNED-PAYLOAD"

/**
 * The canonical form of a request, which is signed. A signed header that is missing counts as empty.
 *
 * Source: "AK/SK Signing and Authentication Algorithm" of the
 * {@link https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html API Request Signing Guide}.
 */
export const canonicalRequest = (request: Request, signedHeaders: ReadonlyArray<string>): string => {
  const declared = request.headers["x-sdk-content-sha256"]
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${(request.headers[name] ?? "").trim()}`),
    "",
    signedHeaders.join(";"),
    declared === unsignedPayload ? declared : sha256(request.body).toString("hex")
  ].join("\n")
}

/** The signature that a canonical request must have; `date` is the value of `X-Sdk-Date`. */
export const sign = (canonical: string, date: string, secretKey: string): string =>
  hmac(secretKey, [supportedAlgorithm, date, sha256(canonical).toString("hex")].join("\n"))

/** Compares in constant time. */
export const isSame = (left: string, right: string): boolean => Crypto.timingSafeEqual(sha256(left), sha256(right))
