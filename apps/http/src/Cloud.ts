import type { Credentials, HotspotSession } from "@hotspot-session/client"
import type { ListHotspotSessionConfigError } from "@hotspot-session/core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Failure from "./Failure.js"
import type { Metrics } from "./Metrics.js"
import type { CircuitBreaker } from "./protect/CircuitBreaker.js"

/** Why there is no page. */
export interface CloudFailure {
  readonly failure: Failure.Failure
  /** Whether the cloud is unavailable, rather than that it refuses. */
  readonly isOutage: boolean
}

/** The cloud, as it is asked for a page: its JSON. */
export type Cloud = (
  parameters: HotspotSession.ListParameters,
  credentials: Credentials.Service | undefined
) => Effect.Effect<Uint8Array, CloudFailure>

/** How the cloud is asked. */
export interface Settings {
  readonly mode: Failure.CredentialsMode
  readonly breaker: CircuitBreaker | undefined
  /** Calls at the same time. */
  readonly maxCalls: number
  readonly metrics: Metrics
}

const encoder = new TextEncoder()

/** How a call ended, for the breaker: whether the cloud is there. Neither a limit nor IAM tells that it is not. */
const endOf = (error: ListHotspotSessionConfigError): "answered" | "failed" | "interrupted" => {
  if (error._tag === "CredentialsError" || error._tag === "InvalidRequest") return "interrupted"
  if (error._tag === "TransportError") return "failed"
  return error._tag !== "DecodeError" && error.status >= 500 ? "failed" : "answered"
}

/** What the operator should know. */
const warn = (error: ListHotspotSessionConfigError, failure: Failure.Failure) =>
  Failure.isOfGateway(failure)
    ? Effect.annotateLogs(Effect.logWarning(error.message), {
        error: error._tag,
        error_code: failure.error_code,
        ...(error.hint === undefined ? {} : { hint: error.hint })
      })
    : Effect.void

/** Asks the cloud through the client, and gives it rest where it fails. */
export const make = ({ listHotspotSessionConfig }: HotspotSession.Service, settings: Settings): Cloud => {
  const { breaker, maxCalls, metrics, mode } = settings
  let calls = 0

  const call = (parameters: HotspotSession.ListParameters, credentials: Credentials.Service | undefined) =>
    listHotspotSessionConfig(parameters, credentials === undefined ? {} : { credentials }).pipe(
      // Not encoded by the schema, which would drop the fields that the documentation does not know.
      Effect.map((page) => encoder.encode(JSON.stringify(page)))
    )

  const enter = (now: number): CloudFailure | undefined => {
    if (calls >= maxCalls) {
      metrics.shed("calls")
      return { failure: Failure.overloaded, isOutage: true }
    }
    const entered = breaker?.enter(now)
    if (entered === undefined || entered.allowed) return undefined
    metrics.shed("circuit")
    return { failure: Failure.circuitOpen(entered.retryAfter), isOutage: true }
  }

  const ended = (began: number, exit: Exit.Exit<unknown, ListHotspotSessionConfigError>) =>
    Effect.zipWith(Clock.currentTimeMillis, Random.next, (now, random) => {
      calls--
      const error = Exit.match(exit, {
        onSuccess: () => undefined,
        onFailure: (cause) => (cause._tag === "Fail" ? cause.error : ("interrupted" as const))
      })
      const end = error === undefined ? "answered" : error === "interrupted" ? error : endOf(error)
      breaker?.leave(end, now, random)
      metrics.cloud(typeof error === "object" ? error._tag : (error ?? "ok"), (now - began) / 1_000)
    })

  return (parameters, credentials) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const refused = enter(now)
        if (refused !== undefined) return Effect.fail(refused)
        calls++
        return restore(call(parameters, credentials)).pipe(
          Effect.onExit((exit) => ended(now, exit)),
          Effect.catchAll((error) => {
            const failure = Failure.failureOf(error, mode)
            return Effect.zipRight(
              warn(error, failure),
              Effect.fail<CloudFailure>({ failure, isOutage: Failure.isOutage(error) })
            )
          })
        )
      })
    )
}
