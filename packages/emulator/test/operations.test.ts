import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { Dataset, Demo, Documented, Emulator } from "../src/index.js"
import { configUrl, json, listUrl, send, sendJson, signed, usersUrl } from "./support.js"

/** Not those of an initial configuration. */
const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 7 }

const initial = Dataset.seeded({ seed: 1, count: 5, projectId: Demo.projectId }).slice(0, 5)

const [first, second] = initial.map(({ id }) => id ?? "") as [string, string]

const initialUsers = initial[0]?.non_migrate_users ?? []

/** The emulator after a reset. */
const fresh = Effect.tap(Emulator.Emulator, (emulator) => emulator.reset)

const listed = (endpoint: string, query = "limit=100") =>
  Effect.map(send(listUrl(endpoint, Demo.projectId, query)), (response) => {
    const { items } = json(response) as { readonly items: ReadonlyArray<Dataset.Config> }
    return items
  })

const usersOf = (endpoint: string, configId: string, query = "limit=100") =>
  Effect.map(send(usersUrl(endpoint, configId, query)), json)

layer(Emulator.layer({ count: 5 }), { excludeTestServices: true })("the operations", (it) => {
  it.effect("create appends a configuration and responds with 200 and all fields but the project", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* fresh
      const users = [{ user_id: "a", user_name: "李娜" }, { user_name: "b" }, { user_id: "c" }]
      const response = yield* sendJson("POST", listUrl(endpoint, Demo.projectId), {
        ...settings,
        non_migrate_users: users
      })
      assert.strictEqual(response.status, 200)
      assert.strictEqual(response.headers["content-type"], "application/json")
      const body = json(response) as { readonly id: string }
      assert.match(body.id, /^[1-9]\d{17}$/)
      assert.deepStrictEqual<unknown>(body, { id: body.id, ...settings, non_migrate_users: users })
      assert.deepStrictEqual(yield* listed(endpoint), [
        ...initial,
        { id: body.id, project_id: Demo.projectId, ...settings, non_migrate_users: users }
      ])
      assert.deepStrictEqual(yield* usersOf(endpoint, body.id), { total_count: 3, non_migrate_users: users })
      const empty = json(yield* sendJson("POST", listUrl(endpoint, Demo.projectId), settings))
      assert.deepInclude(empty, { non_migrate_users: [] })
    })
  )

  it.effect("create makes a new configuration each time, with distinct IDs and in pages with the initial ones", () =>
    Effect.gen(function* () {
      const { configs, endpoint } = yield* fresh
      const create = Effect.map(sendJson("POST", listUrl(endpoint, Demo.projectId), settings), json)
      const ids = (yield* Effect.replicateEffect(create, 8)).map((body) => (body as { readonly id: string }).id)
      const all = yield* listed(endpoint)
      assert.deepStrictEqual(
        all.map(({ id }) => id),
        [...initial.map(({ id }) => id), ...ids]
      )
      assert.strictEqual(new Set(ids).size, 8)
      for (const [offset, limit] of [
        [3, 4],
        [5, 2],
        [11, 10],
        [13, 1],
        [200, 5]
      ] as const) {
        assert.deepStrictEqual(
          yield* listed(endpoint, `offset=${offset}&limit=${limit}`),
          all.slice(offset, offset + limit)
        )
      }
      const dataset = yield* configs(Demo.projectId)
      assert.deepStrictEqual([dataset.size, dataset.slice(0, 100)], [13, all])
    })
  )

  it.effect("update replaces both settings, keeps the users, and responds without users", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* fresh
      const response = yield* sendJson("PATCH", configUrl(endpoint, second), settings)
      assert.strictEqual(response.status, 200)
      assert.deepStrictEqual(json(response), { id: second, ...settings })
      assert.deepStrictEqual(
        yield* listed(endpoint),
        initial.map((config) => (config.id === second ? { ...config, ...settings } : config))
      )
    })
  )

  it.effect("update and updateUsers change a configuration that was created", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* fresh
      const created = json(yield* sendJson("POST", listUrl(endpoint, Demo.projectId), settings))
      const { id } = created as { readonly id: string }
      const off = { hotspot_session_migration_enable: false, hotspot_exit_session_num: 0 }
      yield* sendJson("PATCH", configUrl(endpoint, id), off)
      yield* sendJson("PATCH", usersUrl(endpoint, id), { update_type: "ADD", non_migrate_users: [{ user_id: "a" }] })
      assert.deepStrictEqual((yield* listed(endpoint)).at(-1), {
        id,
        project_id: Demo.projectId,
        ...off,
        non_migrate_users: [{ user_id: "a" }]
      })
    })
  )

  it.effect("updateUsers responds with 200 and an empty body, and both lists show the users", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* fresh
      const update = (update_type: string, non_migrate_users: unknown) =>
        sendJson("PATCH", usersUrl(endpoint, first), { update_type, non_migrate_users })
      const [known, ...others] = initialUsers
      const response = yield* update("ADD", [{ user_id: known?.user_id }, { user_name: "new" }])
      assert.deepStrictEqual([response.status, response.text], [200, ""])
      assert.strictEqual(response.headers["content-length"], "0")
      const expected = [{ user_id: known?.user_id }, ...others, { user_name: "new" }]
      assert.deepStrictEqual(yield* usersOf(endpoint, first), {
        total_count: expected.length,
        non_migrate_users: expected
      })
      assert.deepStrictEqual<unknown>((yield* listed(endpoint))[0]?.non_migrate_users, expected)
      yield* update("DELETE", [{ user_name: "new" }, { user_id: "absent" }, { user_id: known?.user_id }])
      assert.deepStrictEqual((yield* listed(endpoint))[0]?.non_migrate_users, others)
      const nothing = yield* update("DELETE", [])
      assert.strictEqual(nothing.status, 200)
      assert.deepStrictEqual((yield* listed(endpoint))[0]?.non_migrate_users, others)
    })
  )

  const key = (user: { readonly user_id?: string | undefined; readonly user_name?: string | undefined }) =>
    user.user_id ?? `name ${user.user_name}`
  const text = FastCheck.constantFrom("1", "2", "3", "4")
  const users = FastCheck.array(
    FastCheck.oneof(
      FastCheck.record({ user_id: text }),
      FastCheck.record({ user_name: text }),
      FastCheck.record({ user_id: text, user_name: text })
    ),
    { maxLength: 6 }
  )
  const updates = FastCheck.array(FastCheck.tuple(FastCheck.constantFrom("ADD", "DELETE"), users), { maxLength: 8 })

  it.effect.prop(
    "updateUsers behaves like a map from a user's ID, or the name of one without an ID, to the user",
    [users, updates],
    ([created, updates]) =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.Emulator
        const body = json(
          yield* sendJson("POST", listUrl(endpoint, Demo.projectId), { ...settings, non_migrate_users: created })
        )
        const { id } = body as { readonly id: string }
        const model = new Map<string, unknown>(created.map((user) => [key(user), user]))
        assert.deepInclude(body, { non_migrate_users: [...model.values()] })
        for (const [update_type, non_migrate_users] of updates) {
          yield* sendJson("PATCH", usersUrl(endpoint, id), { update_type, non_migrate_users })
          for (const user of non_migrate_users) {
            if (update_type === "ADD") model.set(key(user), user)
            else model.delete(key(user))
          }
          assert.deepStrictEqual(yield* usersOf(endpoint, id), {
            total_count: model.size,
            non_migrate_users: [...model.values()]
          })
        }
      }),
    { fastCheck: { numRuns: runs(25, 10) } }
  )

  it.effect("users filters by exactly one name and pages with the total of the filtered users", () =>
    Effect.gen(function* () {
      const { endpoint, setConfigs } = yield* fresh
      const id = "x y-é"
      const all = Array.from({ length: 25 }, (_, index) => ({ user_id: String(index), user_name: `n${index % 2}` }))
      yield* setConfigs(Demo.projectId, [{ id, non_migrate_users: all }, { id: "none" }])
      const odd = all.filter(({ user_name }) => user_name === "n1")
      const cases: ReadonlyArray<readonly [string, ReadonlyArray<unknown>, number]> = [
        ["", all.slice(0, 10), 25],
        ["offset=20", all.slice(20), 25],
        ["offset=25", [], 25],
        ["limit=100", all, 25],
        ["user_name=n1&offset=10&limit=5", odd.slice(10), 12],
        ["user_name=n1&limit=100", odd, 12],
        ["user_name=", all.slice(0, 10), 25],
        ["user_name=n", [], 0],
        ["user_name=N1", [], 0]
      ]
      for (const [query, non_migrate_users, total_count] of cases) {
        assert.deepStrictEqual(yield* usersOf(endpoint, id, query), { total_count, non_migrate_users }, query)
      }
      assert.deepStrictEqual(yield* usersOf(endpoint, "none"), { total_count: 0, non_migrate_users: [] })
    })
  )

  it.effect("respond with 404 for an unknown project or configuration, and change nothing", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* fresh
      const change = { update_type: "ADD", non_migrate_users: [{ user_id: "a" }] }
      const users = (id: string, project: string = Demo.projectId) =>
        `${configUrl(endpoint, id, project)}/non-migration-users`
      const past = Dataset.seeded({ seed: 1, count: 6, projectId: Demo.projectId }).slice(5, 1)[0]?.id ?? ""
      const responses = yield* Effect.all([
        sendJson("POST", listUrl(endpoint, "unknown"), settings),
        sendJson("PATCH", configUrl(endpoint, first, "unknown"), settings),
        sendJson("PATCH", users(first, "unknown"), change),
        send(users(first, "unknown")),
        ...["unknown", past, `${first}0`, "0"].flatMap((id) => [
          sendJson("PATCH", configUrl(endpoint, id), settings),
          sendJson("PATCH", users(id), change),
          send(users(id))
        ])
      ])
      for (const response of responses) {
        assert.strictEqual(response.status, 404)
        assert.deepStrictEqual(json(response), Documented.errors[404])
      }
      assert.deepStrictEqual(yield* listed(endpoint), initial)
    })
  )

  it.effect("accept signed bodies of the largest size, and reject a signature for another body", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* fresh
      const url = usersUrl(endpoint, second)
      const non_migrate_users = Array.from({ length: 1000 }, (_, index) => ({
        user_id: `${String(index).padStart(4, "0")}${"佐".repeat(124)}`,
        user_name: "藤".repeat(128)
      }))
      const body = JSON.stringify({ update_type: "ADD", non_migrate_users })
      const headers = { "content-type": "application/json" }
      const patch = (sent: string, signedBody: string) =>
        send(url, {
          method: "PATCH",
          body: sent,
          headers: signed(url, Date.now(), { method: "PATCH", headers, body: signedBody })
        })
      assert.isAbove(Buffer.byteLength(body), 750_000)
      const response = yield* patch(body, body)
      assert.deepStrictEqual([response.status, response.text], [200, ""])
      const found = yield* usersOf(endpoint, second, "limit=1")
      assert.deepInclude(found, { total_count: 1000 + (initial[1]?.non_migrate_users?.length ?? 0) })
      const wrong = yield* patch(body.replace("ADD", "DELETE"), body)
      assert.strictEqual(wrong.status, 401)
      assert.deepStrictEqual(yield* usersOf(endpoint, second, "limit=1"), found)
    })
  )

  it.effect("need credentials for the project before anything is changed", () =>
    Effect.gen(function* () {
      const { endpoint, issueToken } = yield* fresh
      const other = yield* issueToken(Documented.projectId)
      for (const [headers, status] of [
        [{}, 401],
        [{ "x-auth-token": "guess" }, 401],
        [{ "x-auth-token": other }, 403]
      ] as const) {
        const options = { headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(settings) }
        const created = yield* send(listUrl(endpoint, Demo.projectId), { method: "POST", ...options })
        const updated = yield* send(configUrl(endpoint, first), { method: "PATCH", ...options })
        assert.deepStrictEqual([created.status, updated.status], [status, status])
      }
      assert.deepStrictEqual(yield* listed(endpoint), initial)
    })
  )

  it.effect("are shown in the state and undone by a reset", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* fresh
      const before = json(yield* send(`${endpoint}/_emulator/state`))
      const created = json(yield* sendJson("POST", listUrl(endpoint, Demo.projectId), settings))
      const { id } = created as { readonly id: string }
      yield* sendJson("PATCH", configUrl(endpoint, first), settings)
      yield* sendJson("PATCH", configUrl(endpoint, id), settings)
      const state = json(yield* send(`${endpoint}/_emulator/state`)) as { readonly projects: ReadonlyArray<unknown> }
      assert.deepInclude(state.projects[0], { id: Demo.projectId, size: 6, created: [id], changed: [first] })
      assert.deepStrictEqual(json(yield* send(`${endpoint}/_emulator/reset`, { method: "POST" })), before)
      assert.deepStrictEqual(yield* listed(endpoint), initial)
    })
  )

  it.effect("are recorded with their bodies, and only the size of a large one", () =>
    Effect.gen(function* () {
      const { endpoint, requests } = yield* fresh
      const body = JSON.stringify(settings)
      yield* sendJson("PATCH", configUrl(endpoint, first), body)
      yield* send(listUrl(endpoint, Demo.projectId))
      yield* sendJson("POST", listUrl(endpoint, Demo.projectId), " ".repeat(5000))
      const [update, list, large] = yield* requests
      assert.deepInclude(update, { method: "PATCH", status: 200, body, bodySize: body.length })
      assert.doesNotHaveAnyKeys(list, ["body", "bodySize"])
      assert.deepInclude(large, { method: "POST", status: 400, bodySize: 5000 })
      assert.doesNotHaveAnyKeys(large, ["body"])
    })
  )
})

describe("a project with a billion configurations", () => {
  it.scoped("can be changed at every place", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make({ count: Dataset.maxSize })
      const created = json(yield* sendJson("POST", listUrl(endpoint, Demo.projectId), settings))
      const page = yield* listed(endpoint, "offset=999999999&limit=5")
      assert.deepStrictEqual(page[1], {
        project_id: Demo.projectId,
        ...(created as { readonly id: string; readonly non_migrate_users: [] })
      })
      const id = page[0]?.id ?? ""
      assert.strictEqual((yield* sendJson("PATCH", configUrl(endpoint, id), settings)).status, 200)
      assert.deepInclude((yield* listed(endpoint, "offset=999999999&limit=1"))[0], settings)
    })
  )
})
