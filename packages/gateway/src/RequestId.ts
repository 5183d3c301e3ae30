import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** The ID of the request that is being answered. Empty outside of one. */
export class RequestId extends Context.Reference<RequestId>()("@hotspot-session/gateway/RequestId", {
  defaultValue: () => ""
}) {}

/** A caller's `X-Request-Id`, where it can stand in a header and in a log without any escaping. */
export const sane = (header: string | undefined): string | undefined =>
  header !== undefined && /^[\x21-\x7e]{1,128}$/.test(header) ? header : undefined

/** The caller's `X-Request-Id`, or a new one where it has none or one that is too long or not of visible ASCII. */
export const requestIdOf = (header: string | undefined): Effect.Effect<string> =>
  Effect.sync(() => sane(header) ?? crypto.randomUUID())
