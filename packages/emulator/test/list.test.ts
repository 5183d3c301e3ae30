import { assert, describe, it, layer } from "@effect/vitest"
import { ListHotspotSessionConfigResponse } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { runs } from "../../../test/runs.js"
import { Dataset, Demo, Documented, Emulator } from "../src/index.js"
import { json, listUrl, send } from "./support.js"

/** Copied from the documentation page, not from the source. */
const documentedExample = `{
  "items" : [ {
    "id" : "895110260098859008",
    "project_id" : "601xxxx57dfa4e90xxxxxx11c18c8",
    "hotspot_session_migration_enable" : true,
    "hotspot_exit_session_num" : 4,
    "non_migrate_users" : [ {
      "user_id" : "da16f9b8bc9444029cc171a4f7286353",
      "user_name" : "test"
    } ]
  } ]
}`

const Page = Schema.parseJson(ListHotspotSessionConfigResponse)

const count = 57

layer(Emulator.layer({ count }), { excludeTestServices: true })("the list operation", (it) => {
  it.effect("returns the documentation's example", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const url = listUrl(endpoint, "a4da8115c9d8464ead3a38309130523f")
      const response = yield* send(url)
      assert.strictEqual(response.status, 200)
      assert.strictEqual(response.headers["content-type"], "application/json")
      assert.strictEqual(response.text, JSON.stringify(JSON.parse(documentedExample)))
      assert.deepStrictEqual(json(yield* send(`${url}?offset=1`)), { items: [] })
    })
  )

  it.effect("adds a unique request ID and the server to every response", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const responses = yield* Effect.forEach(
        [listUrl(endpoint, Demo.projectId), listUrl(endpoint, "nope"), `${endpoint}/`, `${endpoint}/_emulator/state`],
        (url) => send(url)
      )
      assert.deepStrictEqual(
        responses.map((_) => _.status),
        [200, 404, 404, 200]
      )
      for (const { headers } of responses) {
        assert.strictEqual(headers["server"], "api-gateway")
        assert.match(String(headers["x-request-id"]), /^[0-9a-f]{32}$/)
      }
      assert.strictEqual(new Set(responses.map((_) => _.headers["x-request-id"])).size, responses.length)
    })
  )

  it.effect("returns ten configurations per page by default", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const page = yield* Schema.decode(Page)((yield* send(listUrl(endpoint, Demo.projectId))).text)
      assert.strictEqual(page.items.length, 10)
      const encoded = yield* send(listUrl(endpoint, Demo.projectId, "limit=100"))
      assert.deepStrictEqual(json(encoded), {
        items: Dataset.seeded({ seed: 1, count, projectId: Demo.projectId }).slice(0, 100)
      })
    })
  )

  it.effect.prop(
    "returns every configuration once and in order for any page size",
    [FastCheck.integer({ min: 5, max: 100 })],
    ([limit]) =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.Emulator
        const ids: Array<string | undefined> = []
        for (let offset = 0; ; ) {
          const response = yield* send(listUrl(endpoint, Demo.projectId, `offset=${offset}&limit=${limit}`))
          const { items } = yield* Schema.decode(Page)(response.text)
          if (items.length === 0) break
          assert.isTrue(items.length <= limit)
          ids.push(...items.map((_) => _.id))
          offset += items.length
        }
        const expected = Dataset.seeded({ seed: 1, count, projectId: Demo.projectId }).slice(0, count)
        assert.deepStrictEqual(
          ids,
          expected.map((_) => _.id ?? undefined)
        )
      }),
    { fastCheck: { numRuns: 8 } }
  )

  const integers = FastCheck.oneof(
    FastCheck.integer({ min: -3, max: 130 }).map(String),
    FastCheck.constantFrom(
      "2147483647",
      "2147483648",
      "-0",
      "+1",
      "1.0",
      "1e1",
      "0x1",
      " 1",
      "",
      "abc",
      "٣",
      "%",
      "%zz",
      "NaN"
    ),
    FastCheck.string({ maxLength: 8 }).map(encodeURIComponent)
  )
  const isValid = (text: string, minimum: number, maximum: number) =>
    /^\d{1,10}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum

  it.effect.prop(
    "accepts parameters in the documented range, and rejects others by name",
    [integers, integers],
    ([offset, limit]) =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.Emulator
        const response = yield* send(listUrl(endpoint, Demo.projectId, `offset=${offset}&limit=${limit}`))
        const isOffsetValid = isValid(offset, 0, 2147483647)
        if (isOffsetValid && isValid(limit, 1, 100)) {
          assert.strictEqual(response.status, 200)
          const { items } = yield* Schema.decode(Page)(response.text)
          assert.strictEqual(items.length, Math.max(0, Math.min(Number(limit), count - Number(offset))))
        } else {
          assert.strictEqual(response.status, 400)
          assert.deepStrictEqual(json(response), {
            error_code: "WKS.00211102",
            error_msg: isOffsetValid
              ? "limit must be an integer from 1 to 100"
              : "offset must be an integer from 0 to 2147483647",
            request_id: response.headers["x-request-id"]
          })
        }
      }),
    { fastCheck: { numRuns: runs(100) } }
  )

  it.effect("rejects repeated parameters and malformed projects, and ignores unknown parameters", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const repeated = yield* send(listUrl(endpoint, Demo.projectId, "limit=1&limit=2"))
      assert.strictEqual(repeated.status, 400)
      assert.include(repeated.text, "limit is given more than once; send it once")
      for (const project of ["a.b", "a%2Fb", "a%00b", "é", "x".repeat(129), "x".repeat(5000)]) {
        const response = yield* send(listUrl(endpoint, encodeURIComponent(decodeURIComponent(project))))
        assert.strictEqual(response.status, 400, project)
        assert.include(response.text, "project_id must be 1 to 128 letters, digits, - or _")
      }
      assert.strictEqual((yield* send(listUrl(endpoint, "x".repeat(128)))).status, 404)
      assert.strictEqual((yield* send(listUrl(endpoint, Demo.projectId, "__proto__=1&colour=red&limit=1"))).status, 200)
    })
  )

  it.effect("responds with 404 for an unknown project", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const response = yield* send(listUrl(endpoint, "f".repeat(32)))
      assert.strictEqual(response.status, 404)
      assert.deepStrictEqual(json(response), { error_code: "WKS.00211902", error_msg: "Resources not found." })
    })
  )

  it.effect("rejects a request without a valid token, or with an invalid signature and a valid token", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const url = listUrl(endpoint, Demo.projectId)
      const cases: ReadonlyArray<readonly [Record<string, string>, number, string, string]> = [
        [{}, 401, "APIGW.0301", "x-auth-token not found"],
        [{ "x-auth-token": "" }, 401, "APIGW.0301", "x-auth-token not found"],
        [{ "x-auth-token": "guess" }, 401, "APIGW.0301", "decrypt token fail"],
        [{ authorization: `Bearer ${Demo.token}` }, 401, "APIGW.0301", "x-auth-token not found"],
        // A signature takes precedence over a token, so that it is never ignored.
        [
          {
            authorization: "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=00",
            "x-auth-token": Demo.token
          },
          401,
          "APIGW.0301",
          "ak AK not exist"
        ]
      ]
      for (const [headers, status, code, message] of cases) {
        const response = yield* send(url, { headers })
        assert.strictEqual(response.status, status)
        const body = json(response)
        assert.containsAllKeys(body, ["error_code", "error_msg", "request_id"])
        assert.include(body, { error_code: code, request_id: response.headers["x-request-id"] })
        assert.include(response.text, message)
      }
    })
  )

  it.effect("responds to methods and routes as documented, and names what is not emulated", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const base = listUrl(endpoint, Demo.projectId)
      const cases: ReadonlyArray<readonly [string, string, number, string | undefined]> = [
        ["DELETE", base, 405, "GET, POST"],
        ["PUT", base, 405, "GET, POST"],
        ["PATCH", base, 405, "GET, POST"],
        ["TRACE", base, 405, "GET, POST"],
        ["POST", base, 400, undefined],
        ["PATCH", `${base}/895110260098859008`, 400, undefined],
        ["GET", `${base}/895110260098859008`, 405, "PATCH"],
        ["GET", `${base}/1/non-migration-users`, 404, undefined],
        ["HEAD", `${base}/1/non-migration-users`, 404, undefined],
        ["PATCH", `${base}/1/non-migration-users`, 400, undefined],
        ["DELETE", `${base}/1/non-migration-users`, 405, "GET, PATCH"],
        ["POST", `${endpoint}/v3/projects`, 501, undefined],
        ["GET", `${endpoint}/v3/projects/${Demo.projectId}`, 501, undefined],
        ["GET", `${endpoint}/v3/auth/tokens`, 501, undefined],
        ["DELETE", `${endpoint}/v3/auth/tokens`, 501, undefined],
        ["GET", `${endpoint}/v3.0/OS-CREDENTIAL/securitytokens`, 501, undefined],
        ["GET", `${endpoint}/meta-data/latest/api/token`, 405, "PUT"],
        ["PUT", `${endpoint}/openstack/latest/securitykey`, 405, "GET"],
        ["GET", `${endpoint}/openstack/latest/meta_data.json`, 404, undefined],
        ["GET", `${endpoint}/`, 404, undefined],
        ["GET", `${endpoint}/v1/${Demo.projectId}/other`, 404, undefined],
        ["GET", `${base}/`, 404, undefined],
        ["POST", `${base}/`, 404, undefined],
        ["PATCH", `${base}/`, 404, undefined],
        ["PATCH", `${base}/1/`, 404, undefined],
        ["GET", `${base}//non-migration-users`, 404, undefined],
        ["GET", `${base}/1/non-migration-users/`, 404, undefined],
        ["OPTIONS", `${base}/`, 404, undefined],
        ["GET", `${endpoint}/v1//hotspot-session-config`, 404, undefined],
        ["GET", base.replace("hotspot", "Hotspot"), 404, undefined],
        ["GET", `${endpoint}//v1/${Demo.projectId}/hotspot-session-config`, 404, undefined],
        ["GET", `${base}/1/2/3`, 404, undefined]
      ]
      for (const [method, url, status, allow] of cases) {
        const response = yield* send(url, { method })
        const what = `${method} ${url}`
        assert.strictEqual(response.status, status, what)
        assert.strictEqual(response.headers["allow"], allow, what)
        if (method !== "HEAD") assert.isObject(json(response), what)
      }
      for (const [path, allow] of [
        ["", "GET, POST"],
        ["/1", "PATCH"],
        ["/1/non-migration-users", "GET, PATCH"]
      ]) {
        const options = yield* send(`${base}${path}`, { method: "OPTIONS" })
        assert.deepStrictEqual([options.status, options.headers["allow"]], [204, allow])
      }
      const head = yield* send(base, { method: "HEAD" })
      const get = yield* send(base)
      assert.deepStrictEqual([head.status, head.text], [200, ""])
      assert.strictEqual(head.headers["content-length"], get.headers["content-length"])
      const notAllowed = yield* send(base, { method: "DELETE" })
      assert.deepStrictEqual(json(notAllowed), {
        ...Documented.errors[405],
        request_id: notAllowed.headers["x-request-id"]
      })
    })
  )
})

describe("setConfigs", () => {
  it.scoped("serves the given configurations unchanged until a reset", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const url = listUrl(emulator.endpoint, "mine")
      assert.strictEqual((yield* send(url)).status, 404)
      const configs: ReadonlyArray<Dataset.Config> = [
        { id: "1", hotspot_exit_session_num: null },
        { id: "2", non_migrate_users: [{ user_name: "a" }] },
        {}
      ]
      yield* emulator.setConfigs("mine", configs)
      assert.deepStrictEqual(json(yield* send(url)), { items: configs })
      assert.deepStrictEqual(json(yield* send(`${url}?offset=1&limit=1`)), { items: [configs[1]] })
      yield* emulator.setConfigs(Demo.projectId, [])
      assert.deepStrictEqual(json(yield* send(listUrl(emulator.endpoint, Demo.projectId))), { items: [] })
      yield* emulator.reset
      assert.strictEqual((yield* send(url)).status, 404)
      const page = yield* Schema.decode(Page)((yield* send(listUrl(emulator.endpoint, Demo.projectId))).text)
      assert.strictEqual(page.items.length, 3)
    })
  )
})
