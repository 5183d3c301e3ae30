import { ErrorBody, type ErrorContext, errorBody, type StatusError, statusError } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { parseJson } from "./Json.js"
import { clockSkewOf, excerptOf, type Response, requestIdOf, retryAfterOf } from "./Response.js"

const decodeErrorBody = Schema.decodeUnknownOption(ErrorBody)

/** The error body of IAM: `{"error":{"code":401,"message":"…","title":"Unauthorized"}}`. */
const IamErrorBody = Schema.Struct({
  error: Schema.Struct({
    code: Schema.optional(Schema.Union(Schema.String, Schema.Number)),
    message: Schema.optional(Schema.String),
    title: Schema.optional(Schema.String)
  })
})

const decodeIamErrorBody = Schema.decodeUnknownOption(IamErrorBody)

const isEmpty = (body: ErrorBody) => body.error_code === undefined && body.error_msg === undefined

const readJson = (json: unknown): ErrorBody | undefined => {
  const documented = Option.getOrUndefined(decodeErrorBody(json))
  if (documented !== undefined && !isEmpty(documented)) return documented
  const iam = Option.getOrUndefined(decodeIamErrorBody(json))
  if (iam !== undefined) {
    const { code, message, title } = iam.error
    return { ...documented, ...errorBody({ error_code: code?.toString(), error_msg: message ?? title }) }
  }
  return documented
}

/** Extracts a string field from truncated JSON: `"name": "value"`. */
const salvage = (body: string, name: string): string | undefined => {
  const literal = new RegExp(`"${name}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`).exec(body)?.[1]
  if (literal === undefined) return undefined
  const value = Either.getOrUndefined(parseJson(literal))
  return typeof value === "string" ? value : undefined
}

const salvageFields = (body: string): ErrorBody =>
  errorBody({
    error_code: salvage(body, "error_code"),
    error_msg: salvage(body, "error_msg") ?? salvage(body, "message"),
    request_id: salvage(body, "request_id")
  })

/** In milliseconds. A smaller skew explains no failure, and `Date` has a resolution of only one second. */
const minNotableSkew = 60_000

/** The clock skew in seconds, if it may be why a signature or a token was rejected. */
const notableSkew = (response: Response): number | undefined => {
  const skew = response.status === 401 ? clockSkewOf(response) : 0
  return Math.abs(skew) >= minNotableSkew ? Math.round(skew / 1000) : undefined
}

/**
 * The error for a response without a status of success. The status decides the class. The body fills in the details,
 * whether it is the documented one, the gateway's, IAM's, an HTML page, truncated or missing.
 */
export const readError = (response: Response, context: ErrorContext): StatusError => {
  const json = Either.flatMap(
    Either.fromNullable(response.text, () => ""),
    parseJson
  )
  const body = Either.match(json, { onLeft: () => salvageFields(response.text ?? ""), onRight: readJson }) ?? {}
  const excerpt = isEmpty(body) || Either.isLeft(json) ? excerptOf(response.text ?? response.problem) : undefined
  const request_id = body.request_id ?? requestIdOf(response)
  const clock_skew = notableSkew(response)
  const retryAfter = retryAfterOf(response)
  return statusError(response.status, {
    ...context,
    ...body,
    ...(request_id === undefined ? {} : { request_id }),
    ...(excerpt === undefined ? {} : { excerpt }),
    ...(clock_skew === undefined ? {} : { clock_skew }),
    ...(Option.isNone(retryAfter) ? {} : { retry_after: retryAfter.value })
  })
}
