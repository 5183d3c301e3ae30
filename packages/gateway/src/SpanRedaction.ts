import { sensitiveHeaders } from "@hotspot-session/client"
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { RequestHead } from "./RequestHead.js"

/**
 * Overwrites the attributes of these headers in the span of the platform's tracer. The tracer reads its own list of
 * redacted names before it runs the app, so the app cannot extend that list.
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
}
