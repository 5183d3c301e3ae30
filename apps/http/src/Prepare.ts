import type { Environment } from "@hotspot-session/client"
import type { CredentialsError } from "@hotspot-session/core"
import type { ApiKey } from "@hotspot-session/gateway/ApiKeys"
import type * as CallerKeys from "@hotspot-session/gateway/CallerKeys"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { exitCodeOf } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as ExposedFiles from "./ExposedFiles.js"
import { fail } from "./GatewayProcess.js"
import type { GatewaySettings } from "./GatewaySettings.js"
import { readAccessKeys, readApiKeys, readProjects, readRedisPassword } from "./Keys.js"
import type { NamedProject } from "./Parsers.js"
import { findUpstreams, type Upstreams } from "./ResolvedUpstreams.js"

/** The settings from files and from the machine's profiles. */
export interface Prepared {
  readonly upstreams: Upstreams
  readonly apiKeys: ReadonlyArray<string | ApiKey>
  readonly accessKeys: ReadonlyArray<CallerKeys.CallerKey>
  readonly projects: ReadonlyArray<NamedProject> | undefined
  readonly redisPassword: Redacted.Redacted | undefined
  readonly warnings: ReadonlyArray<string>
}

/** What is read again when its files change. */
export const readFiles = (settings: GatewaySettings) =>
  Effect.all({
    apiKeys: Effect.map(readApiKeys(settings.apiKeysFile), (keys) => [...settings.apiKeys, ...keys]),
    accessKeys: readAccessKeys(settings.accessKeysFile),
    projects: Effect.map(readProjects(settings.projectsFile), (projects) => projects ?? settings.projects)
  })

export const prepare = (settings: GatewaySettings, environment: Environment) =>
  Effect.gen(function* () {
    const files = yield* readFiles(settings)
    const upstreams = yield* findUpstreams(settings, files.projects, environment)
    const { accessKeysFile, apiKeysFile, redisPasswordFile } = settings
    const exposed = yield* ExposedFiles.warningsFor([apiKeysFile, accessKeysFile, redisPasswordFile])
    return {
      upstreams,
      ...files,
      redisPassword: yield* readRedisPassword(redisPasswordFile),
      warnings: [...settings.warnings, ...upstreams.warnings, ...exposed]
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
