import { readFileSync } from "node:fs"
import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Gateway } from "@hotspot-session/gateway"
import { type Duration, Effect, Redacted } from "effect"
import { inTurn } from "../../../test/runs.js"
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
  send
} from "./support.js"

// The timeouts are scaled down: 400 ms instead of 10 s, 30 s and 5 s, and 2 s instead of a minute.
const limit = 400
const timeouts = { headersTimeout: limit, requestTimeout: limit, keepAliveTimeout: limit }

/** In milliseconds; longer than any timeout of the server, even on a busy machine. */
const maxConnectionTime = 20_000

/** A few of these exceed the kernel's buffer for unread responses. */
const large = { items: Array.from({ length: 100 }, () => ({ id: "1", project_id: "p", note: "x".repeat(40_000) })) }

const largePage = page(large)

const start = (useCache: boolean, responseTimeout?: Duration.DurationInput) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream((request) => (request.url?.includes("/large/") ? largePage : page()))
    const gateway = yield* makeGateway(client(upstream.endpoint, {}, ownCredentials), {
      ...Gateway.recommended,
      ...timeouts,
      responseTimeout,
      credentials: "own",
      apiKeys: [apiKeyHash],
      accessKeys: [{ accessKey: "caller", secretKey: Redacted.make("0123456789abcdef") }],
      cache: useCache ? {} : undefined,
      rateLimit: undefined,
      page: {}
    })
    return gateway
  })

const signed = "Authorization: SDK-HMAC-SHA256 Access=caller, SignedHeaders=host;x-sdk-date, Signature="
const authorizations = [
  "",
  `X-Api-Key: ${apiKey}\r\n`,
  `${signed}${"0".repeat(64)}\r\n`,
  "Authorization: SDK-HMAC-SHA256 malformed\r\n"
]
const paths = [contractPath, "/livez", "/readyz", "/metrics", "/openapi.json", "/", "/unknown"]
const lines = paths.flatMap((path) => [`GET ${path}`, `POST ${path}`])

/** The heads of requests, with every authorization or with that whose turn it is. */
const heads = (turn: number) =>
  lines.flatMap((line, index) =>
    inTurn(authorizations, turn + index).map((authorization) => `${line} HTTP/1.1\r\nHost: x\r\n${authorization}`)
  )

type Act = (socket: Net.Socket, head: string) => void

const writeThen =
  (text: (head: string) => string, then: (socket: Net.Socket) => void = () => {}): Act =>
  (socket, head) => {
    socket.write(text(head))
    then(socket)
  }

const writeSlowly =
  (text: (head: string) => string, from: number): Act =>
  (socket, head) => {
    const whole = text(head)
    socket.write(whole.slice(0, from))
    let sent = from
    const timer = setInterval(() => {
      if (!socket.writable || sent >= whole.length) clearInterval(timer)
      else socket.write(whole.charAt(sent++))
    }, 40)
    socket.once("close", () => clearInterval(timer))
  }

const whole = (head: string) => `${head}\r\n`
const half = (head: string) => head.slice(0, -4)
const partialBody = (head: string) => `${head}Content-Length: 900\r\n\r\na`
const end = (socket: Net.Socket) => void socket.end()
const reset = (socket: Net.Socket) => void setTimeout(() => socket.resetAndDestroy(), 20)

const states: Record<string, Act> = {
  "silent from the start": () => {},
  "silent in the head": writeThen(half),
  "silent in the body": writeThen(partialBody),
  "silent after the request": writeThen(whole),
  "half-closed from the start": (socket) => end(socket),
  "half-closed in the head": writeThen(half, end),
  "half-closed in the body": writeThen(partialBody, end),
  "half-closed after the request": writeThen(whole, end),
  "disconnected from the start": (socket) => reset(socket),
  "disconnected in the head": writeThen(half, reset),
  "disconnected in the body": writeThen(partialBody, reset),
  "disconnected after the request": writeThen(whole, reset),
  "slow to send the head": writeSlowly(half, 5),
  "slow to send the body": writeSlowly((head) => `${partialBody(head)}${"a".repeat(898)}`, 200),
  "that sends an invalid chunk": writeThen((head) => `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`),
  "half-closed in a chunk": writeThen((head) => `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nab`, end),
  "that sends invalid data after the request": writeThen((head) => `${head}\r\n\0\0\0\r\n\r\n`),
  "half-closed in the body of the second request": writeThen((head) => `${head}\r\n${partialBody(head)}`, end)
}

/** Acts as a client, and returns how long the server keeps the connection open and what it sends. */
const connectAs = (port: number, act: Act, head: string) =>
  Effect.async<{ readonly millis: number; readonly received: string }>((resume) => {
    const startedAt = performance.now()
    let received = ""
    const socket = Net.connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => act(socket, head))
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      resume(Effect.succeed({ millis: performance.now() - startedAt, received }))
    }
    const timer = setTimeout(done, maxConnectionTime)
    socket.setEncoding("latin1")
    socket.on("data", (chunk) => {
      received += chunk
    })
    socket.on("error", () => {})
    socket.on("end", done)
    socket.on("close", done)
  })

const isLinux = process.platform === "linux"

/** The number of connections to a port that this process has not closed. Closed ones have no inode. */
const connectionsTo = (port: number): number => {
  if (!isLinux) return 0
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const listening = "0A"
  return readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .filter((line) => line.includes(local))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address, , state, , , , , , inode]) => address?.endsWith(local) && state !== listening && inode !== "0")
    .length
}

