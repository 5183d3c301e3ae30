import type * as HttpClient from "@effect/platform/HttpClient"
import { Credentials, HotspotSession, type ProfileChain } from "@hotspot-session/client"
import { type PageOptions, type Pages, pagesOf, type ReadError } from "@hotspot-session/fleet/Pages"
import { clearTextUrls, clearTextWarning } from "@hotspot-session/settings/ClearText"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { profileWarnings } from "@hotspot-session/settings/CredentialSources"
import { targetsWithinOneCloud } from "@hotspot-session/settings/OneCloud"
import { type ResolvedTarget, resolveTarget } from "@hotspot-session/settings/ResolvedTarget"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import { type FoundProfile, findProfile, findSharedProfile } from "@hotspot-session/settings/TargetProfile"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { checkUrls, findConnection } from "./Connection.js"
import * as Io from "./Io.js"
import type { CallFlags } from "./options/CommonOptions.js"
import type { ConnectionFlags } from "./options/ConnectionFlags.js"
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

/** Loaded on demand, because it contains an HTTP server. */
const resolveDemo: Effect.Effect<Resolve> = Effect.map(
  Effect.promise(() => import("./DemoTarget.js")),
  ({ demoTarget }) =>
    ({ projectId }) =>
      demoTarget(projectId)
)

/** Resolves targets with the credentials of a profile; without one, those of the demo. `onUrls` gets where they are sent. */
export const resolveBy = (
  found: FoundProfile | undefined,
  machine: ProfileChain.Machine,
  flags: ConnectionFlags & Pick<CallFlags, "timeout">,
  onUrls: (urls: ReadonlyArray<string>) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<Resolve, ConfigurationError> =>
  found === undefined
    ? resolveDemo
    : Effect.map(
        findConnection(flags, machine.environment),
        (connection) => (request) =>
          resolveTarget(
            request,
            found.profile,
            machine,
            found.regions,
            (urls) => Effect.zipRight(checkUrls(connection, urls, machine.environment), onUrls(urls)),
            flags.timeout === undefined ? undefined : Duration.millis(flags.timeout)
          )
      )

/** Warns once about each URL on another machine to which credentials are sent without TLS. */
const warnOfClearText = (note: Io.Service["note"]) => {
  const warned = new Set<string>()
  return (urls: ReadonlyArray<string>): Effect.Effect<void> =>
    Effect.forEach(
      clearTextUrls(urls).filter((url) => !warned.has(url)),
      (url) => {
        warned.add(url)
        return note(`warning: ${printable(clearTextWarning(url))}\n`)
      },
      { discard: true }
    )
}

/**
 * Finds the credentials once for all projects, and warns about skipped sources and clear text. The settings of a single
 * request are validated first; each of several fails separately, unless they are of two clouds.
 */
export const resolver = Effect.fnUntraced(function* (
  flags: ConnectionFlags & Pick<CallFlags, "profile" | "timeout">,
  requests: ReadonlyArray<TargetRequest>,
  isOfSeveral = requests.length !== 1
): Effect.fn.Return<Resolve, CommandError, HttpClient.HttpClient | Scope.Scope | Io.Io> {
  const { machine, note } = yield* Io.Io
  if (flags.demo) return yield* resolveDemo
  const [first = {}] = requests
  const found = yield* isOfSeveral ? findSharedProfile(flags.profile, machine) : findProfile(first, machine)
  for (const warning of profileWarnings(found)) yield* note(`warning: ${printable(warning)}\n`)
  if (requests.length > 1) yield* targetsWithinOneCloud(requests, machine.environment, found)
  return yield* resolveBy(found, machine, flags, warnOfClearText(note))
})

type PageFlags = PageOptions & Pick<CallFlags, "timeout">

/** The pages of a target, one or all of them, by one client however often they are read. */
export const pagesOfTarget = (
  target: ResolvedTarget,
  { timeout, ...options }: PageFlags
): Effect.Effect<Pages<ReadError>, never, HttpClient.HttpClient> =>
  Effect.map(clientFor(target, timeout), (client) => pagesOf(client, target.projectId, options))

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
