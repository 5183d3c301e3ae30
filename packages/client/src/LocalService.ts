/** Requests to services on this machine or its host, which respond at once or have a fault that passes soon. */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { directly } from "./DirectConnection.js"
import type { Response } from "./Response.js"
import { scrub } from "./Scrub.js"
import * as Transport from "./Transport.js"
import { transportError } from "./TransportFailure.js"

/** Why a service returned nothing that can be used, as the end of a sentence. */
export class Problem extends Data.TaggedError("LocalProblem")<{
  readonly reason: string
  /** Whether a later request may succeed. */
  readonly mayPass: boolean
}> {}

export const problem = (reason: string, mayPass = false): Problem => new Problem({ reason, mayPass })

/** The delays before the second and the third try. */
const delays = Schedule.fromDelays("100 millis", "300 millis")

const isFault = (status: number): boolean => status === 429 || status >= 500

/**
 * Sends a request up to three times, as long as what went wrong may pass: a 429, a 5xx, a connection that broke, or no
 * response. Without a connection there is no such service.
 */
export const send = (
  request: HttpClientRequest.HttpClientRequest,
  options: {
    /** Milliseconds for one try. */
    readonly timeout: number
    /** What was requested, for messages. Default: nothing. */
    readonly what?: string | undefined
    /** A 429 or a 5xx that is a response nevertheless. */
    readonly accepts?: number | undefined
  }
): Effect.Effect<Response, Problem, HttpClient.HttpClient> =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    directly(Transport.of(client).exchange(request, options.timeout)).pipe(
      Effect.mapError((failure) => {
        const detail = scrub(failure.detail, request, failure.secrets?.())
        return problem(
          failure.isSent ? detail : `no connection: ${detail}`,
          failure.isSent && failure.reason !== "connect" && transportError(failure, {}, String).retryable
        )
      }),
      Effect.filterOrFail(
        ({ status }) => status === options.accepts || !isFault(status),
        ({ status }) => problem(`${options.what ?? ""}status ${status}`, true)
      ),
      Effect.retry({ schedule: delays, while: ({ mayPass }) => mayPass })
    )
  )

/** Limits the time of several requests together. */
export const limited =
  (limit: Duration.Duration) =>
  <A, E, R>(fetch: Effect.Effect<A, E, R>): Effect.Effect<A, E | Problem, R> =>
    Effect.timeoutFail(fetch, {
      duration: limit,
      onTimeout: () => problem(`no response within ${Duration.format(limit)}`, true)
    })

/** What is wrong with a status that is not a success; `undefined` for a success. */
export const problemOfStatus = ({ headers, status }: Response): string | undefined => {
  if (status < 300) return undefined
  const { location } = headers
  const target = typeof location === "string" && URL.canParse(location) ? ` to ${new URL(location).host}` : ""
  return status < 400 ? `status ${status}: it redirects${target}, which is not followed` : `status ${status}`
}
