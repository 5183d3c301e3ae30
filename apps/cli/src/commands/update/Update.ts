import { type UpdateWrite, updateOf } from "@hotspot-session/fleet/ConfigWrite"
import type { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Http from "../../Http.js"
import { nothingWritten } from "../../Interruption.js"
import * as Io from "../../Io.js"
import { repeatedWriteTimeout } from "../../options/WriteOptions.js"
import type { CommandError } from "../../output/ErrorReport.js"
import { UsageError } from "../../UsageError.js"
import { connectProject } from "../../write/ConnectProject.js"
import { readConfig } from "../../write/Reading.js"
import { showConfig } from "../../write/ShowConfig.js"
import { runWrite, type WriteSteps } from "../../write/Write.js"
import type { UpdateFlags } from "./UpdateOptions.js"

const options = {
  hotspot_session_migration_enable: "'--enable' or '--disable'",
  hotspot_exit_session_num: "'--exit-sessions <n>'"
}

export const update = (id: string, flags: UpdateFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const show = yield* showConfig(flags)
    const project = yield* connectProject(flags)
    const given = {
      ...(flags.enable === undefined && flags.disable === undefined
        ? {}
        : { hotspot_session_migration_enable: flags.enable === true }),
      ...(flags.exitSessions === undefined ? {} : { hotspot_exit_session_num: flags.exitSessions })
    }
    const read = Effect.map(readConfig(project, id), (config) => [config])
    const steps: WriteSteps<UpdateWrite> = {
      read,
      decide: ([config = { non_migrate_users: [] }]) => {
        const write = updateOf(id, config, given)
        if ("write" in write) return Either.right(write)
        const [value] = write.map((name) => config[name]).filter((value) => value !== undefined)
        const reason =
          value === undefined ? "the service does not say what is set" : `${value} is set, which cannot be sent`
        return Either.left(
          new UsageError({
            message: `option ${write.map((name) => options[name]).join(" and ")} is required, because ${reason}`,
            hint: "An update replaces both settings."
          })
        )
      },
      send: (write) =>
        Effect.as(
          project.client.updateHotspotSessionConfig(
            { project_id: project.projectId, config_id: id, ...write.to },
            { timeout: flags.timeout ?? repeatedWriteTimeout }
          ),
          id
        ),
      readBack: () => Effect.map(read, ([config]) => config),
      onUnknown: Effect.succeed,
      takesInput: false
    }
    return yield* runWrite(steps, flags, show)
  }).pipe(
    Http.provide(flags),
    Io.whenInterrupted(() => nothingWritten({ config_id: id }))
  )
