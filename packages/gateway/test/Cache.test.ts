import { describe, expect, it } from "@effect/vitest"
import { Gateway } from "@hotspot-session/gateway"
import type { NodeGateway } from "@hotspot-session/gateway/node"
import { Deferred, Effect, Fiber } from "effect"
import {
  client,
  contractPath,
  documentedPage,
  makeGateway,
  makeUpstream,
  page,
  type Reply,
  raw,
  send,
  token
} from "./support.js"

const other = "MIIFother-token-9876543210"

const withUpstream = (reply: Parameters<typeof makeUpstream>[0], options: NodeGateway.ServerOptions = {}) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream(reply)
    const gateway = yield* makeGateway(client(upstream.endpoint), { cache: {}, metrics: true, ...options })
    return { ...gateway, requests: upstream.requests, server: upstream.server }
  })

const withToken = (token: string, headers: Record<string, string> = {}) => ({
  headers: { "x-auth-token": token, ...headers }
})

const statusAndCache = (response: { status: number; headers: Headers }) => [
  response.status,
  response.headers.get("x-cache")
]

describe("a cached response", { concurrent: true }, () => {
  it.scopedLive("equals the cloud's response, and has Age, ETag and Cache-Control headers", () =>
    Effect.gen(function* () {
      const { logs, requests, url } = yield* withUpstream(() => page())
      const miss = yield* send(`${url}${contractPath}`)
      const hit = yield* send(`${url}${contractPath}`, withToken(token, { "x-request-id": "r-2" }))
      expect([statusAndCache(miss), statusAndCache(hit)]).toEqual([
        [200, "miss"],
        [200, "hit"]
      ])
      expect([miss.json, hit.text]).toEqual([documentedPage, miss.text])
      expect(requests).toHaveLength(1)
      const headers = Object.fromEntries(hit.headers)
      expect(headers).toMatchObject({
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(miss.text)),
        "cache-control": "private, max-age=10, stale-while-revalidate=60, stale-if-error=3600",
        etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
        age: expect.stringMatching(/^\d$/),
        vary: "X-Auth-Token, X-Api-Key, Authorization",
        "x-request-id": "r-2",
        "x-content-type-options": "nosniff"
      })
      // All other headers of a hit and a miss are the same.
      const without = ({ headers }: { headers: Headers }) =>
        Object.keys(Object.fromEntries(headers))
          .filter((name) => !["date", "connection", "keep-alive"].includes(name))
          .sort()
      expect(without(miss)).toEqual(without(hit))
      const entries = logs.map((line) => JSON.parse(line))
      expect(entries[1]).toEqual({
        ...entries[0],
        cache: "hit",
        time: expect.any(String),
        duration_ms: expect.any(Number),
        request_id: "r-2"
      })
    })
  )

  it.scopedLive("returns 304 if If-None-Match matches the ETag, and no body for HEAD", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream(() => page())
      const etag = (yield* send(`${url}${contractPath}`)).headers.get("etag") ?? ""
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
        const response = yield* send(`${url}${contractPath}`, withToken(token, { "if-none-match": known }))
        expect([response.status, response.text, response.headers.get("etag")]).toEqual([304, "", etag])
        expect(response.headers.has("content-type")).toBe(false)
      }
      expect((yield* send(`${url}${contractPath}`, withToken(token, { "if-none-match": '"x"' }))).status).toBe(200)
      const head = yield* send(`${url}${contractPath}`, { method: "HEAD", ...withToken(token) })
      expect([...statusAndCache(head), head.text, head.headers.get("content-length")]).toEqual([
        200,
        "hit",
        "",
        String(Buffer.byteLength(JSON.stringify(documentedPage)))
      ])
      // This also applies to a response that has just been fetched.
      const fresh = yield* send(`${url}${contractPath}?limit=7`, withToken(token, { "if-none-match": etag }))
      expect(statusAndCache(fresh)).toEqual([304, "miss"])
    })
  )

  it.scopedLive("is shared by equivalent queries only", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream(() => page())
      const outcome = (query: string) =>
        Effect.map(send(`${url}${contractPath}${query}`), (response) => statusAndCache(response)[1])
      expect(yield* outcome("?limit=5&offset=20")).toBe("miss")
      for (const same of [
        "?offset=20&limit=5",
        "?limit=05&offset=020",
        "?offset=20&limit=5&x=1",
        "?limit=%35&offset=20"
      ])
        expect([same, yield* outcome(same)]).toEqual([same, "hit"])
      for (const different of ["?limit=5", "?limit=6&offset=20", ""]) expect(yield* outcome(different)).toBe("miss")
      expect(yield* outcome("?limit=5&offset=0")).toBe("hit")
      expect(requests).toHaveLength(4)
    })
  )

  it.scopedLive("is not served for an invalid, unauthenticated or non-GET request", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream(() => page())
      for (let round = 0; round < 2; round++) {
        yield* send(`${url}${contractPath}?limit=1`)
        const repeated = yield* send(`${url}${contractPath}?limit=1&limit=1`)
        expect([repeated.status, repeated.json["error_code"]]).toEqual([400, "HSG.0001"])
        const all = yield* send(`${url}/v1/a.b/hotspot-session-config?limit=0&offset=x&limit=`)
        expect(all.json["error_msg"]).toBe(
          "project_id must be 1 to 128 letters, digits, - or _; offset must be an integer from 0 to 2147483647; limit is given more than once; send it once"
        )
        expect((yield* send(`${url}${contractPath}?limit=1`, {})).status).toBe(401)
        expect((yield* send(`${url}${contractPath}?limit=1`, { method: "POST", ...withToken(token) })).status).toBe(405)
      }
    })
  )
})

