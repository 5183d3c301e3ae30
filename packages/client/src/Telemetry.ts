import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"

const counter = (name: string, description: string): MetricKey.MetricKey.Counter<number> =>
  MetricKey.counter(name, { description, incremental: true })

const callsKey = counter("hotspot_session_client_calls_total", "Calls that ended, by outcome")
const attemptsKey = counter("hotspot_session_client_attempts_total", "Attempts that ended, by outcome")
const retriesKey = counter("hotspot_session_client_retries_total", "Attempts made after a failed one")
const callDurationKey = MetricKey.histogram(
  "hotspot_session_client_call_duration_seconds",
  MetricBoundaries.fromIterable([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]),
  "Time from a call to its end, retries included"
)

/**
 * Calls that ended, by `operation` and by `outcome`: `ok`, `interrupted`, `defect`, or the tag of the error.
 *
 * @category metrics
 */
export const calls: Metric.Metric.Counter<number> = Metric.fromMetricKey(callsKey)

/**
 * Attempts that ended, by `operation` and by `outcome`: `ok`, `interrupted`, `defect`, or the tag of the error.
 *
 * @category metrics
 */
export const attempts: Metric.Metric.Counter<number> = Metric.fromMetricKey(attemptsKey)

/**
 * Attempts that followed a failed one, by `operation` and by `reason`: the tag of the error that was tried again.
 *
 * @category metrics
 */
export const retries: Metric.Metric.Counter<number> = Metric.fromMetricKey(retriesKey)

/**
 * How long calls take, retries included, in seconds, by `operation`.
 *
 * @category metrics
 */
export const callDuration: Metric.Metric.Histogram<number> = Metric.fromMetricKey(callDurationKey)

const outcomeOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>): string =>
  Exit.match(exit, {
    onSuccess: () => "ok",
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onSome: (error) => error._tag,
        onNone: () => (Cause.isInterrupted(cause) ? "interrupted" : "defect")
      })
  })

/**
 * Counting by tags, of which there are few: an operation's outcomes. Of the tagged key, for a metric that `Metric.tagged`
 * makes looks its key up whenever it is updated.
 */
const tagged = (key: MetricKey.MetricKey.Counter<number>, name: string) => {
  const byTags = new Map<string, Effect.Effect<void>>()
  return (operation: string, value: string): Effect.Effect<void> => {
    const tags = `${operation} ${value}`
    const known = byTags.get(tags)
    if (known !== undefined) return known
    const labels = [MetricLabel.make("operation", operation), MetricLabel.make(name, value)]
    const made = Metric.increment(Metric.fromMetricKey(MetricKey.taggedWithLabels(key, labels)))
    byTags.set(tags, made)
    return made
  }
}

const countCall = tagged(callsKey, "outcome")
const countAttempt = tagged(attemptsKey, "outcome")

/** Counts an attempt when it ends. */
export const trackAttempt =
  (operation: string) =>
  <A, E extends { readonly _tag: string }, R>(attempt: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.onExit(attempt, (exit) => countAttempt(operation, outcomeOf(exit)))

/** Counts a call when it ends, and how long it took. */
export const trackCall = (operation: string) => {
  const duration = Metric.fromMetricKey(
    MetricKey.taggedWithLabels(callDurationKey, [MetricLabel.make("operation", operation)])
  )
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
export const countRetry: (operation: string, reason: string) => Effect.Effect<void> = tagged(retriesKey, "reason")
