import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, TooManyRequests } from "@hotspot-session/client"
import { Clock, Duration, Effect, Fiber, Redacted, TestClock } from "effect"
import * as FC from "effect/FastCheck"
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

interface Sent {
  readonly index: number
  readonly project: string
  /** Whether it is the first request of the project. */
  readonly isFirst: boolean
}

/** A paced client of a service that responds with a status, and the times at which its requests are sent. */
const real = (
  perMinute: number,
  respond: (sent: Sent) => Effect.Effect<number>,
  timeout: Duration.DurationInput = "10 minutes"
) =>
  Effect.gen(function* () {
    const sent: Array<number> = []
    const projects = new Set<string>()
    const pace = yield* makeRequestPace({ perMinute })
    const http = HttpClient.make((request, { pathname }) =>
      Effect.gen(function* () {
        const project = pathname.split("/")[2] ?? ""
        const isFirst = !projects.has(project)
        projects.add(project)
        const status = yield* respond({ index: sent.push(yield* Clock.currentTimeMillis) - 1, project, isFirst })
        const headers = { "content-type": "application/json", ...(status === 429 ? { "retry-after": "60" } : {}) }
        return HttpClientResponse.fromWeb(request, new Response('{"items":[]}', { status, headers }))
      })
    )
    const client = yield* HotspotSession.make({ region: "ap-southeast-1", retry: pace.retry, timeout }).pipe(
      Effect.provideService(HttpClient.HttpClient, http),
      Effect.provideService(Credentials.Credentials, Credentials.token(Redacted.make("token")))
    )
    const { listHotspotSessionConfig } = pace.paced(client)
    return { sent, list: (project_id: string) => listHotspotSessionConfig({ project_id }) }
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

  it.effect("sends no more in any minute when a 429 stops all, and its retry is sent", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* real(2, ({ project, isFirst }) =>
        // The request is held for as long as others wait for a slot.
        project === "p2" && isFirst ? Effect.as(Effect.sleep("35 seconds"), 429) : Effect.succeed(200)
      )
      const all = ["p1", "p2", "p3", "p4", "p5", "p6"].map(list)
      const fiber = yield* Effect.fork(Effect.all(all, { concurrency: "unbounded" }))
      yield* TestClock.adjust("10 minutes")
      yield* Fiber.join(fiber)
      expect(sent).toEqual([0, 0, 95_000, 95_000, 155_000, 155_000, 215_000])
    })
  )

  it.effect.prop(
    "sends at most so many requests in any minute, whatever fails",
    [
      FC.integer({ min: 1, max: 4 }),
      FC.array(FC.tuple(FC.constantFrom(200, 429, 503), FC.integer({ max: 40, min: 0 })), { maxLength: 8 })
    ],
    ([perMinute, responses]) =>
      Effect.gen(function* () {
        const { list, sent } = yield* real(perMinute, ({ index }) => {
          const [status, seconds] = responses[index] ?? [200, 0]
          return Effect.delay(Effect.succeed(status), Duration.seconds(seconds))
        })
        const all = Array.from({ length: 6 }, (_, index) => Effect.ignore(list(`p${index}`)))
        const fiber = yield* Effect.fork(Effect.all(all, { concurrency: 4 }))
        yield* TestClock.adjust("1 hour")
        yield* Fiber.join(fiber)
        for (const [index, time] of sent.entries()) {
          expect((sent[index + perMinute] ?? Number.POSITIVE_INFINITY) - time).toBeGreaterThanOrEqual(60_000)
        }
      }),
    { fastCheck: { numRuns: 10 } }
  )

  it.effect("does not count the wait for a slot towards the time limit of a call", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* real(1, () => Effect.succeed(200), "1 second")
      const fiber = yield* Effect.fork(Effect.all([list("p"), list("p"), list("p")], { concurrency: "unbounded" }))
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(fiber)
      expect(sent).toEqual([0, 60_000, 120_000])
    })
  )
})