describe("the caches of two callers", { concurrent: true }, () => {
  const states = [
    ["fresh", { fresh: "1 hour" }, false, "hit"],
    ["stale", { fresh: 0, staleWhileRevalidate: "1 hour" }, false, "stale"],
    ["expired", { fresh: 0, staleWhileRevalidate: 0 }, false, "revalidated"],
    ["expired while the cloud is unavailable", { fresh: 0, staleWhileRevalidate: 0 }, true, "stale"]
  ] as const

  for (const [state, cache, isUnavailable, outcome] of states) {
    it.scopedLive(`are separate if the response is ${state}`, () =>
      Effect.gen(function* () {
        let isDown = false
        const { url } = yield* withUpstream(
          (request) => (isDown ? { status: 503 } : page({ items: [{ id: String(request.headers["x-auth-token"]) }] })),
          { cache }
        )
        const check = Effect.gen(function* () {
          const responses = yield* Effect.all(
            [token, other, token, other].map((caller) =>
              Effect.map(send(`${url}${contractPath}`, withToken(caller)), (response) => ({ caller, response }))
            ),
            { concurrency: "unbounded" }
          )
          for (const { response, caller } of responses)
            expect(response.json["items"]).toEqual([{ id: caller, non_migrate_users: [] }])
          return responses.map(({ response }) => response.headers.get("x-cache"))
        })
        expect(yield* check).toContain("miss")
        isDown = isUnavailable
        expect(yield* check).toContain(outcome)
        // A new caller is not served from another caller's cache.
        const newCaller = yield* send(`${url}${contractPath}`, withToken("MIIFnew-caller"))
        expect(newCaller.status).toBe(isUnavailable ? 503 : 200)
        expect(newCaller.text).not.toContain(token)
      })
    )
  }

  it.scopedLive("are separate if the token of one is rejected later", () =>
    Effect.gen(function* () {
      const rejected = new Set<unknown>()
      const { url } = yield* withUpstream(
        (request) => (rejected.has(request.headers["x-auth-token"]) ? { status: 401 } : page()),
        { cache: { fresh: 0, staleWhileRevalidate: 0, staleIfError: "1 hour" } }
      )
      for (const caller of [token, other]) yield* send(`${url}${contractPath}`, withToken(caller))
      rejected.add(other)
      const responses = yield* Effect.forEach([other, other, token], (caller) =>
        send(`${url}${contractPath}`, withToken(caller))
      )
      expect(responses.map(({ status }) => status)).toEqual([401, 401, 200])
    })
  )
})

