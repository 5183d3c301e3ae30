import { describe, expect, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Random, TestClock } from "effect"
import * as ResponseCache from "../src/cache/ResponseCache.js"

type Failure = "outage" | "refusal"

const make = (settings: Partial<ResponseCache.Settings<Failure>> = {}) =>
  ResponseCache.make<Failure>({
    spans: { fresh: 10_000, staleWhileRevalidate: 20_000, staleIfError: 70_000 },
    maxEntries: 100,
    maxBytes: 1_000_000,
    patience: 3_000,
    isOutage: (error) => error === "outage",
    etagOf: (body) => `"${new TextDecoder().decode(body)}"`,
    ...settings
  })

const bytes = (text: string) => new TextEncoder().encode(text)

/** A cloud that answers `1`, `2` and so on, or fails as it is told, after a second. */
const makeCloud = () => {
  const cloud = { asked: 0, interrupted: 0, failure: undefined as Failure | undefined, latency: 1_000 }
  const fetch: Effect.Effect<Uint8Array, Failure> = Effect.suspend(() => {
    const answer = bytes(String(++cloud.asked))
    return Effect.sleep(cloud.latency).pipe(
      Effect.zipRight(
        Effect.suspend(() => (cloud.failure === undefined ? Effect.succeed(answer) : Effect.fail(cloud.failure)))
      ),
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          cloud.interrupted++
        })
      )
    )
  })
  return Object.assign(cloud, { fetch })
}

const setup = (settings?: Parameters<typeof make>[0]) => {
  const cache = make(settings)
  const cloud = makeCloud()
  const get = (key = "k") =>
    Effect.map(
      cache.get(key, cloud.fetch),
      ({ outcome, stored }) => `${outcome} ${new TextDecoder().decode(stored.body)}`
    )
  /** Asks, and lets the cloud have its second. */
  const ask = (key?: string) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.either(get(key)))
      yield* TestClock.adjust(cloud.latency)
      return yield* Effect.map(Fiber.join(fiber), (answer) => (answer._tag === "Right" ? answer.right : answer.left))
    })
  return { cache, cloud, get, ask }
}

describe("one caller after the other", () => {
  it.effect("is served what is fresh without asking", () =>
    Effect.gen(function* () {
      const { ask, cloud, get } = setup()
      expect(yield* ask()).toBe("miss 1")
      yield* TestClock.adjust("8999 millis")
      expect(yield* get()).toBe("hit 1")
      expect(cloud.asked).toBe(1)
    })
  )

  it.effect("is served what is stale at once, and the cloud is asked once in the background", () =>
    Effect.gen(function* () {
      const { ask, cache, cloud, get } = setup()
      yield* ask()
      yield* TestClock.adjust("10 seconds")
      const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      // There is something to do, which looking does not.
      expect(cache.peek("k", now)).toBeUndefined()
      expect([yield* get(), yield* get()]).toEqual(["stale 1", "stale 1"])
      expect(cache.peek("k", now)?.outcome).toBe("stale")
      yield* TestClock.adjust("1 seconds")
      expect(yield* get()).toBe("hit 2")
      expect(cloud.asked).toBe(2)
    })
  )

  it.effect("waits for what has expired", () =>
    Effect.gen(function* () {
      const { ask, cloud } = setup()
      yield* ask()
      yield* TestClock.adjust("31 seconds")
      expect(yield* ask()).toBe("revalidated 2")
      expect(cloud.asked).toBe(2)
    })
  )

  it.effect("is served what has expired where the cloud is unavailable or slow", () =>
    Effect.gen(function* () {
      const { ask, cloud, get } = setup()
      yield* ask()
      yield* TestClock.adjust("31 seconds")
      cloud.failure = "outage"
      expect(yield* ask()).toBe("stale 1")
      // From now on nobody waits.
      expect(yield* get()).toBe("stale 1")
      expect(cloud.asked).toBe(2)
      cloud.failure = undefined
      yield* TestClock.adjust("1 seconds")
      expect(yield* get()).toBe("stale 1")
      yield* TestClock.adjust("1 seconds")
      expect(yield* get()).toBe("hit 3")

      cloud.latency = 60_000
      yield* TestClock.adjust("31 seconds")
      const fiber = yield* Effect.fork(get())
      yield* TestClock.adjust("3 seconds")
      expect(yield* Fiber.join(fiber)).toBe("stale 3")
      yield* TestClock.adjust("57 seconds")
      expect(yield* get()).toBe("hit 4")
    })
  )

  it.effect("is not served what is too old", () =>
    Effect.gen(function* () {
      const { ask, cloud } = setup()
      yield* ask()
      cloud.failure = "outage"
      yield* TestClock.adjust("100 seconds")
      expect(yield* ask()).toBe("outage")
    })
  )

  it.effect("is told of a failure, which is not kept", () =>
    Effect.gen(function* () {
      const { ask, cache, cloud } = setup()
      for (const failure of ["outage", "refusal"] as const) {
        cloud.failure = failure
        expect(yield* ask()).toBe(failure)
      }
      expect(cloud.asked).toBe(2)
      expect(cache.size()).toMatchObject({ entries: 0, bytes: 0 })
      cloud.failure = undefined
      expect(yield* ask()).toBe("miss 3")
    })
  )

  for (const [state, age] of [
    ["stale", "11 seconds"],
    ["expired", "31 seconds"]
  ] as const) {
    it.effect(`is told of a refusal and served nothing any more, where it was ${state}`, () =>
      Effect.gen(function* () {
        const { ask, cache, cloud } = setup()
        yield* ask()
        cloud.failure = "refusal"
        yield* TestClock.adjust(age)
        expect(yield* ask()).toBe(state === "stale" ? "stale 1" : "refusal")
        expect(cache.size()).toMatchObject({ entries: 0, bytes: 0 })
        expect(yield* ask()).toBe("refusal")
        cloud.failure = "outage"
        expect(yield* ask()).toBe("outage")
      })
    )
  }
})

