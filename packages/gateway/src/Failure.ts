import type { CallError, StatusError } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import { GatewayErrorCode } from "./GatewayErrorCode.js"
import { type GatewayResponse, json, noStore } from "./GatewayResponse.js"

/** Whose credentials are sent to the cloud: the caller's token, or the gateway's own. */
export type CredentialsMode = "pass-through" | "own"

/** An error response of the contract's route. */
export interface Failure {
  readonly status: number
  readonly error_code: string
  readonly error_msg: string
  /** The cloud's request ID, if it returned one. Default: the gateway's. */
  readonly request_id?: string | undefined
  /** In seconds. */
  readonly retryAfter?: number | undefined
  /** The value of `WWW-Authenticate` for a 401. Default: asks for a token of the cloud. */
  readonly challenge?: string | undefined
}

/** The cloud's code for a missing or malformed token, so that callers see the same with and without the gateway. */
const invalidTokenCode = "APIGW.0301"

const tokenChallenge = 'X-Auth-Token realm="Huawei Cloud"'

/** `Retry-After` while the cloud is unavailable and does not suggest a delay, in seconds. */
const defaultRetryAfter = 10

/** The largest delta-seconds value that every recipient must be able to parse. */
const maxRetryAfter = 2 ** 31 - 1

/** The documented error body, with the headers that the status requires: `allow` for a 405, which may be the cloud's. */
export const toResponse = (failure: Failure, requestId: string, allow: string): GatewayResponse =>
  json(
    {
      error_code: failure.error_code,
      error_msg: failure.error_msg,
      request_id: failure.request_id ?? requestId
    },
    {
      ...noStore,
      ...(failure.status === 401 ? { "www-authenticate": failure.challenge ?? tokenChallenge } : {}),
      ...(failure.status === 405 ? { allow } : {}),
      ...(failure.retryAfter === undefined ? {} : { "retry-after": String(failure.retryAfter) })
    },
    failure.status
  )

/** `pass-through`: there is no token. */
export const missingToken: Failure = {
  status: 401,
  error_code: invalidTokenCode,
  error_msg: "The header X-Auth-Token is missing. Send a user token of IAM."
}

/** `pass-through`: the request is signed. */
export const signedRequest: Failure = {
  status: 401,
  error_code: GatewayErrorCode.signedRequest,
  error_msg:
    "Signed requests cannot be forwarded, because the signature covers the host. Send a user token of IAM in the header X-Auth-Token instead of Authorization."
}

const keyChallenge = 'Bearer realm="hotspot-session", X-Api-Key realm="hotspot-session"'

const unauthenticated = (error_msg: string): Failure => ({
  status: 401,
  error_code: GatewayErrorCode.unauthenticated,
  error_msg,
  challenge: keyChallenge
})

/** `own`: there is no API key. */
export const missingKey = unauthenticated(
  "An API key of this gateway is required. Send it in the header X-Api-Key, as Authorization: Bearer, or instead of a token in X-Auth-Token."
)

/** `own`: the API key is not a known one. */
export const unknownKey = unauthenticated(
  "The API key is not known to this gateway. Ask its operator for one; a token of the cloud is not accepted."
)

/** `own`: the key is known, and has expired. */
export const expiredKey = unauthenticated("The key has expired. Ask the operator of this gateway for a new one.")

/** `own`: too many keys or signatures from the caller's address were wrong. */
export const tooManyWrongKeys = (retryAfter: number): Failure => ({
  status: 429,
  error_code: GatewayErrorCode.rateLimited,
  error_msg: `The key is not known to this gateway, and too many wrong ones came from this address. Retry in ${retryAfter} s.`,
  retryAfter
})

/** `own`: the request is signed, but the gateway has no access keys. */
export const signatureUnsupported: Failure = {
  ...unauthenticated(
    "This gateway cannot verify signatures, because it has no access keys of callers. Send an API key in the header X-Api-Key instead of Authorization."
  ),
  error_code: GatewayErrorCode.signedRequest
}

