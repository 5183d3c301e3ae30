import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** The ID of the request that is being answered. Empty outside of one. */
export class RequestId extends Context.Reference<RequestId>()("@hotspot-session/http/RequestId", {
  defaultValue: () => ""
}) {}

/** What may stand in a header and in a log without any escaping. */
const sane = /^[\x21-\x7e]{1,128}$/

/** The caller's `X-Request-Id`, or a new one where it has none or one that is too long or not of visible ASCII. */
export const requestIdOf = (header: string | undefined): Effect.Effect<string> =>
  header !== undefined && sane.test(header) ? Effect.succeed(header) : Effect.sync(() => crypto.randomUUID())
