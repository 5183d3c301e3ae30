import { defaultLimit } from "@hotspot-session/core"
import type * as Dataset from "./Dataset.js"
import type { Fault } from "./Fault.js"

/** The encoded body of a page, in which a fault may have caused a wrong type. */
export interface Body {
  readonly items: ReadonlyArray<unknown> | null
}

/** The parameters of a request; an absent one has the service's default. */
export interface Parameters {
  readonly offset?: number | undefined
  readonly limit?: number | undefined
}

const nulled = (config: Dataset.Config): Dataset.Config => {
  const users = config.non_migrate_users ?? []
  return {
    id: null,
    project_id: null,
    hotspot_session_migration_enable: null,
    hotspot_exit_session_num: null,
    non_migrate_users: users.length === 0 ? null : users.map(() => ({ user_id: null, user_name: null }))
  }
}

/** A page of a data set, changed by a fault. */
export const make = (dataset: Dataset.Dataset, parameters: Parameters, fault: Fault["kind"] | undefined): Body => {
  const { limit = defaultLimit, offset = 0 } = fault === "ignoreParameters" ? {} : parameters
  const items = dataset.slice(fault === "ignoreOffset" ? 0 : offset, limit)
  switch (fault) {
    case "nulls":
      return { items: items.length === 0 ? null : items.map(nulled) }
    case "wrongType":
      return {
        items: items.map((config, index) =>
          index === 0 ? { ...config, hotspot_exit_session_num: String(config.hotspot_exit_session_num) } : config
        )
      }
    default:
      return { items }
  }
}
