/** Spans that cost nothing without a tracer: Effect's default tracer, which keeps no spans, counts as none. */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { setHeader } from "@effect/platform/HttpClientRequest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
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

type SpanOptions = Pick<Tracer.SpanOptions, "attributes" | "kind" | "parent">

/** The nearest span that is not hidden from what it contains. */
const visible = (span: Option.Option<Tracer.AnySpan>): Option.Option<Tracer.AnySpan> =>
  Option.isNone(span) || !Context.get(span.value.context, Tracer.DisablePropagation)
    ? span
    : span.value._tag === "Span"
      ? visible(span.value.parent)
      : Option.none()

/**
 * The span of what runs in `fiber`, if there is a tracer. `optionsOf` is called only then. Like `Effect.makeSpan`, which takes
 * steps of the runtime, with the links and attributes that the application has set for all spans.
 */
export const makeSpan = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  name: string,
  optionsOf: () => SpanOptions
): Tracer.Span | undefined => {
  const { currentContext, currentTracer } = fiber
  if (currentTracer === undefined || !isTraced(fiber)) return undefined
  const options = optionsOf()
  const { attributes = {}, kind = "internal", parent } = options
  const isTimed = fiber.getFiberRef(FiberRef.currentTracerTimingEnabled)
  const span = currentTracer.span(
    name,
    parent === undefined ? visible(Context.getOption(currentContext, Tracer.ParentSpan)) : Option.some(parent),
    Context.empty(),
    // A tracer may add to them.
    Chunk.toArray(fiber.getFiberRef(FiberRef.currentTracerSpanLinks)),
    isTimed ? clockOf(fiber).unsafeCurrentTimeNanos() : 0n,
    kind,
    options
  )
  HashMap.forEach(fiber.getFiberRef(FiberRef.currentTracerSpanAnnotations), (value, name) =>
    span.attribute(name, value)
  )
  annotate(span, () => attributes)
  return span
}

/** Ends a span that was made in `fiber`, if it has not ended. */
export const end = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  span: Tracer.Span | undefined,
  exit: Exit.Exit<unknown, unknown>
): void => {
  if (span?.status._tag !== "Started") return
  const isTimed = fiber.getFiberRef(FiberRef.currentTracerTimingEnabled)
  span.end(isTimed ? clockOf(fiber).unsafeCurrentTimeNanos() : 0n, withoutValue(exit))
}

/**
 * Makes a span the parent of the spans of an effect. It is passed on as a value where nothing else may look for it, because
 * this costs more than all other steps of a call.
 */
export const within = <A, E, R>(
  span: Tracer.Span | undefined,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  span === undefined || Exit.isExit(effect)
    ? effect
    : // `ParentSpan` is not part of `R`, which the type of `withParentSpan` does not express.
      (Effect.withParentSpan(effect, span) as Effect.Effect<A, E, R>)

/** Adds attributes to a span. */
export const annotate = (span: Tracer.Span | undefined, attributes: () => Record<string, unknown>): void => {
  if (span === undefined) return
  const values = attributes()
  for (const name of Object.keys(values)) span.attribute(name, values[name])
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
  const attributes: Record<string, unknown> = {
    "http.request.method": method,
    "server.address": address,
    "server.port": port,
    "url.full": url,
    "url.template": path
  }
  if (resendCount > 0) attributes["http.request.resend_count"] = resendCount
  return attributes
}

/** Disabled tracers create other IDs. */
const traceId = /^[0-9a-f]{32}$/i

/** Set one by one, because `setHeaders` takes seven times as long. */
const setTraceHeaders = (
  request: HttpClientRequest.HttpClientRequest,
  span: Tracer.AnySpan
): HttpClientRequest.HttpClientRequest => {
  const parent = span._tag === "Span" && Option.isSome(span.parent) ? `-${span.parent.value.spanId}` : ""
  const b3 = `${span.traceId}-${span.spanId}-${span.sampled ? "1" : "0"}${parent}`
  const traceparent = `00-${span.traceId}-${span.spanId}-${span.sampled ? "01" : "00"}`
  return setHeader(setHeader(request, "b3", b3), "traceparent", traceparent)
}

/**
 * Propagates the trace with the headers `traceparent` and `b3`: the request's own span or, without a tracer, the caller's
 * span if there is one.
 */
export const continueTrace = (
  request: HttpClientRequest.HttpClientRequest,
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  own: Tracer.Span | undefined
): HttpClientRequest.HttpClientRequest => {
  const span = own ?? Option.getOrUndefined(Context.getOption(fiber.currentContext, Tracer.ParentSpan))
  return span !== undefined && traceId.test(span.traceId) ? setTraceHeaders(request, span) : request
}
