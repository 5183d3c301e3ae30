/** Functions of `Effect` for the way of each call, at less cost. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

const isExit = <A, E>(effect: Effect.Effect<A, E>): effect is Exit.Exit<A, E> => Exit.isExit(effect)

/** Like `Effect.flatMap`, but goes on from what is known already without a step of the runtime. */
export const flatMap = <A, E, B, E2>(
  effect: Effect.Effect<A, E>,
  next: (value: A) => Effect.Effect<B, E2>
): Effect.Effect<B, E | E2> =>
  isExit(effect) && Exit.isSuccess(effect) ? next(effect.value) : Effect.flatMap(effect, next)

/** Like `Effect.mapError`, but takes no step of the runtime for what is known already. */
export const mapError = <A, E, E2>(effect: Effect.Effect<A, E>, map: (error: E) => E2): Effect.Effect<A, E2> =>
  isExit(effect) ? Exit.mapError(effect, map) : Effect.mapError(effect, map)

/** Like `onExit`, but not for an interruption. */
export const onSettled = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  cleanup: (exit: Exit.Exit<A, E>) => void
): Effect.Effect<A, E, R> => {
  const settled = (exit: Exit.Exit<A, E>): Exit.Exit<A, E> => {
    cleanup(exit)
    return exit
  }
  return Effect.matchCauseEffect(effect, {
    onFailure: (cause) => settled(Exit.failCause(cause)),
    onSuccess: (value) => settled(Exit.succeed(value))
  })
}

/** Like `Effect.onExit`, for a function that cannot fail. */
export const onExit = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  cleanup: (exit: Exit.Exit<A, E>) => void
): Effect.Effect<A, E, R> => Effect.uninterruptibleMask((restore) => onSettled(restore(effect), cleanup))
