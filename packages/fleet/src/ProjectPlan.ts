import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/client/Core"
import { configIdPattern, maxUsers, type SentUser } from "@hotspot-session/core"
import * as Array from "effect/Array"
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { type Change, canonical, changesBetween } from "./Changes.js"
import type { ConfigSettings } from "./ConfigSettings.js"
import type { DesiredConfig } from "./DesiredState.js"
import { desiredUsers, identifiedUsers } from "./IdentifiedUsers.js"
import { settingNames, settingsOf, unsendableSettings } from "./SettingValues.js"

/**
 * A configuration as it is. Fields that are not known are absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObservedConfig {
  readonly id?: string | undefined
  readonly hotspot_session_migration_enable?: boolean | undefined
  readonly hotspot_exit_session_num?: number | undefined
  /** All users; absent if they were not read, or could not be read completely. */
  readonly non_migrate_users?: ReadonlyArray<UserInfo> | undefined
}

/**
 * A request that changes something. Without `id`, it is for the configuration that the first write creates.
 *
 * @category models
 * @since 0.1.0
 */
export type PlannedWrite =
  | { readonly write: "create"; readonly settings: ConfigSettings; readonly users: ReadonlyArray<SentUser> }
  | {
      readonly write: "update"
      readonly id?: string | undefined
      readonly from: Partial<ConfigSettings>
      readonly to: ConfigSettings
    }
  | {
      readonly write: "addUsers" | "removeUsers"
      readonly id?: string | undefined
      readonly users: ReadonlyArray<SentUser>
    }

/**
 * What is on the service and not managed: a configuration, or if `fields` is present, these fields of one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unmanaged {
  readonly id?: string | undefined
  readonly fields?: ReadonlyArray<string> | undefined
}

/**
 * What is to be done to a project. Plain values: equal plans make the same change to the same state.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProjectPlan {
  /** The configurations that are managed, as they are. */
  readonly observed: ReadonlyArray<ObservedConfig>
  /** Configurations that are `added` or `changed`; nothing is ever removed but users. */
  readonly changes: ReadonlyArray<Change>
  /** The requests that make the changes, in their order. */
  readonly writes: ReadonlyArray<PlannedWrite>
  readonly unmanaged: ReadonlyArray<Unmanaged>
}

/**
 * Why a project cannot be planned:
 *
 * - `unknownConfig`: the project has no configuration with the ID
 * - `ambiguousConfig`: an entry has no ID, and the project has several configurations, or one without an ID that can be sent
 * - `ambiguousUser`: an entry names a user that several users could be
 * - `missingSettings`: a setting that has to be sent is not in the entry, and not known or out of bounds
 * - `incompleteUsers`: the users are managed, and could not be read completely
 *
 * @category errors
 * @since 0.1.0
 */
export class PlanError extends Data.TaggedError("PlanError")<{
  readonly reason: "unknownConfig" | "ambiguousConfig" | "ambiguousUser" | "missingSettings" | "incompleteUsers"
  readonly config_id?: string | undefined
  readonly message: string
  readonly hint: string
}> {}

const fail = (...[error]: ConstructorParameters<typeof PlanError>) => Either.left(new PlanError(error))

/**
 * The configurations that the entries are, in their order; `undefined` is one to be created.
 *
 * @category operations
 * @since 0.1.0
 */
export const matchConfigs = <Config extends ObservedConfig>(
  items: ReadonlyArray<DesiredConfig>,
  configs: ReadonlyArray<Config>
): Either.Either<ReadonlyArray<Config | undefined>, PlanError> =>
  Either.all(
    items.map(({ id }): Either.Either<Config | undefined, PlanError> => {
      if (id !== undefined) {
        const found = configs.find((config) => config.id === id)
        return found !== undefined
          ? Either.right(found)
          : fail({
              reason: "unknownConfig",
              config_id: id,
              message: `The project has no configuration ${id}.`,
              hint: "Correct the id, or remove the entry: an entry with an id never creates a configuration."
            })
      }
      const [only, ...others] = configs
      if (others.length > 0) {
        const ids = configs.slice(0, 5).map((config) => config.id ?? "(no id)")
        return fail({
          reason: "ambiguousConfig",
          message: `An entry has no id, and the project has ${configs.length} configurations: ${ids.join(", ")}${configs.length > 5 ? " and others" : ""}.`,
          hint: "Write the id of the configuration that is meant."
        })
      }
      return only === undefined || configIdPattern.test(only.id ?? "")
        ? Either.right(only)
        : fail({
            reason: "ambiguousConfig",
            message: "The project's only configuration has no ID that can be sent, so that it cannot be changed.",
            hint: "Remove the entry."
          })
    })
  )

