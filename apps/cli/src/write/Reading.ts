import type { HotspotSession } from "@hotspot-session/client"
import type { HotspotSessionMigrationConfig } from "@hotspot-session/core"
import { collect, pagesOf } from "@hotspot-session/fleet/Pages"
import { readUsers } from "@hotspot-session/fleet/Users"
import * as Effect from "effect/Effect"
import type { CommandError } from "../output/ErrorReport.js"
import { ConfigNotFound, IncompleteUsers } from "../WriteErrors.js"

type Config = HotspotSessionMigrationConfig

/** A project and the client that reaches it. */
export interface Project {
  readonly client: HotspotSession.Service
  readonly projectId: string
}

/** All configurations of a project. */
export const readConfigs = ({ client, projectId }: Project): Effect.Effect<ReadonlyArray<Config>, CommandError> =>
  Effect.map(collect(pagesOf(client, projectId, { all: true })), ({ items }) => items)

/** A configuration; fails if the project has none with the ID. */
export const readConfig = (project: Project, id: string): Effect.Effect<Config, CommandError> =>
  Effect.flatMap(readConfigs(project), (configs): Effect.Effect<Config, ConfigNotFound> => {
    const found = configs.find((config) => config.id === id)
    return found !== undefined
      ? Effect.succeed(found)
      : new ConfigNotFound({
          config_id: id,
          message: `The project has no configuration ${id}.`,
          hint: "List the configurations with hotspot-session list --all to see which exist."
        })
  })

/** A configuration with all its users; fails if they cannot be read completely. */
export const readConfigWithUsers = Effect.fnUntraced(function* (
  project: Project,
  id: string,
  options: { readonly needsTotal: boolean }
): Effect.fn.Return<Config, CommandError> {
  const config = yield* readConfig(project, id)
  const { isComplete, total, users } = yield* readUsers(project.client, project.projectId, id)
  if (!isComplete && (total !== undefined || options.needsTotal)) {
    const reason =
      total === users.length
        ? "they changed in the meantime"
        : `${users.length} ${users.length === 1 ? "was" : "were"} listed, and the service ${total === undefined ? "does not say how many there are" : `counts ${total}`}`
    return yield* new IncompleteUsers({
      config_id: id,
      received: users.length,
      total_count: total,
      message: `The users of ${id} cannot be read completely: ${reason}.`,
      hint: "Others may be changing them. Try again."
    })
  }
  return { ...config, non_migrate_users: users }
})