describe("an outage", () => {
  it.effect("of ten minutes: every key keeps answering, the cloud is left alone, and then all is fresh", () =>
    Effect.gen(function* () {
      const { cloud, get } = setup({
        spans: { fresh: 10_000, staleWhileRevalidate: 60_000, staleIfError: 3_600_000 }
      })
      cloud.latency = 10
      const keys = Array.from({ length: 16 }, (_, index) => `key ${index}`)
      const all = Effect.forEach(keys, (key) => Effect.map(get(key), (answer) => answer.split(" ")[0]), {
        concurrency: "unbounded"
      })
      const warm = yield* Effect.fork(all)
      yield* TestClock.adjust("10 millis")
      expect(new Set(yield* Fiber.join(warm))).toEqual(new Set(["miss"]))
      yield* TestClock.adjust("10 seconds")
      cloud.failure = "outage"
      cloud.asked = 0
      for (let round = 0; round < 60; round++) {
        expect(new Set(yield* all)).toEqual(new Set(["stale"]))
        yield* TestClock.adjust("10 seconds")
      }
      // Half a minute of shorter pauses, then 7.5 to 15 s between two tries of a key, seen in steps of 10 s.
      expect(cloud.asked).toBeLessThan(55 * keys.length)
      cloud.failure = undefined
      cloud.asked = 0
      yield* all
      yield* TestClock.adjust("1 seconds")
      // Not all at once.
      expect(cloud.asked).toBeLessThan(keys.length)
      for (let second = 0; second < 8; second++) {
        yield* all
        yield* TestClock.adjust("1 seconds")
      }
      // Once each, and all of them are good for ten seconds from when they were asked for.
      expect(cloud.asked).toBe(keys.length)
      expect(new Set(yield* all)).toEqual(new Set(["hit"]))
    }).pipe(Effect.withRandom(Random.make("an outage")))
  )
})

