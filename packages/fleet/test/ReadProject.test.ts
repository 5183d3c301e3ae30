import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, HotspotSessionMigrationConfig, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator, type Fault } from "@hotspot-session/emulator"
import { Effect, Either, Redacted, Schema } from "effect"
import { readExport, readPlan } from "../src/ReadProject.js"

const projectId = "north"

const setUp = (configs: ReadonlyArray<unknown>) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.make()
    yield* emulator.setConfigs(projectId, configs as never)
    const client = yield* HotspotSession.make({ endpoint: emulator.endpoint, retry: RetryPolicy.none }).pipe(
      Effect.provideService(Credentials.Credentials, Credentials.token(Redacted.make(Demo.token)))
    )
    return { emulator, connection: { client, projectId } }
  }).pipe(Effect.provideServiceEffect(HttpClient.HttpClient, NodeHotspotSession.makeHttpClient()))

const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
const many = Array.from({ length: 25 }, (_, index) => ({ user_id: `u${index}`, user_name: `name ${index}` }))

describe("an export", () => {
  it.scopedLive("has all users of all configurations, page by page, and planning it leaves nothing to do", () =>
    Effect.gen(function* () {
      const configs = Array.from({ length: 12 }, (_, index) => ({
        id: `c${index}`,
        ...settings,
        non_migrate_users: many.slice(index)
      }))
      const { connection, emulator } = yield* setUp(configs)
      const { items, omissions } = yield* readExport(connection, { pageSize: 10 })
      expect(items).toEqual(configs)
      expect(omissions).toEqual([])
      // Two pages of configurations; three of users of six of them, and two of the others.
      expect(yield* emulator.requests).toHaveLength(2 + 6 * 3 + 6 * 2)
      const plan = yield* readPlan(connection, items)
      expect([plan.changes, plan.writes, plan.unmanaged]).toEqual([[], [], []])
    })
  )

  it.scopedLive.each<readonly [string, number, Fault.Fault, RegExp]>([
    ["are not counted", 5, { kind: "nulls", target: "users" }, /does not count the users/],
    ["change all the time", 25, { kind: "shift", target: "users" }, /were listed, and the service counts/],
    ["may not be read", 25, { kind: "status", status: 403, target: "users" }, /the users cannot be read: /],
    ["are repeated", 25, { kind: "ignoreOffset", target: "users" }, /the users cannot be read: .*repeats/]
  ])("leaves out users that %s, which a plan of them refuses, too", ([_, count, fault, reason]) =>
    Effect.gen(function* () {
      const { connection, emulator } = yield* setUp([{ id: "1", ...settings, non_migrate_users: many.slice(0, count) }])
      yield* emulator.inject([fault])
      const { items, omissions } = yield* readExport(connection, { pageSize: 10 })
      expect(items).toEqual([{ id: "1", ...settings }])
      expect(omissions).toMatchObject([{ config_id: "1", field: "non_migrate_users" }])
      expect(omissions[0]?.reason).toMatch(reason)
      const managed = [{ id: "1", non_migrate_users: [] }]
      expect(Either.isLeft(yield* Effect.either(readPlan(connection, managed, { pageSize: 10 })))).toBe(true)
    })
  )

  it.effect("has the users that are there, even if one came and one left while the pages were read", () =>
    Effect.gen(function* () {
      const userAt = (index: number) => ({ user_id: `u${index}` })
      let users = Array.from({ length: 150 }, (_, index) => userAt(index))
      const requests: Array<readonly [offset: number, limit: number]> = []
      const configs = Schema.decodeSync(Schema.Array(HotspotSessionMigrationConfig))([{ id: "1", ...settings }])
      const fake = HotspotSession.mock({
        listHotspotSessionConfig: () => Effect.succeed({ items: configs }),
        listNonMigrationUsers: ({ limit = 10, offset = 0 }) =>
          Effect.sync(() => {
            const non_migrate_users = users.slice(offset, offset + limit)
            if (requests.push([offset, limit]) === 1) users = [...users.slice(1), userAt(150)]
            return { non_migrate_users, total_count: users.length }
          })
      })
      const { items } = yield* HotspotSession.HotspotSession.pipe(
        Effect.flatMap((client) => readExport({ client, projectId })),
        Effect.provide(fake)
      )
      expect(items).toEqual([{ id: "1", ...settings, non_migrate_users: users }])
      expect(requests).toEqual([
        [0, 100],
        [99, 100],
        [0, 100],
        [99, 100]
      ])
    })
  )

  it.scopedLive("leaves out what the service does not say or does not accept", () =>
    Effect.gen(function* () {
      const configs = [
        { id: "1", hotspot_session_migration_enable: null, hotspot_exit_session_num: 200, non_migrate_users: null },
        { hotspot_exit_session_num: 1 },
        { id: "a/b", ...settings },
        { id: "1", ...settings },
        {
          id: "2",
          ...settings,
          non_migrate_users: [{ user_id: "a", user_name: "" }, { user_name: "" }, { user_id: "a", user_name: "x" }]
        }
      ]
      const { connection } = yield* setUp(configs)
      const { items, omissions } = yield* readExport(connection)
      expect(items).toEqual([
        { id: "1", non_migrate_users: [] },
        { id: "2", ...settings, non_migrate_users: [{ user_id: "a" }] }
      ])
      expect(omissions.map(({ config_id, field }) => [config_id, field])).toEqual([
        ["1", "hotspot_session_migration_enable"],
        ["1", "hotspot_exit_session_num"],
        [undefined, undefined],
        ["a/b", undefined],
        ["1", undefined],
        ["2", "non_migrate_users"]
      ])
      const plan = yield* readPlan(connection, items)
      expect(plan.writes).toEqual([])
    })
  )
})
