/** Requests to services on this machine or its host, which respond at once or have a fault that passes soon. */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { CredentialsError } from "./Core.js"
import { directly } from "./DirectConnection.js"
import type { Response } from "./Response.js"
import { scrub } from "./Scrub.js"
import * as Transport from "./Transport.js"
import { transportError } from "./TransportFailure.js"

/** The error for a reason. `mayPass` tells whether a later request may succeed. */
export type Fail = (reason: string, mayPass?: boolean) => CredentialsError

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
    readonly fail: Fail
    /** What was requested, for messages. Default: nothing. */
    readonly what?: string | undefined
    /** A 429 or a 5xx that is a response nevertheless. */
    readonly accepts?: number | undefined
  }
): Effect.Effect<Response, CredentialsError, HttpClient.HttpClient> =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    directly(Transport.of(client).exchange(request, options.timeout)).pipe(
      Effect.mapError((failure) => {
        const detail = scrub(failure.detail, request)
        return options.fail(
          failure.isSent ? detail : `no connection: ${detail}`,
          failure.isSent && failure.reason !== "connect" && transportError(failure, {}, String).retryable
        )
      }),
      Effect.filterOrFail(
        ({ status }) => status === options.accepts || !isFault(status),
        ({ status }) => options.fail(`${options.what ?? ""}status ${status}`, true)
      ),
      Effect.retry({ schedule: delays, while: ({ transient }) => transient })
    )
  )

/** Limits the time of several requests together. */
export const limited =
  (limit: Duration.Duration, fail: Fail) =>
  <A, R>(fetch: Effect.Effect<A, CredentialsError, R>): Effect.Effect<A, CredentialsError, R> =>
    Effect.timeoutFail(fetch, {
      duration: limit,
      onTimeout: () => fail(`no response within ${Duration.format(limit)}`, true)
    })

/** What is wrong with a status that is not a success; `undefined` for a success. */
export const problemOfStatus = ({ headers, status }: Response): string | undefined => {
  if (status < 300) return undefined
  const { location } = headers
  const target = typeof location === "string" && URL.canParse(location) ? ` to ${new URL(location).host}` : ""
  return status < 400 ? `status ${status}: it redirects${target}, which is not followed` : `status ${status}`
}
