import { createHash } from "node:crypto"
import * as Http from "node:http"
import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, RetryPolicy } from "@hotspot-session/client"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { type AccessLog, Gateway } from "@hotspot-session/gateway"
import { NodeGateway } from "@hotspot-session/gateway/node"
import { Validator } from "@seriousme/openapi-schema-validator"
import {
  ConfigError,
  type Duration,
  Effect,
  Exit,
  FastCheck,
  Fiber,
  Layer,
  Logger,
  LogLevel,
  Redacted,
  Scope
} from "effect"
import { runs } from "../../../test/runs.js"
import {
  apiKey,
  apiKeyHash,
  client,
  contractPath,
  documentedPage,
  makeGateway,
  makeUpstream,
  ownCredentials,
  ownToken,
  page,
  type Reply,
  raw,
  send,
  token,
  withApiKey
} from "./support.js"

const fastRetries = RetryPolicy.make({ baseDelay: "1 millis", maxDelay: "1 millis", maxRetryAfter: "1 millis" })

const withUpstream = (
  reply: Parameters<typeof makeUpstream>[0],
  options: Parameters<typeof client>[1] = {},
  gatewayOptions: Parameters<typeof makeGateway>[1] = {}
) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream(reply)
    const gateway = yield* makeGateway(client(upstream.endpoint, options), gatewayOptions)
    return { ...gateway, requests: upstream.requests }
  })

const gatewayWithKeys = (reply: Parameters<typeof makeUpstream>[0]) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream(reply)
    const gateway = yield* makeGateway(client(upstream.endpoint, {}, ownCredentials), {
      credentials: "own",
      apiKeys: [apiKeyHash]
    })
    return { ...gateway, requests: upstream.requests }
  })

