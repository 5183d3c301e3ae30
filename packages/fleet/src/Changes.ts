import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/client/Core"

/**
 * The old and the new value of a field; absent if the field was or is absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface FieldChange {
  readonly from?: unknown
  readonly to?: unknown
}

/**
 * The users added, removed and changed. A user is known by its ID, and without one by its name, so that a new name is one
 * change.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserChange {
  readonly added: ReadonlyArray<UserInfo>
  readonly removed: ReadonlyArray<UserInfo>
  readonly changed: ReadonlyArray<{ readonly from: UserInfo; readonly to: UserInfo }>
}

/**
 * A configuration that was added, removed or changed.
 *
 * @category models
 * @since 0.1.0
 */
export type Change =
  | { readonly change: "added"; readonly config: HotspotSessionMigrationConfig }
  | { readonly change: "removed"; readonly config: HotspotSessionMigrationConfig }
  | {
      readonly change: "changed"
      readonly id: string
      readonly fields: Readonly<Record<string, FieldChange>>
      readonly non_migrate_users: UserChange
    }

/**
 * JSON with sorted field names, so that equal values give equal texts.
 *
 * @internal
 */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner
  ) ?? "undefined"

/** Items by key. Duplicates are numbered, so that none is lost. */
const keyed = <A>(items: ReadonlyArray<A>, keyOf: (item: A) => string): ReadonlyMap<string, A> => {
  const seen = new Map<string, number>()
  const byKey = new Map<string, A>()
  for (const item of items) {
    const key = keyOf(item)
    const number = seen.get(key) ?? 0
    seen.set(key, number + 1)
    byKey.set(JSON.stringify([key, number]), item)
  }
  return byKey
}

const without = <A>(these: ReadonlyMap<string, A>, those: ReadonlyMap<string, A>): ReadonlyArray<A> =>
  [...these].filter(([key]) => !those.has(key)).map(([, item]) => item)

/**
 * What identifies a user: its ID, else its name, else all its fields.
 *
 * @internal
 */
export const userKey = (user: UserInfo): string =>
  user.user_id ? `id ${user.user_id}` : user.user_name ? `name ${user.user_name}` : canonical(user)

const userChange = (from: ReadonlyArray<UserInfo>, to: ReadonlyArray<UserInfo>): UserChange => {
  const before = keyed(from, canonical)
  const after = keyed(to, canonical)
  // Equal users are set aside first, so that the order of duplicates does not matter.
  const gone = keyed(without(before, after), userKey)
  const come = keyed(without(after, before), userKey)
  return {
    added: without(come, gone),
    removed: without(gone, come),
    changed: [...come].flatMap(([key, to]) => {
      const from = gone.get(key)
      return from === undefined ? [] : [{ from, to }]
    })
  }
}

const isNoUserChange = ({ added, changed, removed }: UserChange): boolean =>
  added.length + changed.length + removed.length === 0

const fieldChanges = (
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>
): Readonly<Record<string, FieldChange>> =>
  Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((name) => canonical(before[name]) !== canonical(after[name]))
      .map((name) => [
        name,
        { ...(name in before ? { from: before[name] } : {}), ...(name in after ? { to: after[name] } : {}) }
      ])
  )

/** A configuration without an ID is identified by all its fields, so that a change is a removal and an addition. */
const keyOf = (config: HotspotSessionMigrationConfig): string => config.id ?? canonical(config)

/**
 * The changes between two listings: first removed configurations, then changed and added ones in their new order.
 *
 * @category operations
 * @since 0.1.0
 */
export const changesBetween = (
  from: ReadonlyArray<HotspotSessionMigrationConfig>,
  to: ReadonlyArray<HotspotSessionMigrationConfig>
): ReadonlyArray<Change> => {
  // Usually nothing has changed.
  if (JSON.stringify(from) === JSON.stringify(to)) return []
  const before = keyed(from, keyOf)
  const after = keyed(to, keyOf)
  const removed = without(before, after).map((config): Change => ({ change: "removed", config }))
  const others = [...after].flatMap(([key, config]): ReadonlyArray<Change> => {
    const previous = before.get(key)
    if (previous === undefined) return [{ change: "added", config }]
    const { non_migrate_users: usersBefore, ...fieldsBefore } = previous
    const { non_migrate_users: usersAfter, ...fieldsAfter } = config
    const fields = fieldChanges(fieldsBefore, fieldsAfter)
    const users = userChange(usersBefore, usersAfter)
    return Object.keys(fields).length === 0 && isNoUserChange(users)
      ? []
      : [{ change: "changed", id: config.id ?? key, fields, non_migrate_users: users }]
  })
  return [...removed, ...others]
}
