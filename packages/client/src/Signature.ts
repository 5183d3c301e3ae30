/**
 * Signs requests with an access key, as Huawei Cloud's API gateway verifies them: `SDK-HMAC-SHA256`, and
 * `V11-HMAC-SHA256` with a key that is derived for one region, service and day.
 *
 * **What is signed is what is sent.** The URL is resolved as `HttpClient` resolves it, and the canonical form is made of
 * the result, octet by octet: dot segments are gone, each octet that RFC 3986 does not call unreserved is `%XY`, encoded
 * once however it was written (`'` and `%27`, `%7e` and `~`), a `%` that begins no triplet is one of the path's
 * characters, empty segments stay. The query is read as a form: `+` is a space, a name without `=` has an empty value.
 * Since the guide knows a space only as `%20` and is silent on `+`, the signed request's URL has `%20` there.
 *
 * **What differs from the official SDK for Node.js** (3.1.211), whose signer reads the parts that its caller passed and
 * not the URL that it sends. It encodes once more what the caller encoded, or `url.parse` (space, `"`, `'`, `<`, `>`,
 * `^`, `` ` ``, `{`, `|`, `}`): `%2520` for a space of a path, which is sent as `%20`. It signs `.` and `..` segments,
 * which are never sent. It leaves out a query that is written in the URL. It sorts by UTF-16 code unit, U+1F600 before
 * U+FF5E, where the guide says character code, as the SDKs for Go and Python sort. In all of these the guide is with the
 * code here: the parts of the path are URI-encoded, its relative parts are removed, the query string is the request's. And
 * it signs a default port, which is as good, for it sends that in a `Host` header of its own. No request of this library
 * has any of these: its signatures are the SDK's.
 *
 * Sources: {@link https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html API Request Signing
 * Guide}; for `V11-HMAC-SHA256` and unsigned bodies, which it does not describe, the official SDKs.
 *
 * @module
 */
import type { HttpBody } from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import { hkdf } from "@noble/hashes/hkdf.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { plainUrl } from "./PlainUrl.js"
import { sha256Hex } from "./Sha256.js"

/**
 * An access key, permanent or temporary.
 *
 * @category models
 */
export interface SigningKey {
  /** ID of the key (AK). Sent, and no secret. */
  readonly accessKey: string
  /** Its secret (SK). Never sent. */
  readonly secretKey: Redacted.Redacted<string>
  /** Security token of a temporary key, sent and signed as `X-Security-Token`. */
  readonly securityToken?: Redacted.Redacted<string> | undefined
}

/**
 * Region and service that a derived key is good for, such as `cn-north-4` and `workspaceapp`.
 *
 * @category models
 */
export interface DerivedFor {
  readonly region: string
  readonly service: string
}

/**
 * How to sign.
 *
 * @category models
 */
export interface SignOptions {
  /** When the request is sent, epoch milliseconds. Sent in whole seconds; refused when 15 minutes off. */
  readonly at: number
  /** Project, sent as `X-Project-Id`. By default the request's own header, if it has one. */
  readonly projectId?: string | undefined
  /** Signs with `V11-HMAC-SHA256` and a derived key. By default with `SDK-HMAC-SHA256`. */
  readonly derivedFor?: DerivedFor | undefined
}

const encoder = new TextEncoder()

const hashHex = (octets: Uint8Array): string => bytesToHex(sha256(octets))

/** A triplet such as `%20`, or a character that is not unreserved. A URL is ASCII once it is parsed. */
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

/** One character for each octet, so that strings compare as octets do, which is as the characters' codes do. */
const octets = (canonical: string): string =>
  canonical.includes("%")
    ? canonical.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : canonical

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const notPlain = /[^A-Za-z0-9\-._~=&]/

/** Whether a query is canonical as it is: plain characters, each parameter with a name and `=`, the names in order. */
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
 */
export const signedHeaders = (headers: ReadonlyArray<readonly [name: string, value: string]>): SignedHeaders =>
  canonicalHeaders([...headers].sort(([a], [b]) => compare(a, b)))

