import { describe, expect, it } from "@effect/vitest"
import { Gateway } from "@hotspot-session/gateway"
import type { NodeGateway } from "@hotspot-session/gateway/node"
import { Deferred, Effect, Fiber } from "effect"
import { ask, client, contractPath, documentedPage, makeGateway, makeUpstream, page, raw, token } from "./support.js"

const other = "MIIFother-token-9876543210"

const withUpstream = (reply: Parameters<typeof makeUpstream>[0], options: NodeGateway.ServerOptions = {}) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream(reply)
    const gateway = yield* makeGateway(client(upstream.endpoint), { cache: {}, metrics: true, ...options })
    return { ...gateway, requests: upstream.requests, server: upstream.server }
  })

const as = (token: string, headers: Record<string, string> = {}) => ({ headers: { "x-auth-token": token, ...headers } })

const shown = (answer: { status: number; headers: Headers }) => [answer.status, answer.headers.get("x-cache")]

describe("an answer from the cache", () => {
  it.scopedLive("is the same as the cloud's, and says how old it is", () =>
    Effect.gen(function* () {
      const { logs, requests, url } = yield* withUpstream(() => page())
      const miss = yield* ask(`${url}${contractPath}`)
      const hit = yield* ask(`${url}${contractPath}`, as(token, { "x-request-id": "r-2" }))
      expect([shown(miss), shown(hit)]).toEqual([
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
      // Whichever way it was served, only these differ.
      const without = ({ headers }: { headers: Headers }) =>
        Object.keys(Object.fromEntries(headers))
          .filter((name) => !["date", "connection", "keep-alive"].includes(name))
          .sort()
      expect(without(miss)).toEqual(without(hit))
      const entries = logs.map((line) => JSON.parse(line))
      expect(entries[1]).toEqual({
        ...entries[0],
        time: expect.any(String),
        duration_ms: expect.any(Number),
        request_id: "r-2"
      })
    })
  )

  it.scopedLive("is 304 for who has it already, and HEAD has no body", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream(() => page())
      const etag = (yield* ask(`${url}${contractPath}`)).headers.get("etag") ?? ""
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
        const answer = yield* ask(`${url}${contractPath}`, as(token, { "if-none-match": known }))
        expect([answer.status, answer.text, answer.headers.get("etag")]).toEqual([304, "", etag])
        expect(answer.headers.has("content-type")).toBe(false)
      }
      expect((yield* ask(`${url}${contractPath}`, as(token, { "if-none-match": '"x"' }))).status).toBe(200)
      const head = yield* ask(`${url}${contractPath}`, { method: "HEAD", ...as(token) })
      expect([...shown(head), head.text, head.headers.get("content-length")]).toEqual([
        200,
        "hit",
        "",
        String(Buffer.byteLength(JSON.stringify(documentedPage)))
      ])
      // Also where the answer is not from the cache.
      const fresh = yield* ask(`${url}${contractPath}?limit=7`, as(token, { "if-none-match": etag }))
      expect(shown(fresh)).toEqual([304, "miss"])
    })
  )

  it.scopedLive("is the same for a query that means the same, and no other", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* withUpstream(() => page())
      const outcome = (query: string) => Effect.map(ask(`${url}${contractPath}${query}`), (answer) => shown(answer)[1])
      expect(yield* outcome("?limit=5&offset=20")).toBe("miss")
      for (const same of [
        "?offset=20&limit=5",
        "?limit=05&offset=020",
        "?offset=20&limit=5&x=1",
        "?limit=%35&offset=20"
      ])
        expect([same, yield* outcome(same)]).toEqual([same, "hit"])
      for (const another of ["?limit=5", "?limit=6&offset=20", ""]) expect(yield* outcome(another)).toBe("miss")
      expect(yield* outcome("?limit=5&offset=0")).toBe("hit")
      expect(requests).toHaveLength(4)
    })
  )

  it.scopedLive("never hides what is wrong with a request", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream(() => page())
      for (let round = 0; round < 2; round++) {
        yield* ask(`${url}${contractPath}?limit=1`)
        const repeated = yield* ask(`${url}${contractPath}?limit=1&limit=1`)
        expect([repeated.status, repeated.json["error_code"]]).toEqual([400, "HSG.0001"])
        const all = yield* ask(`${url}/v1/a.b/hotspot-session-config?limit=0&offset=x&limit=`)
        expect(all.json["error_msg"]).toBe(
          "project_id must be 1 to 128 letters, digits, - or _; offset must be an integer from 0 to 2147483647; limit must be a single integer from 1 to 100"
        )
        expect((yield* ask(`${url}${contractPath}?limit=1`, {})).status).toBe(401)
        expect((yield* ask(`${url}${contractPath}?limit=1`, { method: "POST", ...as(token) })).status).toBe(405)
      }
    })
  )
})

