import type { Credentials, HotspotSession } from "@hotspot-session/client"
import type { CallError } from "@hotspot-session/core"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { CallResult, CircuitBreaker, Permit } from "./CircuitBreaker.js"
import * as Failure from "./Failure.js"
import type { JsonOperation } from "./JsonOperation.js"
import type { Metrics } from "./Metrics.js"
import { RequestId } from "./RequestId.js"
import type { RequestParameters } from "./RequestParameters.js"

/** Why a call failed. */
export interface UpstreamFailure {
  readonly failure: Failure.Failure
  /** Whether the upstream is unavailable, as opposed to refusing the request. */
  readonly isOutage: boolean
}

/** Calls an operation, whose result is JSON. */
export type CallUpstream = (
  operation: JsonOperation,
  values: RequestParameters["values"],
  credentials: Credentials.Service | undefined
) => Effect.Effect<Uint8Array, UpstreamFailure>

export interface Settings {
  /** Its name in metrics and logs; absent if it is the only one. */
  readonly name: string | undefined
  readonly mode: Failure.CredentialsMode
  readonly breaker: CircuitBreaker | undefined
  readonly maxCalls: number
  readonly metrics: Metrics
}

/** Neither a 429 nor a failure of IAM means that the upstream is unavailable. */
const resultOfError = (error: CallError): CallResult => {
  if (error._tag === "CredentialsError" || error._tag === "InvalidRequest") return "interrupted"
  if (error._tag === "TransportError") return "failed"
  return error._tag !== "DecodeError" && error.status >= 500 ? "failed" : "responded"
}

/** How a call ended: `result` for the breaker, `outcome` for the metrics. */
const resultOf = (exit: Exit.Exit<unknown, CallError>): { readonly result: CallResult; readonly outcome: string } =>
  Exit.match(exit, {
    onSuccess: () => ({ result: "responded", outcome: "ok" }),
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onSome: (error) => ({ result: resultOfError(error), outcome: error._tag }),
        onNone: () => ({ result: "interrupted", outcome: Cause.isInterruptedOnly(cause) ? "interrupted" : "defect" })
      })
  })

const logGatewayError = (error: CallError, failure: Failure.Failure, upstream: string | undefined) =>
  Failure.isGatewayError(failure)
    ? Effect.annotateLogs(Effect.logWarning(error.message), {
        error: error._tag,
        error_code: failure.error_code,
        ...(upstream === undefined ? {} : { cloud: upstream }),
        ...(error.hint === undefined ? {} : { hint: error.hint })
      })
    : Effect.void

/** An upstream. The clients that are passed to the result share its circuit breaker and its limit of calls. */
export const make = (settings: Settings): ((client: HotspotSession.Service) => CallUpstream) => {
  const { breaker, maxCalls, metrics, mode, name } = settings
  let calls = 0

  const call = (
    client: HotspotSession.Service,
    operation: JsonOperation,
    values: RequestParameters["values"],
    credentials: Credentials.Service | undefined
  ) =>
    Effect.flatMap(RequestId, (id) =>
      client.call(operation, values, { credentials, headers: id === "" ? {} : { "x-request-id": id } })
    )

  const acquire = (now: number): Either.Either<Permit, UpstreamFailure> => {
    if (calls >= maxCalls) {
      metrics.refused("calls")
      return Either.left({ failure: Failure.overloaded, isOutage: true })
    }
    const acquired = breaker?.acquire(now) ?? { allowed: true }
    if (acquired.allowed) return Either.right(acquired)
    metrics.refused("circuit")
    return Either.left({ failure: Failure.circuitOpen(acquired.retryAfter), isOutage: true })
  }

  const release = (permit: Permit, startedAt: number, exit: Exit.Exit<unknown, CallError>) =>
    Effect.zipWith(Clock.currentTimeMillis, Random.next, (now, random) => {
      calls--
      const { outcome, result } = resultOf(exit)
      breaker?.release(permit, result, now, random)
      metrics.upstream(outcome, (now - startedAt) / 1_000, name)
    })

  return (client) => (operation, values, credentials) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const acquired = acquire(now)
        if (Either.isLeft(acquired)) return Effect.fail(acquired.left)
        calls++
        return restore(call(client, operation, values, credentials)).pipe(
          Effect.onExit((exit) => release(acquired.right, now, exit)),
          Effect.catchAll((error) => {
            const failure = Failure.fromError(error, mode)
            return Effect.zipRight(
              logGatewayError(error, failure, name),
              Effect.fail<UpstreamFailure>({ failure, isOutage: Failure.isOutage(error) })
            )
          })
        )
      })
    )
}
