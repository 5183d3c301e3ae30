import type * as HttpClientError from "@effect/platform/HttpClientError"
import { type ErrorContext, TransportError, type TransportErrorReason } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import { codeOfWords, saysUnsent } from "./FetchFailure.js"
import { ProxyError } from "./ProxyError.js"
import * as SystemError from "./SystemError.js"

/** Why there is no complete response. */
export interface TransportFailure {
  readonly reason: TransportErrorReason
  /** The system's error code. */
  readonly code?: string | undefined
  /** The system's error message. May quote the request, secrets included. */
  readonly detail: string
  /** Whether any octet of the request may have been sent. */
  readonly isSent: boolean
  /** The status of a complete response whose body cannot be decoded. */
  readonly status?: number | undefined
  /** Secrets that a client of the application has added to the request. */
  readonly secrets?: (() => ReadonlyArray<string>) | undefined
}

/** Why a body cannot be used. */
export type BodyProblem = Pick<TransportFailure, "reason" | "code" | "detail">

const reasons: Record<string, TransportErrorReason> = {
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  EAI_NODATA: "dns",
  EAI_NONAME: "dns",
  ENODATA: "dns",
  ENOTFOUND: "dns",
  ECONNREFUSED: "connect",
  EADDRNOTAVAIL: "connect",
  EHOSTDOWN: "connect",
  EHOSTUNREACH: "connect",
  ENETDOWN: "connect",
  ENETUNREACH: "connect",
  EACCES: "connect",
  EPERM: "connect",
  ETIMEDOUT: "timeout",
  ESOCKETTIMEDOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  ABORT_ERR: "reset",
  ECONNABORTED: "reset",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ERR_STREAM_PREMATURE_CLOSE: "reset",
  UND_ERR_ABORTED: "reset",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "reset",
  UND_ERR_SOCKET: "reset",
  UND_ERR_HEADERS_OVERFLOW: "protocol",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "size",
  Z_BUF_ERROR: "encoding",
  Z_DATA_ERROR: "encoding",
  ERR_INVALID_CHAR: "request",
  ERR_INVALID_HTTP_TOKEN: "request",
  UND_ERR_INVALID_ARG: "request",
  CERT_HAS_EXPIRED: "tls",
  CERT_NOT_YET_VALID: "tls",
  CERT_REVOKED: "tls",
  CERT_SIGNATURE_FAILURE: "tls",
  CERT_UNTRUSTED: "tls",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls",
  EPROTO: "tls",
  SELF_SIGNED_CERT_IN_CHAIN: "tls",
  UNABLE_TO_GET_ISSUER_CERT: "tls",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls",
  ERR_INVALID_URL: "request",
  ERR_PROXY_TUNNEL: "proxy",
  ERR_CLIENT_CLOSED: "closed",
  UND_ERR_CLOSED: "closed",
  UND_ERR_DESTROYED: "closed",
  // Bun's.
  ConnectionClosed: "reset",
  ConnectionRefused: "connect",
  FailedToOpenSocket: "connect",
  InvalidContentLength: "protocol",
  Malformed_HTTP_Response: "protocol",
  ResponseHeadersTooLarge: "protocol",
  ShortRead: "encoding",
  ZlibError: "encoding"
}

const families: ReadonlyArray<readonly [prefix: string, reason: TransportErrorReason]> = [
  ["ERR_TLS_", "tls"],
  ["ERR_SSL_", "tls"],
  ["HPE_", "protocol"],
  // Brotli's codes.
  ["ERR__ERROR_FORMAT_", "encoding"]
]

const reasonOf = (code: string): TransportErrorReason | undefined =>
  reasons[code] ?? families.find(([prefix]) => code.startsWith(prefix))?.[1]

/** The codes of failures that happen only before the request is sent. Others, such as `EHOSTUNREACH`, may occur at any time. */
const unsentCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
  "FailedToOpenSocket"
])

const unsentReasons: ReadonlySet<TransportErrorReason> = new Set(["dns", "request"])

/** A certificate is rejected during the handshake; a TLS error without a code of certificates may come at any time. */
const isCertificateCode = (code: string): boolean =>
  reasonOf(code) === "tls" && code !== "EPROTO" && !code.startsWith("ERR_SSL_")

const isUnsentCode = (code: string): boolean => unsentCodes.has(code) || isCertificateCode(code)

/** An error that a transport has marked, because it knows more than the code says. */
interface MarkedError extends Error {
  readonly isSent: boolean
}

/** Marks an error that occurred before any octet of the request was sent. */
export const markUnsent = (error: Error): MarkedError => Object.assign(error, { isSent: false })

