import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Option, Tracer } from "effect"
import { connect, page, projectId, script } from "./support.js"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const spanId = "b7ad6b7169203331"

const listed = Effect.gen(function* () {
  const { list, sent } = yield* connect(script(page(["1"])))
  yield* list({ project_id: projectId })
  return (yield* sent)[0]?.request.headers
})

/** Keeps the spans that it makes. */
const keeping = (spans: Array<Tracer.Span>) =>
  Effect.map(Effect.tracer, (native) =>
    Layer.setTracer(
      Tracer.make({
        span: (...options) => {
          const span = native.span(...options)
          spans.push(span)
          return span
        },
        context: (run, fiber) => native.context(run, fiber)
      })
    )
  )

describe("a call's spans", () => {
  it.effect("are one for the call and one for each attempt, which the trace headers name", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.Span> = []
      const headers = yield* listed.pipe(Effect.withSpan("mine"), Effect.provide(yield* keeping(spans)))
      const [mine, call, attempt] = spans
      expect(spans.map(({ name }) => name)).toEqual([
        "mine",
        "HotspotSession.listHotspotSessionConfig",
        "GET /v1/{project_id}/hotspot-session-config"
      ])
      expect(Option.getOrUndefined(attempt?.parent ?? Option.none())).toBe(call)
      expect(headers?.traceparent).toBe(`00-${attempt?.traceId}-${attempt?.spanId}-01`)
      expect(headers?.b3).toBe(`${attempt?.traceId}-${attempt?.spanId}-1-${call?.spanId}`)
      expect(Object.fromEntries(attempt?.attributes ?? [])).toMatchObject({
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "service.example"
      })
      expect(mine?.attributes.size).toBe(0)
    })
  )

  it.effect("do not exist without a tracer; the trace headers name the caller's span, which is not changed", () =>
    Effect.gen(function* () {
      expect(yield* listed).not.toHaveProperty("traceparent")
      const [headers, mine] = yield* Effect.all([listed, Effect.currentSpan]).pipe(Effect.withSpan("mine"))
      expect(headers?.traceparent).toBe(`00-${mine.traceId}-${mine.spanId}-01`)
      expect(mine.attributes.size).toBe(0)
      const external = Tracer.externalSpan({ traceId, spanId, sampled: false })
      const others = yield* Effect.withParentSpan(listed, external)
      expect(others).toMatchObject({ traceparent: `00-${traceId}-${spanId}-00`, b3: `${traceId}-${spanId}-0` })
    })
  )

  it.effect("do not exist if tracing is disabled", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.Span> = []
      const headers = yield* listed.pipe(Effect.withTracerEnabled(false), Effect.provide(yield* keeping(spans)))
      expect(spans).toEqual([])
      expect(headers).not.toHaveProperty("traceparent")
    })
  )
})
