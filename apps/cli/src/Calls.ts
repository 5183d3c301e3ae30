import type * as HttpClient from "@effect/platform/HttpClient"
import { Credentials, HotspotSession, ProfileChain } from "@hotspot-session/client"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { CallFlags } from "./commandLine/Invocation.js"
import * as Io from "./Io.js"
import type { CommandError } from "./output/ErrorReport.js"
import { printable } from "./output/Printable.js"
import { type Asked, findProfile, resolveSettings, type Settings, warningsOf } from "./Settings.js"

/** The client for a project. */
export const clientFor = (
  settings: Settings,
  timeout: number | undefined
): Effect.Effect<HotspotSession.Service, never, HttpClient.HttpClient> =>
  HotspotSession.make({ endpoint: settings.endpoint, timeout }).pipe(
    Effect.provideService(Credentials.Credentials, settings.credentials),
    // An endpoint that cannot be one was refused before.
    Effect.orDie
  )

/** Loaded only when it is asked for: it brings an HTTP server along. */
const demo = (projectId: string | undefined) =>
  Effect.flatMap(
    Effect.promise(() => import("./Demo.js")),
    ({ demoSettings }) => demoSettings(projectId)
  )

/** How the settings of projects are found. */
export type Resolve = (asked: Asked) => Effect.Effect<Settings, CommandError, HttpClient.HttpClient | Scope.Scope>

/**
 * Finds the credentials, once for all projects, and tells what was wrong on the way. Where only one is `asked` for, what
 * is given and wrong about it is told first; of several, each fails by itself.
 */
export const resolver = (
  flags: Pick<CallFlags, "demo" | "profile" | "timeout">,
  asked: Asked | undefined
): Effect.Effect<Resolve, CommandError, HttpClient.HttpClient | Scope.Scope | Io.Io> =>
  Effect.gen(function* () {
    if (flags.demo) return ({ projectId }) => demo(projectId)
    const { machine, note } = yield* Io.Io
    const { skipped, profile } = yield* asked === undefined
      ? ProfileChain.resolve(machine, flags.profile)
      : findProfile(asked, machine)
    for (const warning of warningsOf(skipped)) yield* note(`warning: ${printable(warning)}\n`)
    const timeout = flags.timeout === undefined ? undefined : Duration.millis(flags.timeout)
    return (asked) => resolveSettings(asked, profile, machine.environment, timeout)
  })
