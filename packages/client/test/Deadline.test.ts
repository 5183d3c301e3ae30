import { describe, expect, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Exit, Fiber, FiberId, FiberRef, Option, TestClock } from "effect"
import { bounded, boundedWithin } from "../src/Deadline.js"

const within = (millis: number, ended: Array<string> = []) =>
  bounded({
    duration: Duration.millis(millis),
    onTimeout: () => "too late" as const,
    onEnd: (exit) =>
      ended.push(Exit.isSuccess(exit) ? "ok" : Cause.isInterruptedOnly(exit.cause) ? "interrupted" : "failed")
  })

/** A limit that no effect reaches, in milliseconds. */
const neverReached = 30_000

describe("a timeout on the machine's clock", () => {
  it.live("does not affect an effect that ends in time", () =>
    Effect.gen(function* () {
      const ended: Array<string> = []
      expect(yield* within(neverReached, ended)(Effect.succeed(1))).toBe(1)
      expect(yield* within(neverReached, ended)(Effect.delay(Effect.succeed(2), "5 millis"))).toBe(2)
      expect(yield* Effect.flip(within(neverReached, ended)(Effect.fail("wrong")))).toBe("wrong")
      expect(yield* Effect.exit(within(neverReached, ended)(Effect.die("broken")))).toEqual(Exit.die("broken"))
      expect(ended).toEqual(["ok", "ok", "failed", "failed"])
    })
  )

  it.live("interrupts a late effect, waits for its finalizers, and keeps the fiber alive", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const late = Effect.never.pipe(
        Effect.onInterrupt(() => Effect.sync(() => log.push("interrupted"))),
        Effect.ensuring(
          Effect.delay(
            Effect.sync(() => log.push("finalized")),
            "5 millis"
          )
        )
      )
      expect(yield* Effect.flip(within(10, log)(late))).toBe("too late")
      expect(log).toEqual(["interrupted", "finalized", "failed"])
      // The interruption has been removed.
      yield* Effect.sleep("1 millis")
      expect(yield* FiberRef.get(FiberRef.interruptedCause)).toEqual(Cause.empty)
      expect(yield* Effect.delay(Effect.succeed("alive"), "1 millis")).toBe("alive")
    })
  )

  it.live("waits for an uninterruptible effect, like `Effect.timeoutFail`", () =>
    Effect.gen(function* () {
      let done = false
      const slow = Effect.uninterruptible(
        Effect.andThen(Effect.sleep("30 millis"), () => {
          done = true
        })
      )
      expect(yield* Effect.flip(within(5)(slow))).toBe("too late")
      expect(done).toBe(true)
      expect(yield* FiberRef.get(FiberRef.interruptedCause)).toEqual(Cause.empty)
      expect(yield* Effect.delay(Effect.succeed("alive"), "1 millis")).toBe("alive")
    })
  )

  it.live("keeps every other interruption", () =>
    Effect.gen(function* () {
      const ended: Array<string> = []
      const started = yield* Deferred.make<void>()
      const waiting = within(neverReached, ended)(Effect.zipRight(Deferred.succeed(started, undefined), Effect.never))
      const fiber = yield* Effect.fork(waiting)
      yield* Deferred.await(started)
      const exit = yield* Fiber.interruptAs(fiber, FiberId.none)
      expect(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)).toBe(true)
      expect(ended).toEqual(["interrupted"])
    })
  )

  it.live("stays interrupted if the timeout and an interruption coincide", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const waiting = within(20)(
        Effect.zipRight(Deferred.succeed(started, undefined), Effect.uninterruptible(Effect.sleep("60 millis")))
      )
      let continued = false
      const fiber = yield* Effect.fork(
        Effect.zipRight(
          waiting,
          Effect.sync(() => (continued = true))
        )
      )
      yield* Deferred.await(started)
      const exit = yield* Fiber.interrupt(fiber)
      expect(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)).toBe(true)
      expect(continued).toBe(false)
    })
  )

  it.live("fails with the inner or the outer timeout, whichever is exceeded first", () =>
    Effect.gen(function* () {
      const inner = boundedWithin({ duration: Duration.millis(neverReached), onTimeout: () => "inner" as const })
      const outer = bounded({ duration: Duration.millis(10), onTimeout: () => "outer" as const })
      expect(yield* Effect.flip(outer(inner(Effect.never)))).toBe("outer")
      expect(yield* Effect.flip(inner(outer(Effect.never)))).toBe("outer")
      const recovers = Effect.catchAll(outer(Effect.never), () => Effect.delay(Effect.succeed("again"), "1 millis"))
      expect(yield* inner(recovers)).toBe("again")
    })
  )

  it.live("does not interrupt other fibers that the caller has forked", () =>
    Effect.gen(function* () {
      const other = yield* Effect.fork(Effect.never)
      const attempt = boundedWithin({ duration: Duration.millis(5), onTimeout: () => "attempt" as const })
      expect(yield* Effect.flip(within(5)(Effect.never))).toBe("too late")
      expect(yield* Effect.flip(within(neverReached)(attempt(Effect.never)))).toBe("attempt")
      expect(yield* within(neverReached)(Effect.orElseSucceed(attempt(Effect.never), () => "again"))).toBe("again")
      yield* Effect.sleep("5 millis")
      expect(yield* Fiber.poll(other)).toEqual(Option.none())
      yield* Fiber.interrupt(other)
    })
  )

  it.live("uses a separate fiber only if the caller has forked another one", () =>
    Effect.gen(function* () {
      const own = yield* Effect.fiberId
      expect(yield* within(neverReached)(Effect.fiberId)).toEqual(own)
      const other = yield* Effect.fork(Effect.never)
      expect(yield* within(neverReached)(Effect.fiberId)).not.toEqual(own)
      yield* Fiber.interrupt(other)
      expect(yield* within(neverReached)(Effect.fiberId)).toEqual(own)
    })
  )

  it.live("can be interrupted by the caller on a separate fiber too, and waits for its finalizers", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const started = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(
        Effect.gen(function* () {
          yield* Effect.fork(Effect.never)
          return yield* within(
            neverReached,
            log
          )(
            Effect.zipRight(Deferred.succeed(started, undefined), Effect.never).pipe(
              Effect.ensuring(
                Effect.delay(
                  Effect.sync(() => log.push("finalized")),
                  "5 millis"
                )
              )
            )
          )
        })
      )
      yield* Deferred.await(started)
      expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
      expect(log).toEqual(["finalized", "interrupted"])
    })
  )

  it.live("keeps the FiberRefs of the fiber", () =>
    Effect.gen(function* () {
      const ref = yield* FiberRef.make(1)
      yield* within(neverReached)(FiberRef.set(ref, 2))
      expect(yield* FiberRef.get(ref)).toBe(2)
      yield* Effect.fork(Effect.never)
      yield* within(neverReached)(FiberRef.set(ref, 3))
      expect(yield* FiberRef.get(ref)).toBe(3)
    }).pipe(Effect.scoped)
  )

  it.live("does not apply if it is longer than the longest timer", () =>
    Effect.gen(function* () {
      expect(yield* within(Number.POSITIVE_INFINITY)(Effect.delay(Effect.succeed(1), "5 millis"))).toBe(1)
      expect(yield* within(2 ** 40)(Effect.delay(Effect.succeed(1), "5 millis"))).toBe(1)
    })
  )
})

describe("a timeout on another clock", () => {
  it.effect("is exceeded when that clock advances", () =>
    Effect.gen(function* () {
      const ended: Array<string> = []
      const fiber = yield* Effect.fork(Effect.flip(within(1000, ended)(Effect.never)))
      yield* TestClock.adjust("999 millis")
      expect(ended).toEqual([])
      yield* TestClock.adjust("1 millis")
      expect(yield* Fiber.join(fiber)).toBe("too late")
      expect(ended).toEqual(["failed"])
    })
  )
})
