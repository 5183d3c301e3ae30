import { Monotonic } from "@hotspot-session/core"
import * as Effect from "effect/Effect"

/** What to add to the milliseconds of `Monotonic` now to get those of the wall clock, which people read and gateways share. */
export const offset: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => clock.unsafeCurrentTimeMillis() - Monotonic.millisOf(clock))
)
