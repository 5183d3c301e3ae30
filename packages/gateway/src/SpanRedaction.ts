import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { sensitiveHeaders } from "@hotspot-session/client"
import * as Effect from "effect/Effect"

/**
 * Overwrites what the platform's tracer has put of these headers into the span around a request. The list of names that
 * it redacts by itself is read before the application is reached, so no application can add to it.
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
