/** Requests that a server refuses itself, and the responses to them. */
import * as Http from "node:http"
import type { Duplex } from "node:stream"
import { GatewayErrorCode } from "../GatewayErrorCode.js"
import type { GatewayResponse } from "../GatewayResponse.js"
import * as Problem from "../Problem.js"
import { maxWaitingRequests } from "./Pipelining.js"

/** A request that the server refuses, before its handler has got it or while that waits for the rest of it. */
export interface Refusal {
  readonly problem: Problem.RefusalProblem
  readonly socket: Duplex
  /** Absent if the request could not be parsed. */
  readonly request: Http.IncomingMessage | undefined
}

const problem = (
  status: number,
  reason: string,
  detail: string,
  error_code: GatewayErrorCode = GatewayErrorCode.unacceptableRequest
): Problem.RefusalProblem => ({ status, title: Http.STATUS_CODES[status] ?? "", detail, reason, error_code })

const malformedRequest = problem(400, "malformed", "The request is not valid HTTP/1.1.")
const missingHost = problem(400, "host", "The Host header is missing.")
const invalidHost = problem(400, "host", "The Host header is not a host with an optional port.")
const duplicateHost = problem(400, "host", "There is more than one Host header.")
export const tooManyWaiting: Problem.RefusalProblem = {
  ...problem(
    503,
    "waiting",
    `More than ${maxWaitingRequests} requests wait on this connection.`,
    GatewayErrorCode.overloaded
  ),
  retryAfter: 1
}
const unknownCoding = problem(501, "coding", "The only supported Transfer-Encoding is chunked.")
export const expectationFailed = problem(417, "expectation", "The only supported expectation is 100-continue.")

/** Node drops further ones without an error. */
export const maxHeaders = 1_000
const tooManyHeaders = problem(431, "headers", `The request has more than ${maxHeaders} header lines.`)

const problemsByCode: Record<string, Problem.RefusalProblem> = {
  HPE_HEADER_OVERFLOW: problem(431, "headers", "The request headers exceed 32 KiB."),
  ERR_HTTP_REQUEST_TIMEOUT: problem(
    408,
    "timeout",
    "The request did not arrive in time.",
    GatewayErrorCode.incompleteBody
  )
}

/** Host and port of a URI; empty if its target has none. */
const hostPattern = /^(?:\[[\w.~!$&'()*+,;=:%-]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i

/** Counts raw headers, because `headers` holds only the first `Host`. */
const countHostHeaders = ({ rawHeaders }: Http.IncomingMessage): number => {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === "host") count++
  }
  return count
}

/** Why a request is refused whose headers have been read; `undefined` if it is not. */
export const problemOf = (request: Http.IncomingMessage): Problem.RefusalProblem | undefined => {
  const { host = "", "transfer-encoding": coding } = request.headers
  if (request.rawHeaders.length > 2 * maxHeaders) return tooManyHeaders
  if (coding !== undefined && coding.toLowerCase() !== "chunked") return unknownCoding
  const hostHeaders = countHostHeaders(request)
  if (hostHeaders > 1) return duplicateHost
  if (hostHeaders === 0 && request.httpVersion === "1.1") return missingHost
  return hostPattern.test(host) ? undefined : invalidHost
}

/** What is wrong with a request that Node could not parse. */
export const problemOfError = (error: NodeJS.ErrnoException): Problem.RefusalProblem =>
  problemsByCode[error.code ?? ""] ?? malformedRequest

/** The response of a server whose handler has no format of its own for errors. */
export const problemResponse = (problem: Problem.Problem): GatewayResponse => {
  const id = crypto.randomUUID()
  const response = Problem.toResponse(problem, id)
  Object.assign(response.headers, { "x-request-id": id, "x-content-type-options": "nosniff" })
  return response
}

/** Sends the response to a refused request. */
export const respond = (response: Http.ServerResponse, { body, headers, status }: GatewayResponse) => {
  response.writeHead(status, { ...headers, connection: "close" }).end(body)
}

/** A response for a connection on which Node has not parsed a request. */
export const rawResponse = ({ body, headers, status }: GatewayResponse): string => {
  const lines = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${Http.STATUS_CODES[status]}\r\n${lines.join("")}\r\n${new TextDecoder().decode(body)}`
}
