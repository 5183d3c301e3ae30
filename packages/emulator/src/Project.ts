import type { SentUser, UpdateType } from "@hotspot-session/core"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Dataset from "./Dataset.js"
import * as Prng from "./Prng.js"

/** A project and its configurations. */
export interface Project {
  readonly id: string
  /** The name in IAM. */
  readonly name: string
  /** Seed of the configurations and users that are generated later. */
  readonly seed: number
  /** The initial configurations. */
  readonly base: Dataset.Dataset
  /** Configurations that were added before the initial ones, the newest first. */
  readonly added: ReadonlyArray<Dataset.Config>
  /** IDs of the configurations that were created after the initial ones, in order. */
  readonly created: ReadonlyArray<string>
  /** Every configuration that was created or changed, by its ID. */
  readonly written: HashMap.HashMap<string, Dataset.Config>
}

/** A user in its encoded form. */
export type User = NonNullable<NonNullable<Dataset.Config["non_migrate_users"]>[number]>

/** The two settings of a configuration. */
export interface Settings {
  readonly hotspot_session_migration_enable: boolean
  readonly hotspot_exit_session_num: number
}

/** A project with its initial configurations. */
export const make = (options: Pick<Project, "id" | "name" | "seed" | "base">): Project => ({
  ...options,
  added: [],
  created: [],
  written: HashMap.empty()
})

/** The configurations without those that were created, and without changes. */
const unchanged = (project: Project): Dataset.Dataset =>
  project.added.length === 0
    ? project.base
    : Dataset.prepend(project.base, Dataset.fromArray(project.added), project.added.length)

/** The current configurations. Those that were created come last. */
export const dataset = (project: Project): Dataset.Dataset => {
  const { created, written } = project
  const initial = unchanged(project)
  if (HashMap.isEmpty(written)) return initial
  const current = (config: Dataset.Config): Dataset.Config =>
    Option.getOrElse(
      Option.flatMap(Option.fromNullable(config.id), (id) => HashMap.get(written, id)),
      () => config
    )
  return {
    size: initial.size + created.length,
    slice: (offset, limit) => {
      const first = initial.slice(offset, limit).map(current)
      const start = Math.max(0, offset - initial.size)
      return first.concat(created.slice(start, start + limit - first.length).map((id) => current({ id })))
    },
    byId: (id) => Option.orElse(HashMap.get(written, id), () => initial.byId(id))
  }
}

/** The IDs of the initial configurations that were changed, sorted. */
export const changedIds = ({ created, written }: Project): ReadonlyArray<string> => {
  const own = new Set(created)
  return [...HashMap.keys(written)].filter((id) => !own.has(id)).sort()
}

/**
 * A configuration with a new ID, from another sequence than the initial ones, which may be as many as a sequence has.
 */
const generate = (project: Project): Dataset.Config & { readonly id: string } => {
  const { added, created, id: projectId, seed } = project
  const { byId } = dataset(project)
  const sequence = Dataset.seeded({ seed: ~seed, count: Dataset.maxSize, projectId })
  for (let index = added.length + created.length; ; index++) {
    const config = sequence.slice(index, 1)[0]
    const id = config?.id ?? ""
    if (Option.isNone(byId(id))) return { ...config, id }
  }
}

/** Adds a new configuration before all others. */
export const prepend = (project: Project): Project => ({ ...project, added: [generate(project), ...project.added] })

const write = (project: Project, id: string, config: Dataset.Config): Project => ({
  ...project,
  written: HashMap.set(project.written, id, config)
})

/** A user is known by its ID, or by its name if it has no ID. The cloud documents neither. */
const keyOf = ({ user_id, user_name }: User): string | undefined =>
  typeof user_id === "string" ? `id ${user_id}` : typeof user_name === "string" ? `name ${user_name}` : undefined

const addUsers = (users: ReadonlyArray<User>, sent: ReadonlyArray<SentUser>): ReadonlyArray<User> => {
  const result = [...users]
  const positions = new Map(users.map((user, index) => [keyOf(user), index] as const).reverse())
  for (const user of sent) {
    const position = positions.get(keyOf(user)) ?? result.length
    positions.set(keyOf(user), position)
    result[position] = user
  }
  return result
}

const deleteUsers = (users: ReadonlyArray<User>, sent: ReadonlyArray<SentUser>): ReadonlyArray<User> => {
  const keys = new Set(sent.map(keyOf))
  return users.filter((user) => !keys.has(keyOf(user)))
}

/** Creates a configuration after all others. */
export const create = (
  project: Project,
  settings: Settings,
  users: ReadonlyArray<SentUser>
): readonly [Dataset.Config, Project] => {
  const { id } = generate(project)
  const config: Dataset.Config = { id, project_id: project.id, ...settings, non_migrate_users: addUsers([], users) }
  return [config, write({ ...project, created: project.created.concat(id) }, id, config)]
}

/** Replaces the settings of a configuration, if it exists. */
export const update = (project: Project, id: string, settings: Settings): Option.Option<Project> =>
  Option.map(dataset(project).byId(id), (config) => write(project, id, { ...config, ...settings }))

/** The users of a configuration, if it exists. */
export const usersOf = (project: Project, id: string): Option.Option<ReadonlyArray<User>> =>
  Option.map(dataset(project).byId(id), (config) => config.non_migrate_users ?? [])

/** Adds users to a configuration, if it exists, or removes them. A user that is there is replaced at its place. */
export const updateUsers = (
  project: Project,
  id: string,
  type: UpdateType,
  sent: ReadonlyArray<SentUser>
): Option.Option<Project> =>
  Option.map(dataset(project).byId(id), (config) => {
    const users = config.non_migrate_users ?? []
    return write(project, id, {
      ...config,
      non_migrate_users: type === "ADD" ? addUsers(users, sent) : deleteUsers(users, sent)
    })
  })

/** Adds a new user before all others of a configuration, if it exists. */
export const prependUser = (project: Project, id: string): Option.Option<Project> =>
  Option.map(dataset(project).byId(id), (config) => {
    const users = config.non_migrate_users ?? []
    const known = new Set(users.map(({ user_id }) => user_id))
    const seed = Prng.seedOf(project.seed, id)
    let index = users.length
    while (known.has(Prng.hex32(seed, 0, index))) index++
    const user = { user_id: Prng.hex32(seed, 0, index), user_name: `new-${index}` }
    return write(project, id, { ...config, non_migrate_users: [user, ...users] })
  })
