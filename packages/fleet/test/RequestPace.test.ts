import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy, TooManyRequests } from "@hotspot-session/client"
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
      HotspotSession.mock({ call: () => send as Effect.Effect<never> })
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
  perMinute: number | undefined,
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
        const response = HttpClientResponse.fromWeb(request, new Response(null, { status, headers }))
        // `TestClock` does not wait for a body that is read in promises.
        return Object.defineProperty(response, "text", { value: Effect.succeed('{"items":[]}') })
      })
    )
    const client = yield* HotspotSession.make({ region: "ap-southeast-1", retry: pace.retry, timeout }).pipe(
      Effect.provideService(HttpClient.HttpClient, http),
      Effect.provideService(Credentials.Credentials, Credentials.token(Redacted.make("token")))
    )
    const paced = pace.paced(client)
    const list = (project_id: string) => paced.listHotspotSessionConfig({ project_id })
    return { sent, client: paced, list, burst: pace.bursts(client) }
  })

const rejection = (seconds?: number) => ({
  error: new TooManyRequests(seconds === undefined ? {} : { retry_after: Duration.seconds(seconds) }),
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
      const first = yield* Effect.fork(retry.decide(rejection(7)))
      yield* Effect.yieldNow()
      const fiber = yield* Effect.fork(Effect.all([list, list], { concurrency: "unbounded" }))
      yield* TestClock.adjust("5 seconds")
      const second = yield* Effect.fork(retry.decide(rejection(4)))
      yield* TestClock.adjust("3999 millis")
      expect(sent).toEqual([])
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(fiber)
      expect(sent).toEqual([9000, 9000])
      // They have waited as long as all others.
      for (const decided of [first, second]) expect(yield* decided).toEqual({ _tag: "Retry", delay: Duration.zero })
    })
  )

  it.effect("stops at most a minute, and a second if the 429 does not say how long", () =>
    Effect.gen(function* () {
      for (const [seconds, pause] of [
        [3600, 60_000],
        [undefined, 1_000]
      ] as const) {
        const { list, retry, sent } = yield* paced({ retry: RetryPolicy.none })
        const start = yield* Clock.currentTimeMillis
        yield* retry.decide(rejection(seconds))
        const fiber = yield* Effect.fork(list)
        yield* TestClock.adjust("1 hour")
        yield* Fiber.join(fiber)
        expect(sent).toEqual([start + pause])
      }
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

  it.effect("sends the requests of a burst together, before those that wait", () =>
    Effect.gen(function* () {
      const { burst, list, sent } = yield* real(3, ({ index }) => Effect.as(Effect.sleep(`${index} seconds`), 200))
      const together = burst(3, ({ client, remaining }) =>
        Effect.gen(function* () {
          for (const left of [3, 2, 1]) {
            expect(remaining()).toBe(left)
            yield* client.listHotspotSessionConfig({ project_id: "p" })
          }
          expect(remaining()).toBe(0)
        })
      )
      const fiber = yield* Effect.fork(
        Effect.all([list("p1"), together, list("p2"), list("p3")], { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      expect(sent).toEqual([0, 60_000, 61_000, 63_000, 120_000, 121_000])
    })
  )

  it.effect("makes a burst of more requests than its rate allows wait after those that it allows", () =>
    Effect.gen(function* () {
      const { burst, sent } = yield* real(2, () => Effect.succeed(200))
      const fiber = yield* Effect.fork(
        burst(5, ({ client }) => Effect.replicateEffect(client.listHotspotSessionConfig({ project_id: "p" }), 5))
      )
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      expect(sent).toEqual([0, 0, 60_000, 60_000, 120_000])
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
        const { burst, list, sent } = yield* real(perMinute, ({ index }) => {
          const [status, seconds] = responses[index] ?? [200, 0]
          return Effect.delay(Effect.succeed(status), Duration.seconds(seconds))
        })
        const together = burst(2, ({ client }) =>
          Effect.replicateEffect(client.listHotspotSessionConfig({ project_id: "p" }), 3, { discard: true })
        )
        const all = Array.from({ length: 6 }, (_, index) =>
          Effect.ignore(index === 2 ? together : Effect.asVoid(list(`p${index}`)))
        )
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

  it.effect("counts each thousand users as a request", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* real(2, () => Effect.succeed(200))
      const non_migrate_users = Array.from({ length: 4_001 }, (_, index) => ({ user_id: `u${index}` }))
      const fiber = yield* Effect.fork(
        client.updateNonMigrationUsers({ project_id: "p", config_id: "1", update_type: "ADD", non_migrate_users })
      )
      yield* TestClock.adjust("5 minutes")
      yield* fiber
      expect(sent).toEqual([0, 0, 60_000, 60_000, 120_000])
    })
  )

  it.effect("holds the retries of all calls when one is told to wait, without a rate, too", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* real(undefined, ({ isFirst, project }) =>
        isFirst ? Effect.succeed(project === "p1" ? 429 : 503) : Effect.succeed(200)
      )
      const fiber = yield* Effect.fork(Effect.all([list("p1"), list("p2")], { concurrency: "unbounded" }))
      yield* TestClock.adjust("59 seconds")
      expect(sent).toEqual([0, 0])
      yield* TestClock.adjust("1 second")
      yield* fiber
      expect(sent).toEqual([0, 0, 60_000, 60_000])
    })
  )

  it.effect("lets a call fail at once if it would have to wait beyond its time limit", () =>
    Effect.gen(function* () {
      for (const perMinute of [undefined, 100]) {
        const { list, sent } = yield* real(perMinute, () => Effect.succeed(429), "30 seconds")
        expect(yield* Effect.flip(list("p"))).toMatchObject({ _tag: "TooManyRequests", retry_stop: "elapsed" })
        expect(sent).toEqual([0])
      }
    })
  )

  it.effect.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9])("cannot be of %d requests", (perMinute) =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(makeRequestPace({ perMinute }))).toMatchObject({ path: ["perMinute"] })
    })
  )
})
