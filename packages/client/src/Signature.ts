/**
 * Signs requests with an access key, as Huawei Cloud's API gateway verifies them (`SDK-HMAC-SHA256`).
 *
 * **The signature covers exactly what is sent.** The URL is resolved as `HttpClient` resolves it, and the canonical form is
 * derived from the result, octet by octet: dot segments are removed; each octet that RFC 3986 does not list as unreserved
 * becomes `%XY`, encoded once however it was written (`'` and `%27`, `%7e` and `~`); a `%` that does not start a triplet is
 * an ordinary character of the path; empty segments stay. The query is parsed as a form: `+` is a space, and a name without
 * `=` has an empty value. The guide writes a space only as `%20` and does not mention `+`, so the URL of the signed request
 * has `%20` there.
 *
 * **Differences from the official SDK for Node.js** (3.1.211), whose signer uses the parts that its caller passed and not
 * the URL that it sends. It encodes a second time whatever the caller or `url.parse` has already encoded (space, `"`, `'`,
 * `<`, `>`, `^`, `` ` ``, `{`, `|`, `}`): `%2520` for a space in the path, which is sent as `%20`. It signs `.` and `..`
 * segments, which are never sent. It omits a query that is part of the URL. It sorts by UTF-16 code unit (U+1F600 before
 * U+FF5E), although the guide says character code and the SDKs for Go and Python sort that way. In each case this module
 * follows the guide: path segments are URI-encoded, relative segments are removed, and the query string is the request's.
 * The SDK also signs a default port, which is equally valid because it sends that port in its own `Host` header. The
 * requests of this library contain none of these, so their signatures equal the SDK's.
 *
 * Sources: {@link https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html API Request Signing
 * Guide}; for unsigned bodies, which it does not describe, the official SDKs.
 *
 * @module
 */
import type { HttpBody } from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { plainUrl } from "./PlainUrl.js"
import { hmacSha256Hex, sha256Hex } from "./Sha256.js"

/**
 * An access key, permanent or temporary.
 *
 * @category models
 * @since 0.1.0
 */
export interface SigningKey {
  /** ID of the key (AK). It is sent with each request and is not a secret. */
  readonly accessKey: string
  /** Secret of the key (SK). Never sent. */
  readonly secretKey: Redacted.Redacted<string>
  /** Security token of a temporary key, sent and signed as `X-Security-Token`. */
  readonly securityToken?: Redacted.Redacted<string> | undefined
}

/**
 * The options of `sign`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SignOptions {
  /** When the request is sent, in epoch milliseconds. Sent in whole seconds; the gateway rejects a skew of 15 minutes. */
  readonly at: number
  /** Project ID, sent as `X-Project-Id`. Default: the request's own header, if it has one. */
  readonly projectId?: string | undefined
}

const hashHex = (octets: Uint8Array): string => bytesToHex(sha256(octets))

/** A triplet such as `%20`, or a reserved character. A URL is ASCII once it is parsed. */
const notCanonical = /%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/g

const notCanonicalInPath = /%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~/]/g

const unreserved = /[A-Za-z0-9\-._~]/

const canonicalOctet = (match: string): string => {
  if (match.length === 1) return `%${match.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`
  const character = String.fromCharCode(Number.parseInt(match.slice(1), 16))
  return unreserved.test(character) ? character : match.toUpperCase()
}

const canonicalText = (text: string): string => text.replace(notCanonical, canonicalOctet)

const plainPath = /^[A-Za-z0-9\-._~/]*$/

const canonicalPath = (pathname: string): string => {
  const path = plainPath.test(pathname) ? pathname : pathname.replace(notCanonicalInPath, canonicalOctet)
  return path.endsWith("/") ? path : `${path}/`
}

/** One character for each octet, so that comparing strings compares octets. */
const octets = (canonical: string): string =>
  canonical.includes("%")
    ? canonical.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : canonical

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const notPlain = /[^A-Za-z0-9\-._~=&]/

