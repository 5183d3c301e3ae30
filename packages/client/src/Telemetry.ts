import * as Monotonic from "@hotspot-session/core/Monotonic"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import type * as MetricKeyType from "effect/MetricKeyType"
import * as MetricLabel from "effect/MetricLabel"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

const counter = (name: string, description: string): MetricKey.MetricKey.Counter<number> =>
  MetricKey.counter(name, { description, incremental: true })

const callsKey = counter("hotspot_session_client_calls_total", "Calls that ended, by outcome")
const attemptsKey = counter("hotspot_session_client_attempts_total", "Attempts that ended, by outcome")
const retriesKey = counter("hotspot_session_client_retries_total", "Attempts made after a failed one")
const callDurationKey = MetricKey.histogram(
  "hotspot_session_client_call_duration_seconds",
  MetricBoundaries.fromIterable([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]),
  "Duration of calls, retries included"
)

/**
 * Calls that ended, by `operation` and by `outcome`: `ok`, `interrupted`, `defect`, or the tag of the error.
 *
 * @category metrics
 * @since 0.1.0
 */
export const calls: Metric.Metric.Counter<number> = Metric.fromMetricKey(callsKey)

/**
 * Attempts that ended, by `operation` and by `outcome`: `ok`, `interrupted`, `defect`, or the tag of the error.
 *
 * @category metrics
 * @since 0.1.0
 */
export const attempts: Metric.Metric.Counter<number> = Metric.fromMetricKey(attemptsKey)

/**
 * Attempts that followed a failed one, by `operation` and by `reason`: the tag of the error that was retried.
 *
 * @category metrics
 * @since 0.1.0
 */
export const retries: Metric.Metric.Counter<number> = Metric.fromMetricKey(retriesKey)

/**
 * Duration of calls in seconds, retries included, by `operation`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const callDuration: Metric.Metric.Histogram<number> = Metric.fromMetricKey(callDurationKey)

const counters: ReadonlyMap<Metric.Metric.Counter<number>, MetricKey.MetricKey.Counter<number>> = new Map([
  [calls, callsKey],
  [attempts, attemptsKey],
  [retries, retriesKey]
])

/**
 * The value of one of the counters above, summed over all labels, or over those that have the given values. `Metric.value` of
 * the counter alone is 0, because each of its values has labels.
 *
 * @example
 * ```ts
 * import { Telemetry } from "@hotspot-session/client"
 *
 * const failedLists = Telemetry.total(Telemetry.calls, {
 *   operation: "listHotspotSessionConfig",
 *   outcome: "ServiceUnavailable"
 * })
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const total = (
  counter: Metric.Metric.Counter<number>,
  labels: Readonly<Record<string, string>> = {}
): Effect.Effect<number> =>
  Effect.map(Metric.snapshot, (pairs) =>
    pairs
      .filter(({ metricKey }) => metricKey.name === counters.get(counter)?.name)
      .filter(({ metricKey: { tags } }) =>
        Object.entries(labels).every(([name, label]) => tags.some(({ key, value }) => key === name && value === label))
      )
      .reduce(
        (sum, { metricState }) => sum + (MetricState.isCounterState(metricState) ? Number(metricState.count) : 0),
        0
      )
  )

const tagOf = (error: unknown): string =>
  Predicate.hasProperty(error, "_tag") && typeof error._tag === "string" ? error._tag : "unknown"

const outcomeOf = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.match(exit, {
    onSuccess: () => "ok",
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onSome: tagOf,
        onNone: () => (Cause.isInterrupted(cause) ? "interrupted" : "defect")
      })
  })

type Update = (value: number, fiber: Fiber.RuntimeFiber<unknown, unknown>) => void

/** The update of a fully tagged key. A metric of `Metric.tagged` would look its key up with every update. */
const updateOf = (key: MetricKey.MetricKey<MetricKeyType.MetricKeyType<number, unknown>>): Update => {
  const metric = Metric.fromMetricKey(key)
  return (value, fiber) => metric.unsafeUpdate(value, fiber.getFiberRef(FiberRef.currentMetricLabels))
}

/** Keeps what it makes for each name, of which there are few. */
const cached = <A>(make: (name: string) => A): ((name: string) => A) => {
  const made = new Map<string, A>()
  return (name) => {
    const found = made.get(name)
    if (found !== undefined) return found
    const value = make(name)
    made.set(name, value)
    return value
  }
}

/** The metrics of an operation. */
const metricsOf = cached((operation) => {
  const ofOperation = [MetricLabel.make("operation", operation)]
  const countBy = (key: MetricKey.MetricKey.Counter<number>, name: string) =>
    cached((value) => updateOf(MetricKey.taggedWithLabels(key, [...ofOperation, MetricLabel.make(name, value)])))
  return {
    call: countBy(callsKey, "outcome"),
    attempt: countBy(attemptsKey, "outcome"),
    retry: countBy(retriesKey, "reason"),
    duration: updateOf(MetricKey.taggedWithLabels(callDurationKey, ofOperation))
  }
})

/**
 * The metrics of one call, which runs in a fiber.
 *
 * @internal
 */
export class CallMetrics {
  private readonly metrics: ReturnType<typeof metricsOf>
  private readonly clock: Clock.Clock
  private readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  /** On the clock of `Monotonic`. */
  readonly startedAt: number
  private isAttempting = false

  constructor(operation: string, clock: Clock.Clock, fiber: Fiber.RuntimeFiber<unknown, unknown>) {
    this.metrics = metricsOf(operation)
    this.clock = clock
    this.fiber = fiber
    this.startedAt = Monotonic.millisOf(clock)
  }

  attemptStarted(): void {
    this.isAttempting = true
  }

  /** `outcome` is `ok` or the tag of the error. */
  attemptEnded(outcome: string): void {
    this.isAttempting = false
    this.metrics.attempt(outcome)(1, this.fiber)
  }

  /** `reason` is the tag of the error. */
  retried(reason: string): void {
    this.metrics.retry(reason)(1, this.fiber)
  }

  /** What interrupts a call, or is a defect of it, ends its attempt too. */
  callEnded(exit: Exit.Exit<unknown, unknown>): void {
    const outcome = outcomeOf(exit)
    if (this.isAttempting) this.attemptEnded(outcome)
    this.metrics.call(outcome)(1, this.fiber)
    this.metrics.duration((Monotonic.millisOf(this.clock) - this.startedAt) / 1000, this.fiber)
  }
}
