import { sensitiveHeaders } from "@hotspot-session/client"
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { RequestHead } from "./RequestHead.js"

/**
 * Overwrites what may be secret in the span of the platform's tracer: these headers, and the query. The tracer sets its
 * attributes before it runs the app, which cannot change what they are.
 */
export const redactSpan = (
  { currentContext }: Fiber.RuntimeFiber<unknown, unknown>,
  { headers }: RequestHead
): void => {
  const span = Context.getOption(currentContext, Tracer.ParentSpan)
  if (Option.isNone(span) || span.value._tag !== "Span") return
  for (const name of sensitiveHeaders) {
    if (headers[name] !== undefined) span.value.attribute(`http.request.header.${name}`, "<redacted>")
  }
  const url = span.value.attributes.get("url.full")
  if (typeof url !== "string" || !url.includes("?")) return
  span.value.attribute("url.full", url.slice(0, url.indexOf("?")))
  span.value.attribute("url.query", "<redacted>")
}