/** Whether a query is already canonical: unreserved characters, each parameter with a name and `=`, the names in order. */
const isCanonicalQuery = (query: string): boolean => {
  if (notPlain.test(query)) return false
  let previous = ""
  for (let start = 0; start <= query.length; ) {
    const next = query.indexOf("&", start)
    const end = next === -1 ? query.length : next
    const separator = query.indexOf("=", start)
    if (separator <= start || separator >= end) return false
    const other = query.indexOf("=", separator + 1)
    if (other !== -1 && other < end) return false
    const name = query.slice(start, separator)
    if (name <= previous) return false
    previous = name
    start = end + 1
  }
  return true
}

const canonicalQuery = (search: string): string => {
  const query = search.slice(1)
  return query === "" || isCanonicalQuery(query) ? query : anyQuery(search)
}

const anyQuery = (search: string): string =>
  search
    .replace(/^\?/, "")
    .replaceAll("+", "%20")
    .split("&")
    .filter((parameter) => parameter !== "")
    .map((parameter) => {
      const separator = parameter.indexOf("=")
      const name = canonicalText(separator === -1 ? parameter : parameter.slice(0, separator))
      const value = canonicalText(separator === -1 ? "" : parameter.slice(separator + 1))
      return { text: `${name}=${value}`, name: octets(name), value: octets(value) }
    })
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ text }) => text)
    .join("&")

/**
 * The headers that a signature covers.
 *
 * @category models
 * @since 0.1.0
 */
export interface SignedHeaders {
  /** `host;x-sdk-date` */
  readonly names: string
  /** `host:…\nx-sdk-date:…\n` */
  readonly lines: string
}

const canonicalHeaders = (sorted: ReadonlyArray<readonly [name: string, value: string]>): SignedHeaders => {
  let names = ""
  let lines = ""
  for (const [name, value] of sorted) {
    names += names === "" ? name : `;${name}`
    lines += `${name}:${value.trim()}\n`
  }
  return { names, lines }
}

/**
 * The canonical form of headers, sorted by name. Names must be in lower case.
 *
 * @category canonical form
 * @since 0.1.0
 */
export const signedHeaders = (headers: ReadonlyArray<readonly [name: string, value: string]>): SignedHeaders =>
  canonicalHeaders([...headers].sort(([a], [b]) => compare(a, b)))

const emptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/** Replaces the hash of a body that is not known before it is sent. */
const unsignedPayload = "UNSIGNED-PAYLOAD"

/**
 * The payload hash of a body: the SHA-256 of its octets in lower-case hexadecimal digits, or `UNSIGNED-PAYLOAD` for a body
 * that cannot be read before it is sent: a stream, form data or the body type of another library.
 *
 * @category canonical form
 * @since 0.1.0
 */
export const payloadHash = (body: HttpBody): string => {
  switch (body._tag) {
    case "Empty":
      return emptyPayloadHash
    case "Uint8Array":
      return hashHex(body.body)
    case "FormData":
    case "Raw":
    case "Stream":
      return unsignedPayload
  }
}

/**
 * The canonical form of a request, which client and server both derive before they sign. It does not include the fragment
 * of the URL, which is not sent.
 *
 * @category canonical form
 * @since 0.1.0
 */
export const canonicalRequest = (request: {
  readonly method: string
  readonly url: Pick<URL, "pathname" | "search">
  readonly headers: SignedHeaders
  readonly payloadHash: string
}): string =>
  `${request.method}\n${canonicalPath(request.url.pathname)}\n${canonicalQuery(request.url.search)}\n${request.headers.lines}\n${request.headers.names}\n${request.payloadHash}`

/** Cached, because many requests are signed within a second. */
let lastDate = { second: Number.NaN, text: "" }

/**
 * The date of a signature, in UTC: `20260102T030405Z`. Throws a `RangeError` if `at`, in epoch milliseconds, is not a valid
 * time.
 */
const signingDate = (at: number): string => {
  const second = Math.floor(at / 1000)
  if (second === lastDate.second) return lastDate.text
  const iso = new Date(at).toISOString()
  const text = `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`
  lastDate = { second, text }
  return text
}

const algorithm = "SDK-HMAC-SHA256"

/**
 * The text whose HMAC is the signature.
 *
 * @category canonical form
 * @since 0.1.0
 */
