import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { ListHotspotSessionConfigError, StatusError } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { GatewayErrorCode } from "./GatewayErrorCode.js"
import { RequestId } from "./RequestId.js"
import { allow } from "./Route.js"

/** Whose credentials the cloud sees: the caller's own token, or what the gateway holds. */
export type CredentialsMode = "pass-through" | "own"

/** An error as the contract's route answers it. */
export interface Failure {
  readonly status: number
  readonly error_code: string
  readonly error_msg: string
  /** The cloud's ID of the request, where it gave one. Default: the gateway's. */
  readonly request_id?: string | undefined
  /** Seconds that the caller shall wait. */
  readonly retryAfter?: number | undefined
  /** How to authenticate, as `WWW-Authenticate` says it. Default: by a token of the cloud. */
  readonly challenge?: string | undefined
}

/** The cloud's code for a token that is missing or cannot be one, so that callers see the same with and without gateway. */
const badToken = "APIGW.0301"

const tokenChallenge = 'X-Auth-Token realm="Huawei Cloud"'

/** What a caller is told to wait where the cloud is unavailable and says nothing of it. */
const defaultRetryAfter = 10

/** The largest number of seconds that recipients must be able to read as one. */
const longestRetryAfter = 2 ** 31 - 1

/** A failure as the documented body, with the headers that its status asks for. */
export const toResponse = (failure: Failure): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.map(RequestId, (requestId) =>
    HttpServerResponse.unsafeJson(
      {
        error_code: failure.error_code,
        error_msg: failure.error_msg,
        request_id: failure.request_id ?? requestId
      },
      {
        status: failure.status,
        headers: {
          "cache-control": "no-store",
          ...(failure.status === 401 ? { "www-authenticate": failure.challenge ?? tokenChallenge } : {}),
          ...(failure.status === 405 ? { allow } : {}),
          ...(failure.retryAfter === undefined ? {} : { "retry-after": String(failure.retryAfter) })
        }
      }
    )
  )

/** Nothing that the cloud would accept came with the request. */
export const missingToken: Failure = {
  status: 401,
  error_code: badToken,
  error_msg: "The header X-Auth-Token is missing. Send a user token of IAM."
}

/** A signature came instead of a token. */
export const signedRequest: Failure = {
  status: 401,
  error_code: GatewayErrorCode.signedRequest,
  error_msg:
    "A signed request cannot be passed on, because its signature covers the host that it was sent to. Send a user token of IAM in the header X-Auth-Token instead of Authorization."
}

const keyChallenge = 'Bearer realm="hotspot-session", X-Api-Key realm="hotspot-session"'

const notAuthenticated = (error_msg: string): Failure => ({
  status: 401,
  error_code: GatewayErrorCode.notAuthenticated,
  error_msg,
  challenge: keyChallenge
})

/** No API key came with the request. */
export const missingKey = notAuthenticated(
  "An API key of this gateway is needed. Send it in the header X-Api-Key, as Authorization: Bearer, or in place of a token in X-Auth-Token."
)

/** The API key is not one of those that are known. */
export const wrongKey = notAuthenticated(
  "The API key is not one of this gateway's. Ask who runs it for one; a token of the cloud is none."
)

/** A signature came to a gateway that knows API keys only. */
export const signedForKeys: Failure = {
  ...notAuthenticated(
    "This gateway verifies no signatures, because it was given no access keys of callers. Send an API key in the header X-Api-Key instead of Authorization."
  ),
  error_code: GatewayErrorCode.signedRequest
}

/** A signature that is not one of a caller's key. */
export const wrongSignature = (why: string): Failure =>
  notAuthenticated(`The signature is not accepted: ${why}. Sign with an access key of this gateway, not of the cloud.`)

/** The largest body that a request may have, in bytes. None is needed: the official SDK sends `{}`. */
export const maxBodySize = 16 * 1024

/** A body that nobody will read. */
export const bodyTooLarge: Failure = {
  status: 413,
  error_code: GatewayErrorCode.tooLarge,
  error_msg: `The request's body is larger than ${maxBodySize} bytes, or its length is not given. This operation needs none.`
}

/** How long a caller may take to send a body, in seconds: longer than a server of this gateway takes to answer 408. */
export const bodySeconds = 40

/** A body that did not come, or of which the end is missing. */
export const bodyIncomplete: Failure = {
  status: 408,
  error_code: GatewayErrorCode.incomplete,
  error_msg: `The request's body was not complete within ${bodySeconds} s. Send as many bytes as Content-Length says.`
}

/** A caller that makes too many requests. */
export const rateLimited = (retryAfter: number): Failure => ({
  status: 429,
  error_code: GatewayErrorCode.rateLimited,
  error_msg: `This gateway answers no more of your requests for now. Try again in ${retryAfter} s.`,
  retryAfter
})

/** More requests at the same time than the gateway takes on. */
export const overloaded: Failure = {
  status: 503,
  error_code: GatewayErrorCode.overloaded,
  error_msg: "Too many requests are under way. Try again in a second.",
  retryAfter: 1
}

