import * as Crypto from "node:crypto"
import * as Either from "effect/Either"

/** The algorithms that the emulator verifies. */
export type Algorithm = "SDK-HMAC-SHA256" | "V11-HMAC-SHA256"

/** What a request says about its signature. */
export interface Authorization {
  readonly algorithm: Algorithm
  readonly accessKey: string
  /** `date/region/service`, which V11 derives its key from; empty otherwise. */
  readonly info: string
  /** Names of headers in lower case, sorted. */
  readonly signedHeaders: ReadonlyArray<string>
  /** As sent. */
  readonly signature: string
}

/** Why a header is not one of a signature. */
export type Malformed =
  | { readonly _tag: "UnknownAlgorithm"; readonly algorithm: string }
  | { readonly _tag: "Malformed"; readonly why: string }

/** A request as it arrived. */
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

/** How far the time of a signature may be from the server's, either way: 15 minutes, in milliseconds. */
export const maxSkew = 15 * 60 * 1000

const isAlgorithm = (text: string): text is Algorithm => text === "SDK-HMAC-SHA256" || text === "V11-HMAC-SHA256"

const malformed = (why: string): Malformed => ({ _tag: "Malformed", why })

/** `AK/20060102/region/service` as key and info. */
const splitCredential = (credential: string): readonly [accessKey: string, info: string] | undefined => {
  const [accessKey = "", ...info] = credential.split("/")
  const [date = ""] = info
  return info.length === 3 && /^\d{8}$/.test(date) && ![accessKey, ...info].includes("")
    ? [accessKey, info.join("/")]
    : undefined
}

/** Reads `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`, and V11's with `Credential=…` in place of `Access`. */
export const parse = (authorization: string): Either.Either<Authorization, Malformed> => {
  const [algorithm = "", rest = ""] = authorization.trim().split(/\s+(.*)/s)
  if (!isAlgorithm(algorithm)) return Either.left({ _tag: "UnknownAlgorithm", algorithm })
  const fields = new Map<string, string>()
  for (const part of rest.split(",")) {
    const [, name, value] = /^\s*(\w+)=(\S+)\s*$/.exec(part) ?? []
    if (name === undefined || value === undefined) return Either.left(malformed("a part is not of the form name=value"))
    if (fields.has(name)) return Either.left(malformed(`${name} is there twice`))
    fields.set(name, value)
  }
  const keyName = algorithm === "SDK-HMAC-SHA256" ? "Access" : "Credential"
  const names = [keyName, "SignedHeaders", "Signature"]
  const missing = names.find((name) => !fields.has(name))
  if (missing !== undefined) return Either.left(malformed(`${missing} is missing`))
  if (fields.size > names.length) return Either.left(malformed(`there is more than ${names.join(", ")}`))
  const [key = "", signedHeaders = "", signature = ""] = names.map((name) => fields.get(name))
  const credential = algorithm === "SDK-HMAC-SHA256" ? ([key, ""] as const) : splitCredential(key)
  if (credential === undefined) return Either.left(malformed("Credential is not of the form key/date/region/service"))
  const [accessKey, info] = credential
  return Either.right({
    algorithm,
    accessKey,
    info,
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

/** Text that is not well-formed counts as it stands, as the rest of the gateway has it. */
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Percent-encoding of RFC 3986, which leaves fewer characters as they are than `encodeURIComponent`. */
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

/** `+` is a space, as it is for the service. */
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

/** What the signature of a body that is not JSON is made over. */
const unsignedPayload = "UNSIGNED-PAYLOAD"

/**
 * What a signature is made over. A signed header that did not arrive counts as empty.
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
export const sign = (
  canonical: string,
  date: string,
  secretKey: string,
  { accessKey, algorithm, info }: Pick<Authorization, "accessKey" | "algorithm" | "info">
): string => {
  const hash = sha256(canonical).toString("hex")
  if (algorithm === "SDK-HMAC-SHA256") return hmac(secretKey, [algorithm, date, hash].join("\n"))
  // The key is the text of the hexadecimal digits, not the bytes that they stand for.
  const key = Buffer.from(Crypto.hkdfSync("sha256", secretKey, accessKey, info, 32)).toString("hex")
  return hmac(key, [algorithm, date, info, hash].join("\n"))
}

/** Whether two texts are the same, in a time that does not depend on where they differ. */
export const isSame = (left: string, right: string): boolean => Crypto.timingSafeEqual(sha256(left), sha256(right))
