import { describe, expect, it, vi } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, FiberRef, Option, TestClock } from "effect"
import { timeLimited } from "../src/TimeLimit.js"

const late = () => Effect.fail("late" as const)

describe("a time limit by the machine's clock", () => {
  it.scopedLive("does not affect an effect that ends in time, and keeps its FiberRefs and its kind of failure", () =>
    Effect.gen(function* () {
      const ref = yield* FiberRef.make("outer")
      const read = Effect.locally(timeLimited(FiberRef.get(ref), 1_000, late), ref, "inner")
      expect(yield* read).toBe("inner")
      expect(yield* Effect.flip(timeLimited(Effect.fail("error" as const), 1_000, late))).toBe("error")
      expect(yield* Effect.exit(timeLimited(Effect.die("defect"), 1_000, late))).toEqual(Exit.die("defect"))
    })
  )

  it.live("interrupts a late effect, and waits for its finalizers", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const effect = Effect.never.pipe(
        Effect.onInterrupt(() =>
          Effect.delay(
            Effect.sync(() => events.push("end")),
            5
          )
        )
      )
      expect(yield* Effect.flip(timeLimited(effect, 5, late))).toBe("late")
      expect(events).toEqual(["end"])
    })
  )

  it.live("also ends an effect whose caller cannot be interrupted", () =>
    Effect.gen(function* () {
      const limited = Effect.uninterruptible(timeLimited(Effect.delay(Effect.void, "1 minute"), 5, late))
      expect(yield* Effect.flip(limited)).toBe("late")
    })
  )

  it.effect("also ends it by another clock", () =>
    Effect.gen(function* () {
      const limited = Effect.uninterruptible(timeLimited(Effect.delay(Effect.void, "1 minute"), 5, late))
      const fiber = yield* Effect.fork(Effect.flip(limited))
      yield* TestClock.adjust(5)
      expect(yield* fiber).toBe("late")
    })
  )

  it.live("can be interrupted by the caller, and waits for the finalizers of the effect", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const started = yield* Deferred.make<void>()
      const effect = Effect.zipRight(Deferred.succeed(started, undefined), Effect.never).pipe(
        Effect.onInterrupt(() => Effect.sync(() => events.push("end")))
      )
      const fiber = yield* Effect.fork(timeLimited(effect, 10_000, late))
      yield* Deferred.await(started)
      const exit = yield* Fiber.interrupt(fiber)
      expect(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)).toBe(true)
      expect(events).toEqual(["end"])
    })
  )

  it.live("clears its timer when it is interrupted, also while the effect still ends", () =>
    Effect.gen(function* () {
      const set = vi.spyOn(globalThis, "setTimeout")
      const clear = vi.spyOn(globalThis, "clearTimeout")
      const started = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const effect = Effect.zipRight(Deferred.succeed(started, undefined), Effect.never).pipe(
        Effect.onInterrupt(() => Effect.zipRight(Deferred.succeed(interrupted, undefined), Deferred.await(ended)))
      )
      const fiber = yield* Effect.fork(timeLimited(effect, 12_345, late))
      yield* Deferred.await(started)
      yield* Effect.yieldNow()
      yield* Fiber.interruptFork(fiber)
      yield* Deferred.await(interrupted)
      const timer = set.mock.results[set.mock.calls.findIndex(([, millis]) => millis === 12_345)]?.value
      expect(timer).toBeDefined()
      expect(clear.mock.calls.map(([cleared]) => cleared)).toContain(timer)
      yield* Deferred.succeed(ended, undefined)
    }).pipe(Effect.ensuring(Effect.sync(() => vi.restoreAllMocks())))
  )

  it.live("does not apply if it is longer than the longest timer", () =>
    Effect.gen(function* () {
      expect(yield* timeLimited(Effect.delay(Effect.succeed(1), 5), Number.POSITIVE_INFINITY, late)).toBe(1)
      expect(yield* timeLimited(Effect.delay(Effect.succeed(1), 5), 2 ** 31, late)).toBe(1)
    })
  )
})

describe("a time limit by another clock", () => {
  it.effect("is exceeded by the time of that clock", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(timeLimited(Effect.never, 5_000, late)))
      yield* TestClock.adjust(4_999)
      expect(yield* Fiber.poll(fiber)).toEqual(Option.none())
      yield* TestClock.adjust(1)
      expect(yield* Fiber.join(fiber)).toBe("late")
    })
  )
})
