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
import { readError } from "../ReadError.js"
import { excerptOf, parseJson, type Response } from "../Response.js"
import { isListHotspotSessionConfigResponse } from "./Guards.js"

/** Not made before it is needed, for making it takes a while. */
const decode = (json: unknown) => Schema.decodeUnknownEither(ListHotspotSessionConfigResponse, { errors: "all" })(json)

/** Reads an answer: the page under status 200, an error under any other. */
export const readResponse = (
  answer: Response,
  context: ErrorContext
): Either.Either<ListHotspotSessionConfigResponse, StatusError | DecodeError> => {
  if (answer.status !== 200) return Either.left(readError(answer, context))
  const body = answer.body ?? ""
  const fail = (issues: ReadonlyArray<Issue>, excerpt?: string) => {
    return new DecodeError({
      ...context,
      status: answer.status,
      issues,
      ...(answer.requestId === undefined ? {} : { request_id: answer.requestId }),
      ...(excerpt === undefined ? {} : { excerpt })
    })
  }
  if (body.trim() === "") return Either.left(fail([{ path: "", message: "the body is empty" }]))
  return parseJson(body).pipe(
    Either.mapLeft((reason) => fail([{ path: "", message: `the body is not JSON (${reason})` }], excerptOf(body))),
    Either.flatMap((json) =>
      // A page as it should be is taken as it is.
      isListHotspotSessionConfigResponse(json)
        ? Either.right(json)
        : Either.mapLeft(decode(json), (error) => fail(issuesOf(error)))
    )
  )
}