const missingSettings = (
  settings: Partial<ConfigSettings>,
  unsendable: ReadonlyArray<keyof ConfigSettings>,
  id: string | undefined
) => {
  const missing = unsendable.join(" and ")
  const [value] = unsendable.map((name) => settings[name]).filter((value) => value !== undefined)
  return fail({
    reason: "missingSettings",
    config_id: id,
    message:
      id === undefined
        ? `The project has no configuration, and the entry that is to be created has no ${missing}.`
        : value === undefined
          ? `Neither the service nor the entry gives ${missing} of ${id}; an update replaces both settings.`
          : `The entry has no ${missing}, and that of ${id} cannot be sent: it is ${value}. An update replaces both settings.`,
    hint: `Add ${missing}.`
  })
}

/** What a plan is made from: with the users only if they are managed, each as a request can name it. */
interface KnownConfig extends ObservedConfig {
  readonly non_migrate_users?: ReadonlyArray<SentUser> | undefined
}

const knownConfig = (item: DesiredConfig, { non_migrate_users: users, ...rest }: ObservedConfig): KnownConfig =>
  item.non_migrate_users === undefined || users === undefined
    ? rest
    : { ...rest, non_migrate_users: identifiedUsers(users) }

/** A configuration as it is and as it should be, in the same form. Users that are not managed are left out of both. */
interface Compared {
  readonly before: HotspotSessionMigrationConfig | undefined
  readonly after: HotspotSessionMigrationConfig
}

const compared = (item: DesiredConfig, config: KnownConfig | undefined): Either.Either<Compared, PlanError> =>
  Either.gen(function* () {
    const id = config?.id
    if (item.non_migrate_users !== undefined && config !== undefined && config.non_migrate_users === undefined) {
      return yield* fail({
        reason: "incompleteUsers",
        config_id: id,
        message: `The users of ${id} cannot be read completely, so the plan cannot tell which users to remove.`,
        hint: "Others may be changing them: try again. If the service does not count them, leave non_migrate_users out."
      })
    }
    const present = config?.non_migrate_users ?? []
    const users = yield* Either.mapLeft(
      desiredUsers(present, item.non_migrate_users ?? []),
      (user_name) =>
        new PlanError({
          reason: "ambiguousUser",
          config_id: id,
          message: `Several users of ${id} have the name "${user_name}".`,
          hint: "Write the user_id of the intended user."
        })
    )
    const managesUsers = item.non_migrate_users !== undefined
    const settings = { ...settingsOf(config ?? {}), ...settingsOf(item) }
    const form = (settings: Partial<ConfigSettings>, users: ReadonlyArray<UserInfo>) =>
      ({
        ...(id === undefined ? {} : { id }),
        ...settings,
        non_migrate_users: managesUsers ? users : []
      }) as HotspotSessionMigrationConfig
    const before = config === undefined ? undefined : form(settingsOf(config), present)
    const after = form(settings, users)
    const isWritten = before === undefined || settingNames.some((name) => before[name] !== settings[name])
    const unsendable = isWritten ? unsendableSettings(settings) : []
    return unsendable.length > 0 ? yield* missingSettings(settings, unsendable, id) : { before, after }
  })

const userWrites = (
  write: "addUsers" | "removeUsers",
  id: string | undefined,
  users: ReadonlyArray<SentUser>
): ReadonlyArray<PlannedWrite> =>
  Array.chunksOf(users, maxUsers).map((users) => ({ write, ...(id === undefined ? {} : { id }), users }))

/** A new configuration with more users than a request holds is not enabled before all of them are there. */
const creation = (settings: ConfigSettings, users: ReadonlyArray<SentUser>): ReadonlyArray<PlannedWrite> => {
  if (users.length <= maxUsers) return [{ write: "create", settings, users }]
  const from = { ...settings, hotspot_session_migration_enable: false }
  return [
    { write: "create", settings: from, users: users.slice(0, maxUsers) },
    ...userWrites("addUsers", undefined, users.slice(maxUsers)),
    ...(settings.hotspot_session_migration_enable ? [{ write: "update", from, to: settings } as const] : [])
  ]
}