describe("two callers", () => {
  const states = [
    ["fresh", { fresh: "1 hour" }, false, "hit"],
    ["stale", { fresh: 0, staleWhileRevalidate: "1 hour" }, false, "stale"],
    ["expired", { fresh: 0, staleWhileRevalidate: 0 }, false, "revalidated"],
    ["expired, and the cloud away", { fresh: 0, staleWhileRevalidate: 0 }, true, "stale"]
  ] as const

  for (const [state, cache, isAway, outcome] of states) {
    it.scopedLive(`never see each other's answers where they are ${state}`, () =>
      Effect.gen(function* () {
        let isDown = false
        const { url } = yield* withUpstream(
          (request) => (isDown ? { status: 503 } : page({ items: [{ id: String(request.headers["x-auth-token"]) }] })),
          { cache }
        )
        const check = Effect.gen(function* () {
          const answers = yield* Effect.all(
            [token, other, token, other].map((caller) =>
              Effect.map(ask(`${url}${contractPath}`, as(caller)), (answer) => ({ caller, answer }))
            ),
            { concurrency: "unbounded" }
          )
          for (const { answer, caller } of answers)
            expect(answer.json["items"]).toEqual([{ id: caller, non_migrate_users: [] }])
          return answers.map(({ answer }) => answer.headers.get("x-cache"))
        })
        expect(yield* check).toContain("miss")
        isDown = isAway
        expect(yield* check).toContain(outcome)
        // Who has never got an answer gets nobody else's.
        const stranger = yield* ask(`${url}${contractPath}`, as("MIIFstranger"))
        expect(stranger.status).toBe(isAway ? 503 : 200)
        expect(stranger.text).not.toContain(token)
      })
    )
  }

  it.scopedLive("are told apart from one whose token is refused since", () =>
    Effect.gen(function* () {
      const refused = new Set<unknown>()
      const { url } = yield* withUpstream(
        (request) => (refused.has(request.headers["x-auth-token"]) ? { status: 401 } : page()),
        { cache: { fresh: 0, staleWhileRevalidate: 0, staleIfError: "1 hour" } }
      )
      for (const caller of [token, other]) yield* ask(`${url}${contractPath}`, as(caller))
      refused.add(other)
      const answers = yield* Effect.forEach([other, other, token], (caller) => ask(`${url}${contractPath}`, as(caller)))
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 200])
    })
  )
})

describe("an outage", () => {
  for (const status of [401, 403, 404]) {
    it.scopedLive(`is none where the cloud answers ${status}`, () =>
      Effect.gen(function* () {
        const { url } = yield* withUpstream((_, index) => (index === 0 ? page() : { status }), {
          cache: { fresh: 0, staleWhileRevalidate: 0 }
        })
        expect(shown(yield* ask(`${url}${contractPath}`))).toEqual([200, "miss"])
        expect(shown(yield* ask(`${url}${contractPath}`))).toEqual([status, null])
      })
    )
  }

  for (const failure of [{ status: 500 }, { status: 429 }, { status: 502, body: "<html>" }, "reset"] as const) {
    it.scopedLive(`is served through where the cloud answers ${JSON.stringify(failure)}`, () =>
      Effect.gen(function* () {
        let isDown = false
        const { requests, url } = yield* withUpstream(() => (isDown ? failure : page()), {
          cache: { fresh: 0, staleWhileRevalidate: 0 }
        })
        yield* ask(`${url}${contractPath}`)
        isDown = true
        for (let round = 0; round < 20; round++)
          expect(shown(yield* ask(`${url}${contractPath}`))).toEqual([200, "stale"])
        // Once, and then not for half a second at least.
        expect(requests.length).toBeLessThan(10)
        expect((yield* ask(`${url}${contractPath}?limit=3`)).status).toBe(failure === "reset" ? 503 : failure.status)
      })
    )
  }

  it.scopedLive("opens the circuit, behind which nothing is asked but once in a while", () =>
    Effect.gen(function* () {
      let isDown = true
      const { requests, url } = yield* withUpstream(() => (isDown ? { status: 500 } : page()), {
        circuitBreaker: { failures: 3, open: "2 seconds" }
      })
      const statuses: Array<unknown> = []
      for (let round = 0; round < 6; round++) statuses.push((yield* ask(`${url}${contractPath}`)).json["error_code"])
      expect(statuses).toEqual([...Array(3).fill("HSG.0011"), ...Array(3).fill("HSG.0016")])
      expect(requests).toHaveLength(3)
      const open = yield* ask(`${url}${contractPath}`)
      expect([open.status, open.headers.get("retry-after")]).toEqual([503, expect.stringMatching(/^[1-3]$/)])
      expect((yield* ask(`${url}/metrics`, {})).text).toContain("hotspot_session_gateway_circuit_open 1")
      isDown = false
      yield* Effect.sleep("2600 millis")
      expect((yield* ask(`${url}${contractPath}`)).status).toBe(200)
      expect((yield* ask(`${url}/metrics`, {})).text).toContain("hotspot_session_gateway_circuit_open 0")
    })
  )
})

