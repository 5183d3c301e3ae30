import { describe, expect, it } from "@effect/vitest"
import type { HotspotSessionMigrationConfig, SentUser } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as FC from "effect/FastCheck"
import {
  additions,
  type ConfigWrite,
  expectedConfig,
  isNoWrite,
  isSameWrite,
  mergeUsers,
  removals,
  unmetFields,
  updateOf
} from "../src/index.js"

const id = "895110260098859008"

const config = (fields: Partial<HotspotSessionMigrationConfig>): HotspotSessionMigrationConfig => ({
  id: id as never,
  non_migrate_users: [],
  ...fields
})

const named = (users: ReadonlyArray<SentUser>) => users.map((user, index) => ({ ...user, source: `line ${index + 1}` }))

const merged = (...users: ReadonlyArray<SentUser>) => Either.getOrThrow(mergeUsers(named(users)))

/** Few IDs and names, so that they collide. */
const word = FC.constantFrom("a", "b", "c", "d")

const user: FC.Arbitrary<SentUser> = FC.oneof(
  FC.record({ user_id: word }),
  FC.record({ user_id: word, user_name: word }),
  FC.record({ user_name: word })
)

/** Users as a service holds them: IDs are unique, and so are names of users without an ID. */
const present = FC.uniqueArray(user, { selector: ({ user_id, user_name }) => user_id ?? `=${user_name}` })

/** Distinct users, some of whose IDs may be given twice. */
const wanted = FC.array(user)
  .filter((users) => Either.isRight(mergeUsers(named(users))))
  .map((users) => merged(...users))

/** What the service does, as the emulator has it. */
const added = (users: ReadonlyArray<SentUser>, sent: ReadonlyArray<SentUser>) =>
  expectedConfig(
    { write: "addUsers", id, edit: { add: sent, renamed: [], remove: [], unchanged: [] } },
    config({ non_migrate_users: users })
  ).non_migrate_users

describe("mergeUsers", () => {
  it("counts a user once, by ID or else by name", () => {
    expect(merged({ user_id: "a" }, { user_id: "a", user_name: "x" }, { user_name: "x" }, { user_id: "a" })).toEqual([
      { user_id: "a", user_name: "x" },
      { user_name: "x" }
    ])
    expect(merged({ user_name: "x" }, { user_name: "x" }, { user_name: "y" })).toEqual([
      { user_name: "x" },
      { user_name: "y" }
    ])
  })

  it("rejects two names for an ID", () => {
    const users = named([{ user_id: "a", user_name: "x" }, { user_id: "a" }, { user_id: "a", user_name: "y" }])
    expect(Either.flip(mergeUsers(users))).toEqual(Either.right({ user_id: "a", first: users[0], second: users[2] }))
  })
})

describe("an edit of users", () => {
  it.prop("that adds leaves nothing to add, and removes nobody", [present, wanted], ([users, more]) => {
    const edit = additions(users, more)
    const after = added(users, edit.add)
    expect(edit.remove).toEqual([])
    const isNamedById = ({ user_id, user_name }: SentUser) =>
      user_id === undefined && more.some((one) => one.user_id !== undefined && one.user_name === user_name)
    expect([...edit.add, ...edit.unchanged]).toHaveLength(more.filter((one) => !isNamedById(one)).length)
    expect(additions(after, more).add).toEqual([])
    // Everybody who was there is still there.
    for (const { user_id } of users)
      if (user_id !== undefined) expect(after.map((one) => one.user_id)).toContain(user_id)
    expect(unmetFields({ write: "addUsers", id, edit }, config({ non_migrate_users: after }))).toEqual([])
  })

  it.prop("that adds IDs alone keeps the names that are there", [present, FC.uniqueArray(word)], ([users, ids]) => {
    const after = added(
      users,
      additions(
        users,
        ids.map((user_id) => ({ user_id }))
      ).add
    )
    for (const one of users) expect(after).toContainEqual(one)
  })

  it.prop("that removes leaves nothing to remove, and keeps all others", [present, wanted], ([users, unwanted]) => {
    const edit = removals(users, unwanted)
    if (Either.isLeft(edit)) {
      const { named, users: found } = edit.left
      if (named.user_id === undefined) expect(found.length).toBeGreaterThan(1)
      else expect(found).not.toContainEqual(named)
      return
    }
    const write: ConfigWrite = { write: "removeUsers", id, edit: edit.right }
    const after = expectedConfig(write, config({ non_migrate_users: users }))
    expect(edit.right.add).toEqual([])
    expect(after.non_migrate_users.length).toBe(users.length - edit.right.remove.length)
    expect(Either.map(removals(after.non_migrate_users, unwanted), ({ remove }) => remove)).toEqual(Either.right([]))
    for (const one of after.non_migrate_users) expect(users).toContainEqual(one)
  })

  it("that removes is refused if the user with the ID has another name", () => {
    const users = [{ user_id: "a", user_name: "x" }, { user_id: "b" }, { user_id: "c", user_name: "" }]
    const named = { user_id: "a", user_name: "y" }
    expect(removals(users, [named])).toEqual(Either.left({ named, users: [users[0]] }))
    const unwanted = ["b", "c"].map((user_id) => ({ user_id, user_name: "y" }))
    expect(Either.map(removals(users, unwanted), ({ remove }) => remove.length)).toEqual(Either.right(2))
  })

  it("renames by a single addition", () => {
    const edit = additions([{ user_id: "a", user_name: "x" }], [{ user_id: "a", user_name: "y" }])
    expect(edit).toEqual({
      add: [{ user_id: "a", user_name: "y" }],
      renamed: [{ user_id: "a", from: "x", to: "y" }],
      remove: [],
      unchanged: []
    })
  })
})

