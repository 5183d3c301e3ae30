import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as Option from "effect/Option"

/**
 * Calls that ended, by `operation` and by `outcome`: `ok`, `interrupted`, `defect`, or the tag of the error.
 *
 * @category metrics
 */
export const calls = Metric.counter("hotspot_session_client_calls_total", {
  description: "Calls that ended, by outcome",
  incremental: true
})

/**
 * Attempts that ended, by `operation` and by `outcome`: `ok`, `interrupted`, `defect`, or the tag of the error.
 *
 * @category metrics
 */
export const attempts = Metric.counter("hotspot_session_client_attempts_total", {
  description: "Attempts that ended, by outcome",
  incremental: true
})

/**
 * Attempts that followed a failed one, by `operation` and by `reason`: the tag of the error that was tried again.
 *
 * @category metrics
 */
export const retries = Metric.counter("hotspot_session_client_retries_total", {
  description: "Attempts made after a failed one",
  incremental: true
})

/**
 * How long calls take, retries included, in seconds, by `operation`.
 *
 * @category metrics
 */
export const callDuration = Metric.histogram(
  "hotspot_session_client_call_duration_seconds",
  MetricBoundaries.fromIterable([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]),
  "Time from a call to its end, retries included"
)

const outcomeOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>): string =>
  Exit.match(exit, {
    onSuccess: () => "ok",
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onSome: (error) => error._tag,
        onNone: () => (Cause.isInterrupted(cause) ? "interrupted" : "defect")
      })
  })

/** Counters by their tags, of which there are few: an operation's outcomes. To tag a counter anew costs 10 µs. */
const tagged = (counter: Metric.Metric.Counter<number>, name: string) => {
  const byTags = new Map<string, Effect.Effect<void>>()
  return (operation: string, value: string): Effect.Effect<void> => {
    const key = `${operation} ${value}`
    const known = byTags.get(key)
    if (known !== undefined) return known
    const made = Metric.increment(Metric.tagged(Metric.tagged(counter, "operation", operation), name, value))
    byTags.set(key, made)
    return made
  }
}

const countCall = tagged(calls, "outcome")
const countAttempt = tagged(attempts, "outcome")

/** Counts an attempt when it ends. */
export const trackAttempt =
  (operation: string) =>
  <A, E extends { readonly _tag: string }, R>(attempt: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.onExit(attempt, (exit) => countAttempt(operation, outcomeOf(exit)))

/** Counts a call when it ends, and how long it took. */
export const trackCall = (operation: string) => {
  const duration = Metric.tagged(callDuration, "operation", operation)
  return <A, E extends { readonly _tag: string }, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.clockWith((clock) => {
      const began = clock.unsafeCurrentTimeMillis()
      return Effect.onExit(call, (exit) =>
        Effect.zipRight(
          countCall(operation, outcomeOf(exit)),
          Effect.suspend(() => Metric.update(duration, (clock.unsafeCurrentTimeMillis() - began) / 1000))
        )
      )
    })
}

/** Counts an attempt that follows a failed one: by the tag of the error. */
export const countRetry: (operation: string, reason: string) => Effect.Effect<void> = tagged(retries, "reason")
