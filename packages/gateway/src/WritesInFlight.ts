import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"

/** The writes that have no response from the cloud yet. They are interrupted when the scope closes. */
export interface WritesInFlight {
  /** Completes a write if its client disconnects, so that its outcome is known here. */
  readonly complete: <A, E>(write: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** Succeeds when there is none. */
  readonly ended: Effect.Effect<void>
}

export const make: Effect.Effect<WritesInFlight, never, Scope.Scope> = Effect.map(
  FiberSet.make<unknown, unknown>(),
  (fibers): WritesInFlight => ({
    complete: (write) => Effect.flatMap(FiberSet.run(fibers, Effect.interruptible(write)), Fiber.join),
    ended: FiberSet.awaitEmpty(fibers)
  })
)
