import type { Environment, ProfileChain } from "@hotspot-session/client"
import type { CredentialsError } from "@hotspot-session/core"
import type { ApiKey } from "@hotspot-session/gateway/ApiKeys"
import type * as CallerKeys from "@hotspot-session/gateway/CallerKeys"
import type { RemoteProject } from "@hotspot-session/gateway/GatewayOptions"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { checkUrls } from "@hotspot-session/settings/Connection"
import { exitCodeOf } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { fail } from "./GatewayProcess.js"
import type { GatewaySettings } from "./GatewaySettings.js"
import { exposureWarnings, readAccessKeys, readApiKeys, readProjects, readRedisPassword } from "./Keys.js"
import type { NamedProject } from "./Parsers.js"
import { clientsOf, findUpstreams, type Upstreams } from "./ResolvedUpstreams.js"

/** The settings from files and from the machine's profiles. */
export interface Prepared {
  readonly upstreams: Upstreams
  readonly clients: Effect.Effect.Success<ReturnType<typeof clientsOf>>
  readonly remoteProjects: ReadonlyMap<string, RemoteProject>
  readonly apiKeys: ReadonlyArray<string | ApiKey>
  readonly accessKeys: ReadonlyArray<CallerKeys.CallerKey>
  readonly projects: ReadonlyArray<NamedProject> | undefined
  readonly redisPassword: Redacted.Redacted | undefined
  readonly warnings: ReadonlyArray<string>
}

/** The URLs of the cloud and of IAM. */
const urlsOf = (upstreams: Upstreams): ReadonlyArray<string> =>
  [upstreams, ...upstreams.remoteEndpoints].flatMap(({ endpoint, iamEndpoint }) =>
    iamEndpoint === undefined ? [endpoint.url] : [endpoint.url, iamEndpoint.value]
  )

/** Fails if an upstream cannot be reached with the settings. */
export const checkUpstreams = (settings: GatewaySettings, upstreams: Upstreams, environment: Environment) =>
  checkUrls(settings.connection, urlsOf(upstreams), environment)

/** What is read again when its files change. */
export const readFiles = (settings: GatewaySettings, machine: ProfileChain.Machine) =>
  Effect.all({
    apiKeys: Effect.map(readApiKeys(machine, settings.apiKeysFile), (keys) => [...settings.apiKeys, ...keys]),
    accessKeys: readAccessKeys(machine, settings.accessKeysFile),
    projects: Effect.map(readProjects(machine, settings.projectsFile), (projects) => projects ?? settings.projects)
  })

/** Everything that can be refused before the gateway listens. Nothing is sent but to the metadata service. */
export const prepare = Effect.fnUntraced(function* (settings: GatewaySettings, machine: ProfileChain.Machine) {
  const { environment } = machine
  const { accessKeysFile, redisPasswordFile } = settings
  const files = yield* readFiles(settings, machine)
  const upstreams = yield* findUpstreams(settings, files.projects, environment)
  yield* checkUpstreams(settings, upstreams, environment)
  const clients = yield* clientsOf(settings, upstreams, environment)
  return {
    upstreams,
    clients,
    remoteProjects: yield* clients.remoteProjectsOf(upstreams.remoteEndpoints),
    ...files,
    redisPassword: yield* readRedisPassword(machine, redisPasswordFile),
    warnings: [
      ...settings.warnings,
      ...upstreams.warnings,
      // The file of API keys has only hashes.
      ...(yield* exposureWarnings(machine, [accessKeysFile, redisPasswordFile]))
    ]
  } satisfies Prepared
})

/** Whether no caller could authenticate without a new key. */
export const needsNewKey = (settings: GatewaySettings, { accessKeys, apiKeys }: Prepared): boolean =>
  settings.credentials === "own" && apiKeys.length + accessKeys.length === 0

export const orFail = <R>(
  effect: Effect.Effect<number, ConfigurationError | CredentialsError, R>
): Effect.Effect<number, never, R> =>
  Effect.catchAll(effect, (error) =>
    fail(exitCodeOf(error), error._tag === "ConfigurationError" ? error.message : `${error.message}.`, error.hint)
  )
