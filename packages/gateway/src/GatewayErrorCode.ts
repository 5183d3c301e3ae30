/**
 * The `error_code` of errors that the gateway itself returns on the contract's route. The cloud's own codes (`WKS.…`,
 * `APIGW.…`) are passed on unchanged; none of them begins with `HSG`.
 *
 * | code | status | meaning |
 * |---|---|---|
 * | `HSG.0001` | 400 | a parameter is invalid, or a field of the body is unknown |
 * | `HSG.0002` | 401 | the request is signed, and can be neither forwarded nor verified |
 * | `HSG.0004` | 405 | the path does not have this method, or writes are off |
 * | `HSG.0005` | 500 | a bug of the gateway; its log has the cause |
 * | `HSG.0006` | 502 | the gateway's own credentials are missing or rejected |
 * | `HSG.0007` | 502 | the cloud's response cannot be parsed, or TLS failed |
 * | `HSG.0008` | 502 | the cloud responded with a status that is neither a success nor an error, or the proxy to it refused |
 * | `HSG.0009` | 503 | the cloud is unreachable |
 * | `HSG.0010` | 504 | the cloud did not respond in time |
 * | `HSG.0011` | the cloud's | the cloud's error has no code |
 * | `HSG.0012` | 401 | the key is missing, unknown or expired, or the signature is invalid |
 * | `HSG.0013` | 413 | the request body is too large |
 * | `HSG.0014` | 429 | the caller's rate limit is exceeded, or its address has sent too many wrong keys |
 * | `HSG.0015` | 503 | there are too many concurrent requests, request bodies or calls, or too many requests wait on a connection |
 * | `HSG.0016` | 503 | the circuit breaker is open |
 * | `HSG.0017` | 408 | the request is incomplete |
 * | `HSG.0018` | 404 | no operation has this path |
 * | `HSG.0019` | 403 | the caller's key does not have the permission |
 * | `HSG.0020` | 403 | the caller's key does not open the project |
 * | `HSG.0021` | 403 | a write comes from a page on another site |
 * | `HSG.0022` | 403 | a write has Basic authorization |
 * | `HSG.0023` | 415 | the body of a write is not declared as JSON in UTF-8, or is declared as compressed |
 * | `HSG.0024` | 503 | whether a signature was used before cannot be checked now |
 * | `HSG.0025` | 504 | a write may have been made; its outcome is unknown |
 * | `HSG.0026` | 503 | a write cannot be audited |
 * | `HSG.0027` | 503 | what issues the gateway's own credentials is unavailable |
 * | `HSG.0028` | 400 | a write has a condition such as `If-Match`, which cannot be checked |
 * | `HSG.0029` | 400, 417, 431, 501 | the request is not HTTP/1.1 that the gateway's own server accepts, or its headers are too large |
 *
 * @category constants
 * @since 0.1.0
 */
export const GatewayErrorCode = {
  invalidParameter: "HSG.0001",
  signedRequest: "HSG.0002",
  methodNotAllowed: "HSG.0004",
  internal: "HSG.0005",
  ownCredentials: "HSG.0006",
  invalidResponse: "HSG.0007",
  unexpectedStatus: "HSG.0008",
  unreachable: "HSG.0009",
  timeout: "HSG.0010",
  missingErrorCode: "HSG.0011",
  unauthenticated: "HSG.0012",
  bodyTooLarge: "HSG.0013",
  rateLimited: "HSG.0014",
  overloaded: "HSG.0015",
  circuitOpen: "HSG.0016",
  incompleteBody: "HSG.0017",
  unknownPath: "HSG.0018",
  missingPermission: "HSG.0019",
  closedProject: "HSG.0020",
  crossSiteWrite: "HSG.0021",
  basicWrite: "HSG.0022",
  notJson: "HSG.0023",
  signatureUnchecked: "HSG.0024",
  unknownOutcome: "HSG.0025",
  auditUnavailable: "HSG.0026",
  credentialsUnavailable: "HSG.0027",
  conditionalWrite: "HSG.0028",
  unacceptableRequest: "HSG.0029"
} as const

/**
 * One of the codes of `GatewayErrorCode`.
 *
 * @category constants
 * @since 0.1.0
 */
export type GatewayErrorCode = (typeof GatewayErrorCode)[keyof typeof GatewayErrorCode]
