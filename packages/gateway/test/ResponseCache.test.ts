import { describe, expect, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Option, Random, TestClock } from "effect"
import * as ResponseCache from "../src/cache/ResponseCache.js"

type Failure = "outage" | "refusal"

const make = (settings: Partial<ResponseCache.Settings<Failure>> = {}) =>
  ResponseCache.make<Failure>({
    lifetimes: { fresh: 10_000, staleWhileRevalidate: 20_000, staleIfError: 70_000 },
    maxEntries: 100,
    maxBytes: 1_000_000,
    maxWait: 3_000,
    isOutage: (error) => error === "outage",
    etagOf: (body) => `"${new TextDecoder().decode(body)}"`,
    ...settings
  })

const bytes = (text: string) => new TextEncoder().encode(text)

/** An upstream that responds with `1`, `2` and so on after a second, or with `failure`. */
const makeUpstream = () => {
  const upstream = { calls: 0, interrupted: 0, failure: undefined as Failure | undefined, latency: 1_000 }
  const fetch: Effect.Effect<Uint8Array, Failure> = Effect.suspend(() => {
    const response = bytes(String(++upstream.calls))
    return Effect.sleep(upstream.latency).pipe(
      Effect.zipRight(
        Effect.suspend(() =>
          upstream.failure === undefined ? Effect.succeed(response) : Effect.fail(upstream.failure)
        )
      ),
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          upstream.interrupted++
        })
      )
    )
  })
  return Object.assign(upstream, { fetch })
}

const setup = (settings?: Parameters<typeof make>[0]) => {
  const cache = make(settings)
  const upstream = makeUpstream()
  const get = (key = "k") =>
    Effect.map(
      cache.get(key, upstream.fetch),
      ({ outcome, stored }) => `${outcome} ${new TextDecoder().decode(stored.body)}`
    )
  /** Gets the key, and advances the clock by the latency of the upstream. */
  const getAndWait = (key?: string) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.either(get(key)))
      yield* TestClock.adjust(upstream.latency)
      return yield* Effect.map(Fiber.join(fiber), (response) =>
        response._tag === "Right" ? response.right : response.left
      )
    })
  return { cache, upstream, get, getAndWait }
}

describe("sequential requests", () => {
  it.effect("are served a fresh response without a fetch", () =>
    Effect.gen(function* () {
      const { getAndWait, upstream, get } = setup()
      expect(yield* getAndWait()).toBe("miss 1")
      yield* TestClock.adjust("8999 millis")
      expect(yield* get()).toBe("hit 1")
      expect(upstream.calls).toBe(1)
    })
  )

  it.effect("are served a stale response at once, and one fetch runs in the background", () =>
    Effect.gen(function* () {
      const { getAndWait, cache, upstream, get } = setup()
      yield* getAndWait()
      yield* TestClock.adjust("10 seconds")
      const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      // A refresh is due, which `peek` does not start.
      expect(cache.peek("k", now)).toBeUndefined()
      expect([yield* get(), yield* get()]).toEqual(["stale 1", "stale 1"])
      expect(cache.peek("k", now)?.outcome).toBe("stale")
      yield* TestClock.adjust("1 seconds")
      expect(yield* get()).toBe("hit 2")
      expect(upstream.calls).toBe(2)
    })
  )

  it.effect("wait for a fetch if the response has expired", () =>
    Effect.gen(function* () {
      const { getAndWait, upstream } = setup()
      yield* getAndWait()
      yield* TestClock.adjust("31 seconds")
      expect(yield* getAndWait()).toBe("revalidated 2")
      expect(upstream.calls).toBe(2)
    })
  )

  it.effect("are served an expired response if the upstream is unavailable or slow", () =>
    Effect.gen(function* () {
      const { getAndWait, upstream, get } = setup()
      yield* getAndWait()
      yield* TestClock.adjust("31 seconds")
      upstream.failure = "outage"
      expect(yield* getAndWait()).toBe("stale 1")
      // Further requests do not wait.
      expect(yield* get()).toBe("stale 1")
      expect(upstream.calls).toBe(2)
      upstream.failure = undefined
      yield* TestClock.adjust("1 seconds")
      expect(yield* get()).toBe("stale 1")
      yield* TestClock.adjust("1 seconds")
      expect(yield* get()).toBe("hit 3")

      upstream.latency = 60_000
      yield* TestClock.adjust("31 seconds")
      const fiber = yield* Effect.fork(get())
      yield* TestClock.adjust("3 seconds")
      expect(yield* Fiber.join(fiber)).toBe("stale 3")
      yield* TestClock.adjust("57 seconds")
      expect(yield* get()).toBe("hit 4")
    })
  )

  it.effect("are not served a response that is older than all periods", () =>
    Effect.gen(function* () {
      const { getAndWait, upstream } = setup()
      yield* getAndWait()
      upstream.failure = "outage"
      yield* TestClock.adjust("100 seconds")
      expect(yield* getAndWait()).toBe("outage")
    })
  )

  it.effect("get failures, which are not cached", () =>
    Effect.gen(function* () {
      const { getAndWait, cache, upstream } = setup()
      for (const failure of ["outage", "refusal"] as const) {
        upstream.failure = failure
        expect(yield* getAndWait()).toBe(failure)
      }
      expect(upstream.calls).toBe(2)
      expect(cache.size()).toMatchObject({ entries: 0, bytes: 0 })
      upstream.failure = undefined
      expect(yield* getAndWait()).toBe("miss 3")
    })
  )

  for (const [state, age] of [
    ["stale", "11 seconds"],
    ["expired", "31 seconds"]
  ] as const) {
    it.effect(`get a refusal, which removes a response that was ${state}`, () =>
      Effect.gen(function* () {
        const { getAndWait, cache, upstream } = setup()
        yield* getAndWait()
        upstream.failure = "refusal"
        yield* TestClock.adjust(age)
        expect(yield* getAndWait()).toBe(state === "stale" ? "stale 1" : "refusal")
        expect(cache.size()).toMatchObject({ entries: 0, bytes: 0 })
        expect(yield* getAndWait()).toBe("refusal")
        upstream.failure = "outage"
        expect(yield* getAndWait()).toBe("outage")
      })
    )
  }
})

