import { createHash } from "node:crypto"
import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as Metrics from "../src/Metrics.js"
import {
  apiKey,
  apiKeyHash,
  client,
  contractPath,
  makeGateway,
  makeUpstream,
  ownCredentials,
  page,
  raw,
  send,
  token
} from "./support.js"

const pattern = "/v1/{project_id}/hotspot-session-config"

/** Sends bytes and closes its side. */
const halfClosed = (port: number, bytes: string) =>
  Effect.async<string>((resume) => {
    let received = ""
    const socket = Net.connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.end(bytes))
    socket.setEncoding("utf8")
    socket.on("data", (chunk) => {
      received += chunk
    })
    socket.on("end", () => resume(Effect.succeed(received)))
  })

describe("refused requests", () => {
  it.scopedLive(
    "get the response that is logged and counted, in the format of their path, also if they cannot be parsed",
    () =>
      Effect.gen(function* () {
        const upstream = yield* makeUpstream(() => page())
        const { logs, port, url } = yield* makeGateway(client(upstream.endpoint), {
          metrics: true,
          writes: true,
          headersTimeout: 100,
          requestTimeout: 200
        })
        const named = "X-Request-Id: r-1\r\nHost: x\r\n"
        const head = `GET ${contractPath} HTTP/1.1\r\n`
        const post = `POST ${contractPath} HTTP/1.1\r\n${named}X-Auth-Token: ${token}\r\nContent-Type: application/json\r\n`
        const unparsed = { method: "", path: "", route: "unmatched", code: undefined }
        const get = { method: "GET", path: contractPath, route: pattern, id: "r-1" }
        // From Node.js 22 on, the parser counts the lines.
        const tooMany = Number.parseInt(process.versions.node, 10) < 22 ? { ...get, code: "HSG.0029" } : unparsed
        const cases: ReadonlyArray<
          readonly [
            request: string,
            status: number,
            reason: string,
            expected: { method: string; path: string; route: string; code?: string | undefined; id?: string }
          ]
        > = [
          ["nonsense\r\n\r\n", 400, "malformed", unparsed],
          [`${head}${named}X-Long: ${"x".repeat(33_000)}\r\n\r\n`, 431, "headers", unparsed],
          [`${head}${named}`, 408, "timeout", unparsed],
          [`${head}X-Request-Id: r-1\r\n\r\n`, 400, "host", { ...get, code: "HSG.0029" }],
          [`${head}${named}Host: y\r\n\r\n`, 400, "host", { ...get, code: "HSG.0029" }],
          [`GET / HTTP/1.1\r\n${named}Host: y\r\n\r\n`, 400, "host", { ...get, path: "/", route: "unmatched" }],
          [`${head}${named}${"X: y\r\n".repeat(1_000)}\r\n`, 431, "headers", tooMany],
          [`${head}${named}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501, "coding", { ...get, code: "HSG.0029" }],
          [
            `${head}${named}Expect: 200-ok\r\nConnection: close\r\n\r\n`,
            417,
            "expectation",
            { ...get, code: "HSG.0029" }
          ],
          [`${post}Content-Length: 5\r\n\r\n{`, 408, "timeout", { ...get, method: "POST", code: "HSG.0017" }]
        ]
        const entryAt = (index: number) =>
          Effect.repeat(
            Effect.map(Effect.sleep(1), () => logs[index]),
            { until: (line) => line !== undefined }
          ).pipe(Effect.map((line) => JSON.parse(line ?? "")))
        const counted: Record<string, number> = {}
        const count = (route: string, method: string, status: number) => {
          const labels = `route="${route}",method="${method || "other"}",status="${status}"`
          counted[labels] = (counted[labels] ?? 0) + 1
        }
        const expectAgreement = (
          response: string,
          entry: Record<string, unknown>,
          status: number,
          { code, id, ...expected }: (typeof cases)[number][3]
        ) => {
          const [responseHead = "", body = ""] = response.split("\r\n\r\n")
          const { error_code, request_id } = JSON.parse(body)
          expect([responseHead.slice(9, 12), error_code]).toEqual([String(status), code])
          expect(/^x-request-id: (.*)$/im.exec(responseHead)?.[1]).toBe(request_id)
          if (id !== undefined) expect(request_id).toBe(id)
          expect(entry).toMatchObject({
            ...expected,
            status,
            request_id,
            client_address: "127.0.0.1",
            bytes: Buffer.byteLength(body)
          })
          count(expected.route, expected.method, status)
        }
        for (const [index, [request, status, refused, expected]] of cases.entries()) {
          const response = yield* raw(port, request, 3_000)
          const entry = yield* entryAt(index)
          expect(entry).toMatchObject({ refused })
          expectAgreement(response, entry, status, expected)
        }
        // The gateway waits for the body of this one, whose client closes its side.
        const half = yield* halfClosed(port, `${post}Content-Length: 5\r\n\r\n{`)
        const expected = { ...get, method: "POST", code: "HSG.0029" }
        expectAgreement(half, yield* entryAt(cases.length), 400, expected)
        // The gateway itself has refused this one.
        const tooLarge = yield* raw(port, `${post}Content-Length: 300000\r\nConnection: close\r\n\r\n`, 3_000)
        expectAgreement(tooLarge, yield* entryAt(cases.length + 1), 413, { ...expected, code: "HSG.0013" })
        // A connection without a request is none, such as one that a load balancer opens in advance.
        expect(yield* raw(port, "", 3_000)).toMatch(/^HTTP\/1\.1 408 /)
        // No request has a second line, once its step has ended as well.
        yield* Effect.sleep(5)
        expect(logs).toHaveLength(cases.length + 2)
        const { text } = yield* send(`${url}/metrics`)
        const values = (name: string) =>
          Object.fromEntries(
            [...text.matchAll(new RegExp(`_${name}\\{(.*)\\} (\\d+)`, "g"))].map(([, labels, value]) => [
              labels,
              Number(value)
            ])
          )
        expect(values("requests_total")).toEqual(counted)
        expect(values("refused_total")).toEqual({
          'reason="malformed"': 2,
          'reason="headers"': 2,
          'reason="timeout"': 3,
          'reason="host"': 3,
          'reason="coding"': 1,
          'reason="expectation"': 1,
          'reason="body"': 1
        })
      })
  )

  it.scopedLive("of a connection beyond the limit are counted, and have neither a response nor a line", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => "stall")
      const { logs, metricsUrl, port } = yield* makeGateway(client(upstream.endpoint), {
        metricsPort: 0,
        maxConnections: 1
      })
      const busy = yield* Effect.fork(
        raw(port, `GET ${contractPath} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${token}\r\n\r\n`)
      )
      yield* Effect.repeat(Effect.sleep(1), { until: () => upstream.requests.length === 1 })
      expect(yield* raw(port, `GET /livez HTTP/1.1\r\nHost: x\r\n\r\n`)).toBe("")
      expect((yield* send(metricsUrl ?? "")).text).toContain('_refused_total{reason="connections"} 1\n')
      expect(logs).toEqual([])
      yield* Fiber.interrupt(busy)
    })
  )
})

describe("the access log", () => {
  it.scopedLive("has the name or digest of the key, how the response was obtained, and its size", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => page())
      const namedHash = createHash("sha256").update("named").digest("hex")
      const { logs, url } = yield* makeGateway(client(upstream.endpoint, {}, ownCredentials), {
        credentials: "own",
        apiKeys: [apiKeyHash, { hash: namedHash, name: "ci" }],
        cache: {}
      })
      const get = (key: string, init: RequestInit = {}) =>
        send(`${url}${contractPath}`, { ...init, headers: { "x-api-key": key } })
      const { text } = yield* get(apiKey)
      yield* get(apiKey)
      yield* get("named", { method: "HEAD" })
      yield* get("guess")
      yield* Effect.repeat(Effect.sleep(1), { until: () => logs.length === 4 })
      const key_digest = apiKeyHash.slice(0, 12)
      const entries = logs.map((line) => JSON.parse(line))
      expect(entries).toMatchObject([
        { key_digest, cache: "miss", bytes: text.length },
        { key_digest, cache: "hit", bytes: text.length },
        { key_name: "ci", cache: "miss", bytes: 0 },
        { status: 401 }
      ])
      expect(entries[2]).not.toHaveProperty("key_digest")
      for (const absent of ["key_digest", "key_name", "cache"]) expect(entries[3]).not.toHaveProperty(absent)
    })
  )
})

describe("metrics", () => {
  it("do not count calls that were never sent as sent", () => {
    const metrics = Metrics.make()
    for (const outcome of ["CredentialsError", "InvalidRequest", "ok"]) metrics.upstream(outcome, 1, undefined)
    expect(metrics.text()).toMatch(/cloud_unsent_total\{reason="CredentialsError"\} 1\n/)
    expect([...metrics.text().matchAll(/cloud_requests_total\{/g)]).toHaveLength(1)
    expect(metrics.text()).toMatch(/cloud_duration_seconds_count 1\n/)
  })

  it.scopedLive("have the process, its build, its event loop and its descriptors", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => page())
      const { url } = yield* makeGateway(client(upstream.endpoint), {
        metrics: true,
        version: '1.2"3',
        lostLogEntries: () => 7
      })
      const { text } = yield* send(`${url}/metrics`)
      const valueOf = (name: string) => Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1])
      expect(text).toContain(
        `hotspot_session_gateway_build_info{version="1.2\\"3",node="${process.versions.node}"} 1\n`
      )
      expect(text).toContain("hotspot_session_gateway_access_log_lost_total 7\n")
      expect(valueOf("process_cpu_seconds_total")).toBeGreaterThan(0)
      expect(valueOf("process_resident_memory_bytes")).toBeGreaterThan(10_000_000)
      expect(Math.abs(valueOf("process_start_time_seconds") * 1_000 - Date.now())).toBeLessThan(3_600_000)
      for (const percentile of ["p50", "p99", "max"]) {
        expect(valueOf(`nodejs_eventloop_lag_${percentile}_seconds`)).toBeGreaterThanOrEqual(0)
      }
      if (process.platform === "linux") {
        expect(valueOf("process_open_fds")).toBeGreaterThan(3)
        expect(valueOf("process_max_fds")).toBeGreaterThan(valueOf("process_open_fds"))
      }
    })
  )
})
