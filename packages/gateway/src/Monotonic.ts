import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/**
 * Milliseconds on a clock that nobody sets, for durations. It agrees with the wall clock when the process starts, so that
 * both may be compared roughly.
 */
export const millisOf = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

export const currentMillis: Effect.Effect<number> = Effect.clockWith((clock) => Effect.succeed(millisOf(clock)))