describe("a stale response", { concurrent: true }, () => {
  for (const status of [401, 403, 404]) {
    it.scopedLive(`is not served if the cloud responds with ${status}, which is returned`, () =>
      Effect.gen(function* () {
        const { url } = yield* withUpstream((_, index) => (index === 0 ? page() : { status }), {
          cache: { fresh: 0, staleWhileRevalidate: 0 }
        })
        expect(statusAndCache(yield* send(`${url}${contractPath}`))).toEqual([200, "miss"])
        expect(statusAndCache(yield* send(`${url}${contractPath}`))).toEqual([status, null])
      })
    )
  }

  for (const failure of [{ status: 500 }, { status: 429 }, { status: 502, body: "<html>" }, "reset"] as const) {
    it.scopedLive(
      `is served if the cloud fails with ${JSON.stringify(failure)}, which is retried with exponential backoff`,
      () =>
        Effect.gen(function* () {
          let isDown = false
          const { requests, url } = yield* withUpstream(() => (isDown ? failure : page()), {
            cache: { fresh: 0, staleWhileRevalidate: 0 }
          })
          yield* send(`${url}${contractPath}`)
          isDown = true
          for (let round = 0; round < 20; round++)
            expect(statusAndCache(yield* send(`${url}${contractPath}`))).toEqual([200, "stale"])
          // The retry delay is at least half a second.
          expect(requests.length).toBeLessThan(10)
          expect((yield* send(`${url}${contractPath}?limit=3`)).status).toBe(failure === "reset" ? 503 : failure.status)
        })
    )
  }
})

describe("a response that is not an answer to the caller", { concurrent: true }, () => {
  const unreadable: Record<string, Reply> = {
    "invalid JSON": { body: "<html>" },
    "an empty body": { body: "" },
    "another shape": { body: '{"items":{}}' },
    "truncated JSON": { body: '{"items":[{"id":"1' },
    "deep JSON": { body: "[".repeat(50_000) },
    "a redirect": { status: 302, headers: { location: "http://127.0.0.1:1/" } },
    "no content": { status: 204 },
    "a proxy's demand": { status: 407 }
  }

  it.scopedLive.each(Object.entries(unreadable))("(%s) does not destroy the cached one, which is served", ([, reply]) =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream((_, index) => (index === 0 ? page() : reply), {
        cache: { fresh: 0, staleWhileRevalidate: 0 }
      })
      const answers: Array<unknown> = []
      for (let round = 0; round < 3; round++) answers.push(statusAndCache(yield* send(`${url}${contractPath}`)))
      expect(answers).toEqual([
        [200, "miss"],
        [200, "stale"],
        [200, "stale"]
      ])
      expect(requests.length).toBeGreaterThan(1)
    })
  )
})

describe("the circuit breaker", { concurrent: true }, () => {
  it.scopedLive("opens after consecutive failures, returns 503 with HSG.0016, and closes once the cloud recovers", () =>
    Effect.gen(function* () {
      let isDown = true
      const { requests, url } = yield* withUpstream(() => (isDown ? { status: 500 } : page()), {
        circuitBreaker: { failures: 3, open: "2 seconds" }
      })
      const statuses: Array<unknown> = []
      for (let round = 0; round < 6; round++) statuses.push((yield* send(`${url}${contractPath}`)).json["error_code"])
      expect(statuses).toEqual([...Array(3).fill("HSG.0011"), ...Array(3).fill("HSG.0016")])
      expect(requests).toHaveLength(3)
      const open = yield* send(`${url}${contractPath}`)
      expect([open.status, open.headers.get("retry-after")]).toEqual([503, expect.stringMatching(/^[1-3]$/)])
      expect((yield* send(`${url}/metrics`, {})).text).toContain("hotspot_session_gateway_circuit_open_projects 1")
      isDown = false
      yield* Effect.repeat(Effect.zipRight(Effect.sleep("20 millis"), send(`${url}${contractPath}`)), {
        until: ({ status }) => status === 200
      })
      expect((yield* send(`${url}/metrics`, {})).text).toContain("hotspot_session_gateway_circuit_open_projects 0")
    })
  )
})

