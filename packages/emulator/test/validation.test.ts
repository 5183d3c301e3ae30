import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Dataset, Demo, Emulator } from "../src/index.js"
import { configUrl, json, listUrl, type ReceivedResponse, send, sendJson, usersUrl } from "./support.js"

const [config] = Dataset.seeded({ seed: 1, count: 3, projectId: Demo.projectId }).slice(0, 1)

const configId = config?.id ?? ""

const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 7 }

const enable = "hotspot_session_migration_enable must be true or false"
const number = "hotspot_exit_session_num must be an integer from 0 to 100"
const users = "non_migrate_users"

const assertRejected = (response: ReceivedResponse, message: string) => {
  assert.strictEqual(response.status, 400, message)
  assert.deepStrictEqual(json(response), {
    error_code: "WKS.00211102",
    error_msg: message,
    request_id: response.headers["x-request-id"]
  })
}

type Case = readonly [what: string, body: unknown, message: string]

const forSettings: ReadonlyArray<Case> = [
  ["no field", {}, "hotspot_session_migration_enable: is missing; hotspot_exit_session_num: is missing"],
  ["enable missing", { hotspot_exit_session_num: 1 }, "hotspot_session_migration_enable: is missing"],
  ["number missing", { hotspot_session_migration_enable: true }, "hotspot_exit_session_num: is missing"],
  ["enable null", { ...settings, hotspot_session_migration_enable: null }, enable],
  ["enable a string", { ...settings, hotspot_session_migration_enable: "true" }, enable],
  ["enable a number", { ...settings, hotspot_session_migration_enable: 1 }, enable],
  ["number null", { ...settings, hotspot_exit_session_num: null }, number],
  ["number a string", { ...settings, hotspot_exit_session_num: "7" }, number],
  ["number negative", { ...settings, hotspot_exit_session_num: -1 }, number],
  ["number too large", { ...settings, hotspot_exit_session_num: 101 }, number],
  ["number fractional", { ...settings, hotspot_exit_session_num: 1.5 }, number],
  ["number infinite", '{"hotspot_session_migration_enable":true,"hotspot_exit_session_num":1e999}', number],
  ["two mistakes", { hotspot_session_migration_enable: 0, hotspot_exit_session_num: 101 }, `${enable}; ${number}`]
]

const length = "must be 1 to 128 characters"
const neither = "must have a user_id or a user_name"
const many = Array.from({ length: 1001 }, (_, index) => ({ user_id: String(index) }))

/** Lists of users that are not valid in any body. */
const forUsers: ReadonlyArray<readonly [what: string, users: unknown, message: string]> = [
  ["null", null, `${users} must be an array`],
  ["an object", {}, `${users} must be an array`],
  ["text", ["a"], `${users}[0] must be an object`],
  ["null as user", [{ user_id: "a" }, null], `${users}[1] must be an object`],
  ["too many", many, `${users} must be at most 1000 users`],
  ["an empty ID", [{ user_id: "" }], `${users}[0].user_id ${length}`],
  ["a long ID", [{ user_id: "a" }, { user_id: "x".repeat(129) }], `${users}[1].user_id ${length}`],
  ["an empty name", [{ user_id: "a", user_name: "" }], `${users}[0].user_name ${length}`],
  ["a long name", [{ user_name: "藤".repeat(129) }], `${users}[0].user_name ${length}`],
  ["a number as ID", [{ user_id: 1 }], `${users}[0].user_id ${length}`],
  ["null as name", [{ user_id: "a", user_name: null }], `${users}[0].user_name ${length}`],
  ["neither", [{ user_id: "a" }, {}], `${users}[1] ${neither}`],
  ["only an unknown field", [{ name: "a" }], `${users}[0] ${neither}`]
]

const forBoth: ReadonlyArray<Case> = [
  ["empty", "", "the body must be valid JSON"],
  ["no JSON", "{", "the body must be valid JSON"],
  ["form data", "a=1", "the body must be valid JSON"],
  ["two values", "{}{}", "the body must be valid JSON"],
  ["null", "null", "the body must be a JSON object"],
  ["an array", [settings], "the body must be a JSON object"],
  ["text", '"a"', "the body must be a JSON object"]
]

