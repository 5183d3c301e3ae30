import type { ErrorContext, ListHotspotSessionConfigError, RetryStop } from "@hotspot-session/core"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { AttemptFailure } from "./Attempt.js"
import type { RetryPolicy } from "./RetryPolicy.js"
import { type RetryQuota, retryCost, timeoutRetryCost } from "./RetryQuota.js"
import * as Telemetry from "./Telemetry.js"

/** The limits on the attempts of a call. */
export interface Bounds {
  readonly policy: RetryPolicy
  readonly quota: RetryQuota
  /** Time limit of the whole call. */
  readonly timeout: Duration.Duration
}

const withRetryStop = <E extends ListHotspotSessionConfigError>(error: E, retry_stop: RetryStop | undefined): E => {
  if (retry_stop === undefined) return error
  // Every class of the union is constructed from its own fields, which the type of `constructor` does not express.
  const Class = error.constructor as new (fields: ErrorContext) => E
  return new Class({ ...error, retry_stop })
}

const isTimeout = (error: ListHotspotSessionConfigError): boolean =>
  error._tag === "TransportError" && error.reason === "timeout"

/**
 * Makes attempts, numbered from 1, until one succeeds or the policy, the quota or the deadline ends the call. If a delay
 * would exceed the deadline, the call fails immediately with the current error.
 */
export const retrying = <A, R>(
  operation: string,
  attempt: (attempts: number) => Effect.Effect<A, AttemptFailure, R>,
  { policy, quota, timeout }: Bounds
): Effect.Effect<A, ListHotspotSessionConfigError, R> =>
  Effect.clockWith((clock) => {
    const startedAt = clock.unsafeCurrentTimeMillis()
    const loop = (attempts: number, hasRefreshed: boolean): Effect.Effect<A, ListHotspotSessionConfigError, R> =>
      Effect.matchEffect(attempt(attempts), {
        onSuccess: (value) => {
          quota.give()
          return Effect.succeed(value)
        },
        onFailure: (failure) =>
          Effect.gen(function* () {
            const { error } = failure
            const freshCredentials = failure.freshCredentials && !hasRefreshed
            const elapsed = Duration.millis((yield* Clock.currentTimeMillis) - startedAt)
            const decision = yield* policy.decide({ error, attempts, elapsed, freshCredentials })
            if (decision._tag === "Stop") return yield* withRetryStop(error, decision.why)
            if (Duration.greaterThanOrEqualTo(Duration.sum(elapsed, decision.delay), timeout)) {
              return yield* withRetryStop(error, "elapsed")
            }
            if (!freshCredentials && !quota.take(isTimeout(error) ? timeoutRetryCost : retryCost)) {
              return yield* withRetryStop(error, "quota")
            }
            yield* Effect.logDebug(
              `${operation}: attempt ${attempts} failed, retrying in ${Duration.format(decision.delay)}`
            ).pipe(Effect.annotateLogs({ error: error._tag, message: error.message }))
            yield* Telemetry.countRetry(operation, error._tag)
            yield* Effect.sleep(decision.delay)
            return yield* loop(attempts + 1, hasRefreshed || freshCredentials)
          })
      })
    return loop(1, false)
  })
