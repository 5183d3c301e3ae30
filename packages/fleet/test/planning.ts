import type { SentUser } from "@hotspot-session/core"
import * as FC from "effect/FastCheck"
import type { DesiredConfig, ObservedConfig, PlannedWrite } from "../src/index.js"

/** Few IDs and names, so that they collide. */
const word = FC.constantFrom("a", "b", "c", "d")

const user: FC.Arbitrary<SentUser> = FC.oneof(
  FC.record({ user_id: word }),
  FC.record({ user_id: word, user_name: word }),
  FC.record({ user_name: word })
)

const keyOf = ({ user_id, user_name }: SentUser): string => user_id ?? `=${user_name}`

const users = FC.uniqueArray(user, { maxLength: 6, selector: keyOf })

const settings = {
  hotspot_session_migration_enable: FC.boolean(),
  hotspot_exit_session_num: FC.integer({ min: 0, max: 3 })
}

/** A configuration as a service holds it. */
export const configs: FC.Arbitrary<ObservedConfig & { readonly id: string }> = FC.record({
  id: FC.constantFrom("1", "2", "3"),
  ...settings,
  non_migrate_users: users
})

const fields = FC.record({ ...settings, non_migrate_users: users }, { requiredKeys: [] })

/** Entries for some of a project's configurations, or one without ID. */
export const desiredFor = (all: ReadonlyArray<{ readonly id: string }>): FC.Arbitrary<ReadonlyArray<DesiredConfig>> =>
  FC.oneof(
    FC.record({ ...settings, non_migrate_users: users }).map((item) => [item]),
    FC.tuple(FC.subarray(all.map(({ id }) => id)), FC.array(fields, { minLength: 3, maxLength: 3 })).map(
      ([ids, items]) => ids.map((id, index) => ({ id, ...items[index] }))
    )
  )

/** What the service does with users, as the emulator has it. */
const added = (before: ReadonlyArray<SentUser>, sent: ReadonlyArray<SentUser>): ReadonlyArray<SentUser> => {
  const byKey = new Map(before.map((one) => [keyOf(one), one]))
  for (const one of sent) byKey.set(keyOf(one), one)
  return [...byKey.values()]
}

const written = (config: ObservedConfig, write: PlannedWrite): ObservedConfig => {
  const present = config.non_migrate_users ?? []
  switch (write.write) {
    case "create":
      return config
    case "update":
      return { ...config, ...write.to }
    case "addUsers":
      return { ...config, non_migrate_users: added(present, write.users) }
    case "removeUsers": {
      const keys = new Set(write.users.map(keyOf))
      return { ...config, non_migrate_users: present.filter((one) => !keys.has(keyOf(one))) }
    }
  }
}

/** The state after writes. */
export const apply = (
  before: ReadonlyArray<ObservedConfig>,
  writes: ReadonlyArray<PlannedWrite>
): ReadonlyArray<ObservedConfig> =>
  writes.reduce<ReadonlyArray<ObservedConfig>>(
    (configs, write) =>
      write.write === "create"
        ? configs.concat({ id: "new", ...write.settings, non_migrate_users: write.users })
        : configs.map((config) => (config.id === (write.id ?? "new") ? written(config, write) : config)),
    before
  )
