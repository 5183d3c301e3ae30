import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/**
 * Milliseconds on a clock that nobody sets, for durations. It agrees with the wall clock when the process starts, and
 * no longer once that is set or the machine has been suspended.
 */
export const millisOf = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos()) / 1e6

export const currentMillis: Effect.Effect<number> = Effect.clockWith((clock) => Effect.succeed(millisOf(clock)))

/** What to add to these milliseconds now to get those of the wall clock, which people read and gateways share. */
export const wallOffset: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => clock.unsafeCurrentTimeMillis() - millisOf(clock))
)
