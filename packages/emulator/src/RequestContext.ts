import * as Context from "effect/Context"
import type { Kind } from "./Fault.js"

/** What the emulated gateway passes to the service behind it. */
export class RequestContext extends Context.Reference<RequestContext>()("@hotspot-session/emulator/RequestContext", {
  defaultValue: (): { readonly requestId: string; readonly fault: Kind | undefined } => ({
    requestId: "",
    fault: undefined
  })
}) {}

/** The body of the request, which the gateway has already read: it can be read only once. */
export class ReceivedBody extends Context.Reference<ReceivedBody>()("@hotspot-session/emulator/ReceivedBody", {
  defaultValue: (): Uint8Array => new Uint8Array()
}) {}