/** `own`: the signature cannot be verified. */
export const invalidSignature = (reason: string): Failure =>
  unauthenticated(`Invalid signature: ${reason}. Sign with an access key of this gateway, not of the cloud.`)

/** `own`: the key does not have the permission that the operation needs. */
export const missingPermission = (permission: "read" | "write"): Failure => ({
  status: 403,
  error_code: GatewayErrorCode.missingPermission,
  error_msg: `The key does not have the permission ${permission}. Ask the operator of this gateway for it.`
})

/** `own`: the key is restricted to other projects. */
export const closedProject: Failure = {
  status: 403,
  error_code: GatewayErrorCode.closedProject,
  error_msg: "The key has no access to this project. Ask the operator of this gateway for it."
}

/** A write from a page on another site. */
export const crossSiteWrite: Failure = {
  status: 403,
  error_code: GatewayErrorCode.crossSiteWrite,
  error_msg: "Pages of other sites must not write. The operator of this gateway can allow an origin with CORS."
}

/** A write with the authorization that a browser sends by itself. */
export const basicWrite: Failure = {
  status: 403,
  error_code: GatewayErrorCode.basicWrite,
  error_msg: "Writes are not accepted with Authorization: Basic. Send the key or token in a header of its own."
}

/** A write with a condition, which the cloud would ignore. */
export const conditionalWrite: Failure = {
  status: 400,
  error_code: GatewayErrorCode.conditionalWrite,
  error_msg:
    "The service cannot write on a condition, so If-Match, If-None-Match and If-Unmodified-Since are rejected. Nothing was sent. Read again right before you write, and send the write without them."
}

export const notJson: Failure = {
  status: 415,
  error_code: GatewayErrorCode.notJson,
  error_msg: "The body must be JSON in UTF-8, with Content-Type: application/json and no Content-Encoding."
}

/** The signature of a write can neither be accepted nor rejected. */
export const signatureUnchecked: Failure = {
  status: 503,
  error_code: GatewayErrorCode.signatureUnchecked,
  error_msg:
    "Whether the signature was used before cannot be checked now. Nothing was sent. Send the request again in 1 s.",
  retryAfter: 1
}

/** The intent of a write cannot be kept. */
export const auditUnavailable: Failure = {
  status: 503,
  error_code: GatewayErrorCode.auditUnavailable,
  error_msg: "The audit log of this gateway cannot be written. Nothing was sent. The gateway's log has the reason.",
  retryAfter: defaultRetryAfter
}

/** A write without a response of the cloud, or one in flight when the gateway stops. */
export const unknownOutcome: Failure = {
  status: 504,
  error_code: GatewayErrorCode.unknownOutcome,
  error_msg: "The cloud did not confirm the change, which may have been made. Read the configuration before you retry."
}

/** Maximum size of a request body in bytes, for an operation that needs none; the official SDK sends `{}`. */
export const maxUnusedBodySize = 16 * 1024

/** Maximum size of a request body in bytes, for an operation that has one. */
export const maxBodySize = 256 * 1024

/** The body is too large, or may be, as its length is not declared. */
export const bodyTooLarge = (maximum: number): Failure => ({
  status: 413,
  error_code: GatewayErrorCode.bodyTooLarge,
  error_msg: `The request body exceeds ${maximum} bytes or has no Content-Length.`
})

/** How long a body may take to arrive, in seconds: longer than this gateway's own server takes to respond with 408. */
export const bodyTimeoutSeconds = 40

export const incompleteBody: Failure = {
  status: 408,
  error_code: GatewayErrorCode.incompleteBody,
  error_msg: `The request body was not complete within ${bodyTimeoutSeconds} s. Send as many bytes as Content-Length declares.`
}

export const rateLimited = (retryAfter: number): Failure => ({
  status: 429,
  error_code: GatewayErrorCode.rateLimited,
  error_msg: `The rate limit of this gateway is exceeded. Retry in ${retryAfter} s.`,
  retryAfter
})

/** The gateway exceeds its limit of concurrent requests or calls. */
export const overloaded: Failure = {
  status: 503,
  error_code: GatewayErrorCode.overloaded,
  error_msg: "Too many concurrent requests. Retry in 1 s.",
  retryAfter: 1
}

