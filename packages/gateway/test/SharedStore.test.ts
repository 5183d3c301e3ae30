import * as Persistence from "@effect/experimental/Persistence"
import * as RateLimiter from "@effect/experimental/RateLimiter"
import { describe, expect, it } from "@effect/vitest"
import { Context, type Duration, Effect, Fiber, Layer, Logger, Option, Runtime, TestClock } from "effect"
import * as ResponseCache from "../src/cache/ResponseCache.js"
import * as SharedResponses from "../src/cache/SharedResponses.js"
import { digest, etagOf } from "../src/Digest.js"
import * as Metrics from "../src/Metrics.js"
import * as RateLimit from "../src/RateLimit.js"
import * as SharedStoreGuard from "../src/shared/SharedStoreGuard.js"

type Failure = "outage" | "refusal"
type State = "up" | "down" | "hanging"

const lifetimes = { fresh: 10_000, staleWhileRevalidate: 20_000, staleIfError: 70_000 }
const lifetime = 100_000

const bytes = (text: string) => new TextEncoder().encode(text)

/** The in-memory stores of `@effect/experimental`, which can be made unavailable, with their keys and reads. */
const makeStore = Effect.gen(function* () {
  const context = yield* Layer.build(Layer.merge(Persistence.layerMemory, RateLimiter.layerStoreMemory))
  const responses = yield* Context.get(context, Persistence.BackingPersistence).make("responses")
  const buckets = Context.get(context, RateLimiter.RateLimiterStore)
  const store = { state: "up" as State, gets: 0, keys: new Set<string>() }
  const ifUp = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.suspend((): Effect.Effect<A, E | Persistence.PersistenceBackingError> => {
      if (store.state === "hanging") return Effect.never
      if (store.state === "up") return effect
      return Effect.fail(Persistence.PersistenceBackingError.make("any", new Error("connection refused")))
    })
  return Object.assign(store, {
    raw: responses,
    responses: {
      get: (key: string) =>
        Effect.suspend(() => {
          store.gets++
          return ifUp(responses.get(key))
        }),
      set: (key: string, value: unknown, ttl: Option.Option<Duration.Duration>) => {
        store.keys.add(key)
        return ifUp(responses.set(key, value, ttl))
      }
    },
    buckets: {
      tokenBucket: (options: Parameters<typeof buckets.tokenBucket>[0]) => {
        store.keys.add(options.key)
        return Effect.catchTag(ifUp(buckets.tokenBucket(options)), "PersistenceError", (error) =>
          Effect.fail(new RateLimiter.RateLimitStoreError({ message: error.message, cause: error.cause }))
        )
      }
    }
  })
})

type Store = Effect.Effect.Success<typeof makeStore>

/** A cache with the store, and an upstream that responds after a second with the name and the number of calls. */
const makeReplica = (name: string, { responses }: Store) => {
  const metrics = Metrics.make()
  const guard = SharedStoreGuard.make(metrics)
  const cache = ResponseCache.make<Failure>({
    lifetimes,
    maxEntries: 100,
    maxBytes: 1_000_000,
    maxWait: 3_000,
    isOutage: (error) => error === "outage",
    etagOf,
    shared: SharedResponses.make(responses, guard, { lifetimes, digest, etagOf })
  })
  const upstream = { calls: 0, failure: undefined as Failure | undefined }
  const fetch: Effect.Effect<Uint8Array, Failure> = Effect.suspend(() => {
    const response = bytes(`${name}${++upstream.calls}`)
    return Effect.delay(
      Effect.suspend(() => (upstream.failure === undefined ? Effect.succeed(response) : Effect.fail(upstream.failure))),
      1_000
    )
  })
  const get = Effect.map(
    cache.get("caller project 20 0", fetch),
    ({ outcome, stored }) => `${outcome} ${new TextDecoder().decode(stored.body)}`
  )
  /** Gets the response, and advances the clock by the latency of the upstream. */
  const getAndWait = Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.merge(get))
    yield* TestClock.adjust(1_000)
    return yield* Fiber.join(fiber)
  })
  /** Gets the response without advancing the clock, so that the upstream cannot respond. */
  const getNow = Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.merge(get))
    yield* TestClock.adjust(0)
    return Option.map(yield* Fiber.poll(fiber), (exit) => (exit._tag === "Success" ? exit.value : "failed"))
  })
  return {
    cache,
    upstream,
    guard,
    metrics,
    get,
    getAndWait,
    getNow: Effect.map(
      getNow,
      Option.getOrElse(() => "waits")
    )
  }
}

