import * as Http from "node:http"
import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import type { NodeGateway } from "@hotspot-session/gateway/node"
import { Clock, Effect, Fiber, TestClock } from "effect"
import * as ResponseCache from "../src/cache/ResponseCache.js"
import * as RateLimit from "../src/RateLimit.js"
import { client, contractPath, makeGateway, makeUpstream, page, raw, send, token } from "./support.js"

const start = (reply: Parameters<typeof makeUpstream>[0], options: NodeGateway.ServerOptions = {}) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream(reply)
    const gateway = yield* makeGateway(client(upstream.endpoint), { metrics: true, ...options })
    return { ...gateway, requests: upstream.requests }
  })

const withToken = (token: string) => ({ headers: { "x-auth-token": token } })

const pathOf = (project: string) => contractPath.replace(/v1\/\w+/, `v1/${project}`)

const statuses = (responses: string) =>
  [...responses.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))

const refused = { status: 401, body: '{"error_code":"APIGW.0301","error_msg":"bad"}' }

describe("one caller", { concurrent: true }, () => {
  it.scopedLive("and its stalled calls leave room for the calls of another", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start(({ url }) => (url?.includes("stalled") ? "stall" : page()), {
        maxCalls: 8
      })
      expect((yield* send(`${url}${contractPath}`, withToken("attacker"))).status).toBe(200)
      const attack = yield* Effect.fork(
        Effect.forEach(
          Array.from({ length: 20 }),
          (_, offset) => send(`${url}${pathOf("stalled")}?offset=${offset}`, withToken("attacker")),
          { concurrency: "unbounded" }
        )
      )
      while (requests.length < 5) yield* Effect.sleep("5 millis")
      for (let offset = 0; offset < 3; offset++) {
        expect((yield* send(`${url}${contractPath}?offset=${offset}`)).status).toBe(200)
      }
      expect(requests.filter(({ url }) => url?.includes("stalled"))).toHaveLength(4)
      yield* Fiber.interrupt(attack)
    })
  )

  it.scopedLive("waits for its turn if it has more calls than its share", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start(() => page(), { maxCalls: 2 })
      const responses = yield* Effect.forEach([0, 1], (offset) => send(`${url}${contractPath}?offset=${offset}`), {
        concurrency: "unbounded"
      })
      expect(responses.map(({ status }) => status)).toEqual([200, 200])
      expect(requests).toHaveLength(2)
    })
  )

  it.scopedLive("and its requests that wait leave room for those of another", () =>
    Effect.gen(function* () {
      const { url } = yield* start(({ url }) => (url?.includes("stalled") ? "stall" : page()), {
        cache: {},
        maxRequests: 8
      })
      expect((yield* send(`${url}${contractPath}`, withToken("attacker"))).status).toBe(200)
      const attack = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 20 }), () => send(`${url}${pathOf("stalled")}`, withToken("attacker")), {
          concurrency: "unbounded"
        })
      )
      const metrics = Effect.map(send(`${url}/metrics`, {}), ({ text }) => text)
      yield* Effect.repeat(metrics, { until: (text) => /refused_total\{reason="requests"\} \d/.test(text) })
      expect((yield* send(`${url}${contractPath}`)).status).toBe(200)
      yield* Fiber.interrupt(attack)
    })
  )

  it.scopedLive("and a project that fails are cut off alone", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start(({ url }) => (url?.includes("failing") ? { status: 500 } : page()), {
        circuitBreaker: { failures: 3, open: "1 hour" }
      })
      const codes: Array<unknown> = []
      for (let call = 0; call < 5; call++) codes.push((yield* send(`${url}${pathOf("failing")}`)).json["error_code"])
      expect(codes).toEqual([...Array(3).fill("HSG.0011"), ...Array(2).fill("HSG.0016")])
      expect((yield* send(`${url}${contractPath}`)).status).toBe(200)
      expect(requests).toHaveLength(4)
    })
  )
})

