import * as Persistence from "@effect/experimental/Persistence"
import * as RateLimiter from "@effect/experimental/RateLimiter"
import { describe, expect, it } from "@effect/vitest"
import { Context, type Duration, Effect, Fiber, Layer, Logger, Option, Runtime, TestClock } from "effect"
import * as ResponseCache from "../src/cache/ResponseCache.js"
import * as SharedAnswers from "../src/cache/SharedAnswers.js"
import { digest, etagOf } from "../src/Digest.js"
import * as Metrics from "../src/Metrics.js"
import * as RateLimit from "../src/protect/RateLimit.js"
import * as Guard from "../src/shared/Guard.js"

type Failure = "outage" | "refusal"
type State = "up" | "down" | "hanging"

const spans = { fresh: 10_000, staleWhileRevalidate: 20_000, staleIfError: 70_000 }
const lifetime = 100_000

const bytes = (text: string) => new TextEncoder().encode(text)

/** The stores of `@effect/experimental` in memory, which can be taken away, and what was asked of them. */
const makeStore = Effect.gen(function* () {
  const context = yield* Layer.build(Layer.merge(Persistence.layerMemory, RateLimiter.layerStoreMemory))
  const answers = yield* Context.get(context, Persistence.BackingPersistence).make("answers")
  const buckets = Context.get(context, RateLimiter.RateLimiterStore)
  const store = { state: "up" as State, gets: 0, keys: new Set<string>() }
  const where = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.suspend((): Effect.Effect<A, E | Persistence.PersistenceBackingError> => {
      if (store.state === "hanging") return Effect.never
      if (store.state === "up") return effect
      return Effect.fail(Persistence.PersistenceBackingError.make("any", new Error("connection refused")))
    })
  return Object.assign(store, {
    raw: answers,
    answers: {
      get: (key: string) =>
        Effect.suspend(() => {
          store.gets++
          return where(answers.get(key))
        }),
      set: (key: string, value: unknown, ttl: Option.Option<Duration.Duration>) => {
        store.keys.add(key)
        return where(answers.set(key, value, ttl))
      }
    },
    buckets: {
      tokenBucket: (options: Parameters<typeof buckets.tokenBucket>[0]) => {
        store.keys.add(options.key)
        return Effect.catchTag(where(buckets.tokenBucket(options)), "PersistenceError", (error) =>
          Effect.fail(new RateLimiter.RateLimitStoreError({ message: error.message, cause: error.cause }))
        )
      }
    }
  })
})

type Store = Effect.Effect.Success<typeof makeStore>

/** A gateway's cache on a store, and its cloud, which answers after a second with its name and how often it was asked. */
const makeReplica = (name: string, { answers }: Store) => {
  const metrics = Metrics.make()
  const guard = Guard.make(metrics)
  const cache = ResponseCache.make<Failure>({
    spans,
    maxEntries: 100,
    maxBytes: 1_000_000,
    patience: 3_000,
    isOutage: (error) => error === "outage",
    etagOf,
    shared: SharedAnswers.make(answers, guard, { spans, digest, etagOf })
  })
  const cloud = { asked: 0, failure: undefined as Failure | undefined }
  const fetch: Effect.Effect<Uint8Array, Failure> = Effect.suspend(() => {
    const answer = bytes(`${name}${++cloud.asked}`)
    return Effect.delay(
      Effect.suspend(() => (cloud.failure === undefined ? Effect.succeed(answer) : Effect.fail(cloud.failure))),
      1_000
    )
  })
  const serve = Effect.map(
    cache.get("caller project 20 0", fetch),
    ({ outcome, stored }) => `${outcome} ${new TextDecoder().decode(stored.body)}`
  )
  /** Asks, and lets the cloud have its second. */
  const ask = Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.merge(serve))
    yield* TestClock.adjust(1_000)
    return yield* Fiber.join(fiber)
  })
  /** Asks; there is no time for the cloud. */
  const now = Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.merge(serve))
    yield* TestClock.adjust(0)
    return Option.map(yield* Fiber.poll(fiber), (exit) => (exit._tag === "Success" ? exit.value : "failed"))
  })
  return {
    cache,
    cloud,
    guard,
    metrics,
    serve,
    ask,
    now: Effect.map(
      now,
      Option.getOrElse(() => "waits")
    )
  }
}

const two = Effect.map(makeStore, (store) => ({ store, a: makeReplica("a", store), b: makeReplica("b", store) }))

