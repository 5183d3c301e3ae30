/** Times for durations and time limits, by a clock that cannot be set. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

const millis = (nanos: bigint): number => Number(nanos) / 1e6

/**
 * Milliseconds by a clock that cannot be set. They agree with the wall clock when the process starts, and no longer once that
 * is set or the machine has been suspended.
 *
 * @category conversions
 * @since 0.1.0
 */
export const millisOf = (clock: Clock.Clock): number => millis(clock.unsafeCurrentTimeNanos())

/**
 * The milliseconds of the fiber's clock, as {@link millisOf} returns them.
 *
 * @example
 * import { Monotonic } from "@hotspot-session/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const startedAt = yield* Monotonic.currentMillis
 *   yield* Effect.sleep("20 millis")
 *   return (yield* Monotonic.currentMillis) - startedAt
 * })
 *
 * @category constructors
 * @since 0.1.0
 */
export const currentMillis: Effect.Effect<number> = Effect.map(Clock.currentTimeNanos, millis)
