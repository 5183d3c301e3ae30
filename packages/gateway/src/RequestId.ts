import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** The ID of the current request; empty outside of one. */
export class RequestId extends Context.Reference<RequestId>()("@hotspot-session/gateway/RequestId", {
  defaultValue: () => ""
}) {}

/** The value of `X-Request-Id`, if it is 1 to 128 visible ASCII characters, which need no escaping in headers and logs. */
export const validRequestId = (header: string | undefined): string | undefined =>
  header !== undefined && /^[\x21-\x7e]{1,128}$/.test(header) ? header : undefined

/** The caller's `X-Request-Id` if it is valid, or a new one. */
export const requestIdOf = (header: string | undefined): Effect.Effect<string> =>
  Effect.sync(() => validRequestId(header) ?? crypto.randomUUID())
