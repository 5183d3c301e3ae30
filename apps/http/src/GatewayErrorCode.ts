/**
 * The `error_code` of the errors that the gateway itself makes on the contract's route. The cloud's own codes
 * (`WKS.…`, `APIGW.…`) are passed on as they are; none of them begins with `HSG`.
 *
 * | code | status | meaning |
 * |---|---|---|
 * | `HSG.0001` | 400 | a parameter is not of its documented form |
 * | `HSG.0002` | 401 | the request is signed, which cannot be passed on; a token is needed |
 * | `HSG.0003` | 403 | a gateway with credentials of its own is addressed by a name that is not local, or by a web page |
 * | `HSG.0004` | 405 | the method is neither GET nor HEAD |
 * | `HSG.0005` | 500 | a bug of the gateway; its log has the cause |
 * | `HSG.0006` | 502 | the gateway's own credentials are missing or refused |
 * | `HSG.0007` | 502 | what the cloud answered cannot be read |
 * | `HSG.0008` | 502 | the cloud answered with a status that is no error and not 200, or a proxy before it with 407 |
 * | `HSG.0009` | 503 | the cloud cannot be reached |
 * | `HSG.0010` | 504 | the cloud did not answer in time |
 * | `HSG.0011` | the cloud's | the cloud's error has no code of its own |
 *
 * @category constants
 */
export const GatewayErrorCode = {
  invalidParameter: "HSG.0001",
  signedRequest: "HSG.0002",
  notLocal: "HSG.0003",
  methodNotAllowed: "HSG.0004",
  internal: "HSG.0005",
  ownCredentials: "HSG.0006",
  unreadableAnswer: "HSG.0007",
  unexpectedStatus: "HSG.0008",
  unreachable: "HSG.0009",
  timeout: "HSG.0010",
  noCode: "HSG.0011"
} as const

/**
 * @category constants
 */
export type GatewayErrorCode = (typeof GatewayErrorCode)[keyof typeof GatewayErrorCode]
