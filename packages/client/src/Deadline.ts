/**
 * Time limits that cost little where they are kept, which is nearly always. `Effect.timeoutFail` forks the effect and the
 * clock's sleep, and interrupts and awaits one of them: for two limits, one within the other, four times what is here.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
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

/** What an effect is bounded by, and who is told how it ended. */
export interface Bounds<E2> {
  /** How long it may take. It is interrupted then. */
  readonly duration: Duration.Duration
  /** What it fails with then. */
  readonly onTimeout: () => E2
  /** Told at the end, whatever it is. */
  readonly onEnd?: (exit: Exit.Exit<unknown, unknown>, fiber: Fiber.RuntimeFiber<unknown, unknown>) => void
}

/**
 * On the fiber itself: when the time is over, it is interrupted, with an ID that nothing else has; here that interruption
 * is taken back again and becomes the failure. Any other interruption stays what it is.
 */
const onThisFiber = <A, E, R, E2>(
  effect: Effect.Effect<A, E, R>,
  { duration, onEnd, onTimeout }: Bounds<E2>,
  fiber: Fiber.RuntimeFiber<A, E | E2>
): Effect.Effect<A, E | E2, R> =>
  Effect.uninterruptibleMask((restore) => {
    let by: FiberId.FiberId | undefined
    const millis = Duration.toMillis(duration)
    const timer =
      millis > longestTimer
        ? undefined
        : setTimeout(() => {
            by = FiberId.unsafeMake()
            fiber.unsafeInterruptAsFork(by)
          }, millis)
    const takeBack = (by: FiberId.FiberId) =>
      FiberRef.update(FiberRef.interruptedCause, (cause) => withoutInterruptsBy(cause, by))
    const end = (exit: Exit.Exit<A, E | E2>): Effect.Effect<A, E | E2> => {
      onEnd?.(exit, fiber)
      return exit
    }
    return Effect.matchCauseEffect(restore(effect), {
      onSuccess: (value) => {
        clearTimeout(timer)
        const exit = end(Exit.succeed(value))
        // It may have come at the last moment.
        return by === undefined ? exit : Effect.zipRight(takeBack(by), exit)
      },
      onFailure: (cause): Effect.Effect<A, E | E2> => {
        clearTimeout(timer)
        if (by === undefined) return end(Exit.failCause(cause))
        const others = withoutInterruptsBy(cause, by)
        const exit = end(Cause.isEmpty(others) ? Exit.fail(onTimeout()) : Exit.failCause(others))
        return Effect.zipRight(takeBack(by), exit)
      }
    })
  })

/**
 * A limit within `bounded`: like that, but on the same fiber. When the time is over, the fiber's children are interrupted as
 * well, so it must be one on which nothing else has forked.
 */
export const boundedWithin =
  <E2>(bounds: Bounds<E2>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.withFiberRuntime<A, E | E2, R>((fiber) => {
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      return clock === liveClock
        ? onThisFiber(effect, bounds, fiber)
        : Effect.onExit(Effect.timeoutFail(effect, bounds), (exit) => Effect.sync(() => bounds.onEnd?.(exit, fiber)))
    })

/**
 * Whether a fiber has forked others that live. Effect keeps them in a field that is not for others to see; where it is not
 * there any more, nobody knows, and there may be some.
 */
const mayHaveChildren = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean => {
  const children: unknown = "_children" in fiber ? fiber._children : undefined
  return !(children === null || (children instanceof Set && children.size === 0))
}

const onFiberOfItsOwn = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(restore(effect)), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => Fiber.interrupt(fiber))
    )
  )

/**
 * Fails where the effect takes longer than it may, like `Effect.timeoutFail`, which it is where the clock is another than
 * the machine's. What its caller has forked goes on.
 */
export const bounded =
  <E2>(bounds: Bounds<E2>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> => {
    const within = boundedWithin(bounds)(effect)
    return Effect.withFiberRuntime<A, E | E2, R>((fiber) => (mayHaveChildren(fiber) ? onFiberOfItsOwn(within) : within))
  }
