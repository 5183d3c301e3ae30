import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Demo, Documented, Emulator } from "../src/index.js"
import { json, listUrl, type ReceivedResponse, raw, send, signed } from "./support.js"

const start = Date.UTC(2026, 0, 2, 3, 4, 5)

const minutes = (count: number) => count * 60_000

/** An emulator at a fixed time, and a signed request for its demo project. */
const setUp = (options: Emulator.Options = {}) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(start)
    const emulator = yield* Emulator.make(options)
    const url = listUrl(emulator.endpoint, Demo.projectId, "limit=100&offset=0")
    const sendSigned = (settings: Parameters<typeof signed>[2] = {}, time = start) =>
      send(url, { headers: signed(url, time, settings) })
    return { emulator, url, sendSigned }
  })

const assertRejected = (response: ReceivedResponse, message: string, code = "APIGW.0301", status = 401) => {
  assert.strictEqual(response.status, status, response.text)
  const body = json(response)
  assert.hasAllKeys(body, ["error_code", "error_msg", "request_id"])
  assert.include(body, { error_code: code, request_id: response.headers["x-request-id"] })
  assert.include(response.text, message)
}

const { temporaryKey } = Demo

const { securityToken } = temporaryKey

describe("a signed request", () => {
  it.scoped("gets the same response as with a token", () =>
    Effect.gen(function* () {
      const { sendSigned, emulator, url } = yield* setUp()
      const response = yield* sendSigned()
      assert.strictEqual(response.status, 200, response.text)
      assert.strictEqual(response.text, (yield* send(url)).text)
      const [seen] = yield* emulator.requests
      assert.include(seen?.headers, { authorization: "<redacted>" })
      const head = yield* send(url, { method: "HEAD", headers: signed(url, start, { method: "HEAD" }) })
      assert.strictEqual(head.status, 200)
      const others = yield* sendSigned({
        headers: { "x-project-id": Demo.projectId, "content-type": "application/json" }
      })
      assert.strictEqual(others.status, 200)
    })
  )

  it.scoped("is rejected with the canonical request if anything else was signed", () =>
    Effect.gen(function* () {
      const { emulator, url } = yield* setUp()
      const headers = signed(url, start, { headers: { "x-other": "1" } })
      const { host } = new URL(url)
      const changes: ReadonlyArray<readonly [string, Record<string, string>, string, string]> = [
        [url, { "x-other": "2" }, "GET", ""],
        [`${url}&a=b`, {}, "GET", ""],
        [url.replace("limit=100", "limit=99"), {}, "GET", ""],
        [listUrl(emulator.endpoint, Documented.projectId, "limit=100&offset=0"), {}, "GET", ""],
        [url, {}, "HEAD", ""],
        [url, {}, "GET", "{}"]
      ]
      for (const [target, changed, method, body] of changes) {
        yield* emulator.reset
        const response = yield* send(target, { method, headers: { ...headers, ...changed }, body })
        assert.strictEqual(response.status, 401, `${method} ${target}`)
      }
      yield* emulator.reset
      const response = yield* send(`${url}&a=b`, { headers })
      assertRejected(response, "verify aksk signature fail")
      const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
      assert.deepStrictEqual(json(response), {
        error_code: "APIGW.0301",
        error_msg: `Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:GET|/v1/${Demo.projectId}/hotspot-session-config/|a=b&limit=100&offset=0|host:${host}|x-other:1|x-sdk-date:20260102T030405Z||host;x-other;x-sdk-date|${emptyHash}`,
        request_id: response.headers["x-request-id"]
      })
      assert.strictEqual((yield* send(url, { headers })).status, 200)
    })
  )

  it.scoped("is rejected with the reason for each problem", () =>
    Effect.gen(function* () {
      const { sendSigned, emulator, url } = yield* setUp()
      const right = signed(url, start)
      const authorization = right["authorization"] ?? ""
      const { "x-sdk-date": _, ...undated } = right
      const cases: ReadonlyArray<readonly [Record<string, string>, string]> = [
        [{ ...right, authorization: "SDK-HMAC-SHA256 Access=AK" }, "the Authorization header is malformed"],
        [{ ...right, authorization: authorization.replace(/0|1/g, "2") }, "ak EMULATORACCESSKEY222 not exist"],
        [{ ...right, authorization: authorization.replace(/.$/, (last) => (last === "0" ? "1" : "0")) }, "verify aksk"],
        [{ ...right, authorization: authorization.replace(/.$/, "") }, "verify aksk"],
        [undated, "x-sdk-date not found"],
        [{ ...right, "x-sdk-date": "2026-01-02T03:04:05Z" }, "x-sdk-date is not in the format"],
        [
          { ...right, authorization: authorization.replace("host;x-sdk-date", "host") },
          "x-sdk-date is not one of the signed headers"
        ],
        [{ ...right, "x-auth-token": Demo.token, authorization: `${authorization}0` }, "verify aksk"]
      ]
      for (const [headers, message] of cases) {
        yield* emulator.reset
        assertRejected(yield* send(url, { headers }), message)
      }
      yield* emulator.reset
      assertRejected(yield* sendSigned({ secretKey: "wrong" }), "verify aksk signature fail")
      assertRejected(yield* sendSigned({ accessKey: "UNKNOWN" }), "ak UNKNOWN not exist")
      for (const algorithm of ["SDK-HMAC-SM3", "V11-HMAC-SHA256"]) {
        const unknown = { ...right, authorization: authorization.replace("SDK-HMAC-SHA256", algorithm) }
        assertRejected(yield* send(url, { headers: unknown }), `verify ${algorithm}`, "EMULATOR.NOT_EMULATED", 501)
      }
      const large = yield* send(url, { headers: right, body: "x".repeat(2 * 1024 * 1024 + 1) })
      assertRejected(large, "too large", "APIGW.0201", 413)
    })
  )

  it.scoped("is rejected with 403 for a project other than its X-Project-Id", () =>
    Effect.gen(function* () {
      const { sendSigned } = yield* setUp()
      for (const projectId of [Documented.projectId, "unknown", ""]) {
        const response = yield* sendSigned({ headers: { "x-project-id": projectId } })
        assertRejected(response, "not scoped to the project", "APIGW.0302", 403)
      }
    })
  )

  it.scoped("is valid for 15 minutes before and after its time", () =>
    Effect.gen(function* () {
      const { sendSigned } = yield* setUp()
      for (const [distance, status] of [
        [-minutes(15) - 1000, 401],
        [-minutes(15), 200],
        [minutes(15), 200],
        [minutes(15) + 1000, 401]
      ] as const) {
        assert.strictEqual((yield* sendSigned({}, start + distance)).status, status, `${distance}`)
      }
      assertRejected(
        yield* sendSigned({}, start - minutes(60)),
        "signature expired, signature time:20260102T020405Z,server time:20260102T030405Z"
      )
    })
  )

  it.scoped("is verified as received, with an absolute target as sent to a proxy", () =>
    Effect.gen(function* () {
      const { emulator, url } = yield* setUp()
      const lines = Object.entries(signed(url, start)).map(([name, value]) => `${name}: ${value}\r\n`)
      const sendSigned = (target: string) =>
        raw(emulator.endpoint, `GET ${target} HTTP/1.1\r\n${lines.join("")}Connection: close\r\n\r\n`)
      assert.include(yield* sendSigned(url), "HTTP/1.1 200")
      assert.include(yield* sendSigned(url.slice(emulator.endpoint.length).replace("?", "?&")), "HTTP/1.1 200")
      assert.include(yield* sendSigned(`${url.slice(emulator.endpoint.length)}&`), "HTTP/1.1 200")
    })
  )
})