const twoReplicas = Effect.map(makeStore, (store) => ({
  store,
  a: makeReplica("a", store),
  b: makeReplica("b", store)
}))

const captureLogs = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.replace(
    Logger.defaultLogger,
    Logger.make((entry) => void lines.push(Logger.logfmtLogger.log(entry)))
  )
  return Effect.map(Effect.provide(effect, logger), (value) => ({ lines, value }))
}

describe("a response that another gateway has fetched", () => {
  it.scoped("is a hit without a call to the cloud, and afterwards without a read from the store", () =>
    Effect.gen(function* () {
      const { a, b, store } = yield* twoReplicas
      expect(yield* a.getAndWait).toBe("miss a1")
      expect(yield* b.getNow).toBe("hit a1")
      const readsBefore = store.gets
      store.state = "hanging"
      expect(yield* b.getNow).toBe("hit a1")
      expect([b.upstream.calls, store.gets - readsBefore]).toEqual([0, 0])
    })
  )

  it.scoped("ages from when it was fetched, by whichever gateway", () =>
    Effect.gen(function* () {
      const { a, b } = yield* twoReplicas
      yield* a.getAndWait
      const readAt = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      yield* TestClock.adjust("9 seconds")
      expect(yield* b.getNow).toBe("hit a1")
      const { stored } = yield* b.cache.get("caller project 20 0", Effect.never)
      expect(stored).toMatchObject({ readAt, etag: etagOf(bytes("a1")) })
      yield* TestClock.adjust("1 seconds")
      expect(yield* b.getNow).toBe("stale a1")
    })
  )

  it.scoped("is served while it is stale, and refreshed in the background", () =>
    Effect.gen(function* () {
      const { a, b } = yield* twoReplicas
      yield* a.getAndWait
      yield* TestClock.adjust("11 seconds")
      expect(yield* b.getNow).toBe("stale a1")
      yield* TestClock.adjust("1 seconds")
      expect(yield* b.getNow).toBe("hit b1")
      // The refreshed response is shared too.
      expect(yield* a.getNow).toBe("stale a1")
      expect(yield* a.getNow).toBe("hit b1")
      expect(a.upstream.calls).toBe(1)
    })
  )

  it.scoped("is served during an outage by a gateway that has never fetched it", () =>
    Effect.gen(function* () {
      const { a, b } = yield* twoReplicas
      yield* a.getAndWait
      yield* TestClock.adjust("40 seconds")
      b.upstream.failure = "outage"
      expect(yield* b.getAndWait).toBe("stale a1")
      yield* TestClock.adjust(lifetime)
      expect(yield* b.getAndWait).toBe("outage")
    })
  )

  it.scoped("is read from the store once for a thousand concurrent requests, which make one call to the cloud", () =>
    Effect.gen(function* () {
      const { a, store } = yield* twoReplicas
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1_000 }, () => a.get),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 seconds")
      expect(new Set(yield* Fiber.join(fiber))).toEqual(new Set(["miss a1"]))
      expect([a.upstream.calls, store.gets]).toEqual([1, 1])
    })
  )

  it.scoped("is invalidated by a refusal, in the store and in other gateways", () =>
    Effect.gen(function* () {
      const { a, b, store } = yield* twoReplicas
      yield* a.getAndWait
      expect(yield* b.getNow).toBe("hit a1")
      yield* TestClock.adjust("40 seconds")
      a.upstream.failure = "refusal"
      expect(yield* a.getAndWait).toBe("refusal")
      // Without the invalidation, b would serve its cached response.
      b.upstream.failure = "outage"
      expect(yield* b.getAndWait).toBe("outage")
      const c = makeReplica("c", store)
      c.upstream.failure = "outage"
      expect(yield* c.getAndWait).toBe("outage")
      a.upstream.failure = undefined
      expect(yield* a.getAndWait).toBe("miss a3")
      expect(yield* c.getNow).toBe("hit a3")
    })
  )

  it.scoped("is fetched by waiting requests when the one that reads the store is interrupted", () =>
    Effect.gen(function* () {
      const { a, store } = yield* twoReplicas
      store.state = "hanging"
      const [first, second] = [yield* Effect.fork(a.get), yield* Effect.fork(a.get)]
      yield* TestClock.adjust(10)
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 seconds")
      expect(yield* Fiber.join(second)).toBe("miss a1")
    })
  )

  for (const [what, garbage] of [
    ["of another version", { v: 2, readAt: 0, etag: '"x"', body: "{}" }],
    ["not an object", "garbage"],
    ["without a body", { v: 1, readAt: 0, etag: '"x"' }],
    ["truncated", { v: 1, readAt: 0, etag: etagOf(bytes("whole")), body: "who" }]
  ] as const) {
    it.scoped(`is ignored and replaced if it is ${what}`, () =>
      Effect.gen(function* () {
        const { a, b, store } = yield* twoReplicas
        yield* store.raw.set(digest("caller project 20 0"), garbage, Option.none())
        expect(yield* a.getAndWait).toBe("miss a1")
        expect(yield* b.getNow).toBe("hit a1")
      })
    )
  }

  it.scoped("is stored under a digest of its key", () =>
    Effect.gen(function* () {
      const { a, store } = yield* twoReplicas
      yield* a.getAndWait
      expect([...store.keys]).toEqual([digest("caller project 20 0")])
    })
  )
})

