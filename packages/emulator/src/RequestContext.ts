import * as Context from "effect/Context"
import type { Kind } from "./Fault.js"

/** What the emulated gateway passes to the service behind it. */
export class RequestContext extends Context.Reference<RequestContext>()("@hotspot-session/emulator/RequestContext", {
  defaultValue: (): {
    readonly requestId: string
    readonly fault: Kind | undefined
    /** The body, which can be read from the request only once. */
    readonly body: Uint8Array
  } => ({
    requestId: "",
    fault: undefined,
    body: new Uint8Array()
  })
}) {}
