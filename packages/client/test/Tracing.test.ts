import * as HttpClientError from "@effect/platform/HttpClientError"
import { describe, expect, it } from "@effect/vitest"
import { RetryPolicy } from "@hotspot-session/client"
import { Cause, Context, Deferred, Effect, Exit, Fiber, Layer, Option, Tracer } from "effect"
import { connect, page, projectId, script } from "./support.js"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const spanId = "b7ad6b7169203331"

const sentHeaders = Effect.gen(function* () {
  const { list, sent } = yield* connect(script(page(["1"])))
  yield* list({ project_id: projectId })
  return (yield* sent)[0]?.request.headers
})

/** A tracer that records its spans. */
const recordSpans = (spans: Array<Tracer.Span>) =>
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
  it.effect("are one for the call and one for each attempt, whose ID is in the trace headers", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.Span> = []
      const headers = yield* sentHeaders.pipe(Effect.withSpan("mine"), Effect.provide(yield* recordSpans(spans)))
      const [callerSpan, call, attempt] = spans
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
      expect(callerSpan?.attributes.size).toBe(0)
    })
  )

  it.effect(
    "are not created without a tracer; the trace headers have the ID of the caller's span, which is not changed",
    () =>
      Effect.gen(function* () {
        expect(yield* sentHeaders).not.toHaveProperty("traceparent")
        const [headers, callerSpan] = yield* Effect.all([sentHeaders, Effect.currentSpan]).pipe(Effect.withSpan("mine"))
        expect(headers?.traceparent).toBe(`00-${callerSpan.traceId}-${callerSpan.spanId}-01`)
        expect(callerSpan.attributes.size).toBe(0)
        const external = Tracer.externalSpan({ traceId, spanId, sampled: false })
        const externalHeaders = yield* Effect.withParentSpan(sentHeaders, external)
        expect(externalHeaders).toMatchObject({
          traceparent: `00-${traceId}-${spanId}-00`,
          b3: `${traceId}-${spanId}-0`
        })
      })
  )

  it.effect("have the parent, the links and the attributes that Effect gives to a span at the same place", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.Span> = []
      const { list } = yield* connect(script(page(["1"]), page(["1"]), page(["1"])))
      const called = list({ project_id: projectId })
      const linked = Tracer.externalSpan({ traceId, spanId })
      const hiding = Context.make(Tracer.DisablePropagation, true)
      const places: ReadonlyArray<<A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>> = [
        (effect) =>
          effect.pipe(
            Effect.linkSpans(linked, { why: "linked" }),
            Effect.annotateSpans("tenant", "a"),
            Effect.withSpan("visible")
          ),
        (effect) => effect.pipe(Effect.withSpan("hidden", { context: hiding }), Effect.withSpan("visible")),
        (effect) => Effect.withParentSpan(effect, Tracer.externalSpan({ traceId, spanId, context: hiding }))
      ]
      const shapeOf = ({ attributes, links, parent }: Tracer.Span) => ({
        parent: Option.map(parent, (span) => (span._tag === "Span" ? span.name : span.spanId)),
        links,
        tenant: attributes.get("tenant")
      })
      const recorder = yield* recordSpans(spans)
      for (const place of places) {
        spans.length = 0
        yield* place(Effect.zipRight(Effect.void.pipe(Effect.withSpan("theirs")), called)).pipe(
          Effect.provide(recorder)
        )
        const theirs = spans.find(({ name }) => name === "theirs")
        const call = spans.find(({ name }) => name === "HotspotSession.listHotspotSessionConfig")
        if (theirs === undefined || call === undefined) throw new Error("no span")
        expect(shapeOf(call)).toEqual(shapeOf(theirs))
        expect(call.links).not.toBe(theirs.links)
      }
    })
  )

  it.effect("follow OpenTelemetry's conventions for failures and resends", () =>
    Effect.gen(function* () {
      const attributes = (...responses: ReadonlyArray<{ readonly status: number; readonly body?: string }>) =>
        Effect.gen(function* () {
          const spans: Array<Tracer.Span> = []
          const retry = RetryPolicy.make({ attempts: 2, baseDelay: 0 })
          const { list } = yield* connect(script(...responses), { retry })
          yield* Effect.either(list({ project_id: projectId })).pipe(Effect.provide(yield* recordSpans(spans)))
          return spans
            .filter(({ kind }) => kind === "client")
            .map((span) => [span.attributes.get("error.type"), span.attributes.get("http.request.resend_count")])
        })
      expect(yield* attributes({ status: 503 }, page([]))).toEqual([
        ["503", undefined],
        [undefined, 1]
      ])
      expect(yield* attributes({ status: 302 })).toEqual([["302", undefined]])
      expect(yield* attributes({ status: 200, body: "<html>" })).toEqual([["DecodeError", undefined]])
      const spans: Array<Tracer.Span> = []
      const { list } = yield* connect(
        ({ request }) => Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport" })),
        { retry: RetryPolicy.none }
      )
      yield* Effect.either(list({ project_id: projectId })).pipe(Effect.provide(yield* recordSpans(spans)))
      expect(spans[1]?.attributes.get("error.type")).toBe("unknown")
    })
  )

  it.effect("end with the error, which tracers export as the exception", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.Span> = []
      const { list } = yield* connect(script({ status: 503 }), { retry: RetryPolicy.none })
      yield* Effect.flip(list({ project_id: projectId })).pipe(Effect.provide(yield* recordSpans(spans)))
      const exceptions = spans.map(({ status }) =>
        status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.prettyErrors(status.exit.cause) : []
      )
      expect(exceptions.map((errors) => errors.map(({ name }) => name))).toEqual([
        ["ServiceUnavailable"],
        ["ServiceUnavailable"]
      ])
    })
  )

  it.effect("end when the call is interrupted, and contain the spans of the application's own HTTP client", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.Span> = []
      const recorder = yield* recordSpans(spans)
      const started = yield* Deferred.make<void>()
      const { list } = yield* connect(() =>
        Effect.zipRight(Deferred.succeed(started, undefined), Effect.never).pipe(Effect.withSpan("own"))
      )
      const call = yield* Effect.fork(Effect.provide(list({ project_id: projectId }), recorder))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(call)
      expect(
        spans.map(({ name, status }) => [name, status._tag === "Ended" && Exit.isInterrupted(status.exit)])
      ).toEqual([
        ["HotspotSession.listHotspotSessionConfig", true],
        ["GET /v1/{project_id}/hotspot-session-config", true],
        ["own", true]
      ])
      expect(spans.slice(1).map(({ parent }) => Option.getOrUndefined(parent))).toEqual(spans.slice(0, 2))
    })
  )

  it.effect("are not created if tracing is disabled", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.Span> = []
      const headers = yield* sentHeaders.pipe(
        Effect.withTracerEnabled(false),
        Effect.provide(yield* recordSpans(spans))
      )
      expect(spans).toEqual([])
      expect(headers).not.toHaveProperty("traceparent")
    })
  )
})