describe("a name in an edit", () => {
  it("is added if the user that has it gets another one", () => {
    const edit = additions([{ user_id: "u1", user_name: "a" }], [{ user_id: "u1", user_name: "b" }, { user_name: "a" }])
    expect(edit.add).toEqual([{ user_id: "u1", user_name: "b" }, { user_name: "a" }])
  })
})

describe("a name that is also given with an ID", () => {
  const named = { user_id: "x1", user_name: "anna" }
  const bare = { user_name: "anna" }
  const given = merged(bare, named)

  it("is not added", () => {
    expect(additions([], given).add).toEqual([named])
  })

  it("is removed where the service has it without an ID", () => {
    const removed = (...present: ReadonlyArray<SentUser>) =>
      Either.getOrThrow(Either.map(removals(present, given), ({ remove, unchanged }) => [remove, unchanged]))
    expect(removed(bare)).toEqual([[bare], [named]])
    expect(removed(named)).toEqual([[named], []])
    expect(removed(named, bare)).toEqual([[bare, named], []])
    // It is not another user of this name.
    expect(removed(named, { user_id: "x2", user_name: "anna" })).toEqual([[named], []])
    expect(removed()).toEqual([[], [named]])
  })
})

describe("a removal", () => {
  it("is unmet while the user is there", () => {
    const users = [{ user_id: "a" }, { user_id: "b" }]
    const edit = { add: [], renamed: [], remove: [{ user_id: "a" }], unchanged: [] }
    const unmet = (non_migrate_users: ReadonlyArray<SentUser>) =>
      unmetFields({ write: "removeUsers", id, edit }, config({ non_migrate_users }))
    expect(unmet(users)).toEqual(["non_migrate_users"])
    expect(unmet([{ user_id: "b" }])).toEqual([])
  })
})

describe("an update", () => {
  const settings = FC.record({
    hotspot_session_migration_enable: FC.boolean(),
    hotspot_exit_session_num: FC.integer({ min: 0, max: 100 })
  })
  const some = FC.record(
    { hotspot_session_migration_enable: FC.boolean(), hotspot_exit_session_num: FC.integer({ min: 0, max: 100 }) },
    { requiredKeys: [] }
  )

  it.prop("keeps what is not given, and is met by what it expects", [settings, some], ([from, given]) => {
    const before = config(from)
    const write = updateOf(id, before, given)
    if (!("write" in write) || write.write !== "update") throw new Error("no setting is missing")
    expect(write).toMatchObject({ from, to: { ...from, ...given } })
    const after = expectedConfig(write, before)
    expect(unmetFields(write, after)).toEqual([])
    expect(isNoWrite(write)).toBe(unmetFields(write, before).length === 0)
    expect(isSameWrite(write, { ...write, from: { ...from, hotspot_exit_session_num: 101 } })).toBe(false)
  })

  it("that creates is the same in whatever order the other configurations are listed", () => {
    const existing = [config({}), config({ id: "2" as never })]
    const write = {
      write: "create",
      settings: { hotspot_session_migration_enable: true, hotspot_exit_session_num: 1 },
      users: [],
      existing
    } as const
    expect(isSameWrite(write, { ...write, existing: existing.toReversed() })).toBe(true)
    expect(isSameWrite(write, { ...write, existing: existing.slice(1) })).toBe(false)
    expect(isSameWrite(write, { ...write, users: [{ user_id: "u" }] })).toBe(false)
  })

  it("names the settings that are not given, and neither known nor within bounds", () => {
    expect(updateOf(id, config({ hotspot_exit_session_num: 101 }), {})).toHaveLength(2)
    const from = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 101 }
    expect(updateOf(id, config(from), { hotspot_session_migration_enable: false })).toEqual([
      "hotspot_exit_session_num"
    ])
    expect(updateOf(id, config(from), { hotspot_exit_session_num: 100 })).toMatchObject({ write: "update", from })
    expect(updateOf(id, config({}), {})).toEqual(["hotspot_session_migration_enable", "hotspot_exit_session_num"])
    expect(updateOf(id, config({ hotspot_exit_session_num: 0 }), { hotspot_session_migration_enable: false })).toEqual({
      write: "update",
      id,
      from: { hotspot_exit_session_num: 0 },
      to: { hotspot_session_migration_enable: false, hotspot_exit_session_num: 0 }
    })
  })
})