layer(Emulator.layer(), { excludeTestServices: true })("a request", (it) => {
  const operations = [
    ["create", "POST", (endpoint: string) => listUrl(endpoint, Demo.projectId)],
    ["update", "PATCH", (endpoint: string) => configUrl(endpoint, configId)],
    ["updateUsers", "PATCH", (endpoint: string) => usersUrl(endpoint, configId)]
  ] as const
  const withUsers = (non_migrate_users: unknown) => ({ update_type: "ADD", ...settings, non_migrate_users })
  const type = "update_type must be ADD or DELETE"

  const cases: Readonly<Record<(typeof operations)[number][0], ReadonlyArray<Case>>> = {
    create: [
      ...forBoth,
      ...forSettings,
      ...forUsers.map(([what, list, message]) => [what, withUsers(list), message] as const)
    ],
    update: [...forBoth, ...forSettings],
    updateUsers: [
      ...forBoth,
      ...forUsers.map(([what, list, message]) => [what, withUsers(list), message] as const),
      ["no field", {}, `update_type: is missing; ${users}: is missing`],
      ["no type", { non_migrate_users: [] }, "update_type: is missing"],
      ["no users", { update_type: "DELETE" }, `${users}: is missing`],
      ["an unknown type", { update_type: "REPLACE", non_migrate_users: [] }, type],
      ["a type in lower case", { update_type: "add", non_migrate_users: [] }, type],
      ["null as type", { update_type: null, non_migrate_users: [] }, type]
    ]
  }

  for (const [name, method, urlOf] of operations) {
    for (const [what, body, message] of cases[name]) {
      it.effect(`to ${name} is rejected by field: ${what}`, () =>
        Effect.gen(function* () {
          const { endpoint } = yield* Emulator.Emulator
          assertRejected(yield* sendJson(method, urlOf(endpoint), body), message)
        })
      )
    }

    it.effect(`to ${name} is rejected without application/json, or with text that is not UTF-8`, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.Emulator
        const url = urlOf(endpoint)
        const body = JSON.stringify(withUsers([]))
        const post = (headers: Record<string, string>) =>
          send(url, { method, body, headers: { "x-auth-token": Demo.token, ...headers } })
        for (const type of [
          undefined,
          "text/plain",
          "application/x-www-form-urlencoded",
          "application/jsonp",
          "json"
        ]) {
          const response = yield* post(type === undefined ? {} : { "content-type": type })
          assertRejected(response, "Content-Type must be application/json")
        }
        for (const type of ["application/json;charset=UTF-8", "Application/JSON ; charset=utf-8"]) {
          assert.strictEqual((yield* post({ "content-type": type })).status, 200)
        }
        const headers = { "x-auth-token": Demo.token, "content-type": "application/json" }
        const latin1 = Buffer.from(`{"a":"é"}`, "latin1")
        const response = yield* Effect.promise(() => fetch(url, { method, headers, body: latin1 }))
        assert.strictEqual(response.status, 400)
        assert.include(yield* Effect.promise(() => response.text()), "the body must be valid JSON")
      })
    )

    it.effect(`to ${name} is rejected with 413 if its body has more than 2 MiB`, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.Emulator
        const body = JSON.stringify(withUsers([]))
        const exact = yield* sendJson(method, urlOf(endpoint), body.padEnd(2 * 1024 * 1024, " "))
        assert.strictEqual(exact.status, 200)
        const large = yield* sendJson(method, urlOf(endpoint), body.padEnd(2 * 1024 * 1024 + 1, " "))
        assert.strictEqual(large.status, 413)
        assert.include(json(large), { error_code: "APIGW.0201" })
      })
    )

    it.effect(`to ${name} is rejected with a short message, however deep or long its values are`, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.Emulator
        const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`
        for (const value of [deep, JSON.stringify("x".repeat(300_000)), JSON.stringify(Array(1000).fill({}))]) {
          const body = `{"update_type":${value},"hotspot_exit_session_num":${value},"non_migrate_users":${value}}`
          const response = yield* sendJson(method, urlOf(endpoint), body)
          assert.strictEqual(response.status, 400, value.slice(0, 10))
          assert.isBelow(response.text.length, 3000)
        }
      })
    )

    it.effect(`to ${name} may have unknown fields, which are dropped`, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.Emulator
        const body = { ...withUsers([{ user_id: "a", colour: "red" }]), colour: "red" }
        const response = yield* sendJson(method, urlOf(endpoint), body)
        assert.strictEqual(response.status, 200)
        assert.notInclude(response.text, "colour")
      })
    )
  }

  it.effect("is accepted at every bound", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const longest = "😀".repeat(128)
      const bodies = [
        { ...settings, hotspot_exit_session_num: 0, non_migrate_users: [] },
        { ...settings, hotspot_exit_session_num: 100, non_migrate_users: many.slice(1) },
        { ...settings, non_migrate_users: [{ user_id: "1", user_name: longest }, { user_id: longest }] }
      ]
      for (const body of bodies) {
        const response = yield* sendJson("POST", listUrl(endpoint, Demo.projectId), body)
        assert.strictEqual(response.status, 200)
        assert.deepInclude(json(response), body)
      }
    })
  )

  it.effect("is rejected for its path before its body, and for its body before a missing configuration", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const id = "config_id must be 1 to 128 characters, without / \\ % and control characters, and neither . nor .."
      for (const bad of ["a/b", "a\\b", "a%b", "\n", "x".repeat(129)]) {
        assertRejected(yield* sendJson("PATCH", configUrl(endpoint, bad), ""), id)
        assertRejected(yield* sendJson("PATCH", usersUrl(endpoint, bad), ""), id)
        assertRejected(yield* send(usersUrl(endpoint, bad)), id)
      }
      const project = "project_id must be 1 to 128 letters, digits, - or _"
      assertRejected(yield* sendJson("POST", listUrl(endpoint, "a.b"), ""), project)
      assertRejected(yield* sendJson("PATCH", configUrl(endpoint, "unknown"), {}), forSettings[0]?.[2] ?? "")
    })
  )

  it.effect("with an empty project or configuration ID gets 404, as from the gateway", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      for (const [method, url] of [
        ["GET", listUrl(endpoint, "")],
        ["POST", listUrl(endpoint, "")],
        ["GET", usersUrl(endpoint, "")],
        ["PATCH", usersUrl(endpoint, "")],
        ["PATCH", configUrl(endpoint, "")]
      ] as const) {
        const response = yield* method === "GET" ? send(url) : sendJson(method, url, settings)
        assert.deepStrictEqual([method, url, response.status], [method, url, 404])
        assert.include(json(response), { error_code: "APIGW.0101" })
      }
    })
  )

  it.effect("with the longest 1,000 users is accepted", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const emoji = (index: number) => String.fromCodePoint(0x1f600 + (index % 32), 0x1f600 + Math.floor(index / 32))
      const longest = Array.from({ length: 1000 }, (_, index) => ({
        user_id: emoji(index) + "😀".repeat(126),
        user_name: "😀".repeat(128)
      }))
      const body = { ...settings, non_migrate_users: longest }
      const response = yield* sendJson("POST", listUrl(endpoint, Demo.projectId), body)
      assert.strictEqual(response.status, 200)
      assert.deepInclude(json(response), body)
    })
  )

  it.effect("for users is rejected by the name of the parameter", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const queries = [
        ["limit=0", "limit must be an integer from 1 to 100"],
        ["limit=101", "limit must be an integer from 1 to 100"],
        ["offset=-1", "offset must be an integer from 0 to 2147483647"],
        ["offset=2147483648", "offset must be an integer from 0 to 2147483647"],
        [`user_name=${"x".repeat(129)}`, "user_name must be at most 128 characters"],
        ["user_name=a&user_name=b", "user_name is given more than once; send it once"]
      ] as const
      for (const [query, message] of queries) assertRejected(yield* send(usersUrl(endpoint, configId, query)), message)
    })
  )
})
