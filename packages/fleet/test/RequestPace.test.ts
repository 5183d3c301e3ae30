import { describe, expect, it } from "@effect/vitest"
import { HotspotSession, TooManyRequests } from "@hotspot-session/client"
import { Clock, Duration, Effect, Fiber, TestClock } from "effect"
import { makeRequestPace, type RequestPaceOptions } from "../src/RequestPace.js"

/** A paced client, and the times at which its calls are sent, in milliseconds. */
const paced = (options: RequestPaceOptions) =>
  Effect.gen(function* () {
    const sent: Array<number> = []
    const send = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      sent.push(now)
      return Effect.succeed({ items: [] })
    })
    const pace = yield* makeRequestPace(options)
    const client = yield* Effect.provide(
      HotspotSession.HotspotSession,
      HotspotSession.mock({ listHotspotSessionConfig: () => send })
    )
    return { ...pace, sent, list: pace.paced(client).listHotspotSessionConfig({ project_id: "p" }) }
  })

const rejection = (seconds: number) => ({
  error: new TooManyRequests({ retry_after: Duration.seconds(seconds) }),
  attempts: 1,
  elapsed: Duration.zero,
  freshCredentials: false
})

describe("the pace of a fleet", () => {
  it.effect("is unlimited by default", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* paced({})
      yield* Effect.all(
        Array.from({ length: 5 }, () => list),
        { concurrency: "unbounded" }
      )
      expect(sent).toEqual([0, 0, 0, 0, 0])
    })
  )

  it.effect("sends at most so many requests of all targets in any minute", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* paced({ perMinute: 2 })
      const fiber = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 5 }, () => list),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("30 seconds")
      expect(sent).toEqual([0, 0])
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(fiber)
      expect(sent).toEqual([0, 0, 60_000, 60_000, 120_000])
    })
  )

  it.effect("stops all targets until one 429 allows more, and longer if another one says so", () =>
    Effect.gen(function* () {
      const { list, retry, sent } = yield* paced({})
      const decision = yield* retry.decide(rejection(7))
      expect(decision).toMatchObject({ _tag: "Retry" })
      const fiber = yield* Effect.fork(Effect.all([list, list], { concurrency: "unbounded" }))
      yield* TestClock.adjust("5 seconds")
      yield* retry.decide(rejection(4))
      yield* TestClock.adjust("3999 millis")
      expect(sent).toEqual([])
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(fiber)
      expect(sent).toEqual([9000, 9000])
    })
  )

  it.effect("stops at most a minute", () =>
    Effect.gen(function* () {
      const { list, retry, sent } = yield* paced({})
      yield* retry.decide(rejection(3600))
      const fiber = yield* Effect.fork(list)
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      expect(sent).toEqual([60_000])
    })
  )
})