describe("a refused token", { concurrent: true }, () => {
  it.scopedLive("costs one call, for all projects, and gets the cloud's code", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start(({ headers }) => (headers["x-auth-token"] === token ? page() : refused))
      for (const project of ["a", "a", "b"]) {
        const { headers, json, status } = yield* send(`${url}${pathOf(project)}`, withToken("bad"))
        expect([status, json["error_code"], json["error_msg"]]).toEqual([401, "APIGW.0301", "bad"])
        expect(headers.has("www-authenticate")).toBe(true)
        expect(json["request_id"]).toBe(headers.get("x-request-id"))
      }
      expect(requests).toHaveLength(1)
      expect((yield* send(`${url}${contractPath}`)).status).toBe(200)
      expect((yield* send(`${url}/metrics`, {})).text).toContain('refused_total{reason="token"} 2\n')
    })
  )

  it("forgets the limits of the callers seen least recently, beyond 10,000", () => {
    const limit = RateLimit.make({ requests: 1, seconds: 3_600 })
    for (let caller = 0; caller <= 10_000; caller++) limit.take(`${caller}`, true, 0)
    expect([limit.take("1", true, 0).allowed, limit.take("0", true, 0).allowed]).toEqual([false, true])
  })

  it("does not reset the limit of a known caller, however many there are", () => {
    const limit = RateLimit.make({ requests: 1, seconds: 3_600 })
    expect(limit.take("known", false, 0).allowed).toBe(true)
    // From here on it is known, and keeps what it has used.
    expect(limit.take("known", true, 0).allowed).toBe(false)
    for (let token = 0; token < 10_001; token++) limit.take(`${token}`, false, 0)
    expect(limit.take("known", false, 0).allowed).toBe(false)
  })
})

describe("the page", { concurrent: true }, () => {
  const projects = ["a", "b", "c"].map((id) => ({ id, name: id }))
  const basic = { authorization: `Basic ${Buffer.from(`me:${token}`).toString("base64")}` }

  it.scopedLive("costs what its calls cost: one request for each project that is not cached, at least one", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start(() => page(), {
        cache: {},
        page: { projects },
        rateLimit: { requests: 7, per: "1 hour" }
      })
      const remaining: Array<string | null> = []
      const view = (query: string) =>
        Effect.map(send(`${url}/${query}`, { headers: basic }), ({ headers, status, text }) => {
          remaining.push(headers.get("ratelimit-remaining"))
          return { status, text }
        })
      for (const query of ["", "", "?project=d", "?project=e"]) expect((yield* view(query)).status).toBe(200)
      expect(remaining).toEqual(["4", "3", "2", "1"])
      expect(requests).toHaveLength(5)
    })
  )

  it.scopedLive("shows the projects that the limit permits, and the limit for the others", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start(() => page(), {
        page: { projects },
        rateLimit: { requests: 2, per: "1 hour" }
      })
      const { status, text } = yield* send(`${url}/`, { headers: basic })
      expect(status).toBe(200)
      expect(text).toContain("The rate limit of this gateway is exceeded")
      expect(requests).toHaveLength(2)
    })
  )

  it.scopedLive("is 401 if the cloud refuses the token", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start(({ url }) => (url?.includes("/b/") ? page() : refused), {
        page: { projects }
      })
      const denied = yield* send(`${url}/?project=a`, { headers: basic })
      expect([denied.status, denied.headers.get("www-authenticate")]).toEqual([401, expect.stringMatching(/^Basic/)])
      expect((yield* send(`${url}/?project=a`, { headers: basic })).status).toBe(401)
      expect(requests).toHaveLength(1)
    })
  )

  it.scopedLive("shows a project although the cloud refuses the token for others", () =>
    Effect.gen(function* () {
      const { url } = yield* start(({ url }) => (url?.includes("/b/") ? page() : refused), { page: { projects } })
      const { status, text } = yield* send(`${url}/`, { headers: basic })
      expect([status, text.includes("895110260098859008")]).toEqual([200, true])
    })
  )
})

