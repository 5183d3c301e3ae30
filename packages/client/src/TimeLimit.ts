import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

/** The longest delay of JavaScript's timers, 24 days. They treat a longer one as 1 ms, so it must mean no limit. */
export const maxTimerMillis = 2_147_483_647

const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** The clock of a fiber. */
export const clockOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Clock.Clock =>
  Context.get(fiber.currentDefaultServices, Clock.Clock)

/** Whether a clock is the machine's, so that JavaScript's timers go by it. */
export const isLive = (clock: Clock.Clock): boolean => clock === liveClock

/**
 * Like `Effect.timeoutTo`, with the limit in milliseconds. That one forks the effect and the clock's sleep, and interrupts
 * and awaits one of them, which costs more than everything else that a call does; here only the effect is forked, and not even
 * that if its result is known already.
 */
export const timeLimited = <A, E, R, E2>(
  effect: Effect.Effect<A, E, R>,
  millis: number,
  onTimeout: () => Effect.Effect<A, E2>
): Effect.Effect<A, E | E2, R> => {
  if (millis > maxTimerMillis || Exit.isExit(effect)) return effect
  const onTimer = Effect.uninterruptibleMask((restore) =>
    // Only this function can interrupt the fiber, also where its caller cannot be interrupted.
    Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), (fiber) => {
      const ended = Effect.async<A, E | E2>((resume) => {
        const timer = setTimeout(() => {
          resume(Effect.zipRight(Fiber.interrupt(fiber), Effect.suspend(onTimeout)))
        }, millis)
        fiber.addObserver((exit) => {
          clearTimeout(timer)
          resume(exit)
        })
        return Effect.sync(() => clearTimeout(timer))
      })
      return Effect.onInterrupt(restore(ended), () => Fiber.interrupt(fiber))
    })
  )
  return Effect.clockWith((clock) =>
    isLive(clock)
      ? onTimer
      : Effect.flatten(
          Effect.timeoutTo(Effect.interruptible(effect), {
            duration: Duration.millis(millis),
            onSuccess: Effect.succeed,
            onTimeout
          })
        )
  )
}
