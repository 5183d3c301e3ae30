import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Dataset, Demo, Emulator, Fault } from "../src/index.js"
import { configUrl, json, listUrl, send, sendJson, staysOpen, tokenBody, usersUrl } from "./support.js"

const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 77 }

const user = { user_id: "new" }

const [config] = Dataset.seeded({ seed: 1, count: 3, projectId: Demo.projectId }).slice(0, 1)

const configId = config?.id ?? ""

/** Each operation that changes something, and whether it has been carried out. */
const writes = [
  {
    target: "create",
    send: (endpoint: string) => sendJson("POST", listUrl(endpoint, Demo.projectId), settings),
    wasDone: (configs: Dataset.Dataset) => configs.slice(3, 1)[0]?.hotspot_exit_session_num === 77
  },
  {
    target: "update",
    send: (endpoint: string) => sendJson("PATCH", configUrl(endpoint, configId), settings),
    wasDone: (configs: Dataset.Dataset) => configs.slice(0, 1)[0]?.hotspot_exit_session_num === 77
  },
  {
    target: "updateUsers",
    send: (endpoint: string) =>
      sendJson("PATCH", usersUrl(endpoint, configId), { update_type: "ADD", non_migrate_users: [user] }),
    wasDone: (configs: Dataset.Dataset) =>
      configs.slice(0, 1)[0]?.non_migrate_users?.some(({ user_id }) => user_id === "new") === true
  }
] as const