describe("an access key", () => {
  it.scoped("is locked for five minutes after five consecutive failures", () =>
    Effect.gen(function* () {
      const { sendSigned, emulator, url } = yield* setUp()
      const fail = sendSigned({ secretKey: "wrong" })
      yield* Effect.replicateEffect(fail, 4)
      assert.strictEqual((yield* sendSigned()).status, 200)
      yield* Effect.replicateEffect(fail, 4)
      assertRejected(yield* sendSigned({}, start - minutes(16)), "signature expired")
      assertRejected(yield* sendSigned(), "AK access failed to reach the limit,forbidden.")
      assert.strictEqual((yield* send(url)).status, 200, "a token is not affected")
      const other = yield* sendSigned({ ...temporaryKey, headers: { "x-security-token": securityToken } })
      assert.strictEqual(other.status, 200, "another key is not affected")
      yield* TestClock.adjust("299 seconds")
      assertRejected(yield* sendSigned(), "AK access failed to reach the limit")
      yield* TestClock.adjust("1 second")
      assertRejected(yield* fail, "verify aksk signature fail")
      assert.strictEqual((yield* sendSigned()).status, 200)
      yield* Effect.replicateEffect(fail, 5)
      assertRejected(yield* sendSigned(), "AK access failed to reach the limit")
      yield* emulator.reset
      assert.strictEqual((yield* sendSigned()).status, 200)
    })
  )

  it.scoped("is locked by concurrent failures", () =>
    Effect.gen(function* () {
      const { sendSigned } = yield* setUp()
      const responses = yield* Effect.all(
        Array.from({ length: 12 }, () => sendSigned({ secretKey: "wrong" })),
        { concurrency: "unbounded" }
      )
      const locked = responses.filter((_) => _.text.includes("AK access failed"))
      assert.strictEqual(locked.length, 7)
    })
  )

  it.scoped("can be added, replaced and removed, until a reset", () =>
    Effect.gen(function* () {
      const { sendSigned, emulator } = yield* setUp()
      const key = { accessKey: "MINE", secretKey: "first" }
      assertRejected(yield* sendSigned(key), "ak MINE not exist")
      yield* emulator.addAccessKey("MINE", "first")
      assert.strictEqual((yield* sendSigned(key)).status, 200)
      yield* emulator.addAccessKey("MINE", "second")
      assertRejected(yield* sendSigned(key), "verify aksk signature fail")
      yield* emulator.removeAccessKey("MINE")
      assertRejected(yield* sendSigned(key), "ak MINE not exist")
      yield* emulator.removeAccessKey(Demo.accessKey)
      assertRejected(yield* sendSigned(), "not exist")
      yield* emulator.addAccessKey("MINE", "first")
      yield* emulator.reset
      assertRejected(yield* sendSigned(key), "ak MINE not exist")
      assert.strictEqual((yield* sendSigned()).status, 200)
    })
  )
})