describe("many callers", () => {
  it.scopedLive("of a cold key make one request, a thousand of them", () =>
    Effect.gen(function* () {
      const latch = yield* Deferred.make<void>()
      const { requests, url, server } = yield* withUpstream(() => "stall")
      server.on("request", (_, response) => {
        Effect.runFork(Effect.map(Deferred.await(latch), () => response.end(JSON.stringify(documentedPage))))
      })
      const all = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1_000 }, () => ask(`${url}${contractPath}`)),
          { concurrency: "unbounded" }
        )
      )
      const waiting = Effect.map(ask(`${url}/metrics`, {}), ({ text }) => /in_flight (\d+)/.exec(text)?.[1])
      while ((yield* waiting) !== "1000") yield* Effect.sleep("20 millis")
      yield* Deferred.succeed(latch, undefined)
      const answers = yield* Fiber.join(all)
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(requests).toHaveLength(1)
    })
  )

  it.scopedLive("are turned away where too many are there, and where too many calls are under way", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream(() => "stall", { maxRequests: 2, maxCalls: 1 })
      const inFlight = (count: number) =>
        ask(`${url}/metrics`, {}).pipe(Effect.repeat({ until: ({ text }) => text.includes(`in_flight ${count}\n`) }))
      const first = yield* Effect.fork(ask(`${url}${contractPath}`))
      yield* inFlight(1)
      const calls = yield* ask(`${url}${contractPath}?limit=2`)
      expect([calls.status, calls.json["error_code"], calls.headers.get("retry-after")]).toEqual([503, "HSG.0015", "1"])
      const second = yield* Effect.fork(ask(`${url}${contractPath}`))
      yield* inFlight(2)
      const third = yield* ask(`${url}${contractPath}`)
      expect([third.status, third.json["error_code"]]).toEqual([503, "HSG.0015"])
      const { text } = yield* ask(`${url}/metrics`, {})
      expect(text).toContain('refused_total{reason="calls"} 1')
      expect(text).toContain('refused_total{reason="requests"} 1')
      yield* Fiber.interruptAll([first, second])
    })
  )
})

describe("a caller that asks too often", () => {
  it.scopedLive("is told of the limit, and is answered 429 beyond it, whoever else asks", () =>
    Effect.gen(function* () {
      const { url } = yield* withUpstream(() => page(), { rateLimit: { requests: 3, per: "1 hour" } })
      const limits: Array<unknown> = []
      for (let round = 0; round < 5; round++) {
        const answer = yield* ask(`${url}${contractPath}`)
        limits.push([answer.status, answer.headers.get("ratelimit-remaining")])
        expect(answer.headers.get("ratelimit-limit")).toBe("3")
        expect(answer.headers.get("ratelimit-policy")).toBe("3;w=3600")
        if (answer.status === 429) {
          expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(1_100)
          expect(answer.json["error_code"]).toBe("HSG.0014")
        }
      }
      expect(limits).toEqual([
        [200, "2"],
        [200, "1"],
        [200, "0"],
        [429, "0"],
        [429, "0"]
      ])
      expect((yield* ask(`${url}${contractPath}`, as(other))).status).toBe(200)
      expect((yield* ask(`${url}/livez`)).status).toBe(200)
    })
  )
})

describe("the gateway's own routes", () => {
  it.scopedLive("count, without anything of callers and projects", () =>
    Effect.gen(function* () {
      const { port, requests, url } = yield* withUpstream((request) =>
        request.url?.includes("limit=9") === true ? { status: 404 } : page()
      )
      yield* ask(`${url}${contractPath}`)
      yield* ask(`${url}${contractPath}`)
      yield* ask(`${url}${contractPath}?limit=9`)
      yield* ask(`${url}/some/${token}`)
      yield* raw(port, "BREW /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      yield* raw(port, "PROPFIND /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      const asked = requests.length
      const { headers, text } = yield* ask(`${url}/metrics`, {})
      expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
      expect(requests).toHaveLength(asked)
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

  it.scopedLive("are as recommended", () =>
    Effect.gen(function* () {
      const upstream = yield* makeUpstream(() => page())
      const { url } = yield* makeGateway(client(upstream.endpoint), Gateway.recommended)
      yield* ask(`${url}${contractPath}`)
      const hit = yield* ask(`${url}${contractPath}`)
      expect([...shown(hit), hit.headers.get("ratelimit-limit")]).toEqual([200, "hit", "600"])
      expect((yield* ask(`${url}/metrics`, {})).status).toBe(200)
    })
  )

  it.scopedLive("have no metrics unless wanted", () =>
    Effect.gen(function* () {
      const { url } = yield* makeGateway(client("http://127.0.0.1:1"))
      expect((yield* ask(`${url}/metrics`, {})).status).toBe(404)
      expect((yield* ask(`${url}/readyz`, {})).json).toEqual({ status: "ready" })
    })
  )
})
