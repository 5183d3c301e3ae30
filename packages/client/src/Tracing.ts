/** Spans that cost nothing where nobody takes them: Effect's own tracer, which is there by default, keeps none. */
import * as Headers from "@effect/platform/Headers"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { setHeaders } from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

const isTraced = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  fiber.currentTracer !== nativeTracer && fiber.getFiberRef(FiberRef.currentTracerEnabled)

/** A span around an effect, where somebody traces. Its options are made for that case only. */
export const withSpan =
  (name: string, options: () => Omit<Tracer.SpanOptions, "captureStackTrace">) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withFiberRuntime<A, E, R>((fiber) =>
      isTraced(fiber)
        ? // Without a parent of its own the span has that of the context, which the type does not know.
          (Effect.withSpan(effect, name, { ...options(), captureStackTrace: false }) as Effect.Effect<A, E, R>)
        : effect
    )

/**
 * A value whose attributes the span of this library gets; never one of its caller's, which it would be where there is none.
 */
export const annotated = <A>(value: A, attributes: (value: A) => Record<string, unknown>): Effect.Effect<A> =>
  Effect.withFiberRuntime<A>((fiber) =>
    isTraced(fiber) ? Effect.as(Effect.annotateCurrentSpan(attributes(value)), value) : Effect.succeed(value)
  )

/** Tracers that are switched off give other IDs. */
const traceId = /^[0-9a-f]{32}$/i

const traceHeaders = (span: Tracer.AnySpan): Headers.Headers => {
  const parent = span._tag === "Span" && Option.isSome(span.parent) ? `-${span.parent.value.spanId}` : ""
  return Headers.unsafeFromRecord({
    b3: `${span.traceId}-${span.spanId}-${span.sampled ? "1" : "0"}${parent}`,
    traceparent: `00-${span.traceId}-${span.spanId}-${span.sampled ? "01" : "00"}`
  })
}

/**
 * Continues the trace beyond the request, by `traceparent` and `b3`: with this library's span, or, where nobody traces,
 * with the caller's, if there is one.
 */
export const continueTrace = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientRequest.HttpClientRequest> =>
  Effect.withFiberRuntime<HttpClientRequest.HttpClientRequest>((fiber) => {
    const span = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
    return Effect.succeed(
      Option.isSome(span) && traceId.test(span.value.traceId) ? setHeaders(request, traceHeaders(span.value)) : request
    )
  })