describe("an unavailable store", () => {
  it.effect("does not hold up what cannot be interrupted, such as the end of a write", () =>
    Effect.gen(function* () {
      const guard = SharedStoreGuard.make(Metrics.make())
      const fiber = yield* Effect.fork(Effect.uninterruptible(guard.run("write", Effect.never)))
      yield* TestClock.adjust("1 second")
      expect(Option.isNone(yield* fiber)).toBe(true)
    })
  )

  it.effect("does not let a write wait for its time limit if it is available", () =>
    Effect.gen(function* () {
      const guard = SharedStoreGuard.make(Metrics.make())
      // The clock stands still.
      expect(yield* Effect.uninterruptible(guard.run("write", Effect.succeed(1)))).toEqual(Option.some(1))
    })
  )

  for (const [state, reason] of [
    ["down", "connection refused"],
    ["hanging", "no response within 40 ms"]
  ] as const) {
    it.scoped(
      `(${state}) is logged once, is not called while the circuit is open, and is logged once when it is available again`,
      () =>
        Effect.gen(function* () {
          const { a, store } = yield* twoReplicas
          const { lines } = yield* captureLogs(
            Effect.gen(function* () {
              store.state = state
              // The circuit is open for at least 1.5 s; each round takes 0.2 s.
              for (let round = 0; round < 4; round++)
                yield* SharedStoreGuard.probe(a.guard, store).pipe(Effect.fork, waitFor)
              const readsBefore = store.gets
              yield* SharedStoreGuard.probe(a.guard, store).pipe(Effect.fork, waitFor)
              expect(store.gets).toBe(readsBefore)
              expect(a.metrics.text()).toContain("hotspot_session_gateway_shared_up 0\n")
              // Only one probe is sent, which also fails.
              yield* TestClock.adjust("3 seconds")
              yield* SharedStoreGuard.probe(a.guard, store).pipe(Effect.fork, waitFor)
              expect(store.gets).toBe(readsBefore + 1)
              store.state = "up"
              yield* TestClock.adjust("3 seconds")
              yield* SharedStoreGuard.probe(a.guard, store)
            })
          )
          expect(lines).toHaveLength(2)
          expect(lines[0]).toMatch(/level=WARN .*shared store is unavailable/)
          expect(lines[0]).toContain(reason)
          expect(lines[1]).toMatch(/level=INFO .*shared store is available again/)
          const text = a.metrics.text()
          expect(text).toContain("hotspot_session_gateway_shared_up 1\n")
          expect(text).toContain('shared_requests_total{operation="read",outcome="failed"} 4\n')
          expect(text).toContain('shared_requests_total{operation="read",outcome="ok"} 1\n')
        })
    )

    it.scoped(`(${state}) delays a request by 40 ms at most, and responses are cached in memory`, () =>
      Effect.gen(function* () {
        const { a, store } = yield* twoReplicas
        store.state = state
        const fiber = yield* Effect.fork(a.get)
        yield* TestClock.adjust("1040 millis")
        expect(yield* Fiber.join(fiber)).toBe("miss a1")
        expect(yield* a.getNow).toBe("hit a1")
        yield* TestClock.adjust("11 seconds")
        expect(yield* a.getNow).toBe("stale a1")
      })
    )
  }

  it.scoped("is not assumed when concurrent operations fail together, as in a busy process", () =>
    Effect.gen(function* () {
      const { a, store } = yield* twoReplicas
      store.state = "hanging"
      const read = Effect.fork(a.guard.run("read", store.responses.get("k")))
      for (const isUnavailable of [false, false, true]) {
        yield* Effect.replicateEffect(read, 10)
        yield* TestClock.adjust("40 millis")
        expect(a.metrics.text()).toContain(`shared_up ${isUnavailable ? 0 : 1}\n`)
      }
    })
  )

  it.scoped("that rejects writes can still be read", () =>
    Effect.gen(function* () {
      const { a, b, store } = yield* twoReplicas
      yield* a.getAndWait
      const { guard } = b
      for (let round = 0; round < 3; round++) yield* guard.run("write", Effect.fail("out of memory"))
      expect(yield* guard.run("write", Effect.succeed(1))).toEqual(Option.none())
      expect(b.metrics.text()).toContain("shared_up 0\n")
      expect(yield* b.getNow).toBe("hit a1")
      expect(store.gets).toBeGreaterThan(0)
    })
  )

  it.scoped("is not assumed when operations are interrupted", () =>
    Effect.gen(function* () {
      const { a, store } = yield* twoReplicas
      store.state = "hanging"
      for (let round = 0; round < 5; round++) {
        const fiber = yield* Effect.fork(SharedStoreGuard.probe(a.guard, store))
        yield* TestClock.adjust(1)
        yield* Fiber.interrupt(fiber)
      }
      expect(a.metrics.text()).toContain("shared_up 1\n")
    })
  )
})