/** The bodies that are being read or sent take all the memory for them. */
export const tooManyBodies: Failure = {
  ...overloaded,
  error_msg: "Too many request bodies at once. Nothing was sent. Retry in 1 s."
}

export const circuitOpen = (retryAfter: number): Failure => ({
  status: 503,
  error_code: GatewayErrorCode.circuitOpen,
  error_msg: `The cloud is unavailable (circuit open). Retry in ${retryAfter} s.`,
  retryAfter
})

export const unknownPath = (patterns: ReadonlyArray<string>): Failure => ({
  status: 404,
  error_code: GatewayErrorCode.unknownPath,
  error_msg: `The paths of the API are ${patterns.join(", ")}, without empty segments.`
})

export const methodNotAllowed = (allow: string): Failure => ({
  status: 405,
  error_code: GatewayErrorCode.methodNotAllowed,
  error_msg: `The allowed methods are ${allow}.`
})

export const writesOff: Failure = {
  status: 405,
  error_code: GatewayErrorCode.methodNotAllowed,
  error_msg:
    "Writes are off. The operator of this gateway can turn them on with --writes on, or writes: true if it is embedded."
}

/** A bug, whose cause is logged and not shown to the caller. */
export const internal: Failure = {
  status: 500,
  error_code: GatewayErrorCode.internal,
  error_msg: "Internal error of the gateway. Its log has the cause under this request ID."
}

/** Invalid parameters: the first issue of each. */
export const invalidParameters = (
  issues: ReadonlyArray<{ readonly path: string; readonly message: string }>
): Failure => ({
  status: 400,
  error_code: GatewayErrorCode.invalidParameter,
  error_msg: issues
    .filter(({ path }, index) => issues.findIndex((issue) => issue.path === path) === index)
    .map(({ message, path }) => `${path} ${message}`.trim())
    .join("; ")
})

const ownCredentials = (request_id?: string | undefined): Failure => ({
  status: 502,
  error_code: GatewayErrorCode.ownCredentials,
  error_msg: "The cloud rejected the gateway's own credentials. The gateway's log has the reason.",
  request_id
})

const unreachable: Failure = {
  status: 503,
  error_code: GatewayErrorCode.unreachable,
  error_msg: `The cloud is unreachable. Retry in ${defaultRetryAfter} s.`,
  retryAfter: defaultRetryAfter
}

/** The caller can do nothing about the proxy, and another attempt would not help. */
const proxyRefused: Failure = {
  status: 502,
  error_code: GatewayErrorCode.unexpectedStatus,
  error_msg: "The proxy between this gateway and the cloud refused the connection. The gateway's log has the reason."
}

/** IAM, the metadata service or the agent of a pod cannot issue credentials now. Nothing was sent to the service. */
const credentialsUnavailable = (retryAfter: number): Failure => ({
  status: 503,
  error_code: GatewayErrorCode.credentialsUnavailable,
  error_msg: `The gateway's own credentials cannot be issued now. Its log has the reason. Retry in ${retryAfter} s.`,
  retryAfter
})

const secondsOf = (delay: Duration.Duration | undefined): number | undefined =>
  delay === undefined ? undefined : Math.min(Math.ceil(Duration.toSeconds(delay)), maxRetryAfter)

/** Codes of the cloud's API gateway and of IAM, whose 403 is about authentication and not about a permission. */
const authenticationCode = /^(?:APIGW|APIG|IAM)\./

const fromStatus = (error: StatusError, mode: CredentialsMode): Failure => {
  const { error_code, request_id, status } = error
  const isAuthentication = status === 401 || (status === 403 && authenticationCode.test(error_code ?? ""))
  if (mode === "own" && isAuthentication) return ownCredentials(request_id)
  // A 407 comes from a proxy between the gateway and the cloud, to which the caller cannot authenticate.
  if (status < 400 || status > 599 || status === 407) {
    return {
      status: 502,
      error_code: GatewayErrorCode.unexpectedStatus,
      error_msg: `The cloud responded with the unexpected status ${status}.`,
      request_id
    }
  }
  const excerpt = error.excerpt === undefined ? "without a reason" : `and an undocumented body: “${error.excerpt}”`
  return {
    status,
    error_code: error_code ?? GatewayErrorCode.missingErrorCode,
    error_msg: error.error_msg ?? `The cloud responded with status ${status} ${excerpt}`,
    request_id,
    retryAfter: secondsOf(error.retry_after) ?? (status === 503 ? defaultRetryAfter : undefined)
  }
}

