import { Credentials } from "@hotspot-session/client"
import { Demo, Emulator } from "@hotspot-session/emulator"
import type { ResolvedTarget } from "@hotspot-session/settings/ResolvedTarget"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

/** Starts an emulator for as long as the scope lives, and gives the target that reaches it. */
export const demoTarget = (projectId: string = Demo.projectId): Effect.Effect<ResolvedTarget, never, Scope.Scope> =>
  // Its settings are the defaults, and its port is free.
  Effect.map(Effect.orDie(Emulator.make()), ({ endpoint }) => ({
    projectId,
    endpoint,
    credentials: Credentials.token(Redacted.make(Demo.token))
  }))
