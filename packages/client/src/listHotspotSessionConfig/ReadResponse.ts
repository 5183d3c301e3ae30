import {
  DecodeError,
  type ErrorContext,
  type Issue,
  issuesOf,
  ListHotspotSessionConfigResponse,
  type StatusError
} from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { parseJson } from "../Json.js"
import { readError } from "../ReadError.js"
import { excerptOf, type Response } from "../Response.js"
import { isListHotspotSessionConfigResponse } from "./Guards.js"

/** A function, so that the slow construction of the decoder happens only when it is needed. */
const decode = (json: unknown) => Schema.decodeUnknownEither(ListHotspotSessionConfigResponse, { errors: "all" })(json)

/** Reads the page from a response with status 200, and an error from any other. */
export const readResponse = (
  response: Response,
  context: ErrorContext
): Either.Either<ListHotspotSessionConfigResponse, StatusError | DecodeError> => {
  if (response.status !== 200) return Either.left(readError(response, context))
  const body = response.body ?? ""
  const fail = (issues: ReadonlyArray<Issue>, excerpt?: string) => {
    return new DecodeError({
      ...context,
      status: response.status,
      issues,
      ...(response.requestId === undefined ? {} : { request_id: response.requestId }),
      ...(excerpt === undefined ? {} : { excerpt })
    })
  }
  if (body.trim() === "") return Either.left(fail([{ path: "", message: "the body is empty" }]))
  return parseJson(body).pipe(
    Either.mapLeft((reason) =>
      fail([{ path: "", message: `the body is not valid JSON (${reason})` }], excerptOf(body))
    ),
    Either.flatMap((json) =>
      // A page that decoding would not change needs no decoding.
      isListHotspotSessionConfigResponse(json)
        ? Either.right(json)
        : Either.mapLeft(decode(json), (error) => fail(issuesOf(error)))
    )
  )
}