/** The hash of no octets. */
const emptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/** Stands for the hash of a body that is not known before it is sent. */
const unsignedPayload = "UNSIGNED-PAYLOAD"

/**
 * What stands for a body: the SHA-256 of its octets in lower-case hexadecimal digits, or `UNSIGNED-PAYLOAD` for one that
 * cannot be read here: a stream, form data or one of another library.
 *
 * @category canonical form
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
 * The canonical form of a request: what both sides make of it before they sign. The fragment of the URL is no part of
 * it, for it is not sent.
 *
 * @category canonical form
 */
export const canonicalRequest = (request: {
  readonly method: string
  readonly url: Pick<URL, "pathname" | "search">
  readonly headers: SignedHeaders
  readonly payloadHash: string
}): string =>
  `${request.method}\n${canonicalPath(request.url.pathname)}\n${canonicalQuery(request.url.search)}\n${request.headers.lines}\n${request.headers.names}\n${request.payloadHash}`

/** Many requests are signed within a second. */
let lastDate = { second: Number.NaN, text: "" }

/**
 * The date of a signature, in UTC: `20260102T030405Z`. Throws `RangeError` where the time, epoch milliseconds, is none.
 *
 * @category canonical form
 */
export const signingDate = (at: number): string => {
  const second = Math.floor(at / 1000)
  if (second === lastDate.second) return lastDate.text
  const iso = new Date(at).toISOString()
  const text = `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`
  lastDate = { second, text }
  return text
}

/**
 * What a derived key is good for: `20260102/cn-north-4/workspaceapp`.
 *
 * @category canonical form
 */
export const credentialScope = (date: string, { region, service }: DerivedFor): string =>
  `${date.slice(0, 8)}/${region}/${service}`

const algorithmOf = (scope: string | undefined): string => (scope === undefined ? "SDK-HMAC-SHA256" : "V11-HMAC-SHA256")

/**
 * The text whose HMAC is the signature. A credential scope makes it one of `V11-HMAC-SHA256`.
 *
 * @category canonical form
 */
export const stringToSign = (date: string, canonicalRequest: string, scope?: string): string => {
  const hash = sha256Hex(canonicalRequest)
  return `${algorithmOf(scope)}\n${date}\n${scope === undefined ? "" : `${scope}\n`}${hash}`
}

type Mac = ReturnType<typeof hmac.create>

/** What one signature after the other is made in. `digest` wipes it. */
const working = hmac.create(sha256, new Uint8Array())
const buffer = new Uint8Array(512)

/**
 * The HMAC that has taken in the key and no text yet, for each secret the one that was used last: a third of what a
 * signature hashes, and for a derived key more. It is as good as the key. It lives no longer than the `Redacted` that
 * holds the key, nothing that can be printed leads to it, and it is made of numbers, not of text.
 */
const macs = new WeakMap<
  Redacted.Redacted<string>,
  { readonly accessKey: string; readonly scope: string | undefined; readonly mac: Mac }
>()

const macOf = ({ accessKey, secretKey }: SigningKey, scope: string | undefined): Mac => {
  // Throws for a secret that was wiped, and must therefore come before the look at what is kept.
  const secret = Redacted.value(secretKey)
  const kept = macs.get(secretKey)
  if (kept !== undefined && kept.accessKey === accessKey && kept.scope === scope) return kept.mac
  kept?.mac.destroy()
  const secretOctets = encoder.encode(secret)
  const mac = hmac.create(
    sha256,
    scope === undefined
      ? secretOctets
      : // The derived key is the text of the digits, not the octets that they stand for.
        encoder.encode(bytesToHex(hkdf(sha256, secretOctets, encoder.encode(accessKey), encoder.encode(scope), 32)))
  )
  macs.set(secretKey, { accessKey, scope, mac })
  return mac
}

