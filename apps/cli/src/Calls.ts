import type * as HttpClient from "@effect/platform/HttpClient"
import { Credentials, HotspotSession, ProfileChain } from "@hotspot-session/client"
import { type Pages, pagesOf, type ReadError } from "@hotspot-session/fleet/Pages"
import { skippedWarnings } from "@hotspot-session/settings/CredentialSources"
import { type ResolvedTarget, resolveTarget } from "@hotspot-session/settings/ResolvedTarget"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import { findProfile } from "@hotspot-session/settings/TargetProfile"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { CallFlags } from "./commandLine/CommonOptions.js"
import type { ListFlags } from "./commands/list/ListOptions.js"
import * as Io from "./Io.js"
import { countText } from "./output/Counts.js"
import type { CommandError } from "./output/ErrorReport.js"
import { printable } from "./output/Printable.js"

export const clientFor = (
  target: ResolvedTarget,
  timeout: number | undefined
): Effect.Effect<HotspotSession.Service, never, HttpClient.HttpClient> =>
  HotspotSession.make({ endpoint: target.endpoint, timeout }).pipe(
    Effect.provideService(Credentials.Credentials, target.credentials),
    // Resolving the target has already rejected an invalid endpoint.
    Effect.orDie
  )

export type Resolve = (
  request: TargetRequest
) => Effect.Effect<ResolvedTarget, CommandError, HttpClient.HttpClient | Scope.Scope>

/**
 * Finds the credentials once for all projects, and warns about skipped sources. The settings of a single `request` are
 * validated first; each of several requests fails separately.
 */
export const resolver = (
  flags: Pick<CallFlags, "demo" | "profile" | "timeout">,
  request: TargetRequest | undefined
): Effect.Effect<Resolve, CommandError, HttpClient.HttpClient | Scope.Scope | Io.Io> =>
  Effect.gen(function* () {
    if (flags.demo) {
      // Loaded on demand, because it contains an HTTP server.
      const { demoTarget } = yield* Effect.promise(() => import("./DemoTarget.js"))
      return ({ projectId }) => demoTarget(projectId)
    }
    const { machine, note } = yield* Io.Io
    const { skipped, profile } = yield* request === undefined
      ? ProfileChain.resolve(machine, flags.profile)
      : findProfile(request, machine)
    for (const warning of skippedWarnings(skipped)) yield* note(`warning: ${printable(warning)}\n`)
    const timeout = flags.timeout === undefined ? undefined : Duration.millis(flags.timeout)
    return (request) => resolveTarget(request, profile, machine.environment, timeout)
  })

type PageFlags = Pick<ListFlags, "all" | "limit" | "offset" | "pageSize" | "timeout">

/** The pages of a target: one, or all of them. */
export const pagesOfTarget =
  (target: ResolvedTarget, { timeout, ...options }: PageFlags): Pages<ReadError, HttpClient.HttpClient> =>
  (each) =>
    Effect.flatMap(clientFor(target, timeout), (client) => pagesOf(client, target.projectId, options)(each))

export const withProgress =
  <E, R>(pages: Pages<E, R>, io: Io.Service): Pages<E, R> =>
  (each) =>
    Effect.suspend(() => {
      let found = 0
      return pages((page) => {
        found += page.items.length
        return Effect.zipRight(io.progress({ done: `${countText(found)} so far` }), each(page))
      })
    })
