import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Demo, Emulator } from "../src/index.js"
import { json, listUrl, raw, send, signed, tokenBody } from "./support.js"

const start = Date.UTC(2026, 0, 2, 3, 4, 5)

describe("the emulator's clock", () => {
  it.scoped("is Effect's clock in every response", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      const { endpoint, inject } = yield* Emulator.make()
      for (const path of ["/", "/_emulator/state", "/v3/projects", `/v1/${Demo.projectId}/hotspot-session-config`]) {
        const { headers } = yield* send(`${endpoint}${path}`)
        assert.strictEqual(headers["date"], "Fri, 02 Jan 2026 03:04:05 GMT", path)
      }
      assert.include(yield* raw(endpoint, "hello\r\n\r\n"), "\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\n")
      yield* inject([
        { kind: "status", status: 503, times: 1 },
        { kind: "truncate", times: 1 }
      ])
      const url = listUrl(endpoint, Demo.projectId)
      assert.strictEqual((yield* send(url)).headers["date"], "Fri, 02 Jan 2026 03:04:05 GMT")
      yield* TestClock.adjust("1 minute")
      const cut = yield* Effect.flip(send(url))
      assert.strictEqual(cut.response?.headers["date"], "Fri, 02 Jan 2026 03:05:05 GMT")
    })
  )

  const cases: ReadonlyArray<readonly [Emulator.ClockSkew, string, string, string]> = [
    [{ ahead: "20 minutes" }, "Fri, 02 Jan 2026 03:24:05 GMT", "20260102T032405Z", "2026-01-03T03:24:05.000000Z"],
    [{ behind: "1 hour" }, "Fri, 02 Jan 2026 02:04:05 GMT", "20260102T020405Z", "2026-01-03T02:04:05.000000Z"]
  ]
  for (const [clockSkew, date, serverTime, expiresAt] of cases) {
    it.scoped(`can be skewed: ${JSON.stringify(clockSkew)}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(start)
        const emulator = yield* Emulator.make({ clockSkew })
        const { endpoint } = emulator
        const url = listUrl(endpoint, Demo.projectId)
        const rejected = yield* send(url, { headers: signed(url, start) })
        assert.strictEqual(rejected.status, 401)
        assert.strictEqual(rejected.headers["date"], date)
        assert.include(rejected.text, `signature time:20260102T030405Z,server time:${serverTime}`)
        const corrected = yield* send(url, { headers: signed(url, Date.parse(date)) })
        assert.strictEqual(corrected.status, 200)

        const issued = yield* send(`${endpoint}/v3/auth/tokens`, { method: "POST", body: tokenBody() })
        assert.nestedPropertyVal(json(issued), "token.expires_at", expiresAt)
        const key = yield* emulator.issueTemporaryKey("1 hour")
        assert.strictEqual(key.expiresAt, Date.parse(date) + 3_600_000)
        const token = yield* emulator.issueToken(Demo.projectId, "1 hour")
        yield* TestClock.adjust("59 minutes")
        assert.strictEqual((yield* send(url, { headers: { "x-auth-token": token } })).status, 200)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* send(url, { headers: { "x-auth-token": token } })).status, 401)
      })
    )
  }

  it.scoped("cannot be skewed by more than dates allow", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Emulator.make({ clockSkew: { behind: "100000 days" } }))
      assert.include(String(error), "clockSkew.behind must be at most 100 years")
    })
  )
})