const until = (condition: Effect.Effect<boolean>) =>
  Effect.repeat(Effect.zipRight(Effect.sleep("10 millis"), condition), { until: (holds) => holds, times: 500 })

const inFlight = (url: string) =>
  Effect.map(send(`${url}/metrics`, { headers: { connection: "close" } }), ({ text }) =>
    Number(/requests_in_flight (\d+)/.exec(text)?.[1])
  )

/** Expects that no request is in flight and no connection is open. */
const expectAllReleased = ({ port, url }: { readonly port: number; readonly url: string }) =>
  Effect.gen(function* () {
    expect(yield* until(Effect.map(inFlight(url), (requests) => requests === 0))).toBe(true)
    expect(yield* until(Effect.sync(() => connectionsTo(port) === 0))).toBe(true)
  })

describe("after the timeouts, no request or connection is held by a client", { concurrent: true }, () => {
  it.scopedLive.each(Object.entries(states).map(([name, act], turn) => [name, act, turn] as const))(
    "%s",
    ([, act, turn]) =>
      Effect.gen(function* () {
        const gateway = yield* start(false)
        const { port } = gateway
        const results = yield* Effect.forEach(heads(turn), (head) => connectAs(port, act, head), {
          concurrency: "unbounded"
        })
        for (const { millis } of results) expect(millis).toBeLessThan(maxConnectionTime)
        for (const { received } of results) {
          const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)
          // One response to the request, and at most one for malformed data after it.
          expect(statuses.length).toBeLessThanOrEqual(2)
        }
        yield* expectAllReleased(gateway)
      })
  )
})

describe("after responseTimeout, no request or connection is held by a client", { concurrent: true }, () => {
  it.scopedLive.each([
    ["a miss", false],
    ["a hit", true]
  ] as const)("that does not read a large response, %s", ([, isHit]) =>
    Effect.gen(function* () {
      const gateway = yield* start(isHit, "2 seconds")
      const { port, url } = gateway
      const path = contractPath.replace(/v1\/\w+/, "v1/large")
      const headers = { "x-api-key": apiKey, connection: "close" }
      expect((yield* send(`${url}${path}`, { headers })).text.length).toBeGreaterThan(4_000_000)
      const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${apiKey}\r\n\r\n`
      yield* Effect.forEach(
        Array.from({ length: 3 }, () => request.repeat(6)),
        (requests) =>
          Effect.async<void>((resume) => {
            const socket = Net.connect(port, "127.0.0.1", () => socket.write(requests))
            // A socket that does not read detects the end of the connection only when a write fails.
            const timer = setInterval(() => socket.write("G"), 50)
            socket.pause()
            socket.on("error", () => {})
            socket.on("close", () => {
              clearInterval(timer)
              resume(Effect.void)
            })
          }),
        { concurrency: "unbounded" }
      ).pipe(Effect.timeout(maxConnectionTime))
      yield* expectAllReleased(gateway)
    })
  )

  it.scopedLive("unless it reads slowly, which gets its whole response", () =>
    Effect.gen(function* () {
      const { port, url } = yield* start(false)
      const path = contractPath.replace(/v1\/\w+/, "v1/large")
      const whole = yield* Effect.async<number>((resume) => {
        let received = 0
        const socket = Net.connect(port, "127.0.0.1", () =>
          socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${apiKey}\r\nConnection: close\r\n\r\n`)
        )
        socket.on("data", (chunk) => {
          received += chunk.length
          socket.pause()
          setTimeout(() => socket.resume(), 0.1)
        })
        socket.on("error", () => {})
        socket.on("close", () => resume(Effect.succeed(received)))
      })
      expect(whole).toBeGreaterThan(4_000_000)
      expect(yield* inFlight(url)).toBe(0)
    })
  )

  it.scopedLive("that never closes its side, after an error response", () =>
    Effect.gen(function* () {
      const gateway = yield* start(false)
      const parts = [
        ...[half, partialBody].map((part) => part(`GET ${contractPath} HTTP/1.1\r\nHost: x\r\n`)),
        "\0\0\0\r\n\r\n",
        `GET /livez HTTP/1.1\r\nHost: x\r\n\r\n\0\0\0\r\n\r\n`
      ]
      const sockets = parts.map((part) => {
        const socket = Net.connect({ port: gateway.port, host: "127.0.0.1", allowHalfOpen: true }, () =>
          socket.write(part)
        )
        return socket.on("error", () => {}).resume()
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => void sockets.map((socket) => socket.destroy())))
      yield* Effect.async<void>((resume) => void sockets.at(0)?.once("end", () => resume(Effect.void)))
      yield* expectAllReleased(gateway)
    })
  )

  it.scopedLive("whose body is incomplete, and which gets one response, 400 or 408", () =>
    Effect.gen(function* () {
      const { port, url } = yield* start(false)
      const request = `GET ${contractPath} HTTP/1.1\r\nHost: x\r\nAuthorization: SDK-HMAC-SHA256 x\r\nContent-Length: 9\r\n\r\na`
      const responses = yield* Effect.all([
        Effect.map(
          connectAs(
            port,
            writeThen(() => request, end),
            ""
          ),
          ({ received }) => received
        ),
        raw(port, request, 5_000)
      ])
      expect(responses.map((response) => response.match(/HTTP\/1\.1 \d{3}/g))).toEqual([
        ["HTTP/1.1 400"],
        ["HTTP/1.1 408"]
      ])
      for (const response of responses) expect(response).toContain('"request_id"')
      expect(yield* until(Effect.map(inFlight(url), (requests) => requests === 0))).toBe(true)
    })
  )
})
