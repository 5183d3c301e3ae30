import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Demo, Emulator, maxRecordedRequests } from "../src/index.js"
import * as RequestLog from "../src/RequestLog.js"
import { json, listUrl, send, tokenBody } from "./support.js"

describe("the admin endpoints", () => {
  it.scoped("show the state, without secrets", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make({ count: 1_000_000, faults: [{ kind: "stall", rate: 0 }] })
      const issued = yield* send(`${endpoint}/v3/auth/tokens`, { method: "POST", body: tokenBody() })
      const state = yield* send(`${endpoint}/_emulator/state`)
      assert.deepStrictEqual(json(state), {
        projects: [
          { id: Demo.projectId, name: Demo.projectName, size: 1_000_000, created: [], changed: [] },
          { id: "a4da8115c9d8464ead3a38309130523f", name: "documentation", size: 1, created: [], changed: [] }
        ],
        faults: [{ kind: "stall", rate: 0 }],
        tokens: 2,
        accessKeys: 2
      })
      assert.notInclude(state.text, String(issued.headers["x-subject-token"]))
    })
  )

  it.scoped("read, add and remove faults", () =>
    Effect.gen(function* () {
      const { endpoint, faults } = yield* Emulator.make()
      const url = `${endpoint}/_emulator/faults`
      const script = [
        { kind: "status", status: 503, times: 2, retryAfter: "1" },
        { kind: "reset", rate: 0 }
      ]
      assert.deepStrictEqual(json(yield* send(url, { method: "POST", body: JSON.stringify(script) })), script)
      assert.strictEqual((yield* send(listUrl(endpoint, Demo.projectId))).status, 503)
      assert.deepStrictEqual(json(yield* send(url)), [{ ...script[0], times: 1 }, script[1]])
      yield* send(url, { method: "POST", body: '[{"kind":"shift"}]' })
      assert.strictEqual((yield* faults).length, 3)
      assert.deepStrictEqual(json(yield* send(url, { method: "DELETE" })), [])
      assert.deepStrictEqual(yield* faults, [])
    })
  )

  it.scoped("reject an invalid script with the reason", () =>
    Effect.gen(function* () {
      const { endpoint, faults } = yield* Emulator.make()
      const kinds =
        "status, latency, reset, stall, stallBody, truncate, badJson, nulls, wrongType, ignoreOffset, ignoreParameters, shift"
      const cases: ReadonlyArray<readonly [string, string | RegExp]> = [
        ["", /^The body is not valid JSON: .+$/],
        ["[{", /^The body is not valid JSON: .+$/],
        ["{}", "must be an array of faults, was an object"],
        ['[{"kind":"explode"}]', `[0].kind must be one of ${kinds}, was "explode"`],
        [
          "[null,{}]",
          `[0].kind must be one of ${kinds}, was undefined; [1].kind must be one of ${kinds}, was undefined`
        ],
        ['[{"kind":"reset"},{"kind":"status","status":99}]', "[1].status must be an integer from 200 to 599"],
        ['[{"kind":"status"},{"kind":"latency"}]', "[0].status: is missing; [1].milliseconds: is missing"],
        ['[{"kind":"reset","tims":1}]', /^faults: \[0\].tims: unknown field; known are kind, rate, [^;]*$/],
        ['[{"kind":"reset","rate":2}]', "[0].rate must be a number from 0 to 1"],
        ['[{"kind":"stall","done":false}]', "[0].done must be true"],
        ['[{"kind":"nulls","target":"iam"}]', "[0].target must be one of list, create, update, users"],
        ['[{"kind":"status","status":503,"body":"xml"}]', /\[0\].body must be one of documented, [^;]+$/],
        [
          '[{"kind":"status","status":503,"retryAfter":"a\\r\\nb"}]',
          "[0].retryAfter must be 1 to 100 visible ASCII characters"
        ]
      ]
      for (const [body, message] of cases) {
        const response = yield* send(`${endpoint}/_emulator/faults`, { method: "POST", body })
        assert.strictEqual(response.status, 400)
        const { error } = json(response) as { readonly error: string }
        if (typeof message === "string") assert.strictEqual(error, `faults: ${message}`)
        else assert.match(error, message)
      }
      const large = yield* send(`${endpoint}/_emulator/faults`, { method: "POST", body: " ".repeat(1024 * 1024 + 1) })
      assert.strictEqual(large.status, 413)
      assert.deepStrictEqual(yield* faults, [])
    })
  )

  it.scoped("show the requests of the API, without secrets, and reset", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make({ faults: [{ kind: "status", status: 503, times: 1 }] })
      const { endpoint } = emulator
      const response = yield* send(listUrl(endpoint, Demo.projectId, "offset=1&limit=%20&token=canary"), {
        headers: {
          "x-auth-token": "canary",
          authorization: "canary",
          "x-security-token": "canary",
          cookie: "canary",
          "x-api-key": "canary",
          "user-agent": "test"
        }
      })
      const seen = yield* send(`${endpoint}/_emulator/requests`)
      assert.notInclude(seen.text, "canary")
      assert.deepStrictEqual(json(seen), yield* emulator.requests)
      const [first] = yield* emulator.requests
      assert.deepInclude(first, {
        id: String(response.headers["x-request-id"]),
        method: "GET",
        path: `/v1/${Demo.projectId}/hotspot-session-config`,
        query: "offset=1&limit=%20&token=<redacted>",
        status: 503,
        faults: [{ kind: "status", status: 503, times: 1 }]
      })
      assert.include(first?.headers, { "user-agent": "test", "x-auth-token": "<redacted>" })
      assert.strictEqual((yield* send(`${endpoint}/_emulator/reset`, { method: "POST" })).status, 200)
      assert.deepStrictEqual(yield* emulator.requests, [])
      assert.strictEqual((yield* emulator.faults).length, 1)
    })
  )

  it.scoped("reject unknown endpoints and methods with the known ones", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      const unknown = yield* send(`${endpoint}/_emulator/nothing`)
      assert.strictEqual(unknown.status, 404)
      assert.include(unknown.text, "state, requests, faults, reset")
      assert.strictEqual((yield* send(`${endpoint}/_emulator`)).status, 404)
      const wrong = yield* send(`${endpoint}/_emulator/reset`)
      assert.deepStrictEqual([wrong.status, wrong.headers["allow"]], [405, "POST"])
      const options = yield* send(`${endpoint}/_emulator/faults`, { method: "OPTIONS" })
      assert.deepStrictEqual([options.status, options.headers["allow"]], [204, "GET, POST, DELETE"])
    })
  )
})

describe("the request log", () => {
  it("keeps the last requests, and updates that come later", () => {
    const log = RequestLog.make()
    const add = (path: string) => {
      const entry: RequestLog.Entry = {
        id: path,
        time: 0,
        method: "GET",
        path,
        query: "",
        headers: { Cookie: "canary", "x-other": "a" },
        status: undefined,
        faults: []
      }
      log.add(entry)
      return entry
    }
    for (let index = 0; index < 4321; index++) add(`/${index}`).status = 404
    add("/last")
    const requests = log.read()
    assert.strictEqual(requests.length, maxRecordedRequests)
    assert.deepStrictEqual(
      requests.map((_) => _.path),
      [
        ...Array.from({ length: maxRecordedRequests - 1 }, (_, index) => `/${4321 - maxRecordedRequests + 1 + index}`),
        "/last"
      ]
    )
    assert.deepStrictEqual(requests[0]?.headers, { Cookie: "<redacted>", "x-other": "a" })
    assert.strictEqual(requests[0]?.status, 404)
    assert.notProperty(requests.at(-1), "status")
    log.clear()
    assert.deepStrictEqual(log.read(), [])
  })
})
