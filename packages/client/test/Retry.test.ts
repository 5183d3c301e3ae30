import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { ErrorCategory, ServiceUnavailable } from "@hotspot-session/core"
import { Duration, Effect, Exit, Fiber, Layer, Random, Redacted, TestClock } from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import * as RetryQuota from "../src/RetryQuota.js"
import { connect, layer, page, pause, projectId, script, server, token } from "./support.js"

const busy = (headers?: Record<string, string>) => ({
  status: 503,
  body: JSON.stringify({ error_code: "WKS.00050902", error_msg: "Service unavailable." }),
  ...(headers === undefined ? {} : { headers })
})

/** Runs a call while the clock advances, and returns its exit. */
const runWithClock = <A, E>(call: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.exit(call))
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })

const errorOf = <A, E>(exit: Exit.Exit<A, E>): E => {
  const error = Exit.match(exit, {
    onSuccess: () => undefined,
    onFailure: (cause) => (cause._tag === "Fail" ? cause.error : undefined)
  })
  if (error === undefined) throw new Error(`expected a failure, got ${JSON.stringify(exit)}`)
  return error
}

describe("retry", () => {
  it.effect("retries a 503 after half of 0.5 s and half of 1 s with a jitter of one half", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(busy(), busy(), page(["1"])))
      const exit = yield* runWithClock(list({ project_id: projectId })).pipe(Effect.withRandom(Random.fixed([0.5])))
      expect(Exit.isSuccess(exit)).toBe(true)
      expect((yield* sent).map(({ at }) => at)).toEqual([0, 250, 750])
    })
  )

  it.effect("waits for Retry-After in seconds", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(busy({ "retry-after": "7" }), page(["1"])))
      yield* runWithClock(list({ project_id: projectId }))
      expect((yield* sent).map(({ at }) => at)).toEqual([0, 7000])
    })
  )

  it.effect("waits for Retry-After as a date by the server's clock", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(
        script(
          busy({ "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT", date: "Fri, 31 Dec 1999 23:59:47 GMT" }),
          page(["1"])
        )
      )
      yield* runWithClock(list({ project_id: projectId }))
      expect((yield* sent).map(({ at }) => at)).toEqual([0, 12_000])
    })
  )

  it.effect("limits a long Retry-After to maxRetryAfter", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(busy({ "retry-after": "86400" }), page(["1"])))
      yield* runWithClock(list({ project_id: projectId }))
      expect((yield* sent).map(({ at }) => at)).toEqual([0, 60_000])
    })
  )

  it.effect("retries a 503 until four attempts are used up, and reports their number", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(busy()))
      const error = errorOf(yield* runWithClock(list({ project_id: projectId })))
      expect(error).toMatchObject({ _tag: "ServiceUnavailable", attempts: 4, retry_stop: "attempts" })
      expect(error.message).toContain("4 attempts")
      expect(yield* sent).toHaveLength(4)
    })
  )

  it.effect("makes one attempt if retries are disabled for the client or the call", () =>
    Effect.gen(function* () {
      const off = yield* connect(script(busy()), { retry: RetryPolicy.none })
      yield* runWithClock(off.list({ project_id: projectId }))
      expect(yield* off.sent).toHaveLength(1)

      const on = yield* connect(script(busy()))
      yield* runWithClock(on.list({ project_id: projectId }, { retry: RetryPolicy.none }))
      expect(yield* on.sent).toHaveLength(1)
    })
  )

  it.effect("does not retry 400, 401, 403, 404, 405, 500 and other statuses", () =>
    Effect.forEach([400, 401, 403, 404, 405, 413, 500, 501], (status) =>
      Effect.gen(function* () {
        const { list, sent } = yield* connect(script({ status, body: "{}" }))
        const error = errorOf(yield* runWithClock(list({ project_id: projectId })))
        expect(error).toMatchObject({ status, attempts: 1 })
        expect(yield* sent).toHaveLength(1)
      })
    )
  )

  it.effect("retries 429, 502 and 504", () =>
    Effect.forEach([429, 502, 504], (status) =>
      Effect.gen(function* () {
        const { list, sent } = yield* connect(script({ status }, page(["1"])))
        expect(Exit.isSuccess(yield* runWithClock(list({ project_id: projectId })))).toBe(true)
        expect(yield* sent).toHaveLength(2)
      })
    )
  )

  it.effect("does not start a delay that would exceed the deadline of the call", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(busy({ "retry-after": "30" })))
      const fiber = yield* Effect.fork(Effect.exit(list({ project_id: projectId }, { timeout: "20 seconds" })))
      yield* TestClock.adjust("1 millis")
      expect(errorOf(yield* Fiber.join(fiber))).toMatchObject({ _tag: "ServiceUnavailable", retry_stop: "elapsed" })
      expect(yield* sent).toHaveLength(1)
    })
  )

  it.effect("retries until a longer deadline with a policy of more attempts", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(busy({ "retry-after": "60" })), {
        retry: RetryPolicy.make({ attempts: 10 }),
        timeout: "5 minutes"
      })
      const error = errorOf(yield* runWithClock(list({ project_id: projectId })))
      expect(error).toMatchObject({ _tag: "ServiceUnavailable", retry_stop: "elapsed" })
      expect(yield* sent).toHaveLength(5)
    })
  )

  it.effect("limits an attempt to 40 s and the call to two minutes", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(() => Effect.never)
      const fiber = yield* Effect.fork(Effect.exit(list({ project_id: projectId }, { retry: RetryPolicy.none })))
      yield* TestClock.adjust("39999 millis")
      expect(yield* Fiber.poll(fiber)).toMatchObject({ _tag: "None" })
      yield* TestClock.adjust("1 millis")
      expect(errorOf(yield* Fiber.join(fiber))).toMatchObject({ _tag: "TransportError", reason: "timeout" })

      const whole = yield* Effect.fork(Effect.exit(list({ project_id: projectId }, { timeout: "30 seconds" })))
      yield* TestClock.adjust("30 seconds")
      expect(errorOf(yield* Fiber.join(whole))).toMatchObject({ _tag: "TransportError", reason: "deadline" })
      expect(yield* sent).toHaveLength(2)
    })
  )

  it.effect("blames the credentials if the call ends while the first are awaited", () =>
    Effect.gen(function* () {
      const first = Credentials.token(Redacted.make(token))
      let issued = 0
      const credentials: Credentials.Service = {
        get: Effect.suspend(() => (issued++ === 1 ? first.get : Effect.never)),
        invalidate: () => Effect.succeed(false)
      }
      const { client, sent } = yield* server(script(busy()))
      const service = yield* Effect.provide(
        HotspotSession.HotspotSession,
        layer(client, { timeout: "30 seconds" }, Layer.succeed(Credentials.Credentials, credentials))
      )
      const settings = { project_id: projectId, hotspot_session_migration_enable: true, hotspot_exit_session_num: 1 }
      const unsent = errorOf(yield* runWithClock(service.createHotspotSessionConfig(settings)))
      const expected = { _tag: "CredentialsError", transient: true, unavailable: true, retry_stop: "elapsed" }
      expect(unsent).toMatchObject({ ...expected, attempts: 1, outcome: "not_done" })
      expect(ErrorCategory.isAvailability(unsent)).toBe(true)
      expect(unsent.message).toMatch(/^The credentials were not available within 30s, the time limit of the call \(/)
      expect(yield* sent).toHaveLength(0)

      const update = service.updateHotspotSessionConfig({ ...settings, config_id: "1" })
      expect(errorOf(yield* runWithClock(update))).toMatchObject({
        _tag: "TransportError",
        reason: "deadline",
        attempts: 2,
        outcome: "unknown"
      })
      expect(yield* sent).toHaveLength(1)
    })
  )

  it.effect("ends immediately when it is interrupted during a delay", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(busy({ "retry-after": "30" })))
      const fiber = yield* Effect.fork(list({ project_id: projectId }))
      yield* TestClock.adjust("1 seconds")
      expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
      yield* TestClock.adjust("1 minutes")
      expect(yield* sent).toHaveLength(1)
    })
  )

  it.effect("uses twice as much of the quota after a timeout", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(() => Effect.never, {
        retry: RetryPolicy.make({ attempts: 10 }),
        retryQuota: 25,
        attemptTimeout: "1 seconds"
      })
      const exit = yield* runWithClock(list({ project_id: projectId }))
      expect(errorOf(exit)).toMatchObject({ _tag: "TransportError", reason: "timeout", retry_stop: "quota" })
      expect(yield* sent).toHaveLength(3)
    })
  )

  it.effect("waits at most five seconds for the body of an error", () =>
    Effect.gen(function* () {
      const endless = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"error_code":'))
      })
      const client = HttpClient.make((request) =>
        Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(endless, { status: 403 })))
      )
      const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession.pipe(Effect.provide(layer(client)))
      const call = yield* Effect.fork(Effect.flip(listHotspotSessionConfig({ project_id: projectId })))
      yield* pause
      yield* TestClock.adjust("4999 millis")
      expect(yield* Fiber.poll(call)).toMatchObject({ _tag: "None" })
      yield* TestClock.adjust("1 millis")
      expect(yield* Fiber.join(call)).toMatchObject({ _tag: "Forbidden", attempts: 1 })
    })
  )

  it("has a quota that successes do not raise above its capacity", () => {
    const quota = RetryQuota.make(RetryQuota.retryCost)
    quota.give()
    expect([quota.take(RetryQuota.retryCost), quota.take(RetryQuota.retryCost)]).toEqual([true, false])
  })

  it.effect("stops retrying when the quota is used up, and allows one retry after a success", () =>
    Effect.gen(function* () {
      let isUp = false
      const { list, sent } = yield* connect(() => Effect.succeed(isUp ? page(["1"]) : busy()), { retryQuota: 25 })
      const attempts = Effect.gen(function* () {
        const before = (yield* sent).length
        const exit = yield* runWithClock(list({ project_id: projectId }))
        return { exit, attempts: (yield* sent).length - before }
      })
      expect((yield* attempts).attempts).toBe(4)
      const third = yield* attempts
      expect(third.attempts).toBe(3)
      expect(errorOf(third.exit)).toMatchObject({ _tag: "ServiceUnavailable", retry_stop: "quota" })
      expect((yield* attempts).attempts).toBe(1)
      isUp = true
      expect((yield* attempts).attempts).toBe(1)
      isUp = false
      expect((yield* attempts).attempts).toBe(2)
    })
  )

  it.prop(
    "stays within the limits of attempts, jitter and Retry-After for any failure",
    [
      FC.integer({ min: 1, max: 8 }),
      FC.integer({ min: 1, max: 100_000 }),
      FC.integer({ min: 1, max: 5000 }),
      FC.option(FC.integer({ min: 0, max: 90 })),
      FC.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    ],
    ([attempts, elapsed, baseDelay, retryAfter, random]) => {
      const policy = RetryPolicy.make({ attempts: 6, baseDelay })
      const error = new ServiceUnavailable({
        retry_after: retryAfter === null ? undefined : Duration.seconds(retryAfter)
      })
      const decision = policy
        .decide({ error, attempts, elapsed: Duration.millis(elapsed), freshCredentials: false })
        .pipe(Effect.withRandom(Random.fixed([random])), Effect.runSync)
      const requested = Math.min(retryAfter ?? 0, 60) * 1000
      const backoff = random * Math.min(20_000, baseDelay * 2 ** (attempts - 1))
      const delay = Math.max(requested, backoff)
      if (attempts >= 6) expect(decision).toEqual({ _tag: "Stop", reason: "attempts" })
      else {
        expect(decision._tag).toBe("Retry")
        // A duration has a resolution of one nanosecond.
        if (decision._tag === "Retry") expect(Duration.toMillis(decision.delay)).toBeCloseTo(delay, 4)
      }
    },
    { fastCheck: { numRuns: runs(500), examples: [[4, 1, 2500, 20, 0.999999999975]] } }
  )
})