describe("an outage of ten minutes", () => {
  it.effect("serves every key stale, limits fetches, and refreshes every key once after it", () =>
    Effect.gen(function* () {
      const { upstream, get } = setup({
        lifetimes: { fresh: 10_000, staleWhileRevalidate: 60_000, staleIfError: 3_600_000 }
      })
      upstream.latency = 10
      const keys = Array.from({ length: 8 }, (_, index) => `key ${index}`)
      const all = Effect.forEach(keys, (key) => Effect.map(get(key), (response) => response.split(" ")[0]), {
        concurrency: "unbounded"
      })
      const warm = yield* Effect.fork(all)
      yield* TestClock.adjust("10 millis")
      expect(new Set(yield* Fiber.join(warm))).toEqual(new Set(["miss"]))
      yield* TestClock.adjust("10 seconds")
      upstream.failure = "outage"
      upstream.calls = 0
      for (let round = 0; round < 60; round++) {
        expect(new Set(yield* all)).toEqual(new Set(["stale"]))
        yield* TestClock.adjust("10 seconds")
      }
      // Half a minute of shorter delays, then 7.5 to 15 s between two attempts for a key, in steps of 10 s.
      expect(upstream.calls).toBeLessThan(55 * keys.length)
      upstream.failure = undefined
      upstream.calls = 0
      yield* all
      yield* TestClock.adjust("1 seconds")
      // The fetches are spread over time.
      expect(upstream.calls).toBeLessThan(keys.length)
      for (let second = 0; second < 8; second++) {
        yield* all
        yield* TestClock.adjust("1 seconds")
      }
      // One fetch for each key, and each response is fresh for ten seconds.
      expect(upstream.calls).toBe(keys.length)
      expect(new Set(yield* all)).toEqual(new Set(["hit"]))
    }).pipe(Effect.withRandom(Random.make("an outage")))
  )
})