describe("the contract's route", { concurrent: true }, () => {
  it.scopedLive("names the request in what is logged of its retries and its failure", () =>
    Effect.gen(function* () {
      const reply = { status: 200, headers: {}, body: "<html>" }
      const upstream = yield* makeUpstream(() => reply)
      const options = { retry: RetryPolicy.make({ attempts: 2, baseDelay: "1 millis", retryable: () => true }) }
      const { logs, url } = yield* makeGateway(client(upstream.endpoint, options)).pipe(
        Logger.withMinimumLogLevel(LogLevel.Debug)
      )
      yield* send(`${url}${contractPath}`, { headers: { "x-auth-token": token, "x-request-id": "mine-1" } })
      const messages = logs
        .map((line) => JSON.parse(line))
        .filter(({ annotations }) => annotations?.request_id === "mine-1")
      expect(messages.map(({ logLevel }) => logLevel)).toEqual(["DEBUG", "WARN"])
    })
  )

  it.scopedLive("returns the documented page, including undocumented fields", () =>
    Effect.gen(function* () {
      const body = { items: [{ ...documentedPage.items[0], newer: { field: [1] } }], total_count: 1 }
      const { logs, requests, url } = yield* withUpstream(() => page(body))
      const response = yield* send(`${url}${contractPath}?offset=20&limit=50`, {
        headers: { "x-auth-token": token, "x-request-id": "abc-1" }
      })
      expect(response.status).toBe(200)
      expect(response.json).toEqual(body)
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "application/json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": "abc-1"
      })
      expect(requests.map((request) => request.url)).toEqual([`${contractPath}?limit=50&offset=20`])
      expect(requests[0]?.headers["x-auth-token"]).toBe(token)
      expect(JSON.parse(logs[0] ?? "")).toEqual({
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        method: "GET",
        route: "/v1/{project_id}/hotspot-session-config",
        path: contractPath,
        status: 200,
        duration_ms: expect.any(Number),
        request_id: "abc-1",
        client_address: "127.0.0.1",
        key_digest: createHash("sha256").update(token).digest("hex").slice(0, 12),
        bytes: Number(response.headers.get("content-length"))
      })
    })
  )

  it.scopedLive("sends no parameters to the cloud that the caller did not send", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream(() => page())
      yield* send(`${url}${contractPath}`)
      expect(requests.map((request) => request.url)).toEqual([contractPath])
    })
  )

  const statuses = [400, 401, 403, 404, 405, 413, 429, 500, 503, 504]
  const bodies: Record<string, Reply> = {
    documented: { body: '{"error_code":"WKS.0001","error_msg":"denied","request_id":"cloud-1"}' },
    iam: { body: '{"error":{"code":401,"message":"denied","title":"Unauthorized"}}' },
    html: { headers: { "content-type": "text/html" }, body: "<html><h1>denied</h1></html>" },
    truncated: { body: '{"error_code":"WKS.0001","error_msg":"denied","request' },
    empty: {},
    null: { body: "null" },
    array: { body: "[1,2]" }
  }

  it.scopedLive("passes on each error status, whatever the body", () =>
    Effect.gen(function* () {
      let reply: Reply = {}
      const { url } = yield* withUpstream(() => reply)
      for (const status of statuses) {
        for (const [name, body] of Object.entries(bodies)) {
          reply = { ...body, status, headers: { ...body.headers, "retry-after": "7", "x-request-id": "cloud-2" } }
          // A token that has been refused is not sent again.
          const response = yield* send(`${url}${contractPath}`, {
            headers: { "x-auth-token": `${token}-${name}-${status}` }
          })
          expect({ name, status: response.status }).toEqual({ name, status })
          expect(response.headers.get("retry-after")).toBe("7")
          expect(response.json["request_id"]).toBe(name === "documented" ? "cloud-1" : "cloud-2")
          expect(Object.keys(response.json)).toEqual(["error_code", "error_msg", "request_id"])
          if (name === "documented")
            expect(response.json).toMatchObject({ error_code: "WKS.0001", error_msg: "denied" })
          if (name === "html") expect(response.json["error_code"]).toBe("HSG.0011")
          if (["documented", "iam", "html", "truncated"].includes(name))
            expect(response.json["error_msg"]).toContain("denied")
          if (status === 401) expect(response.headers.get("www-authenticate")).toBe('X-Auth-Token realm="Huawei Cloud"')
        }
      }
    })
  )

  it.scopedLive("returns a body for any status of the cloud", () =>
    Effect.gen(function* () {
      let reply: Reply = {}
      const { logs, url } = yield* withUpstream(() => reply)
      let sent = 0
      const statusAndBody = FastCheck.tuple(
        FastCheck.integer({ min: 200, max: 599 }).filter((status) => status !== 200),
        FastCheck.string()
      )
      yield* Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(statusAndBody, async ([status, body]) => {
            reply = { status, body: [204, 205, 304].includes(status) ? "" : body }
            const response = await Effect.runPromise(
              send(`${url}${contractPath}`, {
                // A token that has been refused is not sent again.
                headers: { "x-auth-token": `${token}-${sent++}` }
              })
            )
            expect(response.status).toBe(status < 400 || status === 407 ? 502 : status)
            expect(response.json["error_code"]).toBeDefined()
            expect(response.json["error_msg"]).not.toBe("")
            expect(response.json["request_id"]).toBe(response.headers.get("x-request-id"))
          }),
          { numRuns: runs(40, 20) }
        )
      )
      expect(logs.filter((line) => line.includes("request failed with a defect"))).toEqual([])
    })
  )

  it.scopedLive(
    "maps informational statuses, resets, timeouts and invalid responses to 502, 503 or 504, and logs them",
    () =>
      Effect.gen(function* () {
        const replies: ReadonlyArray<readonly [Reply | "reset" | "stall", number, string]> = [
          ["reset", 503, "HSG.0009"],
          ["stall", 504, "HSG.0010"],
          // undici treats an unrequested protocol switch as a broken connection.
          [{ status: 101 }, 503, "HSG.0009"],
          [{ status: 103 }, 504, "HSG.0010"],
          [{ status: 200, body: "" }, 502, "HSG.0007"],
          [{ status: 200, body: "<html>" }, 502, "HSG.0007"],
          [{ status: 200, body: '{"items":[{"id":5}]}' }, 502, "HSG.0007"],
          [
            { status: 200, body: `{"items":[{"id":"1","x":${"[".repeat(50_000)}${"]".repeat(50_000)}}]}` },
            502,
            "HSG.0007"
          ],
          [{ status: 200, body: "[".repeat(50_000) + "]".repeat(50_000) }, 502, "HSG.0007"],
          [{ status: 302, headers: { location: "http://127.0.0.1:1/" } }, 502, "HSG.0008"],
          [{ status: 204 }, 502, "HSG.0008"]
        ]
        let reply: Reply | "reset" | "stall" = {}
        const { logs, url } = yield* withUpstream(() => reply, { attemptTimeout: "500 millis" })
        for (const [upstreamReply, status, code] of replies) {
          reply = upstreamReply
          const response = yield* send(`${url}${contractPath}`)
          expect([upstreamReply, response.status, response.json["error_code"]]).toEqual([upstreamReply, status, code])
          expect(response.headers.has("retry-after")).toBe(status === 503)
        }
        // Each failure is logged for the operator.
        expect(logs.filter((line) => line.includes('"logLevel":"WARN"'))).toHaveLength(replies.length)
      })
  )

  it.scopedLive("returns 502 if the cloud does not respond with HTTP", () =>
    Effect.gen(function* () {
      const server = Net.createServer((socket) => void socket.on("error", () => {}).end("SSH-2.0-OpenSSH_9\r\n"))
      yield* Effect.addFinalizer(() => Effect.sync(() => void server.close()))
      yield* Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void)))
      const { url } = yield* makeGateway(client(`http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`))
      const { json, status } = yield* send(`${url}${contractPath}`)
      expect([status, json["error_code"]]).toEqual([502, "HSG.0007"])
    })
  )

  it.scopedLive("returns 503 with Retry-After if the connection to the cloud is refused", () =>
    Effect.gen(function* () {
      const { url } = yield* makeGateway(client("http://127.0.0.1:1"))
      const response = yield* send(`${url}${contractPath}`)
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "10"])
    })
  )

  it.scopedLive("does not retry itself, but the client does", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream(
        (_, index) => (index < 2 ? { status: 503, headers: { "retry-after": "1" } } : page()),
        { retry: fastRetries }
      )
      expect((yield* send(`${url}${contractPath}`)).status).toBe(200)
      expect(requests).toHaveLength(3)
    })
  )

  it.scopedLive("never reveals the caller's token in responses or logs", () =>
    Effect.gen(function* () {
      const { logs, requests, url } = yield* withUpstream((request, index) => ({
        status: [401, 500, 200, 302][index % 4] ?? 200,
        body:
          index % 4 === 2
            ? `not JSON ${request.headers["x-auth-token"]}`
            : JSON.stringify({ error_code: "APIGW.0301", error_msg: `bad token ${request.headers["x-auth-token"]}` })
      }))
      for (let index = 0; index < 4; index++) {
        const response = yield* send(`${url}${contractPath}`, { headers: { "x-auth-token": `${token}-${index}` } })
        expect(`${response.text}${JSON.stringify([...response.headers])}`).not.toContain(token)
      }
      expect(requests).toHaveLength(4)
      expect(logs.length).toBeGreaterThan(3)
      expect(logs.join()).not.toContain(token)
    })
  )

  it.scopedLive("returns 401 without a token, with HSG.0002 if the request is signed", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream(() => page())
      const missing = yield* send(`${url}${contractPath}`, { headers: { "x-request-id": "r-1" } })
      expect(missing.status).toBe(401)
      expect(missing.headers.get("www-authenticate")).toBe('X-Auth-Token realm="Huawei Cloud"')
      expect(missing.json).toEqual({
        error_code: "APIGW.0301",
        error_msg: expect.stringContaining("X-Auth-Token"),
        request_id: "r-1"
      })
      const authorization = "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=00"
      const signed = yield* send(`${url}${contractPath}`, { headers: { authorization } })
      expect([signed.status, signed.json["error_code"]]).toEqual([401, "HSG.0002"])
      expect(signed.headers.has("www-authenticate")).toBe(true)
      const both = yield* send(`${url}${contractPath}`, { headers: { authorization, "x-auth-token": "token" } })
      expect([both.status, both.json["error_code"]]).toEqual([401, "HSG.0002"])
      const unusable = yield* send(`${url}${contractPath}`, { headers: { "x-auth-token": "two words" } })
      expect([unusable.status, unusable.json["error_code"]]).toEqual([401, "APIGW.0301"])
      expect(unusable.text).not.toContain("two words")
      expect(requests).toEqual([])
    })
  )

  it.scopedLive("returns 400 with HSG.0001 for an invalid parameter, with its name and range", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream(() => page())
      const offset = "offset must be an integer from 0 to 2147483647"
      const limit = "limit must be an integer from 1 to 100"
      const cases: ReadonlyArray<readonly [string, string]> = [
        [`${contractPath}?limit=0`, limit],
        [`${contractPath}?limit=101`, limit],
        [`${contractPath}?limit=1e1`, limit],
        [`${contractPath}?limit=`, limit],
        [`${contractPath}?limit=%zz`, limit],
        [`${contractPath}?limit=1&limit=2`, "limit is given more than once; send it once"],
        [
          `${contractPath}/1/non-migration-users?user_name=a&user_name=b&offset=x`,
          `${offset}; user_name is given more than once; send it once`
        ],
        [`${contractPath}?offset=-1`, offset],
        [`${contractPath}?offset=2147483648`, offset],
        [`/v1/a.b/hotspot-session-config`, "project_id must be 1 to 128 letters, digits, - or _"],
        [`/v1/${"a".repeat(129)}/hotspot-session-config`, "project_id must be 1 to 128 letters, digits, - or _"]
      ]
      for (const [path, error_msg] of cases) {
        const response = yield* send(`${url}${path}`)
        expect([path, response.status, response.json]).toEqual([
          path,
          400,
          { error_code: "HSG.0001", error_msg, request_id: response.headers.get("x-request-id") }
        ])
      }
      expect(requests).toEqual([])
      expect((yield* send(`${url}/v1/${"a".repeat(128)}/hotspot-session-config`)).status).toBe(200)
    })
  )

  it.scopedLive("serves HEAD like GET, returns the methods for OPTIONS, and 405 with HSG.0004 for others", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream(() => page())
      const get = yield* send(`${url}${contractPath}`)
      const head = yield* send(`${url}${contractPath}`, { method: "HEAD", headers: { "x-auth-token": token } })
      expect([head.status, head.text]).toEqual([200, ""])
      expect(head.headers.get("content-length")).toBe(String(Buffer.byteLength(get.text)))
      expect(requests).toHaveLength(2)
      const options = yield* send(`${url}${contractPath}`, { method: "OPTIONS", headers: { origin: "http://evil" } })
      expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD"])
      expect([...options.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([])
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"]) {
        const response = yield* send(`${url}${contractPath}`, { method, headers: { "x-auth-token": token } })
        expect([method, response.status, response.headers.get("allow")]).toEqual([method, 405, "GET, HEAD"])
        expect(response.json["error_code"]).toBe("HSG.0004")
      }
      expect(requests).toHaveLength(2)
    })
  )

  it.scopedLive("interrupts the call to the cloud and logs 499 when the client disconnects", () =>
    Effect.gen(function* () {
      let aborted = false
      const { logs, requests, url } = yield* withUpstream((request) => {
        request.socket.once("close", () => {
          aborted = true
        })
        return "stall"
      })
      const fiber = yield* Effect.fork(send(`${url}${contractPath}`))
      while (requests.length === 0) yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      while (!aborted || logs.length === 0) yield* Effect.sleep("5 millis")
      expect(JSON.parse(logs[0] ?? "")).toMatchObject({ status: 499, path: contractPath })
    })
  )
})