describe("a temporary key", () => {
  it.scoped("is rejected without its security token, signed or not", () =>
    Effect.gen(function* () {
      const { sendSigned, url } = yield* setUp()
      const headers = { "x-security-token": securityToken }
      assert.strictEqual((yield* sendSigned({ ...temporaryKey, headers })).status, 200)
      const unsigned = { ...signed(url, start, temporaryKey), ...headers }
      assert.strictEqual((yield* send(url, { headers: unsigned })).status, 200)
      assertRejected(yield* sendSigned(temporaryKey), "x-security-token not found")
      const wrong = yield* sendSigned({ ...temporaryKey, headers: { "x-security-token": "wrong" } })
      assertRejected(wrong, "decrypt token fail")
      assertRejected(yield* sendSigned({ headers }), "decrypt token fail")
    })
  )

  it.scoped("expires", () =>
    Effect.gen(function* () {
      const { sendSigned, emulator } = yield* setUp()
      const key = yield* emulator.issueTemporaryKey("10 minutes")
      const other = yield* emulator.issueTemporaryKey()
      assert.strictEqual(key.expiresAt, start + minutes(10))
      assert.match(key.accessKey, /^[0-9A-Z]{20}$/)
      assert.match(key.secretKey, /^[0-9a-z]{40}$/)
      const use = ({ securityToken, ...pair }: typeof key) =>
        sendSigned({ ...pair, headers: { "x-security-token": securityToken } })
      assert.strictEqual((yield* use(key)).status, 200)
      assertRejected(yield* use({ ...key, securityToken: other.securityToken }), "decrypt token fail")
      yield* TestClock.adjust("10 minutes")
      assertRejected(yield* use(key), "x-security-token expired")
      assert.strictEqual((yield* use(other)).status, 200)
      yield* emulator.reset
      assertRejected(yield* use(other), "not exist")
      assert.notStrictEqual((yield* emulator.issueTemporaryKey()).accessKey, key.accessKey)
    })
  )
})
