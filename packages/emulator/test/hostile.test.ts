import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Demo, Emulator } from "../src/index.js"
import { json, listUrl, raw, rawJson, send } from "./support.js"

/** A request that closes the connection, so that the end of the response can be detected. */
const get = (target: string, headers = `X-Auth-Token: ${Demo.token}\r\n`) =>
  `GET ${target} HTTP/1.1\r\nHost: emulator\r\n${headers}Connection: close\r\n\r\n`

const list = `/v1/${Demo.projectId}/hotspot-session-config`

layer(Emulator.layer(), { excludeTestServices: true })("a hostile request", (it) => {
  const cases: ReadonlyArray<readonly [string, string, number]> = [
    ["malformed percent-encoding in the path", get(`/v1/%zz/hotspot-session-config`), 400],
    ["truncated percent-encoding in the path", get(`/v1/%`), 400],
    ["percent-encoding that is not UTF-8", get(`/v1/%ff%fe/hotspot-session-config`), 400],
    ["malformed percent-encoding in the query", get(`${list}?limit=%zz&offset=%`), 400],
    ["malformed percent-encoding in a name", get(`${list}?%zz=1&limit=0`), 400],
    ["dot segments", get(`/v1/../v1/${Demo.projectId}/hotspot-session-config`), 404],
    ["a dot segment for a project", get(`/v1/../hotspot-session-config`), 400],
    ["an encoded dot segment for a project", get(`/v1/%2e%2e/hotspot-session-config`), 400],
    ["an encoded slash", get(`/v1/a%2fb/hotspot-session-config`), 400],
    ["encoded slashes in a route", get(`/v1%2F${Demo.projectId}%2Fhotspot-session-config`), 404],
    ["an encoded null byte", get(`/v1/a%00/hotspot-session-config`), 400],
    ["an empty project", get(`/v1//hotspot-session-config`), 404],
    ["doubled slashes", get(`//${Demo.projectId}//hotspot-session-config`), 404],
    ["a semicolon in the path", get(`${list};limit=0`), 404],
    ["a semicolon in the project", get(`/v1/a;b/hotspot-session-config`), 404],
    ["a fragment", get(`/v1/a#b/hotspot-session-config`), 404],
    ["a long query", get(`${list}?limit=${"1".repeat(12_000)}`), 400],
    ["a long path", get(`/v1/${"a".repeat(12_000)}/hotspot-session-config`), 400],
    ["many parameters", get(`${list}?${"limit=1&".repeat(1_500)}`), 400],
    ["more headers than Node reads", get(`${list}?limit=${"1".repeat(40_000)}`), 400],
    ["text that is not HTTP", "hello\r\n\r\n", 400],
    ["another protocol", "\u0016\u0003\u0001\u0002\u0000\u0001", 400],
    ["a header without a name", `GET ${list} HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n`, 400],
    ["an unknown method", `BREW ${list} HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
    ["a tunnel", "CONNECT emulator:443 HTTP/1.1\r\nHost: emulator:443\r\n\r\n", 400],
    ["no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["no Host", `GET ${list} HTTP/1.1\r\nX-Auth-Token: ${Demo.token}\r\nConnection: close\r\n\r\n`, 200],
    ["HTTP/1.0", `GET ${list} HTTP/1.0\r\nX-Auth-Token: ${Demo.token}\r\n\r\n`, 200],
    ["an absolute target", get(`http://emulator${list}?limit=1`), 200],
    ["an absolute target without a path", get(`http://emulator`), 404],
    ["an asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404],
    ["an unknown expectation", get(list, `X-Auth-Token: ${Demo.token}\r\nExpect: miracles\r\n`), 200],
    ["an upgrade", `GET ${list} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n\r\n`, 401],
    ["two tokens", get(list, `X-Auth-Token: ${Demo.token}\r\nX-Auth-Token: ${Demo.token}\r\n`), 401],
    ["a token that is not ASCII", get(list, "X-Auth-Token: \u00fc\u4e2d\r\n"), 401],
    ["a body on a GET", `${get(list, `X-Auth-Token: ${Demo.token}\r\nContent-Length: 5\r\n`)}hello`, 200],
    [
      "two message lengths",
      `POST /v3/auth/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400
    ],
    [
      "a bad chunk",
      `POST /v3/auth/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n`,
      400
    ]
  ]
  for (const [what, request, status] of cases) {
    it.effect(`${what} gets a ${status}`, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* Emulator.Emulator
        const response = yield* raw(endpoint, request)
        assert.strictEqual(response.slice(0, 12), `HTTP/1.1 ${status}`, response)
        assert.match(response, /^x-request-id: [0-9a-f]{32}\r$/im)
        assert.match(response, /^server: api-gateway\r$/im)
        const body = rawJson(response)
        if (status !== 200) assert.containsAllKeys(body, ["error_code", "error_msg"])
      })
    )
  }

  it.effect("keeps running after an aborted upload and during an endless one", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const upload = `POST /v3/auth/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{"auth"`
      yield* Effect.timeoutOption(raw(endpoint, upload), 20)
      const endless = `POST /v3/auth/tokens HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${`10000\r\n${"x".repeat(65_536)}\r\n`.repeat(40)}`
      yield* Effect.timeoutOption(raw(endpoint, endless), 50)
      assert.strictEqual((yield* send(listUrl(endpoint, Demo.projectId))).status, 200)
    })
  )

  it.effect("responds in order to pipelined requests", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const one = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\nX-Auth-Token: ${Demo.token}\r\n\r\n`
      const responses = yield* raw(endpoint, `${one(`${list}?limit=1`)}${one("/nothing")}${get(`${list}?limit=0`)}`)
      assert.deepStrictEqual(
        [...responses.matchAll(/HTTP\/1\.1 (\d+)/g)].map((_) => _[1]),
        ["200", "404", "400"]
      )
    })
  )

  it.effect("serves nothing after a request that upgrades the connection", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const upgrade = `GET /nothing HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n`
      const next = `POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n`
      const responses = yield* raw(endpoint, upgrade + next, get(list))
      assert.deepStrictEqual(
        [...responses.matchAll(/HTTP\/1\.1 (\d+)/g)].map((_) => _[1]),
        ["404"]
      )
    })
  )

  it.effect("still works afterwards", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.Emulator
      const response = yield* send(listUrl(endpoint, Demo.projectId, "limit=1"))
      assert.property(json(response), "items")
    })
  )
})