/** The error and its causes, the outermost first. Failures at several addresses form an `AggregateError`. */
function* causes(error: unknown, depth = 0): Generator<Error & { readonly isSent?: unknown }> {
  if (!SystemError.isError(error) || depth > 5) return
  yield error
  if ("errors" in error && Array.isArray(error.errors))
    for (const inner of error.errors) yield* causes(inner, depth + 1)
  yield* causes(error.cause, depth + 1)
}

/** Undici's error for a response that is not HTTP, which may have no code. Its words are not those of a request. */
const isParserError = ({ name }: Error): boolean => name === "HTTPParserError"

const codeOf = (error: Error): string | undefined =>
  SystemError.codeOf(error) ?? (isParserError(error) ? undefined : codeOfWords(error))

const reasonOfError = (error: Error): TransportErrorReason | undefined =>
  reasonOf(codeOf(error) ?? "") ?? (isParserError(error) ? "protocol" : undefined)

/** The failure that an error of the system is. `hasResponse` says whether the response had begun. */
export const failureOfCause = (
  cause: unknown,
  {
    fallback = "no reason given",
    hasResponse = false,
    isSent = true
  }: { fallback?: string; hasResponse?: boolean; isSent?: boolean }
): TransportFailure => {
  const chain = [...causes(cause)]
  const known = chain.find((error) => reasonOfError(error) !== undefined)
  const reported = known ?? chain.find((error) => codeOf(error) !== undefined) ?? chain.at(-1)
  const code = reported === undefined ? undefined : codeOf(reported)
  const reason = chain.some((error) => error instanceof ProxyError)
    ? "proxy"
    : ((reported === undefined ? undefined : reasonOfError(reported)) ?? "unknown")
  const isUnsent =
    !isSent ||
    unsentReasons.has(reason) ||
    chain.some((error) => error.isSent === false || saysUnsent(error) || isUnsentCode(codeOf(error) ?? ""))
  return {
    reason,
    ...(code === undefined ? {} : { code }),
    detail: known?.message || chain.find(({ message }) => message !== "")?.message || fallback,
    isSent: hasResponse || !isUnsent
  }
}

/** The cause of an error of the platform where this library knows the failure that it is. */
export class FailureError extends Error {
  readonly failure: TransportFailure

  constructor(failure: TransportFailure) {
    super(failure.detail)
    this.failure = failure
  }
}

/** The platform's clients over `node:http` enforce a limit, but their error has no code. */
const isTooLarge = ({ cause }: HttpClientError.HttpClientError): boolean =>
  SystemError.isError(cause) && cause.message === "maxBytes exceeded"

/** The failure that an error of the platform is. Nothing else of it is kept, because it has the request with its headers. */
export const failureOf = (
  error: HttpClientError.HttpClientError,
  { hasResponse, maxBytes }: { readonly hasResponse: boolean; readonly maxBytes: number }
): TransportFailure => {
  if (error.cause instanceof FailureError) return error.cause.failure
  if (isTooLarge(error)) return tooLarge(maxBytes)
  const isSent = error._tag === "ResponseError" || error.reason === "Transport"
  return failureOfCause(error.cause, {
    hasResponse,
    isSent,
    ...(error.description === undefined ? {} : { fallback: error.description })
  })
}

/** The failure if a body cannot be decoded. */
export const undecodable = (problem: BodyProblem, status: number): TransportFailure => ({
  ...problem,
  isSent: true,
  status
})

/** The failure if a body, as it is sent, is too large. */
export const tooLarge = (maxBytes: number): TransportFailure => ({
  reason: "size",
  detail: `the body is larger than ${maxBytes} bytes`,
  isSent: true
})

/** The failure if there is no complete response within a number of milliseconds. It has no code. */
export const timedOut = (timeout: number, { isSent = true }: { readonly isSent?: boolean } = {}): TransportFailure => ({
  reason: "timeout",
  detail: `no response within ${Duration.format(Duration.millis(timeout))}`,
  isSent
})

/** Whether a failure is that of `timedOut`. */
export const isTimedOut = ({ code, reason }: Pick<TransportFailure, "code" | "reason">): boolean =>
  reason === "timeout" && code === undefined

/** The error that a failure becomes. */
export const transportError = (
  { code, detail, reason }: TransportFailure,
  context: ErrorContext,
  withoutSecrets: (text: string) => string
): TransportError =>
  new TransportError({ ...context, reason, ...(code === undefined ? {} : { code }), detail: withoutSecrets(detail) })
