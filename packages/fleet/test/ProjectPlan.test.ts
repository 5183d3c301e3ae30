import { describe, expect, it } from "@effect/vitest"
import { SentUser, UpdateHotspotSessionConfigBody } from "@hotspot-session/core"
import { Effect, Either, Schema } from "effect"
import * as FC from "effect/FastCheck"
import { planDocument, plannedTarget, readPlanDocument } from "../src/PlanDocument.js"
import { driftBetween, isSamePlan, type ObservedConfig, type PlannedWrite, planProject } from "../src/ProjectPlan.js"
import { apply, configs, desiredFor } from "./planning.js"

const users = (count: number, start = 0) =>
  Array.from({ length: count }, (_, index) => ({ user_id: `u${start + index}` }))

const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
const config: ObservedConfig = { id: "1", ...settings, non_migrate_users: [{ user_id: "a", user_name: "x" }] }

const writes = (...args: Parameters<typeof planProject>) => Either.getOrThrow(planProject(...args)).writes

/** The kinds of writes and the number of users of each. */
const kinds = (all: ReadonlyArray<PlannedWrite>) =>
  all.map((write) => ("users" in write ? `${write.write} ${write.users.length}` : write.write))

describe("a plan", () => {
  it.prop(
    "makes what is desired, touches nothing else, and leaves nothing to do",
    [
      FC.uniqueArray(configs, { maxLength: 3, selector: ({ id }) => id }).chain((all) =>
        FC.tuple(FC.constant(all), desiredFor(all))
      )
    ],
    ([[before, items]]) => {
      const plan = planProject(items, before)
      if (Either.isLeft(plan)) {
        expect(["ambiguousConfig", "ambiguousUser"]).toContain(plan.left.reason)
        return
      }
      const after = apply(before, plan.right.writes)
      const again = Either.getOrThrow(planProject(items, after))
      expect([again.changes, again.writes]).toEqual([[], []])
      const entryOf = ({ id }: ObservedConfig) =>
        items.find((item) => item.id === id) ?? (items[0]?.id === undefined ? items[0] : undefined)
      for (const one of before) {
        const now = after.find(({ id }) => id === one.id)
        const entry = entryOf(one)
        if (entry === undefined) expect(now).toEqual(one)
        else {
          // Fields that are not in the entry are as they were.
          for (const name of Object.keys(one) as Array<keyof ObservedConfig>) {
            if (entry[name] === undefined) expect(now?.[name]).toEqual(one[name])
          }
        }
      }
    }
  )

  it("sends one request for each kind of change, users first and removals last", () => {
    const items = [
      {
        id: "1",
        hotspot_session_migration_enable: false,
        hotspot_exit_session_num: 5,
        non_migrate_users: [{ user_id: "b" }, { user_id: "c", user_name: "z" }]
      }
    ]
    const before = [{ ...config, non_migrate_users: [{ user_id: "a" }, { user_id: "c", user_name: "y" }] }]
    expect(writes(items, before)).toEqual([
      { write: "addUsers", id: "1", users: [{ user_id: "b" }, { user_id: "c", user_name: "z" }] },
      {
        write: "update",
        id: "1",
        from: settings,
        to: { hotspot_session_migration_enable: false, hotspot_exit_session_num: 5 }
      },
      { write: "removeUsers", id: "1", users: [{ user_id: "a" }] }
    ])
  })

  it("keeps the setting that is not managed", () => {
    expect(writes([{ id: "1", hotspot_exit_session_num: 5 }], [config])).toMatchObject([
      { to: { hotspot_session_migration_enable: true, hotspot_exit_session_num: 5 } }
    ])
  })

  it("creates a configuration with up to 1,000 users in one request", () => {
    expect(kinds(writes([{ ...settings, non_migrate_users: users(1000) }], []))).toEqual(["create 1000"])
  })

  it("creates one with more users disabled, adds them, and enables it", () => {
    const plan = writes([{ ...settings, non_migrate_users: users(2001) }], [])
    expect(kinds(plan)).toEqual(["create 1000", "addUsers 1000", "addUsers 1", "update"])
    expect(plan[0]).toMatchObject({ settings: { hotspot_session_migration_enable: false } })
    expect(plan[3]).toMatchObject({ to: settings })
    const disabled = { ...settings, hotspot_session_migration_enable: false, non_migrate_users: users(1001) }
    expect(kinds(writes([disabled], []))).toEqual(["create 1000", "addUsers 1"])
  })

  it("changes many users in several requests", () => {
    const before = [{ ...config, non_migrate_users: users(2500) }]
    expect(kinds(writes([{ id: "1", non_migrate_users: users(1500, 2500) }], before))).toEqual([
      ...["addUsers 1000", "addUsers 500", "removeUsers 1000", "removeUsers 1000", "removeUsers 500"]
    ])
  })

  it("knows users by ID, else by name, and a new name is one change", () => {
    const present = [
      { user_id: "a", user_name: "x" },
      { user_id: "b", user_name: "y" },
      { user_name: "z" },
      { user_id: "", user_name: "" }
    ]
    const change = (non_migrate_users: ReadonlyArray<{ user_id?: string; user_name?: string }>) =>
      Either.getOrThrow(planProject([{ id: "1", non_migrate_users }], [{ ...config, non_migrate_users: present }]))
    // A name alone is the user of that name; an ID alone keeps the name.
    expect(change([{ user_name: "x" }, { user_id: "b" }, { user_name: "z" }]).changes).toEqual([])
    const renamed = change([{ user_id: "a", user_name: "w" }, { user_name: "y" }, { user_name: "z" }])
    expect(renamed.changes).toMatchObject([
      {
        non_migrate_users: {
          added: [],
          removed: [],
          changed: [{ from: { user_id: "a", user_name: "x" }, to: { user_id: "a", user_name: "w" } }]
        }
      }
    ])
    expect(kinds(renamed.writes)).toEqual(["addUsers 1"])
  })

  it.each([
    ["unknownConfig", [{ id: "2" }], [config]],
    ["ambiguousConfig", [{}], [config, { id: "2" }]],
    ["ambiguousConfig", [{}], [{}]],
    ["ambiguousConfig", [{}], [{ id: "" }]],
    ["ambiguousConfig", [{}], [{ id: "a/b" }]],
    ["missingSettings", [{ hotspot_exit_session_num: 1 }], []],
    ["missingSettings", [{ id: "1", hotspot_exit_session_num: 1 }], [{ id: "1" }]],
    [
      "missingSettings",
      [{ id: "1", hotspot_session_migration_enable: false }],
      [{ ...config, hotspot_exit_session_num: 400 }]
    ],
    ["incompleteUsers", [{ id: "1", non_migrate_users: [] }], [{ id: "1" }]],
    [
      "ambiguousUser",
      [{ id: "1", non_migrate_users: [{ user_name: "x" }] }],
      [
        {
          id: "1",
          non_migrate_users: [
            { user_id: "a", user_name: "x" },
            { user_id: "b", user_name: "x" }
          ]
        }
      ]
    ]
  ])("fails with %s", (reason, items, observed) => {
    expect(Either.mapLeft(planProject(items, observed), (error) => error.reason)).toEqual(Either.left(reason))
  })

  it("says what is not managed", () => {
    const plan = planProject([{ id: "1", hotspot_exit_session_num: 4 }], [config, { id: "2" }])
    expect(Either.getOrThrow(plan).unmanaged).toEqual([
      { id: "1", fields: ["hotspot_session_migration_enable", "non_migrate_users"] },
      { id: "2" }
    ])
  })

  it("is the same in whatever order users are listed, and another one if what it changes was changed", () => {
    const items = [{ id: "1", hotspot_exit_session_num: 5, non_migrate_users: [] }]
    const plan = (fields: Partial<ObservedConfig>) => Either.getOrThrow(planProject(items, [{ ...config, ...fields }]))
    const two = [{ user_id: "a" }, { user_id: "b" }]
    const planned = plan({ non_migrate_users: two })
    expect(isSamePlan(planned, plan({ non_migrate_users: [...two].reverse() }))).toBe(true)
    expect(isSamePlan(planned, plan({ non_migrate_users: [{ user_id: "a" }] }))).toBe(false)
    expect(isSamePlan(planned, plan({ non_migrate_users: two, hotspot_session_migration_enable: false }))).toBe(false)
    expect(driftBetween(planned, plan({ non_migrate_users: [{ user_id: "a" }] }))).toMatchObject([
      { change: "changed", id: "1", non_migrate_users: { removed: [{ user_id: "b" }] } }
    ])
  })
})

