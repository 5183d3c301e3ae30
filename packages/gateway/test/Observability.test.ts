import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
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

describe("refused requests", () => {
  it.scopedLive("are counted by reason and logged with the address, also if they cannot be parsed", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => page())
      const { logs, port, url } = yield* makeGateway(client(upstream.endpoint), {
        metrics: true,
        writes: true,
        headersTimeout: 100,
        requestTimeout: 200
      })
      const head = `GET ${contractPath} HTTP/1.1\r\n`
      const post = `POST ${contractPath} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${token}\r\nContent-Type: application/json\r\n`
      const cases: ReadonlyArray<readonly [request: string, status: number, reason: string, method: string]> = [
        ["nonsense\r\n\r\n", 400, "malformed", ""],
        [`${head}Host: x\r\nX-Long: ${"x".repeat(33_000)}\r\n\r\n`, 431, "headers", ""],
        [`${head}Host: x\r\n`, 408, "timeout", ""],
        [`${head}\r\n`, 400, "host", "GET"],
        [`${head}Host: x\r\nHost: y\r\n\r\n`, 400, "host", "GET"],
        [`${head}Host: x\r\nExpect: 200-ok\r\nConnection: close\r\n\r\n`, 417, "expectation", "GET"],
        [`${post}Content-Length: 300000\r\nConnection: close\r\n\r\n`, 413, "body", "POST"],
        [`${post}Content-Length: 5\r\n\r\n{`, 408, "timeout", "POST"]
      ]
      for (const [request, status, reason, method] of cases) {
        const before = logs.length
        const response = yield* raw(port, request, 3_000)
        expect([request.slice(0, 60), response.slice(9, 12)]).toEqual([request.slice(0, 60), String(status)])
        const line = yield* Effect.repeat(
          Effect.zipRight(Effect.yieldNow(), Effect.sleep(1)).pipe(Effect.map(() => logs[before])),
          { until: (line) => line !== undefined }
        )
        const entry = JSON.parse(line ?? "")
        expect(entry).toMatchObject({ status, method, client_address: "127.0.0.1" })
        // The gateway itself has refused a body, and the request whose body is incomplete has its own line.
        if (method !== "POST") expect(entry).toMatchObject({ refused: reason, route: "unmatched", bytes: 0 })
      }
      expect(logs).toHaveLength(cases.length)
      const { text } = yield* send(`${url}/metrics`)
      const counted = Object.fromEntries(
        [...text.matchAll(/refused_total\{reason="(\w+)"\} (\d+)/g)].map(([, reason, count]) => [reason, Number(count)])
      )
      expect(counted).toEqual({ malformed: 1, headers: 1, timeout: 2, host: 2, expectation: 1, body: 1 })
      expect(text).toMatch(/requests_total\{route="[^"]*config",method="POST",status="408"\} 1\n/)
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
