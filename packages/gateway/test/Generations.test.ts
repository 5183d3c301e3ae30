import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import * as TestClock from "effect/TestClock"
import * as Generations from "../src/cache/Generations.js"

const lifetime = 100_000

/** The generations of gateways that share a store, which can be made unavailable. */
const makeStore = () => {
  const store = { isUp: true, values: new Map<string, string>() }
  let made = 0
  const gateway = () =>
    Generations.make({
      lifetime,
      randomUUID: () => `g${++made}`,
      shared: {
        get: (project) =>
          Effect.sync(() => (store.isUp ? Option.some(store.values.get(project) ?? "") : Option.none<string>())),
        set: (project, generation) =>
          Effect.sync(() => {
            if (store.isUp) store.values.set(project, generation)
            return store.isUp
          })
      }
    })
  return { store, gateway }
}

describe("generations", () => {
  it.effect("change with each write, for its project only, until no older response can be served", () =>
    Effect.gen(function* () {
      const generations = Generations.make({ lifetime, randomUUID: () => crypto.randomUUID(), shared: undefined })
      expect([generations.isEmpty(), generations.of("a")]).toEqual([true, ""])
      yield* generations.advance("a")
      const first = generations.of("a")
      yield* generations.refresh("a")
      expect([generations.isEmpty(), generations.of("a"), generations.of("b")]).toEqual([false, first, ""])
      yield* generations.advance("a")
      expect(new Set(["", first, generations.of("a")]).size).toBe(3)
      yield* TestClock.adjust(lifetime + 1)
      yield* generations.advance("b")
      expect(generations.of("a")).toBe("")
    })
  )

  it.effect("are taken over from the gateway that wrote last", () =>
    Effect.gen(function* () {
      const { gateway } = makeStore()
      const [a, b] = [gateway(), gateway()]
      yield* a.advance("p")
      expect([a.of("p"), b.of("p")]).toEqual(["g1", ""])
      yield* b.refresh("p")
      expect(b.of("p")).toBe("g1")
      yield* b.advance("p")
      yield* a.refresh("p")
      expect([a.of("p"), b.of("p")]).toEqual(["g2", "g2"])
    })
  )

  it.effect("are kept while the store is unavailable, and announced later instead of taking over an older one", () =>
    Effect.gen(function* () {
      const { gateway, store } = makeStore()
      const [a, b] = [gateway(), gateway()]
      yield* a.advance("p")
      yield* b.refresh("p")
      store.isUp = false
      yield* a.advance("p")
      yield* a.refresh("p")
      yield* b.refresh("p")
      expect([a.of("p"), b.of("p")]).toEqual(["g2", "g1"])
      store.isUp = true
      yield* a.refresh("p")
      yield* b.refresh("p")
      // Under another ID, with which nothing is cached.
      expect([a.of("p"), b.of("p")]).toEqual(["g4", "g4"])
    })
  )

  it.effect(
    "that are announced late make what another gateway has written meanwhile obsolete, and what was cached before",
    () =>
      Effect.gen(function* () {
        const { gateway, store } = makeStore()
        const [a, b] = [gateway(), gateway()]
        store.isUp = false
        yield* a.advance("p")
        store.isUp = true
        yield* b.advance("p")
        const before = [a.of("p"), b.of("p")]
        yield* a.refresh("p")
        yield* b.refresh("p")
        expect(a.of("p")).toBe(b.of("p"))
        expect(before).not.toContain(a.of("p"))
      })
  )

  it.effect("are not replaced by an announcement that ends after another write", () =>
    Effect.gen(function* () {
      let isUp = false
      let made = 0
      const generations = Generations.make({
        lifetime,
        randomUUID: () => `g${++made}`,
        shared: {
          get: () => Effect.succeedNone,
          set: () => (isUp ? Effect.delay(Effect.succeed(true), "1 second") : Effect.succeed(false))
        }
      })
      yield* generations.advance("p")
      isUp = true
      const refreshing = yield* Effect.fork(generations.refresh("p"))
      yield* TestClock.adjust("500 millis")
      isUp = false
      yield* generations.advance("p")
      const written = generations.of("p")
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(refreshing)
      expect(generations.of("p")).toBe(written)
    })
  )
})

describe("a generation that the store had before a write", () => {
  it.effect("is not taken over after the write", () =>
    Effect.gen(function* () {
      const generations = Generations.make({
        lifetime,
        randomUUID: () => "new",
        shared: { get: () => Effect.delay(Effect.succeedSome("old"), "1 second"), set: () => Effect.succeed(true) }
      })
      const refreshing = yield* Effect.fork(generations.refresh("p"))
      yield* TestClock.adjust("500 millis")
      yield* generations.advance("p")
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(refreshing)
      expect(generations.of("p")).toBe("new")
    })
  )
})

describe("generations that the store has lost", () => {
  it.effect("are replaced by new ones, not by none", () =>
    Effect.gen(function* () {
      const { gateway, store } = makeStore()
      const [a, b] = [gateway(), gateway()]
      yield* a.advance("p")
      store.values.clear()
      yield* a.refresh("p")
      yield* b.refresh("p")
      expect([a.of("p"), b.of("p")]).toEqual(["g2", "g2"])
    })
  )
})
