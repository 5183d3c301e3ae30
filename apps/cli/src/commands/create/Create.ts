import { type HotspotSessionMigrationConfig, maxUsers } from "@hotspot-session/core"
import { type CreateWrite, unmetFields } from "@hotspot-session/fleet/ConfigWrite"
import { withoutRejections } from "@hotspot-session/fleet/Rejection"
import { additions } from "@hotspot-session/fleet/UserChanges"
import type { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Http from "../../Http.js"
import { nothingWritten } from "../../Interruption.js"
import * as Io from "../../Io.js"
import { countText } from "../../output/Counts.js"
import type { CommandError } from "../../output/ErrorReport.js"
import { UsageError } from "../../UsageError.js"
import { CreateUnknown } from "../../WriteErrors.js"
import { connectProject } from "../../write/ConnectProject.js"
import { readConfigs, readConfigWithUsers } from "../../write/Reading.js"
import { showConfig } from "../../write/ShowConfig.js"
import { wantedUsers } from "../../write/WantedUsers.js"
import { runWrite, type WriteSteps } from "../../write/Write.js"
import type { CreateFlags } from "./CreateOptions.js"

type Config = HotspotSessionMigrationConfig

const newSince = (before: ReadonlyArray<Config>, now: ReadonlyArray<Config>): ReadonlyArray<Config> => {
  const known = new Set(before.map(({ id }) => id))
  return now.filter(({ id }) => id && !known.has(id))
}

const unknownMessage = (created: ReadonlyArray<Config> | undefined): string => {
  if (created === undefined) return "The configurations cannot be listed to find out."
  if (created.length === 0) return "No configuration is new since, but it may still appear."
  return `${countText(created.length)} ${created.length === 1 ? "is" : "are"} new since: ${created.map(({ id }) => id).join(", ")}.`
}

const tooManyUsers = (count: number) =>
  new UsageError({
    message: `a configuration can be created with at most ${maxUsers} users, not ${count}`,
    hint: "Create it with --disable and without users, add them with hotspot-session users add, then enable it with hotspot-session update."
  })

export const create = (flags: CreateFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const show = yield* showConfig(flags)
    const { add: users } = additions([], yield* wantedUsers(flags))
    if (users.length > maxUsers) return yield* tooManyUsers(users.length)
    const project = yield* connectProject(flags)
    const settings = {
      hotspot_session_migration_enable: flags.enable === true,
      hotspot_exit_session_num: flags.exitSessions ?? 0
    }
    const configs = readConfigs(project)
    const steps: WriteSteps<CreateWrite> = {
      read: configs,
      decide: (existing) => Either.right({ write: "create", settings, users, existing }),
      send: () =>
        Effect.map(
          project.client.createHotspotSessionConfig(
            {
              project_id: project.projectId,
              ...settings,
              ...(users.length === 0 ? {} : { non_migrate_users: users })
            },
            { retry: withoutRejections }
          ),
          ({ id }) => id || undefined
        ),
      // As long as a call of the client.
      retriedFor: flags.timeout ?? "2 minutes",
      readBack: (id, before) =>
        Effect.gen(function* () {
          const now = yield* configs
          const matching = newSince(before, now).filter(
            (config) => unmetFields({ write: "create", settings, users: [], existing: [] }, config).length === 0
          )
          const [only, ...others] = id === undefined ? matching : now.filter((config) => config.id === id)
          if (only === undefined || others.length > 0) return undefined
          if (users.length === 0 || !only.id) return only
          return yield* readConfigWithUsers(project, only.id, { needsTotal: false })
        }),
      onUnknown: (cause, before) =>
        Effect.map(Effect.option(Effect.timeout(configs, "20 seconds")), (now) => {
          const created = now._tag === "None" ? undefined : newSince(before, now.value)
          return new CreateUnknown({
            cause,
            new_configurations: created,
            message: `The configuration may have been created. ${unknownMessage(created)} ${cause.message}`,
            hint: "Do not create it again before the list shows that it is missing: the API has no operation that deletes one."
          })
        }),
      takesInput: flags.usersFile === "-"
    }
    return yield* runWrite(steps, flags, show)
  }).pipe(
    Http.provide(flags),
    Io.whenInterrupted(() => nothingWritten())
  )
