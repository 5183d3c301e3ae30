import * as Context from "effect/Context"

/** The ID of the current request; empty outside of one. */
export class RequestId extends Context.Reference<RequestId>()("@hotspot-session/gateway/RequestId", {
  defaultValue: () => ""
}) {}

/** The caller's `X-Request-Id` if it is 1 to 128 visible ASCII characters, which need no escaping, or a new one. */
export const requestIdOf = (header: string | undefined, randomUUID: () => string): string =>
  header !== undefined && /^[\x21-\x7e]{1,128}$/.test(header) ? header : randomUUID()