const invalidResponseMessages = {
  tls: "The TLS connection to the cloud failed: its certificate or handshake was rejected.",
  protocol: "The cloud's response is not valid HTTP.",
  size: "The cloud's response exceeds the maximum size."
}

/**
 * The response to a caller for an error of the client. It has the cloud's status, if there is one. For a write it says what
 * is known about the change, and `Retry-After` only if nothing was changed: a client that obeys it could write twice.
 */
export const fromError = (error: CallError, mode: CredentialsMode): Failure => {
  const failure = failureOf(error, mode)
  switch (error.outcome) {
    case "unknown":
      // The last attempt has no response or was not sent; it or an earlier one may have made the change.
      return error._tag === "TransportError" || error._tag === "CredentialsError"
        ? unknownOutcome
        : { ...failure, error_msg: `${failure.error_msg} The change may have been made.`, retryAfter: undefined }
    case "done":
      return { ...failure, error_msg: `${failure.error_msg} The change was made.`, retryAfter: undefined }
    default:
      return failure
  }
}

const failureOf = (error: CallError, mode: CredentialsMode): Failure => {
  switch (error._tag) {
    case "InvalidRequest":
      return invalidParameters(error.issues)
    case "CredentialsError":
      return mode === "own"
        ? error.unavailable || error.transient
          ? credentialsUnavailable(secondsOf(error.retry_after) ?? defaultRetryAfter)
          : ownCredentials()
        : { status: 401, error_code: invalidTokenCode, error_msg: `${error.reason}. ${error.hint ?? ""}`.trim() }
    case "DecodeError": {
      const issues = error.issues.map(({ message, path }) => `${path} ${message}`.trim()).join("; ")
      return {
        status: 502,
        error_code: GatewayErrorCode.invalidResponse,
        error_msg: `The cloud's response cannot be parsed: ${issues}`,
        request_id: error.request_id
      }
    }
    case "TransportError":
      switch (error.reason) {
        case "timeout":
        case "deadline":
          return {
            status: 504,
            error_code: GatewayErrorCode.timeout,
            error_msg: "The cloud did not respond in time."
          }
        case "tls":
        case "protocol":
        case "size":
          return {
            status: 502,
            error_code: GatewayErrorCode.invalidResponse,
            error_msg: invalidResponseMessages[error.reason]
          }
        case "proxy":
          return error.retryable ? unreachable : proxyRefused
        case "encoding":
          return {
            status: 502,
            error_code: GatewayErrorCode.invalidResponse,
            // It quotes nothing but the headers that describe the body.
            error_msg: `The cloud's response cannot be decoded: ${error.detail}.`
          }
        case "request":
          return internal
        default:
          return unreachable
      }
    default:
      return fromStatus(error, mode)
  }
}

/**
 * Whether the cloud or IAM is unavailable: unreachable, failing, throttling, or responding with what cannot be read. Only an
 * error that the cloud means for the caller says that what was read before is no longer valid.
 */
export const isOutage = (error: CallError): boolean => {
  switch (error._tag) {
    case "TransportError":
    case "DecodeError":
      return true
    case "CredentialsError":
      return error.unavailable || error.transient
    case "InvalidRequest":
      return false
    default:
      return error.status < 400 || error.status >= 500 || [407, 408, 425, 429].includes(error.status)
  }
}

/** Whether a failure concerns the operator, as opposed to an error that the cloud returned for the caller. */
export const isGatewayError = ({ error_code, status }: Failure): boolean =>
  status >= 500 && error_code.startsWith("HSG.") && error_code !== GatewayErrorCode.missingErrorCode
