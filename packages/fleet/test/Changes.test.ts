import { describe, expect, it } from "@effect/vitest"
import { HotspotSessionMigrationConfig } from "@hotspot-session/core"
import { Arbitrary } from "effect"
import * as FC from "effect/FastCheck"
import { type Change, changesBetween } from "../src/Changes.js"

const user = (user_name: string) => ({ user_id: `id-${user_name}`, user_name })

const config = (id: string, rest: Partial<HotspotSessionMigrationConfig> = {}): HotspotSessionMigrationConfig => ({
  id: id as never,
  hotspot_session_migration_enable: true,
  hotspot_exit_session_num: 3,
  non_migrate_users: [user("li.wei"), user("张敏")],
  ...rest
})

const configs = FC.array(
  Arbitrary.make(HotspotSessionMigrationConfig).map((one) => ({ ...one })),
  { maxLength: 6 }
)

/** The number of configurations after the changes. */
const countAfter = (from: ReadonlyArray<HotspotSessionMigrationConfig>, changes: ReadonlyArray<Change>): number =>
  changes.reduce((count, { change }) => count + (change === "added" ? 1 : change === "removed" ? -1 : 0), from.length)

describe("changes", () => {
  it.prop("are none between equal listings, in any order", [configs], ([items]) => {
    expect(changesBetween(items, structuredClone(items))).toEqual([])
    expect(changesBetween(items, [...items].reverse()).filter(({ change }) => change !== "changed")).toEqual([])
  })

  it.prop("account for the difference in count", [configs, configs], ([from, to]) => {
    expect(countAfter(from, changesBetween(from, to))).toBe(to.length)
  })

  it.prop("are reversed if the listings are swapped", [configs, configs], ([from, to]) => {
    const kinds = (changes: ReadonlyArray<Change>, kind: Change["change"]) =>
      changes.filter(({ change }) => change === kind).length
    const forward = changesBetween(from, to)
    const backward = changesBetween(to, from)
    expect(kinds(forward, "added")).toBe(kinds(backward, "removed"))
    expect(kinds(forward, "changed")).toBe(kinds(backward, "changed"))
  })

  it("include unknown fields and removed fields", () => {
    const from = { ...config("1"), later: { a: 1, b: 2 } } as HotspotSessionMigrationConfig
    const to = { id: "1", later: { b: 2, a: 3 }, non_migrate_users: from.non_migrate_users } as never
    expect(changesBetween([from], [to])).toEqual([
      {
        change: "changed",
        id: "1",
        fields: {
          hotspot_session_migration_enable: { from: true },
          hotspot_exit_session_num: { from: 3 },
          later: { from: { a: 1, b: 2 }, to: { b: 2, a: 3 } }
        },
        non_migrate_users: { added: [], removed: [], changed: [] }
      }
    ])
  })

  it("have a user with a new name once, and equal users in any order never", () => {
    const twins = [user("a"), { user_id: "id-a", user_name: "b" }, { user_name: "c" }]
    const changed = [{ user_id: "id-a", user_name: "z" }, user("a"), { user_name: "d" }]
    expect(
      changesBetween([config("1", { non_migrate_users: twins })], [config("1", { non_migrate_users: changed })])
    ).toEqual([
      {
        change: "changed",
        id: "1",
        fields: {},
        non_migrate_users: {
          added: [{ user_name: "d" }],
          removed: [{ user_name: "c" }],
          changed: [{ from: { user_id: "id-a", user_name: "b" }, to: { user_id: "id-a", user_name: "z" } }]
        }
      }
    ])
  })
})
