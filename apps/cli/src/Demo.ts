import { Credentials } from "@hotspot-session/client"
import { Demo, Emulator } from "@hotspot-session/emulator"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Settings } from "./Settings.js"

/** Starts an emulator for as long as the scope lives, and gives the settings that reach it. */
export const demoSettings = (projectId: string = Demo.projectId): Effect.Effect<Settings, never, Scope.Scope> =>
  Effect.map(Effect.orDie(Emulator.make()), ({ endpoint }) => ({
    projectId,
    endpoint,
    credentials: Credentials.token(Redacted.make(Demo.token))
  }))