describe("with own credentials", () => {
  it.scopedLive("calls the cloud for a caller with a key, and returns 401 without one, whatever the Host header", () =>
    Effect.gen(function* () {
      const { port, requests, url } = yield* gatewayWithKeys(() => page())
      expect((yield* send(`${url}${contractPath}`, withApiKey)).json).toEqual(documentedPage)
      expect(requests.map((request) => request.headers["x-auth-token"])).toEqual([ownToken])
      const get = (headers: string, target = contractPath) =>
        Effect.map(raw(port, `GET ${target} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`), (response) =>
          Number(response.slice(9, 12))
        )
      for (const host of ["localhost", "127.0.0.1", `127.0.0.1:${port}`, "[::1]", "public.example"]) {
        // Requests of a local program, or of a local proxy that does not identify its client.
        expect(yield* get(`Host: ${host}`)).toBe(401)
        expect(yield* get("Host: localhost", `http://${host}${contractPath}`)).toBe(401)
        expect(yield* get(`Host: ${host}`, "/")).toBe(404)
      }
      expect(requests).toHaveLength(1)
    })
  )

  it.scopedLive("says so if they were not there in time, and counts nothing as sent", () =>
    Effect.gen(function* () {
      const credentials = { get: Effect.never, invalidate: () => Effect.succeed(false) }
      const service = client(
        "http://127.0.0.1:9",
        { timeout: "5 millis" },
        Layer.succeed(Credentials.Credentials, credentials)
      )
      const { url } = yield* makeGateway(service, { credentials: "own", apiKeys: [apiKeyHash], metrics: true })
      const { headers, json, status } = yield* send(`${url}${contractPath}`, withApiKey)
      expect([status, json["error_code"], headers.get("retry-after")]).toEqual([503, "HSG.0027", "10"])
      const { text } = yield* send(`${url}/metrics`)
      expect(text).toMatch(/cloud_unsent_total\{reason="CredentialsError"\} 1\n/)
      expect(text).not.toMatch(/cloud_requests_total\{/)
    })
  )

  const invalidKeys: ReadonlyArray<readonly [string, Gateway.Options, RegExp]> = [
    ["no keys", {}, /apiKeys.*requires callers to have a key/],
    ["empty keys", { apiKeys: [], accessKeys: [] }, /apiKeys.*requires callers to have a key/],
    ["a key instead of its hash", { apiKeys: [apiKeyHash, apiKey] }, /apiKeys.1.*not 64 hexadecimal digits/],
    ["the hash of an empty key", { apiKeys: [createHash("sha256").digest("hex")] }, /apiKeys.0.*hash of an empty key/],
    ["a short secret", { accessKeys: [{ accessKey: "a", secretKey: Redacted.make("b") }] }, /accessKeys.0.*16 char/],
    ["no access key", { accessKeys: [{ accessKey: "", secretKey: Redacted.make("b".repeat(16)) }] }, /accessKeys.0/]
  ]

  it.scoped.each(invalidKeys)("fails with ConfigError for %s, as an app, a server and a handler", ([, keys, message]) =>
    Effect.gen(function* () {
      const settings = { ...keys, credentials: "own" } as const
      const layer = client("http://127.0.0.1:1", {}, ownCredentials)
      const app = yield* Effect.flip(Gateway.httpApp(settings).pipe(Effect.provide(layer)))
      expect(ConfigError.isConfigError(app)).toBe(true)
      expect(String(app)).toMatch(message)
      const server = NodeGateway.layerServer({ port: 0, ...settings }).pipe(Layer.provide(layer))
      expect(String(yield* Effect.flip(Effect.scoped(Layer.build(server))))).toMatch(message)
      const web = Gateway.toWebHandler(layer, settings)
      yield* Effect.promise(() => expect(web.handler(new Request("http://h/livez"))).rejects.toThrow(message))
      yield* Effect.promise(() => expect(NodeGateway.toHandler(layer, settings)).rejects.toThrow(message))
    })
  )

  it.scopedLive("returns 502 with HSG.0006 when the cloud rejects them; only the log has the reason", () =>
    Effect.gen(function* () {
      const { logs, url } = yield* gatewayWithKeys(() => ({
        status: 401,
        body: '{"error_code":"APIGW.0301","error_msg":"signature mismatch","request_id":"cloud-1"}'
      }))
      const response = yield* send(`${url}${contractPath}`, withApiKey)
      expect(response.status).toBe(502)
      expect(response.json).toMatchObject({ error_code: "HSG.0006", request_id: "cloud-1" })
      expect(response.text).not.toContain("signature mismatch")
      expect(logs.join()).toContain("signature mismatch")
      expect(logs.join()).not.toContain(ownToken)
    })
  )
})

describe("the gateway's own routes", () => {
  it.scopedLive("do not call the cloud for /livez", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream(() => "reset")
      const live = yield* send(`${url}/livez`, {})
      expect([live.status, live.json]).toEqual([200, { status: "ok" }])
      const head = yield* send(`${url}/livez`, { method: "HEAD" })
      expect([head.status, head.text]).toEqual([200, ""])
      expect(requests).toEqual([])
    })
  )

  it.scopedLive("return the fixture for /openapi.json, which is valid OpenAPI", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream(() => page())
      const response = yield* send(`${url}/openapi.json`, {})
      expect(response.headers.get("content-type")).toBe("application/json")
      expect(yield* Effect.promise(() => new Validator().validate(response.json))).toEqual({ valid: true })
      yield* Effect.promise(() =>
        expect(`${JSON.stringify(response.json, null, 2)}\n`).toMatchFileSnapshot("./fixtures/openapi.json")
      )
    })
  )

  it.scopedLive("return application/problem+json for unknown paths and methods", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream(() => page())
      for (const path of ["/", "/nope", "/V1/a/hotspot-session-config", "/v1", "/livez/"]) {
        const response = yield* send(`${url}${path}`)
        expect([path, response.status, response.headers.get("content-type")]).toEqual([
          path,
          404,
          "application/problem+json"
        ])
        expect(response.json).toMatchObject({ type: "about:blank", title: "Not Found", status: 404 })
        expect(response.json["request_id"]).toBe(response.headers.get("x-request-id"))
      }
      const post = yield* send(`${url}/livez`, { method: "POST", body: "x" })
      expect([post.status, post.headers.get("allow"), post.json["status"]]).toEqual([405, "GET, HEAD", 405])
    })
  )
})

