import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { RequestId } from "./RequestId.js"
import { allow } from "./Route.js"

/** An error of the gateway's own routes, as RFC 9457 has it. */
export interface Problem {
  readonly status: number
  /** The phrase of the status. */
  readonly title: string
  /** What is wrong and what to do. */
  readonly detail: string
}

/** There is no such path. */
export const notFound = (patterns: ReadonlyArray<string>): Problem => ({
  status: 404,
  title: "Not Found",
  detail: `This gateway serves ${patterns.join(", ")} and nothing else.`
})

/** The gateway is about to end. */
export const draining: Problem = {
  status: 503,
  title: "Service Unavailable",
  detail: "The gateway is shutting down: it finishes what it has begun and takes on nothing new."
}

/** A method that none of the gateway's own routes has. */
export const methodNotAllowed: Problem = {
  status: 405,
  title: "Method Not Allowed",
  detail: `The methods are ${allow}.`
}

/** A bug. What it is stands in the log only. */
export const internal: Problem = {
  status: 500,
  title: "Internal Server Error",
  detail: "The gateway failed. Its log has the cause under this request ID."
}

/** The body of a problem. */
export const bodyOf = ({ detail, status, title }: Problem, requestId: string) => ({
  type: "about:blank",
  title,
  status,
  detail,
  request_id: requestId
})

/** The media type of a problem's body. */
export const contentType = "application/problem+json"

/** A problem as its body, with the headers that its status asks for. */
export const toResponse = (problem: Problem): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.map(RequestId, (requestId) =>
    HttpServerResponse.text(JSON.stringify(bodyOf(problem, requestId)), {
      status: problem.status,
      contentType,
      headers: { "cache-control": "no-store", ...(problem.status === 405 ? { allow } : {}) }
    })
  )
