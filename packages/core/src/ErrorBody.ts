import * as Schema from "effect/Schema"
import { nullable } from "./Nullable.js"

/**
 * Body of a response with a status other than 200: the service sends `error_code` and `error_msg`, the gateway in front of
 * it also `request_id`. All may be absent; `null` is decoded as absent. Other fields are dropped.
 *
 * Source: Tables 7 to 13 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category models
 * @since 0.1.0
 */
export const ErrorBody = Schema.Struct({
  /** Error code, such as `WKS.00211102` or `APIGW.0301`. */
  error_code: Schema.optionalWith(
    Schema.String.annotations({ description: "Error code, which is returned upon failure." }),
    nullable
  ),
  error_msg: Schema.optionalWith(Schema.String.annotations({ description: "Error message." }), nullable),
  /** ID of the request, which support asks for. */
  request_id: Schema.optionalWith(Schema.String.annotations({ description: "Request ID." }), nullable)
}).annotations({ identifier: "ErrorBody" })

/**
 * The body of an error, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorBody extends Schema.Schema.Type<typeof ErrorBody> {}

/**
 * The documented body of an error: only its `error_code`, `error_msg` and `request_id`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const errorBody = (error: {
  readonly error_code?: string | undefined
  readonly error_msg?: string | undefined
  readonly request_id?: string | undefined
}): ErrorBody => ({
  ...(error.error_code === undefined ? {} : { error_code: error.error_code }),
  ...(error.error_msg === undefined ? {} : { error_msg: error.error_msg }),
  ...(error.request_id === undefined ? {} : { request_id: error.request_id })
})
