import * as Context from "effect/Context"
import type { Kind } from "./Fault.js"

/** What the gateway tells the service behind it about a request. */
export class Exchange extends Context.Reference<Exchange>()("@hotspot-session/emulator/Exchange", {
  defaultValue: (): { readonly requestId: string; readonly fault: Kind | undefined } => ({
    requestId: "",
    fault: undefined
  })
}) {}