describe("concurrent requests", { concurrent: true }, () => {
  it.scopedLive("for the same page make one call to the cloud", () =>
    Effect.gen(function* () {
      const latch = yield* Deferred.make<void>()
      const { requests, url, server } = yield* withUpstream(() => "stall")
      server.on("request", (_, response) => {
        Effect.runFork(Effect.map(Deferred.await(latch), () => response.end(JSON.stringify(documentedPage))))
      })
      const all = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 300 }, () => send(`${url}${contractPath}`)),
          { concurrency: "unbounded" }
        )
      )
      const waiting = Effect.map(send(`${url}/metrics`, {}), ({ text }) => /in_flight (\d+)/.exec(text)?.[1])
      while ((yield* waiting) !== "300") yield* Effect.sleep("20 millis")
      yield* Deferred.succeed(latch, undefined)
      const responses = yield* Fiber.join(all)
      expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
      expect(requests).toHaveLength(1)
    })
  )

  it.scopedLive(
    "of a new token are rejected with 503 and HSG.0015 beyond a quarter of maxRequests, and beyond maxCalls",
    () =>
      Effect.gen(function* () {
        const { url } = yield* withUpstream(() => "stall", { maxRequests: 8, maxCalls: 1 })
        const inFlight = (count: number) =>
          send(`${url}/metrics`, {}).pipe(Effect.repeat({ until: ({ text }) => text.includes(`in_flight ${count}\n`) }))
        const first = yield* Effect.fork(send(`${url}${contractPath}`))
        yield* inFlight(1)
        const calls = yield* send(`${url}${contractPath}?limit=2`)
        expect([calls.status, calls.json["error_code"], calls.headers.get("retry-after")]).toEqual([
          503,
          "HSG.0015",
          "1"
        ])
        const second = yield* Effect.fork(send(`${url}${contractPath}`))
        yield* inFlight(2)
        const third = yield* send(`${url}${contractPath}`)
        expect([third.status, third.json["error_code"]]).toEqual([503, "HSG.0015"])
        const { text } = yield* send(`${url}/metrics`, {})
        expect(text).toContain('refused_total{reason="calls"} 1')
        expect(text).toContain('refused_total{reason="requests"} 1')
        yield* Fiber.interruptAll([first, second])
      })
  )
})

describe("a cached response beyond maxRequests", () => {
  it.scopedLive("is served, but only to its caller", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream((_, index) => (index === 0 ? page() : "stall"), { maxRequests: 1 })
      expect(statusAndCache(yield* send(`${url}${contractPath}`))).toEqual([200, "miss"])
      const waiting = yield* Effect.fork(send(`${url}${contractPath}?limit=2`))
      yield* send(`${url}/metrics`, {}).pipe(Effect.repeat({ until: ({ text }) => text.includes("in_flight 1\n") }))
      expect(statusAndCache(yield* send(`${url}${contractPath}`))).toEqual([200, "hit"])
      for (const init of [withToken(other), {}]) {
        const refused = yield* send(`${url}${contractPath}`, init)
        expect([refused.status, refused.json["error_code"]]).toEqual([503, "HSG.0015"])
      }
      yield* Fiber.interrupt(waiting)
    })
  )
})

