import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/**
 * Without a listener, SIGHUP and SIGUSR2 end the process, and SIGUSR1 opens Node's inspector, through which every local user
 * could read the credentials.
 */
const signals = ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const

const ignore = () => {}

/** Keeps these signals from having an effect of their own. Other listeners still get them. */
export const ignoreSignals: Effect.Effect<void, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    for (const signal of signals) process.on(signal, ignore)
  }),
  () =>
    Effect.sync(() => {
      for (const signal of signals) process.off(signal, ignore)
    })
)
