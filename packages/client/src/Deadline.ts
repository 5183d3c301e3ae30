/**
 * Time limits that cost little where they are kept, which is nearly always. `Effect.timeoutFail` forks the effect and the
 * clock's sleep, and interrupts and awaits one of them: ten times what is here.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"

const liveClock = Context.get(DefaultServices.liveServices, Clock.Clock)

/** Timers of JavaScript wait 24 days at most. A longer one is no limit; they would take it for 1 ms. */
const longestTimer = 2_147_483_647

/** A cause without the interruptions by one fiber. */
const withoutInterruptsBy = <E>(cause: Cause.Cause<E>, by: FiberId.FiberId): Cause.Cause<E> =>
  Cause.match(cause, {
    onEmpty: Cause.empty as Cause.Cause<E>,
    onFail: (error) => Cause.fail(error),
    onDie: (defect) => Cause.die(defect),
    onInterrupt: (fiberId) => (fiberId === by ? Cause.empty : Cause.interrupt(fiberId)),
    onSequential: (left, right) =>
      Cause.isEmpty(left) ? right : Cause.isEmpty(right) ? left : Cause.sequential(left, right),
    onParallel: (left, right) =>
      Cause.isEmpty(left) ? right : Cause.isEmpty(right) ? left : Cause.parallel(left, right)
  })

/**
 * On the fiber itself: when the time is over, it is interrupted, with an ID that nothing else has; here that interruption
 * is taken back again and becomes the failure. Any other interruption stays what it is.
 */
const onThisFiber = <A, E, R, E2>(
  effect: Effect.Effect<A, E, R>,
  millis: number,
  onTimeout: () => E2
): Effect.Effect<A, E | E2, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.withFiberRuntime((fiber) => {
      let by: FiberId.FiberId | undefined
      const timer = setTimeout(() => {
        by = FiberId.unsafeMake()
        fiber.unsafeInterruptAsFork(by)
      }, millis)
      const takeBack = (by: FiberId.FiberId) =>
        FiberRef.update(FiberRef.interruptedCause, (cause) => withoutInterruptsBy(cause, by))
      return Effect.matchCauseEffect(restore(effect), {
        onSuccess: (value): Effect.Effect<A> => {
          clearTimeout(timer)
          // It came at the last moment.
          return by === undefined ? Effect.succeed(value) : Effect.as(takeBack(by), value)
        },
        onFailure: (cause): Effect.Effect<never, E | E2> => {
          clearTimeout(timer)
          if (by === undefined) return Effect.failCause(cause)
          const others = withoutInterruptsBy(cause, by)
          const failure: Cause.Cause<E | E2> = Cause.isEmpty(others) ? Cause.fail(onTimeout()) : others
          return Effect.zipRight(takeBack(by), Effect.failCause(failure))
        }
      })
    })
  )

/**
 * Fails with `onTimeout` where the effect takes longer than this, and interrupts it then. As `Effect.timeoutFail`, which
 * it is where the clock is another than the machine's.
 */
export const within =
  <E2>(duration: Duration.Duration, onTimeout: () => E2) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> => {
    const millis = Duration.toMillis(duration)
    return Effect.clockWith((clock) => {
      if (clock !== liveClock) return Effect.timeoutFail(effect, { duration, onTimeout })
      return millis > longestTimer ? effect : onThisFiber(effect, millis, onTimeout)
    })
  }