describe("unknown paths of the API", () => {
  it.scopedLive("return 404 with HSG.0018 in the cloud's format, which the official SDKs can read", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream(() => page())
      for (const path of [
        `${contractPath}/`,
        `${contractPath}/c1/non-migration-users/`,
        `${contractPath}/c1/other`,
        "/v1//a/hotspot-session-config",
        "/v1//hotspot-session-config",
        `${contractPath}//non-migration-users`,
        "/v1/a/other"
      ]) {
        for (const method of ["GET", "PATCH", "OPTIONS"]) {
          const { headers, json, status } = yield* send(`${url}${path}`, { method, headers: { "x-auth-token": token } })
          expect([path, status, headers.get("content-type")]).toEqual([path, 404, "application/json"])
          expect(json).toEqual({
            error_code: "HSG.0018",
            error_msg: expect.stringContaining("/v1/{project_id}/hotspot-session-config"),
            request_id: headers.get("x-request-id")
          })
        }
      }
      expect(requests).toEqual([])
    })
  )
})

describe("hostile requests", () => {
  it.scopedLive("return an error with a body and are not forwarded to the cloud", () =>
    Effect.gen(function* () {
      const { logs, port, requests, url } = yield* withUpstream(() => page())
      const head = `Host: x\r\nX-Auth-Token: ${token}\r\nConnection: close\r\n\r\n`
      const cases: ReadonlyArray<readonly [string, number]> = [
        [`GET /v1/../hotspot-session-config HTTP/1.1\r\n${head}`, 400],
        [`GET /v1/a/../hotspot-session-config HTTP/1.1\r\n${head}`, 404],
        [`GET /v1/a%2f..%2fb/hotspot-session-config HTTP/1.1\r\n${head}`, 400],
        [`GET /v1/%2e%2e/hotspot-session-config HTTP/1.1\r\n${head}`, 400],
        [`GET /v1/%zz/hotspot-session-config HTTP/1.1\r\n${head}`, 400],
        [`GET /v1/%/hotspot-session-config HTTP/1.1\r\n${head}`, 400],
        [`GET /v1/%00/hotspot-session-config HTTP/1.1\r\n${head}`, 400],
        [`GET /v1/a;b/hotspot-session-config HTTP/1.1\r\n${head}`, 400],
        [`GET /v1//hotspot-session-config HTTP/1.1\r\n${head}`, 404],
        [`GET http://h/v1/a.b/hotspot-session-config HTTP/1.1\r\n${head}`, 400],
        [`GET ${contractPath}?limit=1%00 HTTP/1.1\r\n${head}`, 400],
        [`GET //evil.example${contractPath} HTTP/1.1\r\n${head}`, 404],
        [`GET * HTTP/1.1\r\n${head}`, 404],
        [`OPTIONS * HTTP/1.1\r\n${head}`, 204],
        [`GET ${contractPath} HTTP/1.1\r\nX-Auth-Token: a\r\n\r\n`, 400],
        [`GET ${contractPath} HTTP/1.1\r\nHost: x\r\nExpect: cake\r\n\r\n`, 417],
        [`GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(40_000)}\r\n\r\n`, 431],
        [`GET ${contractPath} HTTP/9.9\r\n${head}`, 400],
        ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
        ["nonsense\r\n\r\n", 400],
        [`GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
        [`POST ${contractPath} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\nabc`, 405]
      ]
      for (const [request, status] of cases) {
        const response = yield* raw(port, request, 300)
        expect([request.slice(0, 60), response.slice(0, 12)]).toEqual([request.slice(0, 60), `HTTP/1.1 ${status}`])
        if (status !== 204) expect(response.split("\r\n\r\n")[1]).toMatch(/^\{".*"request_id":"[^"]+"\}$/)
        expect(response).toMatch(/x-request-id: /i)
        expect(response).not.toContain(token)
      }
      expect(requests).toEqual([])
      expect(logs.filter((line) => line.includes("request failed with a defect"))).toEqual([])
      expect((yield* send(`${url}/livez`)).status).toBe(200)
    })
  )

  it.scopedLive("do not affect the response to a valid request before them", () =>
    Effect.gen(function* () {
      const { port } = yield* withUpstream(() => page())
      const response = yield* raw(port, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n\x00\x01garbage\r\n\r\n")
      expect(response).toMatch(/^HTTP\/1\.1 200 OK/)
      expect(response).toMatch(/HTTP\/1\.1 400 Bad Request/)
    })
  )

  it.scopedLive("that ask for an upgrade are served over HTTP/1.1", () =>
    Effect.gen(function* () {
      const { port } = yield* withUpstream(() => page())
      const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"
      expect(yield* raw(port, `GET /livez HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n\r\n`, 200)).toMatch(/^HTTP\/1\.1 200/)
    })
  )

  it.scopedLive("with an invalid X-Request-Id get a new ID", () =>
    Effect.gen(function* () {
      const { logs, port } = yield* withUpstream(() => page())
      const response = yield* raw(
        port,
        'GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: a b"\xff\r\nConnection: close\r\n\r\n'
      )
      expect(response).toMatch(/x-request-id: [0-9a-f-]{36}\r\n/)
      expect(JSON.parse(logs[0] ?? "")["request_id"]).toMatch(/^[0-9a-f-]{36}$/)
    })
  )
})

describe("a defect", () => {
  it.scopedLive("of the access log is logged and does not affect the response", () =>
    Effect.gen(function* () {
      const failing: ReadonlyArray<AccessLog> = [
        () => Effect.dieMessage("log is full"),
        () => {
          throw new Error("log is full")
        }
      ]
      for (const accessLog of failing) {
        const { logs, url } = yield* withUpstream(() => page(), {}, { accessLog })
        const response = yield* send(`${url}${contractPath}`)
        expect(response.status).toBe(200)
        expect(logs.join()).toContain("log is full")
      }
    })
  )

  it.scopedLive("is not reported for an access log that returns no effect, which also logs hits", () =>
    Effect.gen(function* () {
      const statuses: Array<number> = []
      const { logs, url } = yield* withUpstream(
        () => page(),
        {},
        { cache: {}, accessLog: ({ status }) => void statuses.push(status) }
      )
      for (let index = 0; index < 3; index++) yield* send(`${url}${contractPath}`)
      yield* send(`${url}/nope`)
      expect(statuses).toEqual([200, 200, 200, 404])
      expect(logs).toEqual([])
    })
  )

  it.scopedLive("of the client returns 500 with HSG.0005, and only the log has the cause", () =>
    Effect.gen(function* () {
      const { logs, url } = yield* withUpstream(() => ({ status: 503 }), {
        retry: { decide: () => Effect.dieMessage("secret internals") }
      })
      const response = yield* send(`${url}${contractPath}`)
      expect([response.status, response.json["error_code"]]).toEqual([500, "HSG.0005"])
      expect(response.text).not.toContain("internals")
      expect(logs.join()).toContain("secret internals")
    })
  )
})

describe("draining", () => {
  const inFlight = (drain: Duration.DurationInput, attemptTimeout: Duration.DurationInput) =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => "stall")
      const scope = yield* Scope.make()
      const gateway = yield* makeGateway(client(upstream.endpoint, { attemptTimeout }), { drain }).pipe(
        Scope.extend(scope)
      )
      // Leaves an idle keep-alive connection.
      yield* send(`${gateway.url}/livez`)
      const fiber = yield* Effect.fork(Effect.exit(send(`${gateway.url}${contractPath}`)))
      while (upstream.requests.length === 0) yield* Effect.sleep("5 millis")
      const close = yield* Effect.fork(Scope.close(scope, Exit.void))
      return { ...gateway, response: Fiber.join(fiber), close: Fiber.join(close) }
    })

  it.scopedLive("completes requests in flight, and accepts no new connections", () =>
    Effect.gen(function* () {
      // A drain that waited for its deadline would exceed the time of the test.
      const { response, close, port } = yield* inFlight("5 minutes", "250 millis")
      yield* Effect.sleep("20 millis")
      expect(yield* raw(port, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")).toBe("")
      const exit = yield* response
      expect(Exit.isSuccess(exit) && exit.value.status).toBe(504)
      expect(Exit.isSuccess(exit) && exit.value.headers.get("connection")).toBe("close")
      yield* close
    })
  )

  it.scopedLive("closes the connections of requests in flight at the deadline", () =>
    Effect.gen(function* () {
      const { response, close } = yield* inFlight("50 millis", "5 minutes")
      yield* close
      expect(Exit.isFailure(yield* response)).toBe(true)
    })
  )

  it.scopedLive("serves connections that are still in the kernel's accept queue", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => page())
      const scope = yield* Scope.make()
      const { port } = yield* makeGateway(client(upstream.endpoint), { drain: "10 seconds" }).pipe(Scope.extend(scope))
      const sockets = Array.from({ length: 40 }, () => Net.connect(port, "127.0.0.1"))
      const responses = sockets.map(
        (socket) =>
          new Promise<string>((resolve) => {
            let received = ""
            socket.setEncoding("utf8")
            socket.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            socket.on("data", (chunk) => {
              received += chunk
            })
            socket.on("error", () => {})
            socket.on("close", () => resolve(received.slice(0, 12)))
          })
      )
      yield* Effect.async<void>((resume) => {
        sockets[0]?.once("connect", () => resume(Effect.void))
      })
      yield* Scope.close(scope, Exit.void)
      const all = yield* Effect.promise(() => Promise.all(responses))
      expect(all.filter((response) => response !== "HTTP/1.1 200")).toEqual([])
    })
  )

  it.scopedLive("lets a slow client read its whole response", () =>
    Effect.gen(function* () {
      // More than the kernel buffers while the client does not read.
      const body = JSON.stringify({ items: [{ id: "x".repeat(24_000_000) }] })
      const upstream = yield* makeUpstream(() => ({ ...page(), body }))
      const scope = yield* Scope.make()
      const gateway = yield* makeGateway(client(upstream.endpoint), { drain: "10 seconds" }).pipe(Scope.extend(scope))
      const response = yield* Effect.async<Http.IncomingMessage>((resume) => {
        const headers = { "x-auth-token": token }
        Http.get(`${gateway.url}${contractPath}`, { headers, agent: new Http.Agent({ keepAlive: true }) }, (response) =>
          resume(Effect.succeed(response))
        )
      })
      response.pause()
      const close = yield* Effect.fork(Scope.close(scope, Exit.void))
      // Longer than idle connections stay open.
      yield* Effect.sleep("250 millis")
      const length = yield* Effect.async<number>((resume) => {
        let length = 0
        response.on("data", (chunk: Buffer) => {
          length += chunk.length
        })
        response.on("close", () => resume(Effect.succeed(length)))
        response.on("error", () => {})
        response.resume()
      })
      expect([response.complete, length]).toEqual([true, Number(response.headers["content-length"])])
      yield* Fiber.join(close)
    })
  )
})

describe("in front of the emulator", () => {
  it.scopedLive("returns its pages and errors", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { url } = yield* makeGateway(client(emulator.endpoint))
      const path = `${url}/v1/${Demo.projectId}/hotspot-session-config`
      const headers = { "x-auth-token": Demo.token }
      const direct = yield* send(`${emulator.endpoint}/v1/${Demo.projectId}/hotspot-session-config?limit=7&offset=20`, {
        headers
      })
      const through = yield* send(`${path}?limit=7&offset=20`, { headers })
      expect(direct.json["items"]).toHaveLength(5)
      expect(through.json).toEqual(direct.json)
      const invalidKeys = yield* send(path, { headers: { "x-auth-token": "no-such-token" } })
      expect([invalidKeys.status, invalidKeys.json["error_code"]]).toEqual([401, "APIGW.0301"])
      yield* emulator.inject([{ kind: "status", status: 503, body: "html", retryAfter: "3", times: 1 }])
      const unavailable = yield* send(path, { headers })
      expect([unavailable.status, unavailable.headers.get("retry-after")]).toEqual([503, "3"])
      yield* emulator.inject([{ kind: "badJson", times: 1 }])
      expect((yield* send(path, { headers })).status).toBe(502)
    }).pipe(Effect.provide(Emulator.layer({ count: 25 })))
  )
})
