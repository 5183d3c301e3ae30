/**
 * The `error_code` of the errors that the gateway itself makes on the contract's route. The cloud's own codes
 * (`WKS.…`, `APIGW.…`) are passed on as they are; none of them begins with `HSG`.
 *
 * | code | status | meaning |
 * |---|---|---|
 * | `HSG.0001` | 400 | a parameter is not of its documented form |
 * | `HSG.0002` | 401 | the request is signed, and can be neither passed on nor verified |
 * | `HSG.0004` | 405 | the method is neither GET nor HEAD |
 * | `HSG.0005` | 500 | a bug of the gateway; its log has the cause |
 * | `HSG.0006` | 502 | the gateway's own credentials are missing or refused |
 * | `HSG.0007` | 502 | what the cloud answered cannot be read |
 * | `HSG.0008` | 502 | the cloud answered with a status that is no error and not 200, or a proxy before it with 407 |
 * | `HSG.0009` | 503 | the cloud cannot be reached |
 * | `HSG.0010` | 504 | the cloud did not answer in time |
 * | `HSG.0011` | the cloud's | the cloud's error has no code of its own |
 * | `HSG.0012` | 401 | the API key is missing or not known, or the signature is not that of a known key |
 * | `HSG.0013` | 413 | the request's body is too large |
 * | `HSG.0014` | 429 | the caller makes more requests than it may |
 * | `HSG.0015` | 503 | too many requests are under way |
 * | `HSG.0016` | 503 | the cloud failed so often that it is left alone for some seconds |
 * | `HSG.0017` | 408 | the request's body did not arrive in time, or its end is missing |
 *
 * @category constants
 */
export const GatewayErrorCode = {
  invalidParameter: "HSG.0001",
  signedRequest: "HSG.0002",
  methodNotAllowed: "HSG.0004",
  internal: "HSG.0005",
  ownCredentials: "HSG.0006",
  unreadableAnswer: "HSG.0007",
  unexpectedStatus: "HSG.0008",
  unreachable: "HSG.0009",
  timeout: "HSG.0010",
  noCode: "HSG.0011",
  notAuthenticated: "HSG.0012",
  tooLarge: "HSG.0013",
  rateLimited: "HSG.0014",
  overloaded: "HSG.0015",
  circuitOpen: "HSG.0016",
  incomplete: "HSG.0017"
} as const

/**
 * @category constants
 */
export type GatewayErrorCode = (typeof GatewayErrorCode)[keyof typeof GatewayErrorCode]