/** Waits for a fiber, and advances the clock beyond the timeouts of the store. */
const waitFor = <A, E, R>(fork: Effect.Effect<Fiber.RuntimeFiber<A, E>, never, R>) =>
  Effect.flatMap(fork, (fiber) => Effect.zipRight(TestClock.adjust("200 millis"), Fiber.join(fiber)))

describe("a shared rate limit", () => {
  const settings = { requests: 10, seconds: 100 }

  const limits = Effect.gen(function* () {
    const store = yield* makeStore
    const runtime = yield* Effect.runtime<never>()
    const make = () =>
      RateLimit.make(settings, {
        buckets: store.buckets,
        guard: SharedStoreGuard.make(Metrics.make()),
        digest,
        fork: (effect) => void Runtime.runFork(runtime)(effect)
      })
    return { store, a: make(), b: make() }
  })

  const summaryOf = (result: RateLimit.RateLimitResult) =>
    result.allowed ? result.remaining : `rejected for ${result.retryAfter}`
  const now = Effect.clockWith((clock) => clock.currentTimeMillis)
  const take = (limit: RateLimit.RateLimit) => Effect.map(now, (now) => summaryOf(limit.take("caller", true, now)))
  const consume = (limit: RateLimit.RateLimit, caller = "caller") =>
    Effect.map(limit.consume?.(caller, true) ?? Effect.die("the limit is not shared"), summaryOf)

  it.effect("subtracts from the store's result what it has not counted yet", () =>
    Effect.gen(function* () {
      const results = [Effect.never, Effect.succeed(9)]
      const limit = RateLimit.make(settings, {
        buckets: { tokenBucket: () => results.shift() ?? Effect.never },
        guard: { run: (_, effect) => Effect.option(effect) },
        digest,
        fork: () => {}
      })
      yield* Effect.fork(consume(limit))
      yield* Effect.yieldNow()
      expect(yield* consume(limit)).toBe(8)
    })
  )

  it.scoped("is exact for `consume`", () =>
    Effect.gen(function* () {
      const { a, b } = yield* limits
      const all: Array<unknown> = []
      for (let round = 0; round < 6; round++) all.push(yield* consume(a), yield* consume(b))
      expect(all).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, "rejected for 10", "rejected for 10"])
      expect(yield* consume(a, "another")).toBe(9)
      // One token is refilled, for the first request.
      yield* TestClock.adjust("10 seconds")
      expect([yield* consume(b), yield* consume(a)]).toEqual([0, "rejected for 10"])
    })
  )

  it.scoped("counts both `take` and `consume`", () =>
    Effect.gen(function* () {
      const { a, b } = yield* limits
      for (let round = 0; round < 4; round++) yield* take(a)
      yield* TestClock.adjust(0)
      // The first requests were reported together, immediately.
      expect(yield* consume(b)).toBe(5)
      expect(yield* take(a)).toBe(5)
      expect(yield* consume(a)).toBe(3)
      yield* TestClock.adjust("100 millis")
      expect(yield* consume(b)).toBe(2)
    })
  )

  it.scoped("is exceeded by at most what `take` allows within 100 ms, which is charged to later requests", () =>
    Effect.gen(function* () {
      const { a, b } = yield* limits
      for (let round = 0; round < 10; round++) yield* take(a)
      for (let round = 0; round < 10; round++) yield* take(b)
      expect([yield* take(a), yield* take(b)]).toEqual(["rejected for 10", "rejected for 10"])
      yield* TestClock.adjust("100 millis")
      // Ten requests above the limit: the next one is allowed after eleven tokens are refilled.
      yield* TestClock.adjust("99 seconds")
      expect([yield* consume(a), yield* consume(b)]).toEqual([
        expect.stringMatching(/^rejected/),
        expect.stringMatching(/^rejected/)
      ])
      yield* TestClock.adjust("12 seconds")
      const after = [yield* consume(a), yield* consume(b)]
      expect(after.filter((one) => typeof one === "number")).toHaveLength(1)
    })
  )

  it.scoped("rejects a caller without tokens without calling the store", () =>
    Effect.gen(function* () {
      const { a, store } = yield* limits
      for (let round = 0; round < 10; round++) yield* consume(a)
      store.state = "hanging"
      expect(yield* consume(a)).toBe("rejected for 10")
    })
  )

  for (const state of ["down", "hanging"] as const) {
    it.scoped(`is local to each gateway while the store is ${state}, and delays a request by 40 ms at most`, () =>
      Effect.gen(function* () {
        const { a, b, store } = yield* limits
        expect(yield* consume(a)).toBe(9)
        store.state = state
        const fibers = yield* Effect.all([Effect.fork(consume(a)), Effect.fork(consume(b))])
        yield* TestClock.adjust("40 millis")
        expect(yield* Fiber.joinAll(fibers)).toEqual([8, 9])
        for (let round = 0; round < 12; round++) {
          yield* take(b)
          yield* TestClock.adjust("100 millis")
        }
        expect(yield* take(b)).toMatch(/^rejected/)
        store.state = "up"
        yield* TestClock.adjust("10 seconds")
        // Requests during the outage are not counted afterwards.
        expect([yield* consume(a), yield* consume(b)]).toEqual([9, 8])
      })
    )
  }

  it.scoped("is flushed on shutdown", () =>
    Effect.gen(function* () {
      const { a, b } = yield* limits
      yield* take(a)
      yield* TestClock.adjust(0)
      for (let round = 0; round < 4; round++) yield* take(a)
      yield* a.flush
      expect(yield* consume(b)).toBe(4)
    })
  )

  it.scoped("is stored under a digest of the caller", () =>
    Effect.gen(function* () {
      const { a, store } = yield* limits
      yield* consume(a)
      expect([...store.keys]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
    })
  )
})
