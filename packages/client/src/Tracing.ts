/** Spans that cost nothing without a tracer: Effect's default tracer, which keeps no spans, counts as none. */
import * as Headers from "@effect/platform/Headers"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { setHeaders } from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { Operation } from "./Core.js"
import { clockOf } from "./TimeLimit.js"

const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

const isTraced = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  fiber.currentTracer !== nativeTracer && fiber.getFiberRef(FiberRef.currentTracerEnabled)

/** Removes the value, because a span keeps its exit until it is exported, and the value is a whole page. */
const withoutValue = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<void, unknown> =>
  Exit.isSuccess(exit) ? Exit.void : exit

const end = (span: Tracer.Span, exit: Exit.Exit<unknown, unknown>, fiber: Fiber.RuntimeFiber<unknown, unknown>): void =>
  span.end(
    fiber.getFiberRef(FiberRef.currentTracerTimingEnabled) ? clockOf(fiber).unsafeCurrentTimeNanos() : 0n,
    withoutValue(exit)
  )

/** Like `Effect.withParentSpan` and `Effect.onExit`, at less cost. */
const within = <A, E, R>(
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  span: Tracer.Span,
  effect: () => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) => {
    const outer = fiber.currentContext
    const ended = (exit: Exit.Exit<A, E>): Effect.Effect<A, E> => {
      end(span, exit, fiber)
      return Effect.zipRight(FiberRef.set(FiberRef.currentContext, outer), exit)
    }
    return Effect.zipRight(
      FiberRef.set(FiberRef.currentContext, Context.add(outer, Tracer.ParentSpan, span)),
      Effect.matchCauseEffect(restore(Effect.suspend(effect)), {
        onFailure: (cause) => ended(Exit.failCause(cause)),
        onSuccess: (value) => ended(Exit.succeed(value))
      })
    )
  })

/**
 * Adds a span to an effect that runs in `fiber`, if there is a tracer. `options` is called only then, and `effect` within
 * the span.
 */
export const withSpan = <A, E, R>(
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  name: string,
  options: () => Omit<Tracer.SpanOptions, "captureStackTrace">,
  effect: () => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  isTraced(fiber)
    ? Effect.flatMap(Effect.makeSpan(name, { ...options(), captureStackTrace: false }), (span) =>
        within(fiber, span, effect)
      )
    : effect()

/**
 * Adds attributes to the current span if there is a tracer. Without a tracer the current span would be the caller's, which is
 * left alone.
 */
export const annotate = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  attributes: () => Record<string, unknown>
): void => {
  if (!isTraced(fiber)) return
  const span = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
  if (Option.isNone(span) || span.value._tag !== "Span") return
  for (const [name, attribute] of Object.entries(attributes())) span.value.attribute(name, attribute)
}

const defaultPort = (protocol: string): number => (protocol === "https:" ? 443 : 80)

interface Server {
  readonly address: string
  readonly port: number
}

/** Cached, because nearly all requests of a program go to one server, and the `URL` constructor is slow. */
let lastServer: Server & { readonly prefix: string } = { prefix: "none", address: "", port: 0 }

const serverOf = (url: string): Server => {
  const prefix = /^https?:\/\/[^/?#]*/.exec(url)?.[0] ?? url
  if (lastServer.prefix !== prefix) {
    const { hostname, port, protocol } = new URL(url)
    lastServer = { prefix, address: hostname, port: port === "" ? defaultPort(protocol) : Number(port) }
  }
  return lastServer
}

/** The name of a request's span, by OpenTelemetry's semantic conventions for HTTP clients. */
export const requestSpanName = ({ method, path }: Pick<Operation, "method" | "path">): string => `${method} ${path}`

/** The attributes of a request's span, by the same conventions: only a request that is sent again has `resend_count`. */
export const requestAttributes = (
  { method, path }: Pick<Operation, "method" | "path">,
  url: string,
  resendCount = 0
): Record<string, unknown> => {
  const { address, port } = serverOf(url)
  return {
    "http.request.method": method,
    "server.address": address,
    "server.port": port,
    "url.full": url,
    "url.template": path,
    ...(resendCount === 0 ? {} : { "http.request.resend_count": resendCount })
  }
}

/** Disabled tracers create other IDs. */
const traceId = /^[0-9a-f]{32}$/i

const traceHeaders = (span: Tracer.AnySpan): Headers.Headers => {
  const parent = span._tag === "Span" && Option.isSome(span.parent) ? `-${span.parent.value.spanId}` : ""
  return Headers.unsafeFromRecord({
    b3: `${span.traceId}-${span.spanId}-${span.sampled ? "1" : "0"}${parent}`,
    traceparent: `00-${span.traceId}-${span.spanId}-${span.sampled ? "01" : "00"}`
  })
}

/**
 * Propagates the trace with the headers `traceparent` and `b3`: this library's span or, without a tracer, the caller's span
 * if there is one.
 */
export const continueTrace = (
  request: HttpClientRequest.HttpClientRequest,
  fiber: Fiber.RuntimeFiber<unknown, unknown>
): HttpClientRequest.HttpClientRequest => {
  const span = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
  return Option.isSome(span) && traceId.test(span.value.traceId)
    ? setHeaders(request, traceHeaders(span.value))
    : request
}
