import type { ErrorContext, ListHotspotSessionConfigError, RetryStop } from "@hotspot-session/core"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { AttemptFailure } from "./Attempt.js"
import type { RetryPolicy } from "./RetryPolicy.js"
import { type RetryQuota, retryCost, timeoutRetryCost } from "./RetryQuota.js"
import * as Telemetry from "./Telemetry.js"

/** What bounds the attempts of a call. */
export interface Bounds {
  readonly policy: RetryPolicy
  readonly quota: RetryQuota
  /** How long the whole call may take. */
  readonly timeout: Duration.Duration
}

const withRetryStop = <E extends ListHotspotSessionConfigError>(error: E, retry_stop: RetryStop | undefined): E => {
  if (retry_stop === undefined) return error
  // Every class of the union is constructed from its own fields, which the type of `constructor` does not say.
  const Class = error.constructor as new (fields: ErrorContext) => E
  return new Class({ ...error, retry_stop })
}

const isTimeout = (error: ListHotspotSessionConfigError): boolean =>
  error._tag === "TransportError" && error.reason === "timeout"

/**
 * Makes attempts, numbered from 1, until one succeeds or the policy, the quota or the deadline ends the call. A delay that
 * would pass the deadline is not begun: the call then ends with the error that it has.
 */
export const retrying = <A, R>(
  operation: string,
  attempt: (attempts: number) => Effect.Effect<A, AttemptFailure, R>,
  { policy, quota, timeout }: Bounds
): Effect.Effect<A, ListHotspotSessionConfigError, R> =>
  Effect.clockWith((clock) => {
    const began = clock.unsafeCurrentTimeMillis()
    const loop = (attempts: number, refreshed: boolean): Effect.Effect<A, ListHotspotSessionConfigError, R> =>
      Effect.matchEffect(attempt(attempts), {
        onSuccess: (value) => {
          quota.give()
          return Effect.succeed(value)
        },
        onFailure: (failure) =>
          Effect.gen(function* () {
            const { error } = failure
            const freshCredentials = failure.freshCredentials && !refreshed
            const elapsed = Duration.millis((yield* Clock.currentTimeMillis) - began)
            const decision = yield* policy.decide({ error, attempts, elapsed, freshCredentials })
            if (decision._tag === "Stop") return yield* withRetryStop(error, decision.why)
            if (Duration.greaterThanOrEqualTo(Duration.sum(elapsed, decision.delay), timeout)) {
              return yield* withRetryStop(error, "elapsed")
            }
            if (!freshCredentials && !quota.take(isTimeout(error) ? timeoutRetryCost : retryCost)) {
              return yield* withRetryStop(error, "quota")
            }
            yield* Effect.logDebug(
              `${operation}: attempt ${attempts} failed, the next one in ${Duration.format(decision.delay)}`
            ).pipe(Effect.annotateLogs({ error: error._tag, message: error.message }))
            yield* Telemetry.countRetry(operation, error._tag)
            yield* Effect.sleep(decision.delay)
            return yield* loop(attempts + 1, refreshed || freshCredentials)
          })
      })
    return loop(1, false)
  })