describe("callers at the same time", () => {
  it.effect("make one request, a thousand of them", () =>
    Effect.gen(function* () {
      const { cloud, get } = setup()
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1_000 }, () => get()),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 seconds")
      expect(new Set(yield* Fiber.join(fiber))).toEqual(new Set(["miss 1"]))
      expect(cloud.asked).toBe(1)
    })
  )

  it.effect("are all told of its failure, and of a defect", () =>
    Effect.gen(function* () {
      const { cache, cloud, get } = setup()
      cloud.failure = "outage"
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 10 }, () => Effect.flip(get())),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 seconds")
      expect(new Set(yield* Fiber.join(fiber))).toEqual(new Set(["outage"]))
      expect(cloud.asked).toBe(1)
      const exit = yield* Effect.exit(cache.get("k", Effect.die("boom")))
      expect(Exit.isFailure(exit) && Cause.isDie(exit.cause)).toBe(true)
      cloud.failure = undefined
      expect(cache.size().entries).toBe(0)
    })
  )

  it.effect("end the request when the last of them goes away, and not before", () =>
    Effect.gen(function* () {
      const { cloud, get } = setup()
      const [first, second] = [yield* Effect.fork(get()), yield* Effect.fork(get())]
      yield* Effect.yieldNow()
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(first)
      expect(cloud.interrupted).toBe(0)
      yield* Fiber.interrupt(second)
      yield* TestClock.adjust(0)
      expect(cloud.interrupted).toBe(1)
      const third = yield* Effect.fork(get())
      yield* TestClock.adjust("1 seconds")
      expect(yield* Fiber.join(third)).toBe("miss 2")
    })
  )

  it.effect("do not end one in the background by going away", () =>
    Effect.gen(function* () {
      const { ask, cloud, get } = setup()
      yield* ask()
      yield* TestClock.adjust("31 seconds")
      const fiber = yield* Effect.fork(get())
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("500 millis")
      expect(cloud.interrupted).toBe(0)
      expect(yield* get()).toBe("hit 2")
    })
  )

  it.effect("are served by what another one has begun, whatever state a key is in", () =>
    Effect.gen(function* () {
      const { ask, cloud, get } = setup()
      yield* ask("a")
      yield* TestClock.adjust("31 seconds")
      const fibers = yield* Effect.all([Effect.fork(get("a")), Effect.fork(get("a")), Effect.fork(get("b"))])
      yield* TestClock.adjust("1 seconds")
      expect(yield* Fiber.joinAll(fibers)).toEqual(["revalidated 3", "revalidated 3", "miss 2"])
      expect(cloud.asked).toBe(3)
    })
  )

  it.effect("get what came in between, when a request that was given up ends late", () =>
    Effect.gen(function* () {
      const cache = make()
      const latch = yield* Deferred.make<void>()
      const late = Effect.uninterruptible(Effect.as(Deferred.await(latch), bytes("late")))
      const given = yield* Effect.fork(cache.get("k", late))
      yield* Effect.yieldNow()
      yield* TestClock.adjust(1)
      yield* Fiber.interrupt(given)
      const served = yield* cache.get("k", Effect.succeed(bytes("new")))
      yield* Deferred.succeed(latch, undefined)
      yield* TestClock.adjust(1)
      expect(new TextDecoder().decode(served.stored.body)).toBe("new")
      expect((yield* cache.get("k", Effect.never)).stored.etag).toBe('"new"')
    })
  )
})

describe("room", () => {
  it.effect("is bounded by entries; what was used least recently goes first", () =>
    Effect.gen(function* () {
      const { ask, cache, get } = setup({ maxEntries: 2 })
      for (const key of ["a", "b"]) yield* ask(key)
      expect(yield* get("a")).toBe("hit 1")
      yield* ask("c")
      expect(cache.size()).toMatchObject({ entries: 2, evictions: 1 })
      expect(yield* get("a")).toBe("hit 1")
      expect(yield* ask("b")).toBe("miss 4")
    })
  )

  it.effect("is bounded by bytes, whatever the keys", () =>
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

  it.effect("is given back when it stops", () =>
    Effect.gen(function* () {
      const { cache, cloud, get } = setup()
      const fiber = yield* Effect.fork(Effect.exit(get()))
      yield* Effect.yieldNow()
      yield* TestClock.adjust(1)
      yield* cache.stop
      expect(cloud.interrupted).toBe(1)
      expect(Exit.isInterrupted(yield* Fiber.join(fiber))).toBe(true)
    })
  )
})
