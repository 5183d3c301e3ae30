import { sensitiveHeaders } from "@hotspot-session/client"
import type { Operation } from "@hotspot-session/core"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/** Effect's default tracer, which keeps no spans. */
export const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

const redacted = "<redacted>"

const withoutQuery = (url: string): string => url.split("?", 1)[0] ?? ""

/**
 * Overwrites what may be secret or name a user in the span of the platform's tracer and those around it: these headers, and the
 * query. That tracer sets its attributes before it runs the app, which cannot change what they are.
 */
const redactSpan = (span: Tracer.AnySpan): void => {
  if (span._tag !== "Span") return
  for (const name of sensitiveHeaders) {
    const key = `http.request.header.${name}`
    if (span.attributes.has(key)) span.attribute(key, redacted)
  }
  const url = span.attributes.get("url.full")
  if (typeof url === "string") span.attribute("url.full", withoutQuery(url))
  if (span.attributes.has("url.query")) span.attribute("url.query", redacted)
  if (Option.isSome(span.parent)) redactSpan(span.parent.value)
}

/** A tracer whose spans have neither the query of a URL nor the parameters in it. */
const redacting = (tracer: Tracer.Tracer, parameters: ReadonlySet<string>): Tracer.Tracer =>
  Tracer.make({
    context: (execute, fiber) => tracer.context(execute, fiber),
    span: (...args) => {
      const span = tracer.span(...args)
      const attribute = span.attribute.bind(span)
      return Object.assign(span, {
        attribute: (name: string, value: unknown) =>
          attribute(
            name,
            parameters.has(name)
              ? redacted
              : name === "url.full" && typeof value === "string"
                ? withoutQuery(value)
                : value
          )
      })
    }
  })

/** Numbers, which say nothing of a person. */
const pageParameters: ReadonlySet<string> = new Set(["limit", "offset"])

/** Redacts the spans around a request, and those that it makes. */
export const make = (operations: ReadonlyArray<Operation>) => {
  const parameters = new Set(operations.flatMap(({ query = [] }) => query.filter((name) => !pageParameters.has(name))))
  return <A>(request: Effect.Effect<A>): Effect.Effect<A> =>
    Effect.withFiberRuntime((fiber) => {
      const span = Context.getOption(fiber.currentContext, Tracer.ParentSpan)
      if (Option.isSome(span)) redactSpan(span.value)
      const tracer = fiber.currentTracer
      return tracer === nativeTracer ? request : Effect.withTracer(request, redacting(tracer, parameters))
    })
}
