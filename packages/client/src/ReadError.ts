import { ErrorBody, type ErrorContext, type StatusError, statusError } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { excerptOf, parseJson, type Response } from "./Response.js"

const decodeErrorBody = Schema.decodeUnknownOption(ErrorBody)

/** What IAM answers: `{"error":{"code":401,"message":"…","title":"Unauthorized"}}`. */
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
    const error_msg = message ?? title
    return {
      ...documented,
      ...(code === undefined ? {} : { error_code: String(code) }),
      ...(error_msg === undefined ? {} : { error_msg })
    }
  }
  return documented
}

/** A string field of JSON that was cut off: `"name": "value"`. */
const salvage = (body: string, name: string): string | undefined => {
  const literal = new RegExp(`"${name}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`).exec(body)?.[1]
  if (literal === undefined) return undefined
  const value = Either.getOrUndefined(parseJson(literal))
  return typeof value === "string" ? value : undefined
}

const salvageFields = (body: string): ErrorBody => {
  const error_code = salvage(body, "error_code")
  const error_msg = salvage(body, "error_msg") ?? salvage(body, "message")
  const request_id = salvage(body, "request_id")
  return {
    ...(error_code === undefined ? {} : { error_code }),
    ...(error_msg === undefined ? {} : { error_msg }),
    ...(request_id === undefined ? {} : { request_id })
  }
}

/** Below this, a skew is no reason for anything; `Date` has no better resolution than a second. */
const minNotableSkew = 60_000

/** The skew of the clocks in seconds, where it may be why a signature or a token was refused. */
const notableSkew = ({ clockSkew, status }: Response): number | undefined =>
  status === 401 && Option.isSome(clockSkew) && Math.abs(clockSkew.value) >= minNotableSkew
    ? Math.round(clockSkew.value / 1000)
    : undefined

/**
 * The error of an answer other than 200. Its status decides which; its body only fills it in, be it the documented one,
 * the gateway's, IAM's, an HTML page, cut off or missing.
 */
export const readError = (answer: Response, context: ErrorContext): StatusError => {
  const json = Either.flatMap(
    Either.fromNullable(answer.body, () => ""),
    parseJson
  )
  const body = Either.match(json, { onLeft: () => salvageFields(answer.body ?? ""), onRight: readJson }) ?? {}
  const excerpt = isEmpty(body) || Either.isLeft(json) ? excerptOf(answer.body) : undefined
  const request_id = body.request_id ?? answer.requestId
  const clock_skew = notableSkew(answer)
  return statusError(answer.status, {
    ...context,
    ...body,
    ...(request_id === undefined ? {} : { request_id }),
    ...(excerpt === undefined ? {} : { excerpt }),
    ...(clock_skew === undefined ? {} : { clock_skew }),
    ...(Option.isNone(answer.retryAfter) ? {} : { retry_after: answer.retryAfter.value })
  })
}
