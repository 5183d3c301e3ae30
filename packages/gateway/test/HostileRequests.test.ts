import { readdirSync } from "node:fs"
import * as Http from "node:http"
import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Gateway } from "@hotspot-session/gateway"
import { NodeGateway } from "@hotspot-session/gateway/node"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { client, contractPath, makeGateway, makeUpstream, page, raw, send, token } from "./support.js"

const start = (options: NodeGateway.ServerOptions = {}, clientOptions: Parameters<typeof client>[1] = {}) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream(() => page())
    const gateway = yield* makeGateway(client(upstream.endpoint, clientOptions), {
      ...Gateway.recommended,
      rateLimit: undefined,
      page: {},
      ...options
    })
    return { ...gateway, requests: upstream.requests }
  })

const head = `Host: x\r\nX-Auth-Token: ${token}\r\nConnection: close\r\n`
const get = (target: string, headers = head) => `GET ${target} HTTP/1.1\r\n${headers}\r\n`
const statuses = (response: string) => [...response.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))

/** Sends parts with pauses, and returns everything received until the connection closes. */
const sendParts = (port: number, parts: ReadonlyArray<string>, pause: number) =>
  Effect.async<string>((resume) => {
    let received = ""
    const left = [...parts]
    const socket = Net.connect(port, "127.0.0.1")
    const timer = setInterval(() => {
      const part = left.shift()
      if (part !== undefined) socket.write(part)
    }, pause)
    const limit = setTimeout(() => socket.destroy(), 5_000)
    socket.setEncoding("latin1")
    socket.on("data", (chunk) => {
      received += chunk
    })
    socket.on("error", () => {})
    socket.on("close", () => {
      clearInterval(timer)
      clearTimeout(limit)
      resume(Effect.succeed(received))
    })
  })