/**
 * The signature of a text, in lower-case hexadecimal digits. A credential scope derives the key for it: HKDF-SHA256 of
 * the secret, salted with the access key. Throws where the secret was wiped.
 *
 * @category signing
 */
export const signature = (key: SigningKey, stringToSign: string, scope?: string): string => {
  const mac = macOf(key, scope)._cloneInto(working)
  const { read, written } = encoder.encodeInto(stringToSign, buffer)
  return bytesToHex(
    mac.update(read === stringToSign.length ? buffer.subarray(0, written) : encoder.encode(stringToSign)).digest()
  )
}

/** The URL as it is sent, but for `+`. */
const resolve = (request: HttpClientRequest.HttpClientRequest): URL => {
  const url = Either.getOrThrowWith(UrlParams.makeUrl(request.url, request.urlParams, request.hash), identity)
  url.hash = ""
  if (url.search.includes("+")) url.search = url.search.replaceAll("+", "%20")
  return url
}

/** Headers that a signature before this one may have left. */
const ownHeaders = new Set(["authorization", "x-sdk-content-sha256", "x-security-token"])

const hasOwnHeaders = ({ headers }: HttpClientRequest.HttpClientRequest): boolean => {
  for (const name of ownHeaders) if (name in headers) return true
  return false
}

/**
 * Signs a request: adds `X-Sdk-Date`, `X-Project-Id` and `X-Security-Token` where there is one, `X-Sdk-Content-Sha256`
 * where the body is not covered, and `Authorization`, in place of those of an earlier signature. Its URL is resolved:
 * parameters are part of it, spaces of the query are `%20`, the fragment, which is not sent, is gone.
 *
 * Signed are `host`, so that a signature is good for one service only, `x-sdk-date`, and of the others those that are
 * there: what decides for whom, when and for what the request is. Any other header is not, for the client, proxies and
 * tracing set or change `User-Agent`, `Accept`, `Content-Type` or `traceparent` after the signing. `host` is the
 * request's own `Host` header if it has one, else the URL's host and, unless it is the default one, port, which is what
 * HTTP clients send, and is not set.
 *
 * Throws the `TypeError` of the `URL` constructor where the request's URL cannot be resolved, `RangeError` where `at` is
 * no time, and where a secret was wiped. A request is never returned unsigned.
 *
 * @category signing
 */
export const sign = (
  request: HttpClientRequest.HttpClientRequest,
  key: SigningKey,
  { at, derivedFor, projectId = request.headers["x-project-id"] }: SignOptions
): HttpClientRequest.HttpClientRequest => {
  const isWhole = request.urlParams.length === 0 && Option.isNone(request.hash)
  const plain = isWhole ? plainUrl(request.url) : undefined
  const url = plain ?? resolve(request)

  const date = signingDate(at)
  const scope = derivedFor === undefined ? undefined : credentialScope(date, derivedFor)
  const hash = payloadHash(request.body)
  // In the order in which they are signed.
  const added: Array<readonly [string, string]> = []
  if (projectId !== undefined) added.push(["x-project-id", projectId])
  if (hash === unsignedPayload) added.push(["x-sdk-content-sha256", hash])
  added.push(["x-sdk-date", date])
  if (key.securityToken !== undefined) added.push(["x-security-token", Redacted.value(key.securityToken)])

  const headers = canonicalHeaders([["host", request.headers["host"] ?? url.host], ...added])
  const canonical = canonicalRequest({ method: request.method, url, headers, payloadHash: hash })
  const credential = scope === undefined ? `Access=${key.accessKey}` : `Credential=${key.accessKey}/${scope}`
  added.push([
    "authorization",
    `${algorithmOf(scope)} ${credential}, SignedHeaders=${headers.names}, Signature=${signature(key, stringToSign(date, canonical, scope), scope)}`
  ])

  // Neither headers nor parameters can be taken from a request.
  if (plain !== undefined && !hasOwnHeaders(request)) {
    // One by one: `setHeaders` takes seven times as long.
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