/**
 * The fewest requests that make a change. Users are added first and removed last, so that none is without exemption in
 * between, and migration is switched on only when they are there.
 *
 * @category operations
 * @since 0.1.0
 */
export const writesOf = (change: Change, after: HotspotSessionMigrationConfig): ReadonlyArray<PlannedWrite> => {
  // The comparison has checked that both settings can be sent.
  const to = settingsOf(after) as ConfigSettings
  switch (change.change) {
    case "removed":
      return []
    case "added":
      return creation(to, identifiedUsers(change.config.non_migrate_users))
    case "changed": {
      const { added, changed, removed } = change.non_migrate_users
      const from = Object.fromEntries(
        settingNames.flatMap((name) => {
          const value = name in change.fields ? change.fields[name]?.from : to[name]
          return value === undefined ? [] : [[name, value]]
        })
      )
      return [
        ...userWrites("addUsers", change.id, identifiedUsers([...added, ...changed.map(({ to }) => to)])),
        ...(Object.keys(change.fields).length === 0 ? [] : [{ write: "update", id: change.id, from, to } as const]),
        ...userWrites("removeUsers", change.id, identifiedUsers(removed))
      ]
    }
  }
}

const managedFields = ["hotspot_session_migration_enable", "hotspot_exit_session_num", "non_migrate_users"] as const

const unmanagedOf = (
  items: ReadonlyArray<DesiredConfig>,
  matched: ReadonlyArray<ObservedConfig | undefined>,
  configs: ReadonlyArray<ObservedConfig>
): ReadonlyArray<Unmanaged> =>
  configs.flatMap((config): ReadonlyArray<Unmanaged> => {
    const item = items[matched.indexOf(config)]
    const { id } = config
    if (item === undefined) return [id === undefined ? {} : { id }]
    const fields = managedFields.filter((name) => item[name] === undefined)
    return fields.length === 0 ? [] : [{ id, fields }]
  })

/**
 * What is to be done to a project, so that its configurations become those of the entries. The fewest requests; what is not
 * in the entries is not touched.
 *
 * @category operations
 * @since 0.1.0
 */
export const planProject = (
  items: ReadonlyArray<DesiredConfig>,
  configs: ReadonlyArray<ObservedConfig>
): Either.Either<ProjectPlan, PlanError> =>
  Either.gen(function* () {
    const matched = yield* matchConfigs(items, configs)
    const known = items.map((item, index) => {
      const config = matched[index]
      return config && knownConfig(item, config)
    })
    const pairs = yield* Either.all(items.map((item, index) => compared(item, known[index])))
    const steps = pairs.map(({ after, before }) => {
      const changes = changesBetween(before === undefined ? [] : [before], [after])
      return { changes, writes: changes.flatMap((change) => writesOf(change, after)) }
    })
    return {
      observed: known.filter((config) => config !== undefined),
      changes: steps.flatMap(({ changes }) => changes),
      writes: steps.flatMap(({ writes }) => writes),
      unmanaged: unmanagedOf(items, matched, configs)
    }
  })

type Steps = Pick<ProjectPlan, "changes" | "writes">

const sorted = (users: ReadonlyArray<UserInfo>) => [...users].map(canonical).sort()

/** What a plan does, without the order in which the service lists users. */
const essence = ({ changes, writes }: Steps) => [
  changes.map((change) =>
    change.change === "changed"
      ? {
          ...change,
          non_migrate_users: {
            added: sorted(change.non_migrate_users.added),
            removed: sorted(change.non_migrate_users.removed),
            changed: change.non_migrate_users.changed.map(canonical).sort()
          }
        }
      : change
  ),
  writes.map((write) => ("users" in write ? { ...write, users: write.users.length } : write))
]

/**
 * Whether two plans make the same change to the same state. What is not managed does not count.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isSamePlan = (one: Steps, other: Steps): boolean => canonical(essence(one)) === canonical(essence(other))

const comparable = (configs: ReadonlyArray<ObservedConfig>): ReadonlyArray<HotspotSessionMigrationConfig> =>
  configs.map((config) => ({ non_migrate_users: [], ...config }) as HotspotSessionMigrationConfig)

/**
 * What has changed on the service between two plans.
 *
 * @category operations
 * @since 0.1.0
 */
export const driftBetween = (
  before: Pick<ProjectPlan, "observed">,
  now: Pick<ProjectPlan, "observed">
): ReadonlyArray<Change> => changesBetween(comparable(before.observed), comparable(now.observed))
