import { describe, expect, it } from "@effect/vitest"
import type { Credentials } from "@hotspot-session/client"
import { CredentialsError } from "@hotspot-session/core"
import {
  Cause,
  Clock,
  Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  Logger,
  LogLevel,
  Option,
  Ref,
  Scope,
  TestClock
} from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import * as CachedCredentials from "../src/CachedCredentials.js"

const lifetime = Duration.hours(24)
const margin = Duration.minutes(5)

const numbered = (nth: number): Credentials.Credential => ({ source: `token ${nth}`, authorize: Effect.succeed })

const down = new CredentialsError({ reason: "IAM is down", transient: true })

/** Fetches tokens 1, 2, 3…, each valid for 24 hours, after running `before`. */
const makeSource = (before: (nth: number) => Effect.Effect<void, CredentialsError> = () => Effect.void) =>
  Effect.gen(function* () {
    const fetches = yield* Ref.make(0)
    const fetch = Effect.gen(function* () {
      const nth = yield* Ref.updateAndGet(fetches, (n) => n + 1)
      yield* before(nth)
      const now = yield* Clock.currentTimeMillis
      return { credential: numbered(nth), expiresAt: now + Duration.toMillis(lifetime) }
    })
    const { get, invalidate } = yield* CachedCredentials.make(fetch, margin)
    return { fetches: Ref.get(fetches), get, currentSource: Effect.map(get, ({ source }) => source), invalidate }
  })

const rejected = new CredentialsError({ reason: "IAM does not know the password" })

const failIf = (isDown: Ref.Ref<boolean>) => () =>
  Effect.flatMap(Ref.get(isDown), (isDown) => (isDown ? Effect.fail(down) : Effect.void))

/** Completes the work that was started in the background. */
const backgroundWork = TestClock.adjust(0)

const thousand = Array.from({ length: 1000 }, (_, index) => index)

