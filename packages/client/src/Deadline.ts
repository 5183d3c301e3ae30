/**
 * Time limits that are cheap if the time is not exceeded, which is the usual case. `Effect.timeoutFail` forks the effect and
 * the clock's sleep, and interrupts and awaits one of them: two nested limits cost four times as much as here.
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

/** The longest delay of JavaScript's timers, 24 days. They treat a longer one as 1 ms, so it must mean no limit. */
export const maxTimerMillis = 2_147_483_647

/** Removes the interruptions by one fiber from a cause. */
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

/** The time limit of an effect. */
export interface Bounds<E2> {
  /** After this time the effect is interrupted. */
  readonly duration: Duration.Duration
  /** The error if the time limit is exceeded. */
  readonly onTimeout: () => E2
  /** Called with every exit. */
  readonly onEnd?: (exit: Exit.Exit<unknown, unknown>, fiber: Fiber.RuntimeFiber<unknown, unknown>) => void
}

/**
 * Runs on the current fiber. At the time limit the fiber is interrupted with a unique ID; that interruption is then removed
 * and becomes the failure. Any other interruption is kept.
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
      millis > maxTimerMillis
        ? undefined
        : setTimeout(() => {
            by = FiberId.unsafeMake()
            fiber.unsafeInterruptAsFork(by)
          }, millis)
    const removeInterrupt = (by: FiberId.FiberId) =>
      FiberRef.update(FiberRef.interruptedCause, (cause) => withoutInterruptsBy(cause, by))
    const end = (exit: Exit.Exit<A, E | E2>): Effect.Effect<A, E | E2> => {
      onEnd?.(exit, fiber)
      return exit
    }
    return Effect.matchCauseEffect(restore(effect), {
      onSuccess: (value) => {
        clearTimeout(timer)
        const exit = end(Exit.succeed(value))
        // The timer may have fired just before the effect succeeded.
        return by === undefined ? exit : Effect.zipRight(removeInterrupt(by), exit)
      },
      onFailure: (cause): Effect.Effect<A, E | E2> => {
        clearTimeout(timer)
        if (by === undefined) return end(Exit.failCause(cause))
        const others = withoutInterruptsBy(cause, by)
        const exit = end(Cause.isEmpty(others) ? Exit.fail(onTimeout()) : Exit.failCause(others))
        return Effect.zipRight(removeInterrupt(by), exit)
      }
    })
  })

/**
 * A limit nested in `bounded`, always on the current fiber. At the time limit the fiber's children are interrupted too, so
 * nothing else may have forked on it.
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
 * Whether a fiber may have live children. Effect keeps them in a private field; if a later version removes it, the result
 * is true to be safe.
 */
const mayHaveChildren = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean => {
  const children: unknown = "_children" in fiber ? fiber._children : undefined
  return !(children === null || (children instanceof Set && children.size === 0))
}

const onOwnFiber = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(restore(effect)), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => Fiber.interrupt(fiber))
    )
  )

/**
 * Fails if the effect exceeds the time limit, like `Effect.timeoutFail`, which it uses if the clock is not the machine's.
 * Fibers that the caller has forked are not interrupted.
 */
export const bounded =
  <E2>(bounds: Bounds<E2>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> => {
    const within = boundedWithin(bounds)(effect)
    return Effect.withFiberRuntime<A, E | E2, R>((fiber) => (mayHaveChildren(fiber) ? onOwnFiber(within) : within))
  }
