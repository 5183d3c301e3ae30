import * as RateLimiter from "@effect/experimental/RateLimiter"
import { describe, expect, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as UsedSignatures from "../src/caller/UsedSignatures.js"
import type { SharedStoreGuard } from "../src/shared/SharedStoreGuard.js"

describe("used signatures", () => {
  it.effect("are accepted again only when they have expired, and none beyond the limit", () =>
    Effect.gen(function* () {
      const { use } = UsedSignatures.make({ startedAt: 0, shared: undefined, limit: 2 })
      const minutes = 60_000
      expect(yield* use("a", 0, 0)).toBe("first")
      expect(yield* use("a", 0, 29 * minutes)).toBe("again")
      expect(yield* use("b", 0, 29 * minutes)).toBe("first")
      expect(yield* use("c", 0, 29 * minutes)).toBe("unknown")
      expect(yield* use("c", 0, 30 * minutes)).toBe("first")
      expect(yield* use("b", 0, 30 * minutes)).toBe("again")
    })
  )

  it.effect("are not accepted if they are older than the gateway, which may have forgotten them", () =>
    Effect.gen(function* () {
      const { use } = UsedSignatures.make({ startedAt: 20_500, shared: undefined, limit: 2 })
      expect([yield* use("a", 19_000, 21_000), yield* use("b", 20_000, 21_000)]).toEqual(["early", "first"])
    })
  )

  it.effect("are accepted by one of the gateways that share a store, and by none while it is unavailable", () =>
    Effect.gen(function* () {
      const store = yield* RateLimiter.RateLimiterStore
      let isUp = true
      const guard: SharedStoreGuard = {
        run: (_, effect) => (isUp ? Effect.option(effect) : Effect.succeedNone)
      }
      const shared = { buckets: store, guard, digest: (text: string) => text }
      const gateway = () => UsedSignatures.make({ startedAt: 60_000, shared, limit: 100 })
      const [a, b] = [gateway(), gateway()]
      expect([yield* a.use("x", 0, 0), yield* b.use("x", 0, 0), yield* a.use("x", 0, 0)]).toEqual([
        "first",
        "again",
        "again"
      ])
      yield* TestClock.adjust("29 minutes")
      expect(yield* gateway().use("x", 0, 29 * 60_000)).toBe("again")
      isUp = false
      expect(yield* a.use("y", 0, 0)).toBe("unknown")
      isUp = true
      expect([yield* a.use("y", 0, 0), yield* b.use("y", 0, 0)]).toEqual(["first", "again"])
    }).pipe(Effect.provide(RateLimiter.layerStoreMemory))
  )
})