describe("an empty cache", () => {
  it.scoped("fetches once for 1,000 concurrent callers", () =>
    Effect.gen(function* () {
      const { fetches, currentSource } = yield* makeSource(() => Effect.sleep("1 seconds"))
      const all = yield* Effect.fork(Effect.forEach(thousand, () => currentSource, { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 seconds")
      expect(new Set(yield* Fiber.join(all))).toEqual(new Set(["token 1"]))
      expect(yield* fetches).toBe(1)
    })
  )

  it.scoped("reports a failure to all waiting callers and does not cache it", () =>
    Effect.gen(function* () {
      const { fetches, get, currentSource } = yield* makeSource((nth) =>
        nth === 1 ? Effect.zipRight(Effect.sleep("1 seconds"), Effect.fail(down)) : Effect.void
      )
      const all = yield* Effect.fork(Effect.forEach(thousand, () => Effect.flip(get), { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 seconds")
      expect(new Set(yield* Fiber.join(all))).toEqual(new Set([down]))
      expect(yield* currentSource).toBe("token 2")
      expect(yield* fetches).toBe(2)
    })
  )

  it.scoped("does not cache a defect", () =>
    Effect.gen(function* () {
      const { get, currentSource } = yield* makeSource((nth) => (nth === 1 ? Effect.dieMessage("broken") : Effect.void))
      expect(yield* Effect.exit(get)).toSatisfy(Exit.isFailure)
      expect(yield* currentSource).toBe("token 2")
    })
  )

  it.scoped("continues the fetch when the first caller is interrupted, even without other callers", () =>
    Effect.gen(function* () {
      const { fetches, currentSource } = yield* makeSource(() => Effect.sleep("10 seconds"))
      const first = yield* Effect.fork(currentSource)
      yield* TestClock.adjust("1 seconds")
      const others = yield* Effect.fork(Effect.forEach(thousand, () => currentSource, { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 seconds")
      expect(yield* Fiber.interrupt(first)).toSatisfy(Exit.isInterrupted)
      yield* TestClock.adjust("8 seconds")
      expect(new Set(yield* Fiber.join(others))).toEqual(new Set(["token 1"]))
      expect(yield* fetches).toBe(1)
    })
  )

  it.effect("fails instead of hanging when the scope closes or is already closed", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { get } = yield* Scope.extend(
        makeSource(() => Effect.never),
        scope
      )
      const waiting = yield* Effect.fork(get)
      yield* TestClock.adjust("1 seconds")
      yield* Scope.close(scope, Exit.void)
      const late = yield* Effect.fork(get)
      yield* TestClock.adjust("1 seconds")
      for (const fiber of [waiting, late]) {
        expect(Option.getOrThrow(yield* Fiber.poll(fiber))).toEqual(
          Exit.fail(expect.objectContaining({ _tag: "CredentialsError", reason: expect.stringContaining("closed") }))
        )
      }
    })
  )

  it.scoped(
    "fetches at most once in 30 seconds after a permanent failure, because wrong passwords lock the account",
    () =>
      Effect.gen(function* () {
        const { fetches, get } = yield* makeSource(() => Effect.fail(rejected))
        for (let call = 0; call < 100; call++) {
          expect(yield* Effect.flip(get)).toBe(rejected)
          yield* TestClock.adjust("299 millis")
        }
        expect(yield* fetches).toBe(1)
        yield* TestClock.adjust("100 millis")
        expect(yield* Effect.flip(get)).toBe(rejected)
        expect(yield* fetches).toBe(2)
      })
  )
})

describe("a fetch", () => {
  it.scoped("in the background that fails is logged, whether the failure is expected or not", () =>
    Effect.gen(function* () {
      for (const failure of [Effect.fail(down), Effect.dieMessage("IAM is down")]) {
        const logged: Array<string> = []
        const logger = Logger.make(({ cause, message }) => logged.push(`${message} ${Cause.pretty(cause)}`))
        const { currentSource } = yield* makeSource((nth) => (nth === 1 ? Effect.void : failure))
        const refreshed = Effect.gen(function* () {
          yield* currentSource
          yield* TestClock.adjust(Duration.subtract(lifetime, Duration.minutes(1)))
          expect(yield* currentSource).toBe("token 1")
          yield* backgroundWork
        })
        yield* Effect.provide(refreshed, Logger.replace(Logger.defaultLogger, logger))
        expect(logged).toEqual([expect.stringMatching(/credentials refresh failed.*IAM is down/s)])
      }
    })
  )

  it.scoped("that fails permanently, and in whose end another failure occurs, is not repeated either", () =>
    Effect.gen(function* () {
      const { fetches, get } = yield* makeSource(() => Effect.ensuring(Effect.fail(rejected), Effect.die("broken")))
      expect(yield* Effect.exit(get)).toSatisfy(Exit.isFailure)
      expect(yield* Effect.flip(get)).toBe(rejected)
      expect(yield* fetches).toBe(1)
    })
  )

  it.scoped("has the services of its credentials and the span of its caller, not the one they were made in", () =>
    Effect.gen(function* () {
      class Name extends Context.Tag("Name")<Name, string>() {}
      const fetch = Effect.gen(function* () {
        const name = `${yield* Name} in ${(yield* Effect.currentSpan).name}`
        return { credential: { source: name, authorize: Effect.succeed }, expiresAt: Number.POSITIVE_INFINITY }
      }).pipe(Effect.orDie)
      const { get } = yield* CachedCredentials.make(fetch, margin).pipe(
        Effect.provideService(Name, "the service"),
        Effect.withSpan("layer")
      )
      expect((yield* Effect.withSpan(get, "call")).source).toBe("the service in call")
    })
  )
})

describe("cached credentials", () => {
  it.scoped("are refreshed five minutes before they expire, and not earlier", () =>
    Effect.gen(function* () {
      const { fetches, currentSource } = yield* makeSource()
      expect(yield* currentSource).toBe("token 1")
      yield* TestClock.adjust(Duration.subtract(Duration.subtract(lifetime, margin), "1 millis"))
      expect(yield* currentSource).toBe("token 1")
      yield* TestClock.adjust("1 millis")
      expect(yield* currentSource).toBe("token 1")
      yield* backgroundWork
      expect(yield* currentSource).toBe("token 2")
      expect(yield* fetches).toBe(2)
    })
  )

  it.scoped("are refreshed at most every 30 seconds if their lifetime is shorter than the margin", () =>
    Effect.gen(function* () {
      const fetches = yield* Ref.make(0)
      const fetch = Effect.gen(function* () {
        const nth = yield* Ref.updateAndGet(fetches, (n) => n + 1)
        return { credential: numbered(nth), expiresAt: (yield* Clock.currentTimeMillis) + 240_000 }
      })
      const { get } = yield* CachedCredentials.make(fetch, margin)
      for (let call = 0; call < 60; call++) {
        yield* get
        yield* TestClock.adjust("10 seconds")
      }
      expect(yield* Ref.get(fetches)).toBe(20)
    })
  )

  it.scoped("are used during a refresh, however long it takes", () =>
    Effect.gen(function* () {
      const { fetches, currentSource } = yield* makeSource((nth) =>
        nth === 1 ? Effect.void : Effect.sleep("30 seconds")
      )
      yield* currentSource
      yield* TestClock.adjust(Duration.subtract(lifetime, margin))
      const all = yield* Effect.forEach(thousand, () => currentSource, { concurrency: "unbounded" })
      expect(new Set(all)).toEqual(new Set(["token 1"]))
      yield* TestClock.adjust("30 seconds")
      expect(yield* currentSource).toBe("token 2")
      expect(yield* fetches).toBe(2)
    })
  )

  it.scoped("are used until they expire if the refresh fails, then the error is reported", () =>
    Effect.gen(function* () {
      const isDown = yield* Ref.make(false)
      const { get, currentSource } = yield* makeSource(failIf(isDown))
      yield* get
      yield* Ref.set(isDown, true)
      yield* TestClock.adjust(Duration.subtract(lifetime, "1 millis"))
      expect(yield* currentSource).toBe("token 1")
      yield* backgroundWork
      expect(yield* currentSource).toBe("token 1")
      yield* TestClock.adjust("1 millis")
      expect(yield* Effect.flip(get)).toBe(down)
      yield* Ref.set(isDown, false)
      expect(yield* currentSource).toMatch(/^token \d+$/)
    })
  )

  it.scoped("are not used if they expire during a failing refresh", () =>
    Effect.gen(function* () {
      const { get } = yield* makeSource((nth) =>
        nth === 1 ? Effect.void : Effect.zipRight(Effect.sleep("30 seconds"), Effect.fail(down))
      )
      yield* get
      yield* TestClock.adjust(Duration.subtract(lifetime, "10 seconds"))
      yield* get
      yield* TestClock.adjust("10 seconds")
      const waiting = yield* Effect.fork(Effect.flip(get))
      yield* TestClock.adjust("20 seconds")
      expect(yield* Fiber.join(waiting)).toBe(down)
    })
  )

  it.scoped("are replaced by one fetch when 1,000 callers invalidate them", () =>
    Effect.gen(function* () {
      const { fetches, get, invalidate, currentSource } = yield* makeSource(() => Effect.sleep("1 seconds"))
      const first = yield* Effect.fork(get)
      yield* TestClock.adjust("1 seconds")
      const rejected = yield* Fiber.join(first)
      const again = yield* Effect.fork(
        Effect.forEach(thousand, () => Effect.zipRight(invalidate(rejected), currentSource), {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("1 seconds")
      expect(new Set(yield* Fiber.join(again))).toEqual(new Set(["token 2"]))
      expect(yield* fetches).toBe(2)
    })
  )

  it.scoped("stay if an older credential is invalidated late", () =>
    Effect.gen(function* () {
      const { fetches, get, invalidate, currentSource } = yield* makeSource()
      const old = yield* get
      expect(yield* invalidate(old)).toBe(true)
      expect(yield* currentSource).toBe("token 2")
      expect(yield* invalidate(old)).toBe(true)
      expect(yield* currentSource).toBe("token 2")
      expect(yield* fetches).toBe(2)
    })
  )

  it.scoped("are dropped for waiting callers if they are invalidated during a failing refresh", () =>
    Effect.gen(function* () {
      const { get, invalidate } = yield* makeSource((nth) =>
        nth === 1 ? Effect.void : Effect.zipRight(Effect.sleep("1 seconds"), Effect.fail(down))
      )
      const rejected = yield* get
      yield* TestClock.adjust(Duration.subtract(lifetime, margin))
      yield* get
      yield* TestClock.adjust("500 millis")
      yield* invalidate(rejected)
      const waiting = yield* Effect.fork(Effect.flip(get))
      yield* TestClock.adjust("500 millis")
      expect(yield* Fiber.join(waiting)).toBe(down)
    })
  )

  it.scoped("are those of the refresh in flight when the previous ones were invalidated", () =>
    Effect.gen(function* () {
      const { fetches, get, invalidate, currentSource } = yield* makeSource((nth) =>
        nth === 1 ? Effect.void : Effect.sleep("1 seconds")
      )
      const rejected = yield* get
      yield* TestClock.adjust(Duration.subtract(lifetime, margin))
      yield* get
      yield* TestClock.adjust("500 millis")
      yield* invalidate(rejected)
      const waiting = yield* Effect.fork(currentSource)
      yield* TestClock.adjust("500 millis")
      expect(yield* Fiber.join(waiting)).toBe("token 2")
      expect(yield* currentSource).toBe("token 2")
      expect(yield* fetches).toBe(2)
    })
  )
})

type Health = "up" | "down" | "rejecting"

type Step =
  | { readonly _tag: "Get" }
  | { readonly _tag: "Invalidate"; readonly back: number }
  | { readonly _tag: "Advance"; readonly millis: number }
  | { readonly _tag: "SetHealth"; readonly health: Health }

const millis = FC.oneof(
  FC.integer({ min: 1, max: Duration.toMillis(lifetime) }),
  // Durations near the margin, and within the backoff after a fetch.
  FC.integer({ min: Duration.toMillis(lifetime) - 400_000, max: Duration.toMillis(lifetime) }),
  FC.integer({ min: 1, max: 60_000 })
)

const steps = FC.array(
  FC.oneof(
    FC.constant<Step>({ _tag: "Get" }),
    FC.record({ _tag: FC.constant("Invalidate" as const), back: FC.integer({ min: 0, max: 2 }) }),
    FC.record({ _tag: FC.constant("Advance" as const), millis }),
    FC.record({ _tag: FC.constant("SetHealth" as const), health: FC.constantFrom<Health>("up", "down", "rejecting") })
  ),
  { maxLength: 40 }
)

it.scoped.prop(
  "never returns rejected or expired credentials and fetches only when needed, for any sequence of events",
  [steps],
  ([steps]) =>
    Effect.gen(function* () {
      const health = yield* Ref.make<Health>("up")
      const { fetches, get, invalidate } = yield* makeSource(() =>
        Effect.flatMap(Ref.get(health), (health) =>
          health === "up" ? Effect.void : Effect.fail(health === "down" ? down : rejected)
        )
      )
      const issued: Array<{ readonly credential: Credentials.Credential; readonly expiresAt: number }> = []
      let current: (typeof issued)[number] | undefined
      let backoffUntil = 0
      let wasRejected = false
      for (const step of steps) {
        switch (step._tag) {
          case "Get": {
            const before = yield* fetches
            const now = yield* Clock.currentTimeMillis
            const isValid = current !== undefined && now < current.expiresAt
            const isBackingOff = now < backoffUntil
            const isExpiring = current !== undefined && now >= current.expiresAt - Duration.toMillis(margin)
            const isFetchExpected = isValid ? isExpiring && !isBackingOff : !(isBackingOff && wasRejected)
            const isUp = (yield* Ref.get(health)) === "up"
            const credential = Option.getOrUndefined(yield* Effect.option(get))
            yield* backgroundWork
            expect((yield* fetches) - before).toBe(isFetchExpected ? 1 : 0)
            const expected = isValid
              ? current?.credential.source
              : isFetchExpected && isUp
                ? `token ${before + 1}`
                : undefined
            expect(credential?.source).toBe(expected)
            if (!isFetchExpected) break
            backoffUntil = now + 30_000
            wasRejected = (yield* Ref.get(health)) === "rejecting"
            if (!isUp) break
            current = { credential: yield* Effect.orDie(get), expiresAt: now + Duration.toMillis(lifetime) }
            expect(current.credential.source).toBe(`token ${before + 1}`)
            issued.push(current)
            break
          }
          case "Invalidate": {
            const old = issued.at(-1 - step.back)
            if (old === undefined) break
            yield* invalidate(old.credential)
            if (old === current) current = undefined
            break
          }
          case "Advance":
            yield* TestClock.adjust(step.millis)
            break
          case "SetHealth":
            yield* Ref.set(health, step.health)
        }
      }
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None)),
  { fastCheck: { numRuns: runs(100) } }
)

describe("a permanent failure of a background refresh", () => {
  it.scoped("is retried after 30 seconds, not with every call", () =>
    Effect.gen(function* () {
      const { fetches, currentSource } = yield* makeSource((nth) => (nth === 1 ? Effect.void : Effect.fail(down)))
      yield* currentSource
      yield* TestClock.adjust(Duration.subtract(lifetime, Duration.minutes(4)))
      for (let call = 0; call < 50; call++) {
        expect(yield* currentSource).toBe("token 1")
        yield* backgroundWork
      }
      expect(yield* fetches).toBe(2)
      yield* TestClock.adjust("30 seconds")
      expect(yield* currentSource).toBe("token 1")
      yield* backgroundWork
      expect(yield* fetches).toBe(3)
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
  )
})