describe("a hostile request over a socket", { concurrent: true }, () => {
  it.scopedLive("returns the expected status with a body, and the cloud is called once at most", () =>
    Effect.gen(function* () {
      const { logs, port, requests, url } = yield* start()
      const longNumber = "9".repeat(20_000)
      const cases: ReadonlyArray<readonly [string, number]> = [
        [get(`/v1/../hotspot-session-config`), 400],
        [get(`/v1/..%2f..%2fetc/hotspot-session-config`), 400],
        [get(`/v1/a%2fb/hotspot-session-config`), 400],
        [get(`/v1/a%5cb/hotspot-session-config`), 400],
        [get(`/v1/%252e%252e/hotspot-session-config`), 400],
        [get(`/v1/a/../b/hotspot-session-config`), 404],
        [get(`${contractPath}/../x`), 404],
        [get(`${contractPath}?limit=1&limit=2`), 400],
        [get(`${contractPath}?limit=1&LIMIT=2&%6cimit=3`), 400],
        [get(`${contractPath}?limit=${longNumber}`), 400],
        [get(`${contractPath}?${"x=1&".repeat(5_000)}limit=0`), 400],
        [get(`${contractPath}?limit[]=1&limit[a]=2&offset=__proto__`), 400],
        [get(`/v1/__proto__/hotspot-session-config?limit=constructor`), 400],
        [get(`/${"a/".repeat(10_000)}`), 404],
        [get(`/${"a".repeat(40_000)}`), 431],
        [get("/metrics/../livez"), 404],
        [get("/?project=%00&user=%ff%fe", head), 400],
        [get(`${contractPath}`, `Host: x\r\nX-Auth-Token: a\r\nX-Auth-Token: b\r\nConnection: close\r\n`), 401],
        [get(contractPath, `Host: x\r\nHost: y\r\nX-Auth-Token: a\r\nConnection: close\r\n`), 400],
        ...["a b/c@d", "a/b", "u@a", "a:b", "[::1", "a:1:2", "h\u00e9", "a%zz"].map(
          (host) => [get(contractPath, `${head.replace("Host: x", `Host: ${host}`)}`), 400] as const
        ),
        ...["", "[::1]:80", "a.example:", "a%20b", "127.0.0.1:8080"].map(
          (host) => [get(contractPath, `${head.replace("Host: x", `Host: ${host}`)}`), 200] as const
        ),
        [get(contractPath, `${head}If-None-Match: ${'"x",'.repeat(7_000)}\r\n`), 200],
        [get(contractPath, `${head}X-Evil: a\rX-Injected: b\r\n`), 400],
        [get(contractPath, `${head}X-Evil: a\0b\r\n`), 400],
        [get(contractPath, `${head} X-Folded: a\r\n`), 400],
        [get(contractPath, `${head}X-Request-Id: a\tb\r\n`), 200],
        [get(contractPath, `${head}Content-Length: 1000000000\r\n`), 413],
        [get(contractPath, `${head}Content-Length: -1\r\n`), 400],
        [get(contractPath, `${head}Content-Length: 5\r\nContent-Length: 6\r\n`), 400],
        [`DELETE ${contractPath} HTTP/1.1\r\n${head}\r\n`, 405],
        [`TRACE / HTTP/1.1\r\n${head}\r\n`, 405],
        [`CONNECT evil:443 HTTP/1.1\r\n${head}\r\n`, 404],
        [`CONNECT / HTTP/1.1\r\nHost: x\r\n\r\n`, 405],
        [get(contractPath, `${"X: y\r\n".repeat(996)}${head}`), 200],
        [get(contractPath, `${"X: y\r\n".repeat(998)}${head}`), 431],
        [get(contractPath, `${head}${"X: y\r\n".repeat(5_000)}`), 431],
        [get(contractPath, `${head}Transfer-Encoding: xchunked\r\n`), 501],
        [get(contractPath, `${head}Transfer-Encoding: gzip, chunked\r\n`), 501],
        [`OPTIONS ${contractPath} HTTP/1.1\r\n${head}\r\n`, 204],
        [`HEAD ${contractPath} HTTP/1.1\r\n${head}\r\n`, 200]
      ]
      for (const [request, status] of cases) {
        const response = yield* raw(port, request, 5_000)
        expect([request.slice(0, 70), statuses(response)[0] ?? 0]).toEqual([request.slice(0, 70), status])
        expect(response).not.toMatch(/x-injected/i)
        const body = response.split("\r\n\r\n")[1] ?? ""
        if (status >= 400) expect(body).toMatch(/^\{.*"request_id":"[^"]+"\}$|^<!doctype html>/)
        if (status === 405) expect(response).toMatch(/allow: GET, HEAD/i)
        if (status === 204 || request.startsWith("HEAD")) expect(body).toBe("")
      }
      expect(requests).toHaveLength(1)
      expect(logs.filter((line) => line.includes('"method":"CONNECT"'))).toHaveLength(2)
      expect(logs.filter((line) => line.includes("request failed with a defect"))).toEqual([])
      expect((yield* send(`${url}/livez`)).status).toBe(200)
    })
  )

  it.scopedLive("is not made of the bytes after a request that upgrades the connection", () =>
    Effect.gen(function* () {
      const { logs, metricsUrl, port } = yield* start({ metricsPort: 0 })
      const metricsPort = Number(new URL(metricsUrl ?? "").port)
      const body = get("/livez", "Host: hidden\r\n")
      const next = `POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`
      for (const upgrade of [
        "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: upgrade\r\nUpgrade: h2c\r\n"
      ]) {
        for (const [at, path] of [
          [port, "/livez"],
          [port, contractPath],
          [metricsPort, "/livez"]
        ] as const) {
          const request = get(path, `Host: x\r\nX-Auth-Token: ${token}\r\n${upgrade}`)
          const received = yield* sendParts(at, [request + next, body], 5)
          expect([path, statuses(received)]).toEqual([path, [200]])
          expect(received).toMatch(/^connection: close\r$/im)
        }
      }
      expect(logs).toHaveLength(4)
    })
  )

  it.scopedLive("that expects 100 gets it only if its body is read", () =>
    Effect.gen(function* () {
      const { logs, port } = yield* start({ writes: true })
      const patch = (headers: string, body = "") =>
        raw(port, `PATCH ${contractPath}/1 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n${headers}\r\n${body}`, 5_000)
      const json = `X-Auth-Token: ${token}\r\nContent-Type: application/json\r\n`
      const refused = [
        yield* patch("Content-Type: application/json\r\nContent-Length: 2\r\n"),
        yield* patch(`X-Auth-Token: ${token}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n`),
        yield* patch(`${json}Content-Length: 300000\r\n`)
      ]
      expect(refused.map(statuses)).toEqual([[401], [415], [413]])
      for (const response of refused) expect(response).toMatch(/^connection: close/im)
      expect(statuses(yield* patch(`${json}Connection: close\r\nContent-Length: 2\r\n`, "{}"))).toEqual([100, 400])
      const read = `GET ${contractPath} HTTP/1.1\r\n${head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`
      expect(statuses(yield* raw(port, read, 5_000))).toEqual([200])
      expect(logs.length).toBe(5)
      const unknown = get("/livez", "Host: x\r\nExpect: miracles\r\n")
      expect(statuses(yield* raw(port, `${unknown}\0\0garbage\r\n\r\n`, 5_000))).toEqual([417])
    })
  )

  it.scopedLive("with ten megabytes of headers returns 431 before they are read completely", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      const response = yield* sendParts(
        port,
        [`GET / HTTP/1.1\r\nHost: x\r\n`, `X: ${"y".repeat(10_000_000)}\r\n\r\n`],
        10
      )
      // The kernel may discard the response together with the unread data.
      if (response !== "") expect(response).toMatch(/^HTTP\/1\.1 431 /)
      const many = `X: ${"y".repeat(100)}\r\n`.repeat(100_000)
      const second = yield* sendParts(port, [`GET / HTTP/1.1\r\nHost: x\r\n${many}\r\n`], 10)
      if (second !== "") expect(second).toMatch(/^HTTP\/1\.1 431 /)
    })
  )

  it.scopedLive("with slow headers returns 408; a slow body that is not needed does not delay the response", () =>
    Effect.gen(function* () {
      const { port, url } = yield* start({ headersTimeout: "1 second", requestTimeout: "1500 millis" })
      const slow = Array.from({ length: 60 }, () => "X: y\r\n")
      const headers = yield* sendParts(port, [`GET ${contractPath} HTTP/1.1\r\n`, ...slow], 50)
      expect(headers).toMatch(/^HTTP\/1\.1 408 Request Timeout/)
      expect(headers).toMatch(/application\/problem\+json/)
      const upload = `POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n`
      const body = yield* sendParts(port, [upload, ...Array.from({ length: 60 }, () => "x")], 50)
      // A body that is not read does not delay the response.
      expect(statuses(body)[0]).toBe(405)
      expect((yield* send(`${url}/livez`)).status).toBe(200)
    })
  )

  it.scopedLive("after pipelined requests returns 400 once those are served in order, and closes the connection", () =>
    Effect.gen(function* () {
      const { port } = yield* start()
      const keep = `Host: x\r\nX-Auth-Token: ${token}\r\n`
      const validRequests = get(contractPath, keep) + get("/livez", keep) + get("/nope", keep) + get(contractPath, keep)
      // The second time, the first response comes from the cache.
      for (let times = 0; times < 2; times++) {
        const response = yield* raw(port, `${validRequests}\x00\x01\x02garbage\r\n\r\n`, 5_000)
        expect(statuses(response)).toEqual([200, 200, 404, 200, 400])
      }
      const smuggled = `GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /nope HTTP/1.1\r\n\r\n`
      expect(statuses(yield* raw(port, smuggled, 5_000))).toEqual([400])
    })
  )
})

