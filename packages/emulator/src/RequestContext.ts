import * as Context from "effect/Context"
import type { Kind } from "./Fault.js"

/** What the emulated gateway passes to the service behind it. */
export class RequestContext extends Context.Reference<RequestContext>()("@hotspot-session/emulator/RequestContext", {
  defaultValue: (): { readonly requestId: string; readonly fault: Kind | undefined } => ({
    requestId: "",
    fault: undefined
  })
}) {}
