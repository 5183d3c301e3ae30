import * as HttpServerResponse from "@effect/platform/HttpServerResponse"

/** An answer of the gateway in front of the service. */
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

/** Neither a route nor anything that the emulator knows of. */
export const notFound = gatewayError(
  404,
  "APIGW.0101",
  "The API does not exist or has not been published in the environment."
)

/** The request cannot be understood as HTTP. */
export const badRequest = gatewayError(400, "APIGW.0201", "Bad request.")

/** The headers, the target included, are larger than the server takes. */
export const headersTooLarge = gatewayError(400, "APIGW.0201", "Request headers or URI too large.")

/** The body is larger than the operation takes. */
export const bodyTooLarge = gatewayError(413, "APIGW.0201", "Request entity too large.")

/** The request did not arrive in time. */
export const requestTimeout = gatewayError(408, "APIGW.0201", "Request timeout.")

/** There are no credentials. */
export const tokenMissing = gatewayError(
  401,
  "APIGW.0301",
  "Incorrect IAM authentication information: x-auth-token not found"
)

/** The token was never issued, or has been revoked. */
export const tokenUnknown = gatewayError(
  401,
  "APIGW.0301",
  "Incorrect IAM authentication information: decrypt token fail"
)

/** The token was good once. */
export const tokenExpired = gatewayError(401, "APIGW.0307", "The token must be updated.")

/** The token belongs to another project, or to none. */
export const projectForbidden = gatewayError(
  403,
  "APIGW.0302",
  "The IAM user is not authorized to access the API: the token is not scoped to the project."
)

/** Something that the cloud does and the emulator does not. Its code is not one of the cloud's. */
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

/** What the gateway says under a status. */
export const ofStatus = (status: number): GatewayError =>
  byStatus.get(status) ?? gatewayError(status, "APIGW.0201", `Status ${status}.`)

/** `{error_code, error_msg, request_id}`. */
export const bodyOf = (error: GatewayError, requestId: string) => ({
  error_code: error.error_code,
  error_msg: error.error_msg,
  request_id: requestId
})

/** The answer. */
export const response = (error: GatewayError, requestId: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(bodyOf(error, requestId), { status: error.status })
