/** What docs/emulator.md says about the test clock. */
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Clock, Effect, Layer, Redacted, TestClock, TestServices } from "effect"

const client = Effect.map(Emulator.Emulator, ({ endpoint }) => NodeHotspotSession.layer({ endpoint })).pipe(
  Layer.unwrapEffect,
  Layer.provide(Credentials.layerToken(Redacted.make(Demo.token))),
  Layer.provideMerge(Emulator.layer({ count: 5 }))
)

const listed = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession
  yield* emulator.inject([{ kind: "status", status: 503, times: 2, retryAfter: "7" }])
  const page = yield* listHotspotSessionConfig({ project_id: Demo.projectId })
  return { configs: page.items.length, requests: (yield* emulator.requests).length }
})

const whileTimePasses = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const second = Effect.zipRight(TestServices.provideLive(Effect.sleep("5 millis")), TestClock.adjust("1 second"))
  return Effect.raceFirst(effect, Effect.forever(second))
}

describe("a test of a program with the emulator and a test clock", () => {
  it.effect("does not wait for retries with a policy without delays", () =>
    Effect.gen(function* () {
      expect(yield* listed).toEqual({ configs: 5, requests: 3 })
      expect(yield* Clock.currentTimeMillis).toBe(0)
    }).pipe(
      Effect.provide(Layer.provide(client, RetryPolicy.layer(RetryPolicy.make({ baseDelay: 0, maxRetryAfter: 0 }))))
    )
  )

  it.effect("waits for retries if the time of the test passes", () =>
    Effect.gen(function* () {
      expect(yield* whileTimePasses(listed)).toEqual({ configs: 5, requests: 3 })
      expect(yield* Clock.currentTimeMillis).toBeGreaterThanOrEqual(14_000)
    }).pipe(Effect.provide(client))
  )
})