export const stringToSign = (date: string, canonicalRequest: string): string =>
  `${algorithm}\n${date}\n${sha256Hex(canonicalRequest)}`

/**
 * The signature of a text, in lower-case hexadecimal digits. Throws if the secret was wiped.
 *
 * @category signing
 * @since 0.1.0
 */
export const signature = (key: SigningKey, stringToSign: string): string => hmacSha256Hex(key.secretKey, stringToSign)

/** The URL as it is sent, except for `+`. */
const resolve = (request: HttpClientRequest.HttpClientRequest): URL => {
  const url = Either.getOrThrowWith(UrlParams.makeUrl(request.url, request.urlParams, request.hash), identity)
  url.hash = ""
  if (url.search.includes("+")) url.search = url.search.replaceAll("+", "%20")
  return url
}

/** Headers that an earlier signature may have left. */
const ownHeaders = new Set(["authorization", "x-sdk-content-sha256", "x-security-token"])

const hasOwnHeaders = ({ headers }: HttpClientRequest.HttpClientRequest): boolean => {
  for (const name of ownHeaders) if (name in headers) return true
  return false
}

/**
 * Signs a request: adds `X-Sdk-Date`, `X-Project-Id` if there is a project, `X-Security-Token` if the key is temporary,
 * `X-Sdk-Content-Sha256` if the body is not signed, and `Authorization`, replacing those of an earlier signature. The URL
 * is resolved: parameters become part of it, spaces in the query are `%20`, and the fragment, which is not sent, is
 * removed.
 *
 * The signature covers `host`, so that it is valid for one service only, `x-sdk-date`, and those of the other added headers
 * that are present. It covers no other header, because the client, proxies and tracing set or change `User-Agent`,
 * `Accept`, `Content-Type` and `traceparent` after signing. `host` is the request's own `Host` header if it has one,
 * otherwise the URL's host with any non-default port, as HTTP clients send it; the header itself is not added.
 *
 * Throws the `TypeError` of the `URL` constructor if the request's URL cannot be resolved, a `RangeError` if `at` is not a
 * valid time, and an error if a secret was wiped. A request is never returned unsigned.
 *
 * @category signing
 * @since 0.1.0
 */
export const sign = (
  request: HttpClientRequest.HttpClientRequest,
  key: SigningKey,
  { at, projectId = request.headers["x-project-id"] }: SignOptions
): HttpClientRequest.HttpClientRequest => {
  const isWhole = request.urlParams.length === 0 && Option.isNone(request.hash)
  const plain = isWhole ? plainUrl(request.url) : undefined
  const url = plain ?? resolve(request)

  const date = signingDate(at)
  const hash = payloadHash(request.body)
  // Sorted by name, the order in which they are signed.
  const added: Array<readonly [string, string]> = []
  if (projectId !== undefined) added.push(["x-project-id", projectId])
  if (hash === unsignedPayload) added.push(["x-sdk-content-sha256", hash])
  added.push(["x-sdk-date", date])
  if (key.securityToken !== undefined) added.push(["x-security-token", Redacted.value(key.securityToken)])

  const headers = canonicalHeaders([["host", request.headers["host"] ?? url.host], ...added])
  const canonical = canonicalRequest({ method: request.method, url, headers, payloadHash: hash })
  added.push([
    "authorization",
    `${algorithm} Access=${key.accessKey}, SignedHeaders=${headers.names}, Signature=${signature(key, stringToSign(date, canonical))}`
  ])

  // Headers and parameters cannot be removed from a request, so any other request is rebuilt.
  if (plain !== undefined && !hasOwnHeaders(request)) {
    // Set one by one, because `setHeaders` takes seven times as long.
    return added.reduce((signed, [name, value]) => HttpClientRequest.setHeader(signed, name, value), request)
  }
  return HttpClientRequest.get(`${url.origin}${url.pathname}${url.search}`).pipe(
    HttpClientRequest.setMethod(request.method),
    HttpClientRequest.setBody(request.body),
    HttpClientRequest.setHeaders([
      ...Object.entries(request.headers).filter(([name]) => !ownHeaders.has(name)),
      ...added
    ])
  )
}
