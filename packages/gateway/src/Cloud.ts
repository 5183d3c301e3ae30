import type { Credentials, HotspotSession } from "@hotspot-session/client"
import type { ListHotspotSessionConfigError } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Failure from "./Failure.js"
import type { Metrics } from "./Metrics.js"
import type { Admission, CircuitBreaker } from "./protect/CircuitBreaker.js"

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
  /** What it is called in metrics and logs; absent where there is no other. */
  readonly name: string | undefined
  readonly mode: Failure.CredentialsMode
  readonly breaker: CircuitBreaker | undefined
  /** Calls at the same time. */
  readonly maxCalls: number
  readonly metrics: Metrics
}

const encoder = new TextEncoder()

type End = Parameters<CircuitBreaker["leave"]>[1]

/** What an error tells the breaker: whether the cloud is there. Neither a limit nor IAM tells that it is not. */
const endOf = (error: ListHotspotSessionConfigError): End => {
  if (error._tag === "CredentialsError" || error._tag === "InvalidRequest") return "interrupted"
  if (error._tag === "TransportError") return "failed"
  return error._tag !== "DecodeError" && error.status >= 500 ? "failed" : "answered"
}

/** How a call ended, for the breaker and for the metrics. */
const endingOf = (exit: Exit.Exit<unknown, ListHotspotSessionConfigError>): { end: End; outcome: string } =>
  Exit.match(exit, {
    onSuccess: () => ({ end: "answered", outcome: "ok" }),
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onSome: (error) => ({ end: endOf(error), outcome: error._tag }),
        onNone: () => ({ end: "interrupted", outcome: Cause.isInterruptedOnly(cause) ? "interrupted" : "defect" })
      })
  })

/** What the operator should know. */
const warn = (error: ListHotspotSessionConfigError, failure: Failure.Failure, cloud: string | undefined) =>
  Failure.isOfGateway(failure)
    ? Effect.annotateLogs(Effect.logWarning(error.message), {
        error: error._tag,
        error_code: failure.error_code,
        ...(cloud === undefined ? {} : { cloud }),
        ...(error.hint === undefined ? {} : { hint: error.hint })
      })
    : Effect.void

/** Asks the cloud through a client, and gives it rest where it fails, whichever of its clients finds out. */
export const make = (settings: Settings): ((client: HotspotSession.Service) => Cloud) => {
  const { breaker, maxCalls, metrics, mode, name } = settings
  let calls = 0

  const call = (
    client: HotspotSession.Service,
    parameters: HotspotSession.ListParameters,
    credentials: Credentials.Service | undefined
  ) =>
    client.listHotspotSessionConfig(parameters, credentials === undefined ? {} : { credentials }).pipe(
      // Not encoded by the schema, which would change nothing and takes many times as long.
      Effect.map((page) => encoder.encode(JSON.stringify(page)))
    )

  const enter = (now: number): Either.Either<Admission, CloudFailure> => {
    if (calls >= maxCalls) {
      metrics.shed("calls")
      return Either.left({ failure: Failure.overloaded, isOutage: true })
    }
    const entered = breaker?.enter(now) ?? { allowed: true }
    if (entered.allowed) return Either.right(entered)
    metrics.shed("circuit")
    return Either.left({ failure: Failure.circuitOpen(entered.retryAfter), isOutage: true })
  }

  const ended = (admission: Admission, began: number, exit: Exit.Exit<unknown, ListHotspotSessionConfigError>) =>
    Effect.zipWith(Clock.currentTimeMillis, Random.next, (now, random) => {
      calls--
      const { end, outcome } = endingOf(exit)
      breaker?.leave(admission, end, now, random)
      metrics.cloud(outcome, (now - began) / 1_000, name)
    })

  return (client) => (parameters, credentials) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const entered = enter(now)
        if (Either.isLeft(entered)) return Effect.fail(entered.left)
        calls++
        return restore(call(client, parameters, credentials)).pipe(
          Effect.onExit((exit) => ended(entered.right, now, exit)),
          Effect.catchAll((error) => {
            const failure = Failure.failureOf(error, mode)
            return Effect.zipRight(
              warn(error, failure, name),
              Effect.fail<CloudFailure>({ failure, isOutage: Failure.isOutage(error) })
            )
          })
        )
      })
    )
}
