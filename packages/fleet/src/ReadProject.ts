import type { HotspotSessionMigrationConfig } from "@hotspot-session/client/Core"
import * as Effect from "effect/Effect"
import type { DesiredConfig } from "./DesiredState.js"
import type { Connection } from "./EachTarget.js"
import { type ExportedConfigs, exportedConfigs, isSendableId } from "./ExportedState.js"
import { collect, pagesOf, type ReadError } from "./Pages.js"
import { matchConfigs, type ObservedConfig, type PlanError, type ProjectPlan, planProject } from "./ProjectPlan.js"
import { settingsOf } from "./SettingValues.js"
import { type ReadUsers, readUsers } from "./Users.js"

/**
 * How a project is read.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadOptions {
  /** How many configurations or users a request asks for. Default: the service's maximum. */
  readonly pageSize?: number | undefined
}

const readConfigs = ({ client, options, projectId }: Connection, { pageSize }: ReadOptions) =>
  Effect.map(collect(pagesOf(client, projectId, { all: true, pageSize }, options)), ({ items }) => items)

const readUsersOf = ({ client, options, projectId }: Connection, id: string, { pageSize }: ReadOptions) =>
  readUsers(client, projectId, id, { ...options, pageSize })

const observedConfig = (config: HotspotSessionMigrationConfig, users: ReadUsers | undefined): ObservedConfig => ({
  ...(config.id === undefined ? {} : { id: config.id }),
  ...settingsOf(config),
  ...(users?.isComplete ? { non_migrate_users: users.users } : {})
})

/**
 * Reads the configurations of a project, without their users.
 *
 * @category operations
 * @since 0.1.0
 */
export const readObserved = (
  connection: Connection,
  options: ReadOptions = {}
): Effect.Effect<ReadonlyArray<ObservedConfig>, ReadError> =>
  Effect.map(readConfigs(connection, options), (configs) => configs.map((config) => observedConfig(config, undefined)))

/**
 * Reads a project, and plans what is to be done so that its configurations become those of the entries. The users of a
 * configuration are read if they are managed.
 *
 * @category operations
 * @since 0.1.0
 */
export const readPlan = Effect.fnUntraced(function* (
  connection: Connection,
  items: ReadonlyArray<DesiredConfig>,
  options: ReadOptions = {}
): Effect.fn.Return<ProjectPlan, ReadError | PlanError> {
  const configs = yield* readConfigs(connection, options)
  const matched = yield* matchConfigs(items, configs)
  const managed = new Set(matched.filter((_, index) => items[index]?.non_migrate_users !== undefined))
  const observed = yield* Effect.forEach(configs, (config) =>
    config.id === undefined || !managed.has(config)
      ? Effect.succeed(observedConfig(config, undefined))
      : Effect.map(readUsersOf(connection, config.id, options), (users) => observedConfig(config, users))
  )
  return yield* planProject(items, observed)
})

/** Failures by which the service does not give the users, however often it is asked. Any other may pass. */
const denials: ReadonlySet<ReadError["_tag"]> = new Set<ReadError["_tag"]>([
  "Forbidden",
  "NotFound",
  "MethodNotAllowed",
  "PaginationError",
  "DecodeError"
])

/**
 * Reads all configurations of a project with all their users, in the form of a desired state. Users that the service does not
 * give are left out.
 *
 * @category operations
 * @since 0.1.0
 */
export const readExport = Effect.fnUntraced(function* (
  connection: Connection,
  options: ReadOptions = {}
): Effect.fn.Return<ExportedConfigs, ReadError> {
  const configs = yield* readConfigs(connection, options)
  const ids = new Set(configs.flatMap(({ id }) => (id !== undefined && isSendableId(id) ? [id] : [])))
  const users = yield* Effect.forEach(ids, (id) =>
    readUsersOf(connection, id, options).pipe(
      Effect.catchIf(
        ({ _tag }) => denials.has(_tag),
        (error) => Effect.succeed(error)
      ),
      Effect.map((users) => [id, users] as const)
    )
  )
  return exportedConfigs(configs, new Map(users))
})
