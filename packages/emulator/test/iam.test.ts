import { assert, describe, it } from "@effect/vitest"
import { regionIds } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { Demo, Documented, Emulator } from "../src/index.js"
import { json, listUrl, send, signed, tokenBody } from "./support.js"

const issue = (endpoint: string, body: string, query = "") =>
  send(`${endpoint}/v3/auth/tokens${query}`, {
    method: "POST",
    headers: { "content-type": "application/json;charset=utf8" },
    body
  })

const list = (endpoint: string, token: string, projectId: string = Demo.projectId) =>
  send(listUrl(endpoint, projectId), { headers: { "x-auth-token": token } })

describe("IAM", () => {
  it.scoped("issues a token that is valid for 24 hours", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      yield* TestClock.setTime(Date.UTC(2020, 0, 3, 9, 5, 22, 701))
      const response = yield* issue(emulator.endpoint, tokenBody(), "?nocatalog=true")
      assert.strictEqual(response.status, 201)
      const token = String(response.headers["x-subject-token"])
      const body = json(response)
      assert.nestedPropertyVal(body, "token.expires_at", "2020-01-04T09:05:22.701000Z")
      assert.nestedPropertyVal(body, "token.issued_at", "2020-01-03T09:05:22.701000Z")
      assert.nestedPropertyVal(body, "token.project.id", Demo.projectId)
      assert.notNestedProperty(body, "token.catalog")
      assert.notInclude(response.text, token)

      assert.strictEqual((yield* list(emulator.endpoint, token)).status, 200)
      const otherProject = yield* list(emulator.endpoint, token, Documented.projectId)
      assert.strictEqual(otherProject.status, 403)
      assert.include(json(otherProject), { error_code: "APIGW.0302", request_id: otherProject.headers["x-request-id"] })

      yield* TestClock.adjust("23 hours")
      assert.strictEqual((yield* list(emulator.endpoint, token)).status, 200)
      yield* TestClock.adjust("1 hour")
      const expired = yield* list(emulator.endpoint, token)
      assert.strictEqual(expired.status, 401)
      assert.include(json(expired), { error_code: "APIGW.0307" })
      assert.strictEqual((yield* list(emulator.endpoint, Demo.token)).status, 200)
    })
  )

  it.scoped("issues a token for a project by name, and an unscoped token without a project", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      const scopes: ReadonlyArray<readonly [unknown, number]> = [
        [{ project: { name: Demo.projectName } }, 200],
        [{ project: { id: Demo.projectId }, domain: { name: Demo.domainName } }, 200],
        [{ project: { id: Documented.projectId } }, 403],
        [{ domain: { name: Demo.domainName } }, 403],
        [{}, 403],
        [null, 403]
      ]
      for (const [scope, status] of scopes) {
        const response = yield* issue(endpoint, tokenBody(scope))
        assert.strictEqual(response.status, 201)
        assert.nestedProperty(json(response), "token.catalog")
        const token = String(response.headers["x-subject-token"])
        assert.strictEqual((yield* list(endpoint, token)).status, status, JSON.stringify(scope))
      }
    })
  )

  it.scoped("keeps earlier tokens valid until they are revoked", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const first = String((yield* issue(emulator.endpoint, tokenBody())).headers["x-subject-token"])
      const second = String((yield* issue(emulator.endpoint, tokenBody())).headers["x-subject-token"])
      const third = yield* emulator.issueToken(Demo.projectId, "1 minute")
      assert.strictEqual(new Set([first, second, third]).size, 3)
      yield* emulator.revokeToken(first)
      const statuses = Effect.forEach([first, second, third, Demo.token], (token) =>
        Effect.map(list(emulator.endpoint, token), (_) => _.status)
      )
      assert.deepStrictEqual(yield* statuses, [401, 200, 200, 200])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* statuses, [401, 200, 401, 200])
      yield* emulator.revokeToken(Demo.token)
      assert.deepStrictEqual(yield* statuses, [401, 200, 401, 401])
      yield* emulator.reset
      assert.deepStrictEqual(yield* statuses, [401, 401, 401, 200])
      assert.notInclude([first, second, third], yield* emulator.issueToken(Demo.projectId))
    })
  )

  it.scoped("rejects unknown users, passwords, projects and methods", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      const cases: ReadonlyArray<readonly [string, number, string]> = [
        [tokenBody({}, { password: "wrong" }), 401, "Unauthorized"],
        [tokenBody({}, { name: "wrong" }), 401, "Unauthorized"],
        [tokenBody({}, { domain: { name: "wrong" } }), 401, "Unauthorized"],
        [tokenBody({ project: { id: "unknown" } }), 401, "Unauthorized"],
        [tokenBody({ project: {} }), 401, "Unauthorized"],
        [tokenBody({}, { password: 7 }), 400, "Bad Request"],
        ["", 400, "Bad Request"],
        ["{", 400, "Bad Request"],
        ["null", 400, "Bad Request"],
        ['{"auth":{"identity":{"methods":["hw_ak_sk"]}}}', 400, "Bad Request"],
        ["x".repeat(64 * 1024 + 1), 413, "Request Entity Too Large"],
        ["x".repeat(8 * 1024 * 1024), 413, "Request Entity Too Large"]
      ]
      for (const [body, code, title] of cases) {
        const response = yield* issue(endpoint, body)
        assert.strictEqual(response.status, code)
        assert.nestedPropertyVal(json(response), "error.code", code)
        assert.nestedPropertyVal(json(response), "error.title", title)
        assert.nestedProperty(json(response), "error.message")
        assert.notInclude(response.text, Demo.password)
        assert.isUndefined(response.headers["x-subject-token"])
      }
    })
  )

  it.scoped("locks the user for 15 minutes after five consecutive wrong passwords", () =>
    Effect.gen(function* () {
      const { endpoint, reset } = yield* Emulator.make()
      const right = issue(endpoint, tokenBody())
      const wrong = issue(endpoint, tokenBody({}, { password: "wrong" }))
      const assertLocked = Effect.map(right, (response) => {
        assert.strictEqual(response.status, 401)
        assert.deepStrictEqual(json(response), {
          error: { code: 401, message: "The account is locked.", title: "Unauthorized" }
        })
      })
      yield* Effect.replicateEffect(wrong, 4)
      yield* Effect.replicateEffect(issue(endpoint, tokenBody({}, { name: "unknown" })), 5)
      assert.strictEqual((yield* right).status, 201)
      yield* Effect.replicateEffect(wrong, 5)
      yield* assertLocked
      yield* TestClock.adjust("899 seconds")
      yield* assertLocked
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* right).status, 201)
      yield* Effect.replicateEffect(wrong, 5)
      yield* assertLocked
      yield* reset
      assert.strictEqual((yield* right).status, 201)
    })
  )

  it.scoped("revokes the user's tokens when the password changes", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const { endpoint } = emulator
      const token = String((yield* issue(endpoint, tokenBody())).headers["x-subject-token"])
      yield* Effect.replicateEffect(issue(endpoint, tokenBody({}, { password: "wrong" })), 5)
      yield* emulator.setPassword("new")
      assert.strictEqual((yield* list(endpoint, token)).status, 401)
      assert.strictEqual((yield* list(endpoint, Demo.token)).status, 200)
      assert.strictEqual((yield* issue(endpoint, tokenBody())).status, 401)
      assert.strictEqual((yield* issue(endpoint, tokenBody({}, { password: "new" }))).status, 201)
      yield* emulator.reset
      assert.strictEqual((yield* issue(endpoint, tokenBody())).status, 201)
    })
  )
})

