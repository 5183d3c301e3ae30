import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Documented from "./Documented.js"

/** An error response of the gateway in front of the service. */
export interface GatewayError {
  readonly status: number
  readonly error_code: string
  readonly error_msg: string
}

const gatewayError = (status: number, error_code: string, error_msg: string): GatewayError => ({
  status,
  error_code,
  error_msg
})

export const notFound = gatewayError(
  404,
  "APIGW.0101",
  "The API does not exist or has not been published in the environment."
)

/** The request is not valid HTTP. */
export const badRequest = gatewayError(400, "APIGW.0201", "Bad request.")

export const headersTooLarge = gatewayError(400, "APIGW.0201", "Request headers or URI too large.")

export const bodyTooLarge = gatewayError(413, "APIGW.0201", "Request entity too large.")

export const requestTimeout = gatewayError(408, "APIGW.0201", "Request timeout.")

const incorrect = (what: string): GatewayError =>
  gatewayError(401, "APIGW.0301", `Incorrect IAM authentication information: ${what}`)

/** The request has no credentials. */
export const tokenMissing = incorrect("x-auth-token not found")

/** The token was never issued, or has been revoked. */
export const tokenUnknown = incorrect("decrypt token fail")

export const tokenExpired = gatewayError(401, "APIGW.0307", "The token must be updated.")

/** The token or `X-Project-Id` is for another project, or for none. */
export const projectForbidden = gatewayError(
  403,
  "APIGW.0302",
  "The IAM user is not authorized to access the API: the credentials are not scoped to the project."
)

// The messages about signatures are the emulator's own, unless noted.

export const signatureMalformed = (why: string): GatewayError =>
  incorrect(`the Authorization header is malformed, ${why}`)

export const dateMissing = incorrect("x-sdk-date not found")

export const dateMalformed = incorrect("x-sdk-date is not in the format YYYYMMDDTHHMMSSZ")

export const dateUnsigned = incorrect("x-sdk-date is not one of the signed headers")

export const securityTokenMissing = incorrect("x-security-token not found")

export const securityTokenExpired = incorrect("x-security-token expired")

/** The gateway's message. */
export const signatureExpired = (signatureTime: string, serverTime: string): GatewayError =>
  incorrect(`signature expired, signature time:${signatureTime},server time:${serverTime}`)

/** The gateway's message. */
export const accessKeyUnknown = (accessKey: string): GatewayError => incorrect(`ak ${accessKey} not exist`)

/** The gateway's message. */
export const accessKeyLocked = incorrect("AK access failed to reach the limit,forbidden.")

/** The gateway's message, which contains the canonical request. */
export const signatureWrong = (canonicalRequest: string): GatewayError =>
  incorrect(`verify aksk signature fail, canonicalRequest:${canonicalRequest.replaceAll("\n", "|")}`)

/** A feature of the cloud that is not emulated. The cloud does not use this code. */
export const notEmulated = (what: string): GatewayError =>
  gatewayError(501, "EMULATOR.NOT_EMULATED", `The emulator does not ${what}.`)

const byStatus: ReadonlyMap<number, GatewayError> = new Map(
  [
    badRequest,
    gatewayError(401, "APIGW.0301", "Incorrect IAM authentication information"),
    gatewayError(403, "APIGW.0302", "The IAM user is not authorized to access the API."),
    notFound,
    bodyTooLarge,
    gatewayError(414, "APIGW.0201", "Request URI too large."),
    gatewayError(429, "APIGW.0308", "The throttling threshold has been reached: policy user over ratelimit."),
    gatewayError(500, "APIGW.0705", "Internal error."),
    gatewayError(502, "APIGW.0201", "Backend unavailable."),
    gatewayError(503, "APIGW.0613", "The IAM service is currently unavailable."),
    gatewayError(504, "APIGW.0201", "Backend timeout.")
  ].map((error) => [error.status, error])
)

export const ofStatus = (status: number): GatewayError =>
  byStatus.get(status) ?? gatewayError(status, "APIGW.0201", `Status ${status}.`)

export const bodyOf = ({ error_code, error_msg }: GatewayError, request_id: string) => ({
  error_code,
  error_msg,
  request_id
})

export const response = (error: GatewayError, requestId: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(bodyOf(error, requestId), { status: error.status })

/** A documented error, with the request ID that the gateway adds. */
export const documented = (status: 405 | 500, requestId: string): HttpServerResponse.HttpServerResponse =>
  response({ status, ...Documented.errors[status] }, requestId)
