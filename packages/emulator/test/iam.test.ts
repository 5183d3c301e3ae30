import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Demo, Documented, Emulator } from "../src/index.js"
import { json, listUrl, send, tokenBody } from "./support.js"

const issue = (endpoint: string, body: string, query = "") =>
  send(`${endpoint}/v3/auth/tokens${query}`, {
    method: "POST",
    headers: { "content-type": "application/json;charset=utf8" },
    body
  })

const list = (endpoint: string, token: string, projectId: string = Demo.projectId) =>
  send(listUrl(endpoint, projectId), { headers: { "x-auth-token": token } })

describe("IAM", () => {
  it.scoped("issues a token that is good for 24 hours", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      yield* TestClock.setTime(Date.UTC(2020, 0, 3, 9, 5, 22, 701))
      const answer = yield* issue(emulator.endpoint, tokenBody(), "?nocatalog=true")
      assert.strictEqual(answer.status, 201)
      const token = String(answer.headers["x-subject-token"])
      const body = json(answer)
      assert.nestedPropertyVal(body, "token.expires_at", "2020-01-04T09:05:22.701000Z")
      assert.nestedPropertyVal(body, "token.issued_at", "2020-01-03T09:05:22.701000Z")
      assert.nestedPropertyVal(body, "token.project.id", Demo.projectId)
      assert.notNestedProperty(body, "token.catalog")
      assert.notInclude(answer.text, token)

      assert.strictEqual((yield* list(emulator.endpoint, token)).status, 200)
      const elsewhere = yield* list(emulator.endpoint, token, Documented.projectId)
      assert.strictEqual(elsewhere.status, 403)
      assert.include(json(elsewhere), { error_code: "APIGW.0302", request_id: elsewhere.headers["x-request-id"] })

      yield* TestClock.adjust("23 hours")
      assert.strictEqual((yield* list(emulator.endpoint, token)).status, 200)
      yield* TestClock.adjust("1 hour")
      const expired = yield* list(emulator.endpoint, token)
      assert.strictEqual(expired.status, 401)
      assert.include(json(expired), { error_code: "APIGW.0307" })
      assert.strictEqual((yield* list(emulator.endpoint, Demo.token)).status, 200)
    })
  )

  it.scoped("scopes by name, and opens no project without a project", () =>
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
        const answer = yield* issue(endpoint, tokenBody(scope))
        assert.strictEqual(answer.status, 201)
        assert.nestedProperty(json(answer), "token.catalog")
        const token = String(answer.headers["x-subject-token"])
        assert.strictEqual((yield* list(endpoint, token)).status, status, JSON.stringify(scope))
      }
    })
  )

  it.scoped("keeps earlier tokens good, until one is revoked", () =>
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

  it.scoped("refuses what it does not know", () =>
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
        const answer = yield* issue(endpoint, body)
        assert.strictEqual(answer.status, code)
        assert.nestedPropertyVal(json(answer), "error.code", code)
        assert.nestedPropertyVal(json(answer), "error.title", title)
        assert.nestedProperty(json(answer), "error.message")
        assert.notInclude(answer.text, Demo.password)
        assert.isUndefined(answer.headers["x-subject-token"])
      }
    })
  )
})