layer(Emulator.layer(), { excludeTestServices: true })("a fault on a write", (it) => {
  /** A reset emulator with faults, and whether an operation has been carried out since. */
  const withFaults = (faults: ReadonlyArray<Fault.Fault>) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.reset
      yield* emulator.inject(faults)
      const wasDone = ({ wasDone }: (typeof writes)[number]) =>
        Effect.map(emulator.configs(Demo.projectId), (configs) => wasDone(configs))
      return { ...emulator, wasDone }
    })

  for (const write of writes) {
    const { target } = write

    it.effect(`resets the connection after ${target} was carried out, or without done before`, () =>
      Effect.gen(function* () {
        const { endpoint, faults, requests, wasDone } = yield* withFaults([
          { kind: "reset", times: 1 },
          { kind: "reset", times: 1, target, done: true }
        ])
        const before = yield* Effect.flip(write.send(endpoint))
        assert.deepStrictEqual([before.code, before.response, yield* wasDone(write)], ["ECONNRESET", undefined, false])
        const after = yield* Effect.flip(write.send(endpoint))
        assert.deepStrictEqual([after.code, after.response, yield* wasDone(write)], ["ECONNRESET", undefined, true])
        assert.deepStrictEqual(yield* faults, [])
        const seen = yield* requests
        assert.isUndefined(seen[1]?.status)
        assert.isString(seen[1]?.body)
      })
    )

    it.effect(`responds with a status after ${target} was carried out, or without done instead`, () =>
      Effect.gen(function* () {
        for (const status of [502, 503, 504] as const) {
          const { endpoint, requests, wasDone } = yield* withFaults([
            { kind: "status", status, times: 1 },
            { kind: "status", status, times: 1, done: true, body: "gateway", retryAfter: "7" }
          ])
          assert.strictEqual((yield* write.send(endpoint)).status, status)
          assert.isFalse(yield* wasDone(write))
          const response = yield* write.send(endpoint)
          assert.deepStrictEqual([response.status, response.headers["retry-after"]], [status, "7"])
          assert.isTrue(yield* wasDone(write))
          assert.strictEqual((yield* requests)[1]?.status, status)
        }
      })
    )

    it.effect(`never responds after ${target} was carried out`, () =>
      Effect.gen(function* () {
        const { endpoint, wasDone } = yield* withFaults([{ kind: "stall", done: true, times: 1 }])
        const fiber = yield* Effect.fork(write.send(endpoint))
        yield* Effect.repeat(Effect.delay(wasDone(write), 5), { until: (done) => done })
        yield* staysOpen(fiber, endpoint)
      })
    )

    it.effect(`sends a part of the response after ${target} was carried out`, () =>
      Effect.gen(function* () {
        const { endpoint, wasDone } = yield* withFaults([{ kind: "truncate" }])
        const error = yield* Effect.flip(write.send(endpoint))
        const { response } = error
        assert.strictEqual(response?.status, 200)
        assert.isBelow(response?.text.length ?? 0, Number(response?.headers["content-length"]))
        assert.isTrue(yield* wasDone(write))
      })
    )

    it.effect(`stops within the response after ${target} was carried out`, () =>
      Effect.gen(function* () {
        const { endpoint, requests, wasDone } = yield* withFaults([{ kind: "stallBody", times: 1 }])
        const fiber = yield* Effect.fork(write.send(endpoint))
        yield* Effect.repeat(Effect.delay(wasDone(write), 5), { until: (done) => done })
        yield* Effect.repeat(Effect.delay(requests, 5), { until: ([seen]) => seen?.status === 200 })
        yield* staysOpen(fiber, endpoint)
      })
    )

    it.effect(`responds with an HTML page after ${target} was carried out`, () =>
      Effect.gen(function* () {
        const { endpoint, wasDone } = yield* withFaults([{ kind: "badJson" }])
        const response = yield* write.send(endpoint)
        assert.strictEqual(response.status, 200)
        assert.include(response.text, "<html>")
        assert.isTrue(yield* wasDone(write))
      })
    )

    it.effect(`does not change an error response to ${target}`, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.Emulator
        const url = target === "create" ? listUrl(endpoint, Demo.projectId) : configUrl(endpoint, configId)
        for (const fault of [
          { kind: "reset", done: true },
          { kind: "stall", done: true },
          { kind: "status", status: 502, done: true },
          { kind: "truncate" },
          { kind: "badJson" }
        ] as const) {
          yield* withFaults([fault])
          const response = yield* sendJson(target === "create" ? "POST" : "PATCH", url, {})
          assert.strictEqual(response.status, 400, fault.kind)
        }
      })
    )
  }

  it.effect("applies only to its target", () =>
    Effect.gen(function* () {
      const { endpoint, clearFaults, inject } = yield* withFaults([])
      const requests = [
        { target: "list", send: () => send(listUrl(endpoint, Demo.projectId)) },
        { target: "users", send: () => send(usersUrl(endpoint, configId)) },
        ...writes
      ]
      const statuses = Effect.forEach(requests, (request) =>
        Effect.map(request.send(endpoint), (response) => [request.target, response.status] as const)
      )
      for (const target of Fault.OperationTarget.literals) {
        yield* clearFaults
        yield* inject([{ kind: "status", status: 503, target }])
        for (const [name, status] of yield* statuses) {
          assert.strictEqual(status, name === target ? 503 : 200, `${target} ${name}`)
        }
      }
      yield* clearFaults
      yield* inject([{ kind: "status", status: 503 }])
      for (const [name, status] of yield* statuses) assert.strictEqual(status, 503, name)
      const issued = yield* send(`${endpoint}/v3/auth/tokens`, { method: "POST", body: tokenBody() })
      assert.strictEqual(issued.status, 201)
    })
  )

  it.effect("nulls and wrongType change the responses with fields, and nothing else", () =>
    Effect.gen(function* () {
      const { clearFaults, configs, endpoint, inject } = yield* withFaults([{ kind: "nulls" }])
      const [create, update, updateUsers] = writes
      const nothing = { id: null, hotspot_session_migration_enable: null, hotspot_exit_session_num: null }
      assert.deepStrictEqual(json(yield* create.send(endpoint)), { ...nothing, non_migrate_users: null })
      assert.deepStrictEqual(json(yield* update.send(endpoint)), nothing)
      assert.strictEqual((yield* updateUsers.send(endpoint)).text, "")
      const nulled = (config?.non_migrate_users ?? []).concat(user).map(() => ({ user_id: null, user_name: null }))
      const users = send(usersUrl(endpoint, configId))
      assert.deepStrictEqual(json(yield* users), { total_count: null, non_migrate_users: nulled })
      yield* clearFaults
      yield* inject([{ kind: "wrongType" }])
      assert.deepInclude(json(yield* create.send(endpoint)), { hotspot_exit_session_num: "77" })
      assert.deepStrictEqual(json(yield* update.send(endpoint)), {
        id: configId,
        ...settings,
        hotspot_exit_session_num: "77"
      })
      assert.deepInclude(json(yield* users), { total_count: String(nulled.length) })
      const changed = yield* configs(Demo.projectId)
      assert.deepStrictEqual(
        [...changed.slice(0, 1), ...changed.slice(3, 2)].map((_) => _.hotspot_exit_session_num),
        [77, 77, 77]
      )
    })
  )

  it.effect("ignores the parameters of users after checking them, and adds users between pages", () =>
    Effect.gen(function* () {
      const { clearFaults, endpoint, inject, setConfigs } = yield* withFaults([])
      const all = Array.from({ length: 12 }, (_, index) => ({ user_id: String(index), user_name: `n${index % 2}` }))
      yield* setConfigs(Demo.projectId, [{ id: configId, non_migrate_users: all }])
      const get = (fault: Fault.Fault, query: string) =>
        Effect.zipRight(Effect.zipRight(clearFaults, inject([fault])), send(usersUrl(endpoint, configId, query)))
      const odd = all.filter(({ user_name }) => user_name === "n1")
      assert.deepStrictEqual(json(yield* get({ kind: "ignoreOffset" }, "offset=4&limit=2&user_name=n1")), {
        total_count: 6,
        non_migrate_users: odd.slice(0, 2)
      })
      assert.deepStrictEqual(json(yield* get({ kind: "ignoreParameters" }, "offset=4&limit=2&user_name=n1")), {
        total_count: 12,
        non_migrate_users: all.slice(0, 10)
      })
      assert.strictEqual((yield* get({ kind: "ignoreParameters" }, "limit=0")).status, 400)
      const shifted = yield* get({ kind: "shift", target: "users", times: 1 }, "offset=1&limit=1")
      assert.deepStrictEqual(json(shifted), { total_count: 13, non_migrate_users: all.slice(0, 1) })
      const listed = json(yield* send(listUrl(endpoint, Demo.projectId)))
      assert.nestedProperty(listed, "items[0].non_migrate_users[12]")
      yield* sendJson("PATCH", usersUrl(endpoint, configId), { update_type: "DELETE", non_migrate_users: [all[0]] })
      const again = yield* get({ kind: "shift", target: "users", times: 1 }, "limit=2")
      assert.strictEqual(new Set([...again.text.matchAll(/"user_id":"(\w+)"/g)].map(([, id]) => id)).size, 2)
      const missing = send(usersUrl(endpoint, "unknown"))
      yield* inject([{ kind: "shift" }])
      assert.strictEqual((yield* missing).status, 404)
    })
  )
})