/** Texts that a request accepts and texts that it does not. */
const strange = FC.constantFrom("a", "b", "", "x".repeat(200), "\ud83d")

describe("a stored plan", () => {
  const place = { endpoint: "https://example.com", region: "cn-north-4", project_id: "north" }
  const items = [{ id: "1", hotspot_exit_session_num: 5, non_migrate_users: [{ user_id: "b" }] }]
  const stored = Effect.map(
    planDocument([plannedTarget({ ...place, items }, Either.getOrThrow(planProject(items, [config])))]),
    (document) => JSON.stringify(document)
  )
  const reading = (text: string) => Effect.either(readPlanDocument(JSON.parse(text)))

  it.effect("is read as it was written", () =>
    Effect.gen(function* () {
      const text = yield* stored
      expect(JSON.stringify(yield* readPlanDocument(JSON.parse(text)))).toBe(text)
    })
  )

  /** Whatever a service may return. */
  const observed = FC.record(
    {
      id: FC.constantFrom("1", "2", "", "a/b", "x".repeat(200)),
      hotspot_session_migration_enable: FC.boolean(),
      hotspot_exit_session_num: FC.integer({ min: -2, max: 400 }),
      non_migrate_users: FC.array(FC.record({ user_id: strange, user_name: strange }, { requiredKeys: [] }))
    },
    { requiredKeys: [] }
  )

  it.effect.prop(
    "is read whatever was observed, and writes what a request accepts",
    [
      FC.uniqueArray(observed, { maxLength: 3, selector: ({ id }) => id }).chain((all) =>
        FC.tuple(FC.constant(all), desiredFor(all.flatMap(({ id = "" }) => (["1", "2"].includes(id) ? [{ id }] : []))))
      )
    ],
    ([[configs, items]]) =>
      Effect.gen(function* () {
        const plan = planProject(items, configs)
        if (Either.isLeft(plan)) return
        const text = JSON.stringify(yield* planDocument([plannedTarget({ ...place, items }, plan.right)]))
        expect(yield* reading(text)).toEqual(Either.right(JSON.parse(text)))
        for (const write of plan.right.writes) {
          if (write.write === "update") expect(Schema.is(UpdateHotspotSessionConfigBody)(write.to)).toBe(true)
          if ("users" in write) expect(write.users.every(Schema.is(SentUser))).toBe(true)
        }
      })
  )

  it.effect("is refused if it was edited", () =>
    Effect.gen(function* () {
      const text = yield* stored
      const edits: ReadonlyArray<readonly [RegExp, string]> = [
        // What is written, what is desired, both, and what was there.
        [/"to":5/, '"to":50'],
        [/("items":\[\{"id":"1","hotspot_exit_session_num"):5/, "$1:50"],
        [/(hotspot_exit_session_num"|"to"):5/g, "$1:50"],
        [/("observed":.*?hotspot_exit_session_num"):4/, "$1:3"],
        [/cn-north-4/, "cn-east-3"],
        [/example\.com/, "example.org"],
        [/"project_id":"north"/, '"project_id":"south"'],
        [/"fields":\["hotspot_session_migration_enable"\]/, '"fields":[]']
      ]
      for (const [pattern, replacement] of edits) {
        const edited = text.replace(pattern, replacement)
        expect(edited, String(pattern)).not.toBe(text)
        const result = yield* reading(edited)
        expect(
          Either.mapLeft(result, ({ isEdited }) => isEdited),
          String(pattern)
        ).toEqual(Either.left(true))
      }
    })
  )

  it.effect("is refused if it is something else", () =>
    Effect.gen(function* () {
      for (const text of ["{}", "[]", '{"plan_version":2,"targets":[],"checksum":""}', "null"]) {
        expect(Either.mapLeft(yield* reading(text), ({ isEdited }) => isEdited)).toEqual(Either.left(false))
      }
      const deep = `{"plan_version":1,"targets":[${"[".repeat(5000)}${"]".repeat(5000)}],"checksum":""}`
      for (const [text, reason] of [
        [deep, /nested too deeply/],
        ['{"plan_version":2}', /its version 2 is not known/]
      ] as const) {
        expect(Either.getOrThrow(Either.flip(yield* reading(text))).message).toMatch(reason)
      }
    })
  )
})
