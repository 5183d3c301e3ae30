import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { sensitiveHeaders } from "@hotspot-session/client"
import * as Effect from "effect/Effect"

/**
 * Overwrites the attributes of these headers in the span of the platform's tracer. The tracer reads its own list of
 * redacted names before it runs the app, so the app cannot extend that list.
 */
export const redactSpan = ({ headers }: HttpServerRequest.HttpServerRequest): Effect.Effect<void> =>
  Effect.matchEffect(Effect.currentSpan, {
    onFailure: () => Effect.void,
    onSuccess: (span) =>
      Effect.sync(() => {
        for (const name of sensitiveHeaders) {
          if (headers[name] !== undefined) span.attribute(`http.request.header.${name}`, "<redacted>")
        }
      })
  })