describe("concurrent requests", () => {
  it.effect("for the same key make one fetch", () =>
    Effect.gen(function* () {
      const { upstream, get } = setup()
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1_000 }, () => get()),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 seconds")
      expect(new Set(yield* Fiber.join(fiber))).toEqual(new Set(["miss 1"]))
      expect(upstream.calls).toBe(1)
    })
  )

  it.effect("all get the failure or defect of their fetch", () =>
    Effect.gen(function* () {
      const { cache, upstream, get } = setup()
      upstream.failure = "outage"
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 10 }, () => Effect.flip(get())),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 seconds")
      expect(new Set(yield* Fiber.join(fiber))).toEqual(new Set(["outage"]))
      expect(upstream.calls).toBe(1)
      const exit = yield* Effect.exit(cache.get("k", Effect.die("boom")))
      expect(Exit.isFailure(exit) && Cause.isDie(exit.cause)).toBe(true)
      upstream.failure = undefined
      expect(cache.size().entries).toBe(0)
    })
  )

  it.effect("interrupt the fetch when the last of them is interrupted, and not before", () =>
    Effect.gen(function* () {
      const { upstream, get } = setup()
      const [first, second] = [yield* Effect.fork(get()), yield* Effect.fork(get())]
      yield* Effect.yieldNow()
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("500 millis")
      expect(upstream.interrupted).toBe(0)
      expect(yield* Fiber.join(second)).toBe("miss 1")
      const others = [yield* Effect.fork(get("other")), yield* Effect.fork(get("other"))]
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interruptAll(others)
      yield* TestClock.adjust(0)
      expect(upstream.interrupted).toBe(1)
      const last = yield* Effect.fork(get("other"))
      yield* TestClock.adjust("1 seconds")
      expect(yield* Fiber.join(last)).toBe("miss 3")
    })
  )

  it.effect("prefer of the local and the shared response the one closer to now, also if it is in the future", () =>
    Effect.gen(function* () {
      let sharedAt = 0
      const stored = () => ({ body: bytes("shared"), etag: '"shared"', readAt: sharedAt })
      const { getAndWait, upstream } = setup({
        shared: {
          get: () => Effect.sync(() => Option.some({ _tag: "Response", stored: stored() })),
          set: () => Effect.void,
          invalidate: () => Effect.void
        }
      })
      sharedAt = -1_000_000
      yield* getAndWait()
      yield* TestClock.adjust("31 seconds")
      upstream.failure = "outage"
      sharedAt = 72_000
      expect(yield* getAndWait()).toBe("stale 1")
    })
  )

  it.effect("do not interrupt a background fetch when they are interrupted", () =>
    Effect.gen(function* () {
      const { getAndWait, upstream, get } = setup()
      yield* getAndWait()
      yield* TestClock.adjust("31 seconds")
      const fiber = yield* Effect.fork(get())
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("500 millis")
      expect(upstream.interrupted).toBe(0)
      expect(yield* get()).toBe("hit 2")
    })
  )

  it.effect("join a fetch in flight, whether or not a response is cached", () =>
    Effect.gen(function* () {
      const { getAndWait, upstream, get } = setup()
      yield* getAndWait("a")
      yield* TestClock.adjust("31 seconds")
      const fibers = yield* Effect.all([Effect.fork(get("a")), Effect.fork(get("a")), Effect.fork(get("b"))])
      yield* TestClock.adjust("1 seconds")
      expect(yield* Fiber.joinAll(fibers)).toEqual(["revalidated 3", "revalidated 3", "miss 2"])
      expect(upstream.calls).toBe(3)
    })
  )

  it.effect("are not served the late result of an abandoned fetch", () =>
    Effect.gen(function* () {
      const cache = make()
      const latch = yield* Deferred.make<void>()
      const late = Effect.uninterruptible(Effect.as(Deferred.await(latch), bytes("late")))
      const abandoned = yield* Effect.fork(cache.get("k", late))
      yield* Effect.yieldNow()
      yield* TestClock.adjust(1)
      yield* Fiber.interrupt(abandoned)
      const served = yield* cache.get("k", Effect.succeed(bytes("new")))
      yield* Deferred.succeed(latch, undefined)
      yield* TestClock.adjust(1)
      expect(new TextDecoder().decode(served.stored.body)).toBe("new")
      expect((yield* cache.get("k", Effect.never)).stored.etag).toBe('"new"')
    })
  )
})

describe("the size of the cache", () => {
  it.effect("is bounded by maxEntries; the least recently used entry is evicted first", () =>
    Effect.gen(function* () {
      const { getAndWait, cache, get } = setup({ maxEntries: 2 })
      for (const key of ["a", "b"]) yield* getAndWait(key)
      expect(yield* get("a")).toBe("hit 1")
      yield* getAndWait("c")
      expect(cache.size()).toMatchObject({ entries: 2, evictions: 1 })
      expect(yield* get("a")).toBe("hit 1")
      expect(yield* getAndWait("b")).toBe("miss 4")
    })
  )

  it.effect("is bounded by maxBytes", () =>
    Effect.gen(function* () {
      const cache = make({ maxEntries: 100_000, maxBytes: 100_000 })
      const body = new Uint8Array(1_000)
      for (let index = 0; index < 10_000; index++) yield* cache.get(`key ${index}`, Effect.succeed(body))
      const { bytes, entries, evictions } = cache.size()
      expect(bytes).toBeLessThanOrEqual(100_000)
      expect(entries).toBeGreaterThan(50)
      expect(entries + evictions).toBe(10_000)
      yield* cache.get("huge", Effect.succeed(new Uint8Array(100_000)))
      expect(cache.size()).toEqual({ bytes, entries, evictions })
    })
  )
})

describe("stop", () => {
  it.effect("interrupts fetches in flight", () =>
    Effect.gen(function* () {
      const { cache, upstream, get } = setup()
      const fiber = yield* Effect.fork(Effect.exit(get()))
      yield* Effect.yieldNow()
      yield* TestClock.adjust(1)
      yield* cache.stop
      expect(upstream.interrupted).toBe(1)
      expect(Exit.isInterrupted(yield* Fiber.join(fiber))).toBe(true)
    })
  )
})