/** Keeps what is logged. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.replace(
    Logger.defaultLogger,
    Logger.make((entry) => void lines.push(Logger.logfmtLogger.log(entry)))
  )
  return Effect.map(Effect.provide(effect, logger), (value) => ({ lines, value }))
}

describe("what another gateway has asked for", () => {
  it.scoped("is a hit, without the cloud and at once; so it is from then on without the store", () =>
    Effect.gen(function* () {
      const { a, b, store } = yield* two
      expect(yield* a.ask).toBe("miss a1")
      expect(yield* b.now).toBe("hit a1")
      const asked = store.gets
      store.state = "hanging"
      expect(yield* b.now).toBe("hit a1")
      expect([b.cloud.asked, store.gets - asked]).toEqual([0, 0])
    })
  )

  it.scoped("ages from when the cloud was read, whoever read it", () =>
    Effect.gen(function* () {
      const { a, b } = yield* two
      yield* a.ask
      const readAt = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      yield* TestClock.adjust("9 seconds")
      expect(yield* b.now).toBe("hit a1")
      const { stored } = yield* b.cache.get("caller project 20 0", Effect.never)
      expect(stored).toMatchObject({ readAt, etag: etagOf(bytes("a1")) })
      yield* TestClock.adjust("1 seconds")
      expect(yield* b.now).toBe("stale a1")
    })
  )

  it.scoped("is served while it is stale, and the cloud is asked in the background", () =>
    Effect.gen(function* () {
      const { a, b } = yield* two
      yield* a.ask
      yield* TestClock.adjust("11 seconds")
      expect(yield* b.now).toBe("stale a1")
      yield* TestClock.adjust("1 seconds")
      expect(yield* b.now).toBe("hit b1")
      // And the other way round: what is stale here was read anew there.
      expect(yield* a.now).toBe("stale a1")
      expect(yield* a.now).toBe("hit b1")
      expect(a.cloud.asked).toBe(1)
    })
  )

  it.scoped("is served through an outage, by who has never read it", () =>
    Effect.gen(function* () {
      const { a, b } = yield* two
      yield* a.ask
      yield* TestClock.adjust("40 seconds")
      b.cloud.failure = "outage"
      expect(yield* b.ask).toBe("stale a1")
      yield* TestClock.adjust(lifetime)
      expect(yield* b.ask).toBe("outage")
    })
  )

  it.scoped("is looked for once by a thousand callers, who make one request of the cloud", () =>
    Effect.gen(function* () {
      const { a, store } = yield* two
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1_000 }, () => a.serve),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 seconds")
      expect(new Set(yield* Fiber.join(fiber))).toEqual(new Set(["miss a1"]))
      expect([a.cloud.asked, store.gets]).toEqual([1, 1])
    })
  )

  it.scoped("is ended by a refusal, in the store and wherever it is looked for", () =>
    Effect.gen(function* () {
      const { a, b, store } = yield* two
      yield* a.ask
      expect(yield* b.now).toBe("hit a1")
      yield* TestClock.adjust("40 seconds")
      a.cloud.failure = "refusal"
      expect(yield* a.ask).toBe("refusal")
      // b would serve what it keeps, were it not for a.
      b.cloud.failure = "outage"
      expect(yield* b.ask).toBe("outage")
      const c = makeReplica("c", store)
      c.cloud.failure = "outage"
      expect(yield* c.ask).toBe("outage")
      a.cloud.failure = undefined
      expect(yield* a.ask).toBe("miss a3")
      expect(yield* c.now).toBe("hit a3")
    })
  )

  it.scoped("is waited for by others where the one who looks for it goes away", () =>
    Effect.gen(function* () {
      const { a, store } = yield* two
      store.state = "hanging"
      const [first, second] = [yield* Effect.fork(a.serve), yield* Effect.fork(a.serve)]
      yield* TestClock.adjust(10)
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 seconds")
      expect(yield* Fiber.join(second)).toBe("miss a1")
    })
  )

  for (const [what, garbage] of [
    ["of another version", { v: 2, readAt: 0, etag: '"x"', body: "{}" }],
    ["no object", "garbage"],
    ["without a body", { v: 1, readAt: 0, etag: '"x"' }],
    ["cut", { v: 1, readAt: 0, etag: etagOf(bytes("whole")), body: "who" }]
  ] as const) {
    it.scoped(`is nothing where it is ${what}, and is replaced`, () =>
      Effect.gen(function* () {
        const { a, b, store } = yield* two
        yield* store.raw.set(digest("caller project 20 0"), garbage, Option.none())
        expect(yield* a.ask).toBe("miss a1")
        expect(yield* b.now).toBe("hit a1")
      })
    )
  }

  it.scoped("goes by names that cannot be turned back", () =>
    Effect.gen(function* () {
      const { a, store } = yield* two
      yield* a.ask
      expect([...store.keys]).toEqual([digest("caller project 20 0")])
    })
  )
})

describe("a store that is away", () => {
  for (const [state, reason] of [
    ["down", "connection refused"],
    ["hanging", "no answer in 40 ms"]
  ] as const) {
    it.scoped(`because it is ${state} is told of once, is left alone, and is told of once when it is back`, () =>
      Effect.gen(function* () {
        const { a, store } = yield* two
        const { lines } = yield* logged(
          Effect.gen(function* () {
            store.state = state
            // It is left alone for 1.5 s at least; this takes 0.2 s each.
            for (let round = 0; round < 4; round++) yield* Guard.greet(a.guard, store).pipe(Effect.fork, settled)
            const asked = store.gets
            yield* Guard.greet(a.guard, store).pipe(Effect.fork, settled)
            expect(store.gets).toBe(asked)
            expect(a.metrics.text()).toContain("hotspot_session_gateway_shared_up 0\n")
            // One try, which fails as well.
            yield* TestClock.adjust("3 seconds")
            yield* Guard.greet(a.guard, store).pipe(Effect.fork, settled)
            expect(store.gets).toBe(asked + 1)
            store.state = "up"
            yield* TestClock.adjust("3 seconds")
            yield* Guard.greet(a.guard, store)
          })
        )
        expect(lines).toHaveLength(2)
        expect(lines[0]).toMatch(/level=WARN .*shared store is away/)
        expect(lines[0]).toContain(reason)
        expect(lines[1]).toMatch(/level=INFO .*shared store is back/)
        const text = a.metrics.text()
        expect(text).toContain("hotspot_session_gateway_shared_up 1\n")
        expect(text).toContain('shared_requests_total{operation="read",outcome="failed"} 4\n')
        expect(text).toContain('shared_requests_total{operation="read",outcome="ok"} 1\n')
      })
    )

    it.scoped(
      `because it is ${state} holds nobody up for longer than 40 ms, and answers are those of memory alone`,
      () =>
        Effect.gen(function* () {
          const { a, store } = yield* two
          store.state = state
          const fiber = yield* Effect.fork(a.serve)
          yield* TestClock.adjust("1040 millis")
          expect(yield* Fiber.join(fiber)).toBe("miss a1")
          expect(yield* a.now).toBe("hit a1")
          yield* TestClock.adjust("11 seconds")
          expect(yield* a.now).toBe("stale a1")
        })
    )
  }

  it.scoped("is not taken for one where many requests fail together, as in a process that is busy for a moment", () =>
    Effect.gen(function* () {
      const { a, store } = yield* two
      store.state = "hanging"
      const read = Effect.fork(a.guard.run("read", store.answers.get("k")))
      for (const isAway of [false, false, true]) {
        yield* Effect.replicateEffect(read, 10)
        yield* TestClock.adjust("40 millis")
        expect(a.metrics.text()).toContain(`shared_up ${isAway ? 0 : 1}\n`)
      }
    })
  )

  it.scoped("for writing can still be read", () =>
    Effect.gen(function* () {
      const { a, b, store } = yield* two
      yield* a.ask
      const { guard } = b
      for (let round = 0; round < 3; round++) yield* guard.run("write", Effect.fail("out of memory"))
      expect(yield* guard.run("write", Effect.succeed(1))).toEqual(Option.none())
      expect(b.metrics.text()).toContain("shared_up 0\n")
      expect(yield* b.now).toBe("hit a1")
      expect(store.gets).toBeGreaterThan(0)
    })
  )

  it.scoped("is not taken for one because a caller goes away", () =>
    Effect.gen(function* () {
      const { a, store } = yield* two
      store.state = "hanging"
      for (let round = 0; round < 5; round++) {
        const fiber = yield* Effect.fork(Guard.greet(a.guard, store))
        yield* TestClock.adjust(1)
        yield* Fiber.interrupt(fiber)
      }
      expect(a.metrics.text()).toContain("shared_up 1\n")
    })
  )
})

/** Waits for a fiber, and gives the store the time that it has. */
const settled = <A, E, R>(fork: Effect.Effect<Fiber.RuntimeFiber<A, E>, never, R>) =>
  Effect.flatMap(fork, (fiber) => Effect.zipRight(TestClock.adjust("200 millis"), Fiber.join(fiber)))