/** The cloud failed, and is left alone for a while. */
export const circuitOpen = (retryAfter: number): Failure => ({
  status: 503,
  error_code: GatewayErrorCode.circuitOpen,
  error_msg: "The cloud is unavailable, and is not asked again for some seconds.",
  retryAfter
})

/** A method that the contract's route does not have. */
export const methodNotAllowed: Failure = {
  status: 405,
  error_code: GatewayErrorCode.methodNotAllowed,
  error_msg: `This gateway only reads configurations; the methods are ${allow}.`
}

/** A bug. What it is stands in the log only. */
export const internal: Failure = {
  status: 500,
  error_code: GatewayErrorCode.internal,
  error_msg: "The gateway failed. Its log has the cause under this request ID."
}

/** Parameters that are not of their form: the first issue of each. */
export const invalidParameters = (
  issues: ReadonlyArray<{ readonly path: string; readonly message: string }>
): Failure => ({
  status: 400,
  error_code: GatewayErrorCode.invalidParameter,
  error_msg: issues
    .filter(({ path }, index) => issues.findIndex((issue) => issue.path === path) === index)
    .map(({ message, path }) => `${path} ${message}`)
    .join("; ")
})

const ownCredentials = (request_id?: string | undefined): Failure => ({
  status: 502,
  error_code: GatewayErrorCode.ownCredentials,
  error_msg: "The cloud does not accept the gateway's own credentials. Its log has the reason.",
  request_id
})

/** Codes of the gateway in front of the service and of IAM, whose 403 is about who asks and not about what is asked. */
const authentication = /^(?:APIGW|APIG|IAM)\./

const ofStatus = (error: StatusError, mode: CredentialsMode): Failure => {
  const { error_code, request_id, status } = error
  const isAuthentication = status === 401 || (status === 403 && authentication.test(error_code ?? ""))
  if (mode === "own" && isAuthentication) return ownCredentials(request_id)
  // A 407 is from a proxy on the way to the cloud: nothing that the gateway's caller could answer.
  if (status < 400 || status > 599 || status === 407) {
    return {
      status: 502,
      error_code: GatewayErrorCode.unexpectedStatus,
      error_msg: `The cloud answered with status ${status}, which this operation does not have.`,
      request_id
    }
  }
  const excerpt =
    error.excerpt === undefined ? "and no reason" : `and a body that is not documented: “${error.excerpt}”`
  return {
    status,
    error_code: error_code ?? GatewayErrorCode.noCode,
    error_msg: error.error_msg ?? `The cloud answered with status ${status} ${excerpt}`,
    request_id,
    retryAfter:
      error.retry_after === undefined
        ? status === 503
          ? defaultRetryAfter
          : undefined
        : Math.min(Math.ceil(Duration.toSeconds(error.retry_after)), longestRetryAfter)
  }
}

const unreadable = {
  tls: "The cloud's TLS certificate or handshake was not accepted.",
  protocol: "The cloud's answer is not HTTP.",
  size: "The cloud's answer is larger than the gateway takes."
}

/** What a caller is answered where the client failed. The status of the cloud is kept wherever it has one. */
export const failureOf = (error: ListHotspotSessionConfigError, mode: CredentialsMode): Failure => {
  switch (error._tag) {
    case "InvalidRequest":
      return invalidParameters(error.issues)
    case "CredentialsError":
      return mode === "own"
        ? ownCredentials()
        : { status: 401, error_code: badToken, error_msg: `${error.reason}. ${error.hint ?? ""}`.trim() }
    case "DecodeError": {
      const issues = error.issues.map(({ message, path }) => `${path} ${message}`.trim()).join("; ")
      return {
        status: 502,
        error_code: GatewayErrorCode.unreadableAnswer,
        error_msg: `The cloud's answer cannot be read: ${issues}`,
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
            error_msg: "The cloud did not answer in time."
          }
        case "tls":
        case "protocol":
        case "size":
          return { status: 502, error_code: GatewayErrorCode.unreadableAnswer, error_msg: unreadable[error.reason] }
        case "request":
          return internal
        default:
          return {
            status: 503,
            error_code: GatewayErrorCode.unreachable,
            error_msg: "The cloud cannot be reached at present.",
            retryAfter: defaultRetryAfter
          }
      }
    default:
      return ofStatus(error, mode)
  }
}

/** Whether the cloud, or IAM before it, is unavailable: it cannot be reached, fails, or has had enough. */
export const isOutage = (error: ListHotspotSessionConfigError): boolean => {
  switch (error._tag) {
    case "TransportError":
      return true
    case "CredentialsError":
      return error.unavailable || error.transient
    case "DecodeError":
    case "InvalidRequest":
      return false
    default:
      return error.status === 429 || error.status >= 500
  }
}

/** Whether a failure is the operator's concern: one that the cloud did not answer the caller itself. */
export const isOfGateway = ({ error_code, status }: Failure): boolean =>
  status >= 500 && error_code.startsWith("HSG.") && error_code !== GatewayErrorCode.noCode
