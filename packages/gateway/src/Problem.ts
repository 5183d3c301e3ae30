import type { GatewayErrorCode } from "./GatewayErrorCode.js"
import { type GatewayResponse, noStore, withBody } from "./GatewayResponse.js"

/** Problem details (RFC 9457): an error response of the gateway's own routes. */
export interface Problem {
  readonly status: number
  /** The reason phrase of the status. */
  readonly title: string
  /** What went wrong, and what to do. */
  readonly detail: string
  /** The value of `Allow` for a 405. */
  readonly allow?: string
}

/** Why a server refuses a request that no step has responded to. */
export interface RefusalProblem extends Problem {
  /** For metrics and logs. */
  readonly reason: string
  /** For a path of the contract. */
  readonly error_code: GatewayErrorCode
  /** In seconds. */
  readonly retryAfter?: number
}

export const notFound = (patterns: ReadonlyArray<string>): Problem => ({
  status: 404,
  title: "Not Found",
  detail: `The paths of this gateway are ${patterns.join(", ")}.`
})

/** A path outside the prefix under which the gateway is mounted. */
export const outside = (prefix: string): Problem => ({
  status: 404,
  title: "Not Found",
  detail: `The paths of this gateway start with ${prefix}/.`
})

/** `/readyz` while the server drains. */
export const draining: Problem = {
  status: 503,
  title: "Service Unavailable",
  detail: "The gateway is shutting down: it completes requests in flight and accepts no new ones."
}

export const methodNotAllowed = (allow: string): Problem => ({
  status: 405,
  title: "Method Not Allowed",
  detail: `The allowed methods are ${allow}.`,
  allow
})

/** A bug, whose cause is logged and not shown to the caller. */
export const internal: Problem = {
  status: 500,
  title: "Internal Server Error",
  detail: "Internal error of the gateway. Its log has the cause under this request ID."
}

export const bodyOf = ({ detail, status, title }: Problem, requestId: string) => ({
  type: "about:blank",
  title,
  status,
  detail,
  request_id: requestId
})

export const contentType = "application/problem+json"

/** A problem as a response, with the headers that the status requires. */
export const toResponse = (problem: Problem, requestId: string): GatewayResponse =>
  withBody(
    JSON.stringify(bodyOf(problem, requestId)),
    contentType,
    problem.allow === undefined ? noStore : { ...noStore, allow: problem.allow },
    problem.status
  )