describe("the rate limit", { concurrent: true }, () => {
  it.scopedLive("returns RateLimit headers, and 429 with HSG.0014 beyond it, for each caller separately", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream(() => page(), { rateLimit: { requests: 3, per: "1 hour" } })
      const limits: Array<unknown> = []
      for (let round = 0; round < 5; round++) {
        const response = yield* send(`${url}${contractPath}`)
        limits.push([response.status, response.headers.get("ratelimit-remaining")])
        expect(response.headers.get("ratelimit-limit")).toBe("3")
        expect(response.headers.get("ratelimit-policy")).toBe("3;w=3600")
        if (response.status === 429) {
          expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(1_100)
          expect(response.json["error_code"]).toBe("HSG.0014")
        }
      }
      expect(limits).toEqual([
        [200, "2"],
        [200, "1"],
        [200, "0"],
        [429, "0"],
        [429, "0"]
      ])
      expect((yield* send(`${url}${contractPath}`, withToken(other))).status).toBe(200)
      expect((yield* send(`${url}/livez`)).status).toBe(200)
    })
  )
})

describe("/metrics", { concurrent: true }, () => {
  it.scopedLive("counts requests and calls, without labels for callers or projects", () =>
    Effect.gen(function* () {
      const { port, requests, url } = yield* withUpstream((request) =>
        request.url?.includes("limit=9") === true ? { status: 404 } : page()
      )
      yield* send(`${url}${contractPath}`)
      yield* send(`${url}${contractPath}`)
      yield* send(`${url}${contractPath}?limit=9`)
      yield* send(`${url}/some/${token}`)
      yield* raw(port, "BREW /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      yield* raw(port, "PROPFIND /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      const callsBefore = requests.length
      const { headers, text } = yield* send(`${url}/metrics`, {})
      expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
      expect(requests).toHaveLength(callsBefore)
      for (const line of [
        'requests_total{route="/v1/{project_id}/hotspot-session-config",method="GET",status="200"} 2',
        'requests_total{route="/v1/{project_id}/hotspot-session-config",method="GET",status="404"} 1',
        'requests_total{route="unmatched",method="GET",status="404"} 1',
        'requests_total{route="/livez",method="other",status="405"} 1',
        'request_duration_seconds_count{route="/v1/{project_id}/hotspot-session-config"} 3',
        'request_duration_seconds_bucket{route="/v1/{project_id}/hotspot-session-config",le="+Inf"} 3',
        'cache_requests_total{outcome="hit"} 1',
        'cache_requests_total{outcome="miss"} 1',
        'cloud_requests_total{outcome="ok"} 1',
        'cloud_requests_total{outcome="NotFound"} 1',
        "cloud_duration_seconds_count 2",
        "cache_entries 1",
        "cache_evictions_total 0"
      ])
        expect(text).toContain(`\nhotspot_session_gateway_${line}\n`)
      // Each line is a comment or a sample.
      for (const line of text.trimEnd().split("\n"))
        expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="[^"]*",?)+\})? [0-9.e+-]+)$/)
      expect(text).not.toContain(token)
      expect(text).not.toMatch(/[0-9a-f]{32}/)
    })
  )

  it.scopedLive("is served with the recommended settings, as are cache and rate limit", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => page())
      const { url } = yield* makeGateway(client(upstream.endpoint), Gateway.recommended)
      yield* send(`${url}${contractPath}`)
      const hit = yield* send(`${url}${contractPath}`)
      expect([...statusAndCache(hit), hit.headers.get("ratelimit-limit")]).toEqual([200, "hit", "600"])
      expect((yield* send(`${url}/metrics`, {})).status).toBe(200)
    })
  )

  it.scopedLive("is not served by default", () =>
    Effect.gen(function* () {
      const { url } = yield* makeGateway(client("http://127.0.0.1:1"))
      expect((yield* send(`${url}/metrics`, {})).status).toBe(404)
      expect((yield* send(`${url}/readyz`, {})).json).toEqual({ status: "ready" })
    })
  )
})
