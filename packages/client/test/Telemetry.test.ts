import { describe, expect, it } from "@effect/vitest"
import { Telemetry } from "@hotspot-session/client"
import { Effect, Fiber, Metric, MetricState, TestClock } from "effect"
import { connect, page, projectId, script } from "./support.js"

const prefix = "hotspot_session_client_"

/** The values of this library's metrics with the label `test`, by their other labels. */
const metricsOf = (test: string) =>
  Effect.map(Metric.snapshot, (pairs) =>
    Object.fromEntries(
      pairs
        .filter(({ metricKey }) => metricKey.name.startsWith(prefix))
        .filter(({ metricKey }) => metricKey.tags.some(({ key, value }) => key === "test" && value === test))
        .map(({ metricKey, metricState }) => {
          const labels = metricKey.tags.filter(({ key }) => key !== "test").map(({ key, value }) => `${key}=${value}`)
          const name = metricKey.name.slice(prefix.length)
          return [
            `${name} ${labels.sort().join(" ")}`,
            MetricState.isHistogramState(metricState)
              ? { count: metricState.count, sum: metricState.sum }
              : (metricState as MetricState.MetricState.Counter<number>).count
          ]
        })
    )
  )

const outcome = (name: string) => `operation=listHotspotSessionConfig outcome=${name}`

describe("the metrics", () => {
  it.effect("count a call with its attempts and retries, and record its duration", () =>
    Effect.gen(function* () {
      const { list } = yield* connect(script({ status: 503, headers: { "retry-after": "7" } }, page(["1"])))
      const call = yield* Effect.fork(Effect.tagMetrics(list({ project_id: projectId }), "test", "retried"))
      yield* Effect.repeatN(
        Effect.zipRight(
          Effect.promise(() => new Promise(setImmediate)),
          TestClock.adjust("1 seconds")
        ),
        20
      )
      yield* Fiber.join(call)
      expect(yield* metricsOf("retried")).toEqual({
        [`calls_total ${outcome("ok")}`]: 1,
        [`attempts_total ${outcome("ServiceUnavailable")}`]: 1,
        [`attempts_total ${outcome("ok")}`]: 1,
        "retries_total operation=listHotspotSessionConfig reason=ServiceUnavailable": 1,
        "call_duration_seconds operation=listHotspotSessionConfig": { count: 1, sum: 7 }
      })
    })
  )

  it.effect("distinguish an interrupted call from a defect", () =>
    Effect.gen(function* () {
      const { list } = yield* connect(() => Effect.never)
      const call = yield* Effect.fork(Effect.tagMetrics(list({ project_id: projectId }), "test", "interrupted"))
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.interrupt(call)
      expect(yield* metricsOf("interrupted")).toEqual({
        [`calls_total ${outcome("interrupted")}`]: 1,
        [`attempts_total ${outcome("interrupted")}`]: 1,
        "call_duration_seconds operation=listHotspotSessionConfig": { count: 1, sum: 1 }
      })
      const broken = yield* connect(() => Effect.dieMessage("broken"))
      yield* Effect.exit(Effect.tagMetrics(broken.list({ project_id: projectId }), "test", "broken"))
      expect(yield* metricsOf("broken")).toMatchObject({
        [`calls_total ${outcome("defect")}`]: 1,
        [`attempts_total ${outcome("defect")}`]: 1
      })
    })
  )

  it.effect("count a call that fails before anything is sent", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(page([])))
      yield* Effect.flip(Effect.tagMetrics(list({ project_id: projectId, limit: 0 }), "test", "invalid"))
      expect(yield* sent).toEqual([])
      expect(yield* metricsOf("invalid")).toEqual({
        [`calls_total ${outcome("InvalidRequest")}`]: 1,
        "call_duration_seconds operation=listHotspotSessionConfig": { count: 1, sum: 0 }
      })
    })
  )

  it.effect("count no retry that a call is interrupted before", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script({ status: 503, headers: { "retry-after": "7" } }, page(["1"])))
      const call = yield* Effect.fork(Effect.tagMetrics(list({ project_id: projectId }), "test", "waiting"))
      while ((yield* sent).length === 0) yield* Effect.promise(() => new Promise(setImmediate))
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.interrupt(call)
      expect(yield* metricsOf("waiting")).toMatchObject({ [`attempts_total ${outcome("ServiceUnavailable")}`]: 1 })
      expect(yield* Telemetry.total(Telemetry.retries, { test: "waiting" })).toBe(0)
    })
  )

  it.effect("are added up over their labels, and selected by all of them", () =>
    Effect.gen(function* () {
      const { list } = yield* connect(script({ status: 404 }, page(["1"]), page(["1"])))
      const call = Effect.tagMetrics(Effect.either(list({ project_id: projectId })), "test", "total")
      yield* Effect.repeatN(call, 2)
      expect(yield* Telemetry.total(Telemetry.calls, { test: "total" })).toBe(3)
      expect(yield* Telemetry.total(Telemetry.calls, { test: "total", outcome: "ok" })).toBe(2)
      expect(yield* Telemetry.total(Telemetry.retries, { test: "total" })).toBe(0)
      expect(yield* Telemetry.total(Telemetry.attempts)).toBeGreaterThanOrEqual(3)
      const listed = Telemetry.calls.pipe(
        Metric.tagged("operation", "listHotspotSessionConfig"),
        Metric.tagged("outcome", "NotFound")
      )
      const before = (yield* Metric.value(listed)).count
      const failing = yield* connect(script({ status: 404 }))
      yield* Effect.either(failing.list({ project_id: projectId }))
      expect((yield* Metric.value(listed)).count).toBe(before + 1)
      expect((yield* Metric.value(Telemetry.calls)).count).toBe(0)
    })
  )
})
