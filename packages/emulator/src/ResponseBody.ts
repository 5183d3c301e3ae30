import { defaultLimit } from "@hotspot-session/core"
import type * as Dataset from "./Dataset.js"
import type { Kind } from "./Fault.js"
import type * as Project from "./Project.js"

/** The parameters of a page; an absent one has the service's default. */
interface PageParameters {
  readonly offset?: number | undefined
  readonly limit?: number | undefined
}

/** The parameters after defaults and faults. */
const effective = (parameters: PageParameters, fault: Kind | undefined) => ({
  offset: fault === "ignoreOffset" || fault === "ignoreParameters" ? 0 : (parameters.offset ?? 0),
  limit: fault === "ignoreParameters" ? defaultLimit : (parameters.limit ?? defaultLimit)
})

const nulledUsers = (users: ReadonlyArray<unknown>) =>
  users.length === 0 ? null : users.map(() => ({ user_id: null, user_name: null }))

/** A configuration or a part of one, changed by a fault. */
const changed = (config: Partial<Dataset.Config>, fault: Kind | undefined): unknown => {
  switch (fault) {
    case "nulls":
      return Object.fromEntries(
        Object.keys(config).map((name) => [
          name,
          name === "non_migrate_users" ? nulledUsers(config.non_migrate_users ?? []) : null
        ])
      )
    case "wrongType":
      return { ...config, hotspot_exit_session_num: String(config.hotspot_exit_session_num) }
    default:
      return config
  }
}

const allFields = {
  id: null,
  project_id: null,
  hotspot_session_migration_enable: null,
  hotspot_exit_session_num: null,
  non_migrate_users: null
}

/** A page of configurations, changed by a fault. */
export const page = (dataset: Dataset.Dataset, parameters: PageParameters, fault: Kind | undefined) => {
  const { limit, offset } = effective(parameters, fault)
  const items = dataset.slice(offset, limit)
  switch (fault) {
    case "nulls":
      return { items: items.length === 0 ? null : items.map((config) => changed({ ...allFields, ...config }, fault)) }
    case "wrongType":
      return { items: items.map((config, index) => (index === 0 ? changed(config, fault) : config)) }
    default:
      return { items }
  }
}

/** A configuration that was created, without its project, changed by a fault. */
export const created = ({ project_id, ...config }: Dataset.Config, fault: Kind | undefined) => changed(config, fault)

/** A configuration that was updated, without its project and its users, changed by a fault. */
export const updated = (id: string, settings: Project.Settings, fault: Kind | undefined) =>
  changed({ id, ...settings }, fault)

/** A page of users, changed by a fault. `user_name` selects the users of exactly that name; an empty one selects all. */
export const users = (
  all: ReadonlyArray<Project.User>,
  parameters: PageParameters & { readonly user_name?: string | undefined },
  fault: Kind | undefined
) => {
  const name = fault === "ignoreParameters" ? "" : (parameters.user_name ?? "")
  const found = name === "" ? all : all.filter((user) => user.user_name === name)
  const { limit, offset } = effective(parameters, fault)
  const non_migrate_users = found.slice(offset, offset + limit)
  switch (fault) {
    case "nulls":
      return { total_count: null, non_migrate_users: nulledUsers(non_migrate_users) }
    case "wrongType":
      return { total_count: String(found.length), non_migrate_users }
    default:
      return { total_count: found.length, non_migrate_users }
  }
}
