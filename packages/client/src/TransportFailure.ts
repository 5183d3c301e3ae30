import type * as HttpClientError from "@effect/platform/HttpClientError"
import { type ErrorContext, TransportError, type TransportErrorReason } from "@hotspot-session/core"

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
  UND_ERR_CLOSED: "reset",
  UND_ERR_DESTROYED: "reset",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "reset",
  UND_ERR_SOCKET: "reset",
  UND_ERR_HEADERS_OVERFLOW: "protocol",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "size",
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
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls"
}

const families: ReadonlyArray<readonly [prefix: string, reason: TransportErrorReason]> = [
  ["ERR_TLS_", "tls"],
  ["ERR_SSL_", "tls"],
  ["HPE_", "protocol"]
]

const reasonOf = (code: string): TransportErrorReason | undefined =>
  reasons[code] ?? families.find(([prefix]) => code.startsWith(prefix))?.[1]

/** The error and its causes, the outermost first. Failures at several addresses form an `AggregateError`. */
function* causes(
  error: unknown,
  depth = 0
): Generator<{ readonly code: string | undefined; readonly message: string }> {
  if (!(error instanceof Error) || depth > 5) return
  yield {
    code: "code" in error && typeof error.code === "string" ? error.code : undefined,
    message: error.message
  }
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causes(inner, depth + 1)
  yield* causes(error.cause, depth + 1)
}

/**
 * Converts the platform's error. Only the system's code and message are copied, because the platform's error contains the
 * request with all its headers.
 */
export const transportError = (
  error: HttpClientError.HttpClientError,
  context: ErrorContext,
  scrub: (text: string) => string
): TransportError => {
  const chain = [...causes(error.cause)]
  const known = chain.find(({ code }) => code !== undefined && reasonOf(code) !== undefined)
  const reported = known ?? chain.find(({ code }) => code !== undefined) ?? chain.at(-1)
  const detail = chain.find(({ message }) => message !== "")?.message ?? error.description
  return new TransportError({
    ...context,
    reason: (known?.code === undefined ? undefined : reasonOf(known.code)) ?? "unknown",
    ...(reported?.code === undefined ? {} : { code: reported.code }),
    detail: scrub(known?.message || detail || "no reason given")
  })
}