describe("tracing", { concurrent: true }, () => {
  it.scopedLive("sends X-Request-Id and traceparent to the cloud", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => page())
      const { url } = yield* makeGateway(client(upstream.endpoint))
      const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
      const headers = {
        "x-auth-token": token,
        "x-request-id": "r-1",
        traceparent: `00-${trace}-00f067aa0ba902b7-01`
      }
      const response = yield* send(`${url}${contractPath}`, { headers })
      expect(response.headers.get("x-request-id")).toBe("r-1")
      const replaced = yield* send(`${url}${contractPath}`, {
        headers: { "x-auth-token": token, "x-request-id": "a b" }
      })
      const [first, second] = upstream.requests
      expect(first?.headers["x-request-id"]).toBe("r-1")
      expect(first?.headers["traceparent"]).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`))
      expect(first?.headers["traceparent"]).not.toContain("00f067aa0ba902b7")
      expect(second?.headers["x-request-id"]).toBe(replaced.headers.get("x-request-id"))
      expect(second?.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/)
    })
  )
})

describe("draining", { concurrent: true }, () => {
  it.scopedLive("makes /readyz return 503 during drainDelay, before the server stops listening", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => page())
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(
        NodeGateway.layerServer({ port: 0, drainDelay: "1 seconds", metrics: true, metricsPort: 0 }).pipe(
          Layer.provide(client(upstream.endpoint))
        ),
        scope
      )
      const { metricsUrl, url } = Context.get(context, NodeGateway.Server)
      expect((yield* send(`${url}/readyz`, {})).json).toEqual({ status: "ready" })
      expect((yield* send(metricsUrl ?? "", {})).text).toContain("hotspot_session_gateway_requests_total")
      const metricsPort = Number(new URL(metricsUrl ?? "").port)
      const absolute = get("http://h/metrics", "Host: h\r\nConnection: close\r\n")
      expect(statuses(yield* raw(metricsPort, absolute))).toEqual([200])
      const onMetricsPort = (path: string) =>
        Effect.map(send((metricsUrl ?? "").replace("metrics", path), {}), ({ status }) => status)
      expect([
        yield* onMetricsPort("livez"),
        yield* onMetricsPort("readyz"),
        yield* onMetricsPort("openapi.json")
      ]).toEqual([200, 200, 404])
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* Effect.sleep("50 millis")
      const draining = yield* send(`${url}/readyz`, {})
      expect([draining.status, draining.headers.get("content-type")]).toEqual([503, "application/problem+json"])
      expect([yield* onMetricsPort("livez"), yield* onMetricsPort("readyz")]).toEqual([200, 503])
      expect((yield* send(`${url}${contractPath}`)).status).toBe(200)
      yield* Fiber.join(closing)
      expect(yield* Effect.promise(() => fetch(url).then(String, () => "refused"))).toBe("refused")
    })
  )
})

describe("many requests", () => {
  it.scopedLive.skipIf(process.platform !== "linux")("leak no file descriptors", () =>
    Effect.gen(function* () {
      const { port, url } = yield* start()
      const handles = () => readdirSync("/proc/self/fd").length
      const one = (agent: Http.Agent, index: number) =>
        Effect.async<void>((resume) => {
          const path = index % 3 === 0 ? "/nope" : `${contractPath}?limit=${1 + (index % 5)}`
          const request = Http.get({ agent, port, host: "127.0.0.1", path, headers: { "x-auth-token": token } })
          request.on("response", (response) => {
            // Every tenth client disconnects early.
            if (index % 10 === 0) request.destroy()
            response.resume()
            response.on("close", () => resume(Effect.void))
          })
          request.on("error", () => resume(Effect.void))
        })
      const many = (count: number) =>
        Effect.acquireUseRelease(
          Effect.sync(() => new Http.Agent({ keepAlive: true, maxSockets: 16 })),
          (agent) =>
            Effect.forEach(Array.from({ length: count }), (_, index) => one(agent, index), { concurrency: 16 }),
          (agent) => Effect.sync(() => agent.destroy())
        )
      yield* many(60)
      yield* send(`${url}/livez`)
      const before = handles()
      yield* many(200)
      yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => handles() <= before })
    })
  )
})