describe("a connection", { concurrent: true }, () => {
  const livez = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
  const read = `GET ${contractPath} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: t\r\n\r\n`

  it.scopedLive("gets the responses to pipelined requests in order, one call at a time", () =>
    Effect.gen(function* () {
      let inFlight = 0
      let most = 0
      const upstream = yield* makeUpstream(() => "stall")
      upstream.server.on("request", (_, response) => {
        most = Math.max(most, ++inFlight)
        setImmediate(() => {
          inFlight--
          response.end('{"items":[]}')
        })
      })
      const { port } = yield* makeGateway(client(upstream.endpoint))
      const last = livez.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
      expect(statuses(yield* raw(port, read.repeat(5) + last, 10_000))).toEqual([200, 200, 200, 200, 200, 200])
      expect([most, upstream.requests.length]).toEqual([1, 5])
    })
  )

  it.scopedLive("with more than 16 requests that wait gets 503 after the response in flight, and is closed", () =>
    Effect.gen(function* () {
      const { logs, port, requests, url } = yield* start(() => page(), { metrics: true })
      const received = yield* raw(port, read.repeat(1_000), 10_000)
      // How many are served before too many wait depends on how they arrive.
      const served = statuses(received).slice(0, -1)
      expect([new Set(served), statuses(received).at(-1)]).toEqual([new Set([200]), 503])
      expect(received).toContain("More than 16 requests wait on this connection.")
      expect(requests).toHaveLength(served.length)
      expect(served.length).toBeLessThan(1_000)
      const { text } = yield* send(`${url}/metrics`)
      expect(text).toContain('refused_total{reason="waiting"} 1\n')
      expect(text).toMatch(/requests_total\{route="[^"]*config",method="GET",status="503"\} 1\n/)
      const { error_code, request_id } = JSON.parse(received.slice(received.lastIndexOf("\r\n\r\n")))
      expect(error_code).toBe("HSG.0015")
      const [line = "{}", ...others] = logs.filter((line) => line.includes('"status":503'))
      expect([JSON.parse(line), others]).toMatchObject([{ request_id, refused: "waiting" }, []])
    })
  )

  it.scopedLive("is served if it asks for another protocol, as if the gateway had none", () =>
    Effect.gen(function* () {
      const { port } = yield* start(() => page())
      const upgrade = livez.replace("Host", "Connection: Upgrade, close\r\nUpgrade: h2c\r\nHost")
      expect(statuses(yield* raw(port, upgrade, 10_000))).toEqual([200])
      const tunnel = "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"
      expect(statuses(yield* raw(port, `${livez}${tunnel}${livez}`, 10_000))).toEqual([200, 404])
    })
  )

  it.scopedLive("beyond maxConnections takes the place of one without a request, else of an idle one", () =>
    Effect.gen(function* () {
      const { port, url } = yield* start(() => "stall", { maxConnections: 3 })
      const connect = (text: string) =>
        Effect.async<Net.Socket>((resume) => {
          const socket = Net.connect(port, "127.0.0.1", () => socket.write(text))
          socket.on("error", () => {})
          if (text.includes("livez")) socket.once("data", () => resume(Effect.succeed(socket)))
          else setTimeout(() => resume(Effect.succeed(socket)), 50)
          socket.resume()
        })
      const closed = (socket: Net.Socket) =>
        Effect.async<void>((resume) => {
          if (socket.closed) resume(Effect.void)
          else socket.once("close", () => resume(Effect.void))
        })
      const idle = yield* connect(livez)
      const busy = yield* connect(read)
      const silent = yield* connect("GET /li")
      const probe = Effect.promise(
        () =>
          new Promise<number | undefined>((resolve) => {
            const request = Http.get(`${url}/livez`, { agent: false, headers: { connection: "close" } }, (response) => {
              response.resume().once("end", () => resolve(response.statusCode))
            })
            request.on("error", () => resolve(undefined))
          })
      )
      expect(yield* probe).toBe(200)
      yield* closed(silent)
      expect([idle.destroyed, busy.destroyed]).toEqual([false, false])
      const others = [yield* connect(read), yield* connect(read)]
      yield* closed(idle)
      // All are in use.
      expect(yield* probe).toBe(undefined)
      expect(busy.destroyed).toBe(false)
      for (const socket of [busy, ...others]) socket.destroy()
    })
  )
})

describe("a clock that is set back", () => {
  it.effect("does not keep a response from being refreshed", () =>
    Effect.gen(function* () {
      const cache = ResponseCache.make<string>({
        lifetimes: { fresh: 10_000, staleWhileRevalidate: 20_000, staleIfError: 70_000 },
        maxEntries: 1,
        maxBytes: 10_000,
        maxWait: 3_000,
        isOutage: () => true,
        etagOf: () => '""'
      })
      let calls = 0
      const get = cache.get(
        "k",
        Effect.sync(() => new Uint8Array(++calls))
      )
      const wall = yield* Effect.clock
      let offset = 0
      const settable: Clock.Clock = {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        sleep: (duration) => wall.sleep(duration),
        unsafeCurrentTimeMillis: () => wall.unsafeCurrentTimeMillis() - offset,
        unsafeCurrentTimeNanos: () => wall.unsafeCurrentTimeNanos(),
        currentTimeMillis: Effect.map(wall.currentTimeMillis, (now) => now - offset),
        currentTimeNanos: wall.currentTimeNanos
      }
      yield* Effect.withClock(get, settable)
      offset = 3_600_000
      yield* TestClock.adjust("9 seconds")
      expect((yield* Effect.withClock(get, settable)).outcome).toBe("hit")
      yield* TestClock.adjust("1 second")
      expect((yield* Effect.withClock(get, settable)).outcome).toBe("stale")
      yield* TestClock.adjust("1 millis")
      expect([calls, (yield* Effect.withClock(get, settable)).outcome]).toEqual([2, "hit"])
    })
  )
})