describe("a limit that gateways share", () => {
  const settings = { requests: 10, seconds: 100 }

  const limits = Effect.gen(function* () {
    const store = yield* makeStore
    const runtime = yield* Effect.runtime<never>()
    const make = () =>
      RateLimit.make(settings, {
        buckets: store.buckets,
        guard: Guard.make(Metrics.make()),
        digest,
        fork: (effect) => void Runtime.runFork(runtime)(effect)
      })
    return { store, a: make(), b: make() }
  })

  const left = (taken: RateLimit.Taken) => (taken.allowed ? taken.remaining : `refused for ${taken.retryAfter}`)
  const now = Effect.clockWith((clock) => clock.currentTimeMillis)
  const take = (limit: RateLimit.RateLimit) => Effect.map(now, (now) => left(limit.take("caller", now)))
  const consume = (limit: RateLimit.RateLimit) => Effect.map(limit.consume("caller"), left)

  it.scoped("adds up exactly where it is asked for", () =>
    Effect.gen(function* () {
      const { a, b } = yield* limits
      const all: Array<unknown> = []
      for (let round = 0; round < 6; round++) all.push(yield* consume(a), yield* consume(b))
      expect(all).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, "refused for 10", "refused for 10"])
      expect(left(yield* a.consume("another"))).toBe(9)
      // One comes back, to whoever asks first.
      yield* TestClock.adjust("10 seconds")
      expect([yield* consume(b), yield* consume(a)]).toEqual([0, "refused for 10"])
    })
  )

  it.scoped("is right whether a request is a hit or not, and lets nobody through twice", () =>
    Effect.gen(function* () {
      const { a, b } = yield* limits
      for (let round = 0; round < 4; round++) yield* take(a)
      yield* TestClock.adjust(0)
      // What was taken at first was told at once, all in one.
      expect(yield* consume(b)).toBe(5)
      expect(yield* take(a)).toBe(5)
      expect(yield* consume(a)).toBe(3)
      yield* TestClock.adjust("100 millis")
      expect(yield* consume(b)).toBe(2)
    })
  )

  it.scoped("is off by what hits take within 100 ms at most, which is paid back", () =>
    Effect.gen(function* () {
      const { a, b } = yield* limits
      for (let round = 0; round < 10; round++) yield* take(a)
      for (let round = 0; round < 10; round++) yield* take(b)
      expect([yield* take(a), yield* take(b)]).toEqual(["refused for 10", "refused for 10"])
      yield* TestClock.adjust("100 millis")
      // Ten too many: the time of eleven until the next one.
      yield* TestClock.adjust("99 seconds")
      expect([yield* consume(a), yield* consume(b)]).toEqual([
        expect.stringMatching(/^refused/),
        expect.stringMatching(/^refused/)
      ])
      yield* TestClock.adjust("12 seconds")
      const after = [yield* consume(a), yield* consume(b)]
      expect(after.filter((one) => typeof one === "number")).toHaveLength(1)
    })
  )

  it.scoped("refuses who has nothing left without asking the store", () =>
    Effect.gen(function* () {
      const { a, store } = yield* limits
      for (let round = 0; round < 10; round++) yield* consume(a)
      store.state = "hanging"
      expect(yield* consume(a)).toBe("refused for 10")
    })
  )

  for (const state of ["down", "hanging"] as const) {
    it.scoped(`is each gateway's own while the store is ${state}, and nobody waits for longer than 40 ms`, () =>
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
        expect(yield* take(b)).toMatch(/^refused/)
        store.state = "up"
        yield* TestClock.adjust("10 seconds")
        // What was let through meanwhile is not counted afterwards.
        expect([yield* consume(a), yield* consume(b)]).toEqual([9, 8])
      })
    )
  }

  it.scoped("is settled when a gateway ends", () =>
    Effect.gen(function* () {
      const { a, b } = yield* limits
      yield* take(a)
      yield* TestClock.adjust(0)
      for (let round = 0; round < 4; round++) yield* take(a)
      yield* a.settle
      expect(yield* consume(b)).toBe(4)
    })
  )

  it.scoped("is named after nobody", () =>
    Effect.gen(function* () {
      const { a, store } = yield* limits
      yield* consume(a)
      expect([...store.keys]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
    })
  )
})