const Projects = Schema.parseJson(
  Schema.Struct({
    projects: Schema.Array(
      Schema.Struct({
        id: Schema.String,
        name: Schema.String,
        domain_id: Schema.String,
        parent_id: Schema.String,
        is_domain: Schema.Boolean,
        enabled: Schema.Boolean,
        description: Schema.String,
        links: Schema.Struct({ self: Schema.String })
      })
    ),
    links: Schema.Struct({ self: Schema.String, next: Schema.Null, previous: Schema.Null })
  })
)

const projects = (endpoint: string, query = "", headers?: Record<string, string>) =>
  Effect.gen(function* () {
    const response = yield* send(`${endpoint}/v3/projects${query}`, headers === undefined ? {} : { headers })
    assert.strictEqual(response.status, 200, response.text)
    return yield* Schema.decode(Projects, { onExcessProperty: "error" })(response.text)
  })

describe("the list of projects", () => {
  it.scoped("has one for each region, all of them the demo project", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      const all = yield* projects(endpoint)
      const names = all.projects.map((_) => _.name)
      assert.includeMembers(names, ["cn-north-4", "ap-southeast-1", Demo.projectName])
      assert.strictEqual(new Set(names).size, names.length)
      for (const name of [...regionIds, Demo.projectName]) {
        const found = yield* projects(endpoint, `?name=${name}`)
        assert.deepStrictEqual(
          found.projects.map(({ id, links, name }) => ({ id, name, links })),
          [{ id: Demo.projectId, name, links: { self: `${endpoint}/v3/projects/${Demo.projectId}` } }]
        )
      }
      assert.deepStrictEqual((yield* projects(endpoint, "?name=cn-north")).projects, [])
      assert.deepStrictEqual((yield* projects(endpoint, "?name=")).projects, [])
      const scoped = yield* issue(endpoint, tokenBody({ project: { name: "cn-north-4" } }))
      assert.nestedPropertyVal(json(scoped), "token.project.id", Demo.projectId)
      assert.nestedPropertyVal(json(scoped), "token.project.name", "cn-north-4")
    })
  )

  it.scoped("can have no, one or several projects with the same name", () =>
    Effect.gen(function* () {
      const { endpoint, setConfigs } = yield* Emulator.make({
        count: 4,
        projects: [
          { id: "a", name: "cn-north-4" },
          { id: "b", name: "cn-north-4" },
          { id: "c", name: "cn-east-3" }
        ]
      })
      const ids = (name: string) =>
        Effect.map(projects(endpoint, `?name=${name}`), (_) => _.projects.map(({ id }) => id))
      assert.deepStrictEqual(yield* ids("cn-north-4"), ["a", "b"])
      assert.deepStrictEqual(yield* ids("cn-east-3"), ["c"])
      assert.deepStrictEqual(yield* ids("ap-southeast-1"), [])
      const page = yield* list(endpoint, Demo.token, "c")
      assert.strictEqual([...page.text.matchAll(/"project_id":"c"/g)].length, 4)
      yield* setConfigs("mine", [])
      assert.deepStrictEqual(yield* ids("mine"), ["mine"])
      const empty = yield* Emulator.make({ projects: [] })
      assert.deepStrictEqual((yield* projects(empty.endpoint)).projects, [])
      assert.strictEqual((yield* list(empty.endpoint, Demo.token)).status, 200)
    })
  )

  it.scoped("is returned only for a valid token or signature", () =>
    Effect.gen(function* () {
      const { endpoint, issueToken, requests } = yield* Emulator.make()
      const unscoped = String((yield* issue(endpoint, tokenBody({}))).headers["x-subject-token"])
      yield* projects(endpoint, "", { "x-auth-token": unscoped })
      const url = `${endpoint}/v3/projects?name=cn-north-4`
      yield* projects(endpoint, "?name=cn-north-4", signed(url, 0))
      yield* projects(endpoint, "?name=cn-north-4", signed(url, 0, { headers: { "x-domain-id": "any" } }))

      const expired = yield* issueToken(Demo.projectId, "1 second")
      yield* TestClock.adjust("1 second")
      for (const headers of [{}, { "x-auth-token": "guess" }, { "x-auth-token": expired }]) {
        const response = yield* send(url, { headers })
        assert.strictEqual(response.status, 401)
        assert.deepStrictEqual(json(response), {
          error: {
            code: 401,
            message: "The request you have made requires authentication.",
            title: "Unauthorized"
          }
        })
      }
      const wrong = yield* send(url, { headers: signed(url, 0, { secretKey: "wrong" }) })
      assert.strictEqual(wrong.status, 401)
      assert.include(json(wrong), { error_code: "APIGW.0301" })

      const create = yield* send(`${endpoint}/v3/projects`, { method: "POST", body: "{}" })
      assert.strictEqual(create.status, 501)
      assert.strictEqual((yield* requests).filter((_) => _.method === "POST" && _.path === "/v3/projects").length, 1)
    })
  )

  it.scoped("is affected by faults with the target iam", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make({
        faults: [{ kind: "status", status: 503, target: "iam", body: "iam", times: 1 }]
      })
      const response = yield* send(`${endpoint}/v3/projects`)
      assert.strictEqual(response.status, 503)
      assert.nestedPropertyVal(json(response), "error.code", 503)
      yield* projects(endpoint)
    })
  )
})
