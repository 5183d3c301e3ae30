import * as Http from "node:http"
import * as Net from "node:net"
import { HttpBody, HttpClient, HttpClientRequest } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Cause, Effect, Exit, Fiber, Layer, Redacted, Stream } from "effect"
import type * as Connector from "../src/node/Connector.js"
import * as UndiciTransport from "../src/node/UndiciTransport.js"
import * as Transport from "../src/Transport.js"

/** A server with the given listener, and its open sockets. */
const serve = (listener: Http.RequestListener) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ server: Http.Server; sockets: Set<Net.Socket> }>((resume) => {
        const sockets = new Set<Net.Socket>()
        const server = Http.createServer(listener)
        server.on("connection", (socket) => {
          sockets.add(socket)
          socket.on("close", () => sockets.delete(socket))
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, sockets })))
      }),
      ({ server }) => Effect.sync(() => server.close().closeAllConnections())
    ),
    ({ server, sockets }) => ({ url: `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`, sockets })
  )

const waitUntil = (condition: () => boolean) =>
  Effect.repeat(Effect.delay(Effect.sync(condition), "2 millis"), { until: (is) => is }).pipe(
    Effect.timeout("5 seconds")
  )

const undici = (options?: NodeHotspotSession.UndiciOptions) =>
  Effect.flatMap(Layer.build(NodeHotspotSession.layerUndici(options)), (context) =>
    Effect.provide(HttpClient.HttpClient, context)
  )

const transport = (options?: NodeHotspotSession.UndiciOptions) => Effect.map(undici(options), Transport.of)

const minute = 60_000

describe("the transport of the undici layer", () => {
  it.scopedLive("sends method, headers, and a body of any kind", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const { headers, method, url } = request
          const body = Buffer.concat(chunks).toString()
          response.end(JSON.stringify({ method, url, type: headers["content-type"], a: headers["x-a"], body }))
        })
      })
      const { exchange } = yield* transport()
      const seen = (request: HttpClientRequest.HttpClientRequest) =>
        Effect.map(exchange(request, minute), ({ text = "" }) => JSON.parse(text) as unknown)
      expect(
        yield* seen(
          HttpClientRequest.get(`${url}/a?b=1`, { urlParams: { c: "ü" }, headers: { "X-A": "1" }, hash: "d" })
        )
      ).toMatchObject({ method: "GET", url: "/a?b=1&c=%C3%BC", a: "1", body: "" })
      expect(yield* seen(HttpClientRequest.bodyUnsafeJson(HttpClientRequest.patch(url), { d: 1 }))).toMatchObject({
        method: "PATCH",
        url: "/",
        type: "application/json",
        body: '{"d":1}'
      })
      const stream = HttpBody.stream(Stream.make(new TextEncoder().encode("ab"), new TextEncoder().encode("cd")))
      expect(yield* seen(HttpClientRequest.setBody(HttpClientRequest.put(url), stream))).toMatchObject({ body: "abcd" })
    })
  )

  it.scopedLive("decodes UTF-8 with and without a byte order mark", () =>
    Effect.gen(function* () {
      const bodies: Record<string, string> = { "/text": "añb", "/bom": "\ufeff{}", "/empty": "" }
      const { url } = yield* serve((request, response) => response.end(bodies[request.url ?? ""]))
      const { exchange } = yield* transport()
      const textOf = (path: string) =>
        Effect.map(exchange(HttpClientRequest.get(`${url}${path}`), minute), ({ text }) => text)
      expect([yield* textOf("/text"), yield* textOf("/bom"), yield* textOf("/empty")]).toEqual(["añb", "{}", ""])
    })
  )

  it.scopedLive("waits for the final response after early hints", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((_, response) => {
        response.writeEarlyHints({ link: "</a>; rel=preload" })
        response.end("late")
      })
      expect(yield* (yield* transport()).exchange(HttpClientRequest.get(url), minute)).toMatchObject({
        status: 200,
        text: "late"
      })
    })
  )

  it.scopedLive("knows whether the request may have been sent when it fails", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((request, response) => {
        if (request.url === "/cut")
          response.writeHead(200, { "content-length": 100 }).write("x", () => response.destroy())
        else if (request.url === "/error")
          response.writeHead(500, { "content-length": 100 }).write("x", () => response.destroy())
        else if (request.url !== "/never") request.destroy()
      })
      const { exchange } = yield* transport({ maxSockets: 1 })
      const failureOf = (request: HttpClientRequest.HttpClientRequest, timeout = minute) =>
        Effect.flip(exchange(request, timeout))
      expect(yield* failureOf(HttpClientRequest.get("no URL"))).toMatchObject({ isSent: false })
      expect(yield* failureOf(HttpClientRequest.get(url, { headers: { a: "b\nc" } }))).toMatchObject({
        reason: "request",
        isSent: false
      })
      expect(yield* failureOf(HttpClientRequest.get("http://127.0.0.1:1"))).toMatchObject({
        reason: "connect",
        isSent: false
      })
      expect(yield* failureOf(HttpClientRequest.get(url))).toMatchObject({ reason: "reset", isSent: true })
      expect(yield* failureOf(HttpClientRequest.get(`${url}/cut`))).toMatchObject({ isSent: true })
      expect(yield* exchange(HttpClientRequest.get(`${url}/error`), minute)).toMatchObject({
        status: 500,
        text: undefined
      })
      const never = yield* Effect.fork(failureOf(HttpClientRequest.get(`${url}/never`), 200))
      yield* Effect.sleep("50 millis")
      // It waits for the only connection.
      expect(yield* failureOf(HttpClientRequest.get(url), 50)).toMatchObject({ reason: "timeout", isSent: false })
      expect(yield* Fiber.join(never)).toMatchObject({ reason: "timeout", isSent: true })
    })
  )

  it.scopedLive("aborts an interrupted request that waits for a connection, a response or a body", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { sockets, url } = yield* serve((request, response) => {
        seen.push(request.url ?? "")
        if (request.url === "/body") response.writeHead(200).write("begun")
        else if (request.url === "/fast") response.end("fast")
      })
      const { exchange } = yield* transport({ maxSockets: 1 })
      const get = (path: string) => exchange(HttpClientRequest.get(`${url}${path}`), minute)
      const first = yield* Effect.fork(get("/never"))
      yield* waitUntil(() => seen.length === 1)
      const queued = yield* Effect.fork(get("/queued"))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(queued)
      yield* Fiber.interrupt(first)
      yield* waitUntil(() => sockets.size === 0)
      const reading = yield* Effect.fork(get("/body"))
      yield* waitUntil(() => seen.length === 2)
      yield* Effect.sleep("5 millis")
      const exit = yield* Fiber.interrupt(reading)
      expect(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)).toBe(true)
      yield* waitUntil(() => sockets.size === 0)
      expect(yield* get("/fast")).toMatchObject({ text: "fast" })
      expect(seen).toEqual(["/never", "/body", "/fast"])
    })
  )

  it.scopedLive("opens at most maxSockets connections when one cannot be opened while others wait for it", () =>
    Effect.gen(function* () {
      let attempts = 0
      let seen = 0
      const { sockets, url } = yield* serve(() => seen++)
      const connector: Connector.Connector = {
        usesProxy: false,
        routeOf: () => ({ _tag: "Direct", reason: "a test" }),
        connect: ({ hostname, port }) =>
          attempts++ === 0
            ? Promise.reject(new Error("refused"))
            : Promise.resolve(Net.connect({ host: hostname, port: Number(port) })),
        connectToHttpProxy: () => Promise.reject(new Error("there is no proxy")),
        close: () => {}
      }
      const { exchange } = Transport.of(
        yield* UndiciTransport.makeChecked({ connector, maxSockets: 1, maxBodyBytes: Number.POSITIVE_INFINITY })
      )
      const call = Effect.fork(Effect.flip(exchange(HttpClientRequest.get(url), minute)))
      const first = yield* call
      yield* call
      expect(yield* Fiber.join(first)).toMatchObject({ detail: "refused" })
      yield* waitUntil(() => seen === 1)
      yield* call
      yield* Effect.sleep("10 millis")
      expect(sockets.size).toBe(1)
    })
  )

  it.live("closes connections with the scope", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { sockets, url } = yield* serve((_, response) => response.end("{}"))
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* (yield* transport()).exchange(HttpClientRequest.get(url), minute)
            expect(sockets.size).toBe(1)
          })
        )
        yield* waitUntil(() => sockets.size === 0)
      })
    )
  )

  it.scopedLive("is not used by a client that is derived from the layer's", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((request, response) => response.end(request.headers["x-a"]))
      const client = HttpClient.mapRequest(yield* undici(), HttpClientRequest.setHeader("x-a", "added"))
      expect(yield* Transport.of(client).exchange(HttpClientRequest.get(url), minute)).toMatchObject({ text: "added" })
    })
  )
})

describe("this library with the undici layer", () => {
  const list = (url: string, options: Partial<HotspotSession.Options> & NodeHotspotSession.UndiciOptions = {}) =>
    Effect.flatMap(
      Layer.build(
        NodeHotspotSession.layer({ retry: RetryPolicy.none, ...options, endpoint: url }).pipe(
          Layer.provide(Credentials.layerToken(Redacted.make("token-of-a-test")))
        )
      ),
      (context) =>
        Effect.flatMap(HotspotSession.HotspotSession, ({ listHotspotSessionConfig }) =>
          listHotspotSessionConfig({ project_id: "p" })
        ).pipe(Effect.provide(context))
    )

  it.scopedLive("reports an invalid request without a retry", () =>
    Effect.gen(function* () {
      const { sockets, url } = yield* serve((_, response) => response.end("{}"))
      const transformClient = HttpClient.mapRequest(HttpClientRequest.setHeader("x-a", "two\nlines"))
      const error = yield* Effect.flip(list(url, { transformClient, retry: RetryPolicy.make() }))
      expect(error).toMatchObject({ _tag: "TransportError", reason: "request", attempts: 1 })
      expect(error).toHaveProperty("hint", expect.stringContaining("transformClient"))
      expect(sockets.size).toBe(0)
    })
  )

  it.scopedLive("limits the size of a body", () =>
    Effect.gen(function* () {
      const { sockets, url } = yield* serve((request, response) => {
        response.writeHead(request.url?.startsWith("/error") ? 500 : 200)
        const write = () => {
          while (response.write(" ".repeat(65536)));
          response.once("drain", write)
        }
        write()
      })
      const tooLong = {
        _tag: "TransportError",
        reason: "size",
        code: "UND_ERR_RES_EXCEEDED_MAX_SIZE",
        retryable: false
      }
      expect(yield* Effect.flip(list(url, { maxBodyBytes: 1_000_000 }))).toMatchObject(tooLong)
      expect(yield* Effect.flip(list(`${url}/error`, { maxBodyBytes: 1_000_000 }))).toMatchObject({
        _tag: "InternalServerError"
      })
      yield* waitUntil(() => sockets.size === 0)
    })
  )

  it.scopedLive("aborts the request at the timeout of the attempt, also while reading the body", () =>
    Effect.gen(function* () {
      const { sockets, url } = yield* serve((_, response) => void response.writeHead(200).write('{"items":['))
      expect(yield* Effect.flip(list(url, { attemptTimeout: "50 millis" }))).toMatchObject({ reason: "timeout" })
      yield* waitUntil(() => sockets.size === 0)
    })
  )

  it.scopedLive("does not know the outcome of a write whose response is not HTTP", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.async<Net.Server>((resume) => {
          const server = Net.createServer((socket) => {
            socket.on("error", () => {})
            socket.once("data", () =>
              socket.end("HTTP/1.1 200 OK\r\nX-Request-Id: a\x1bb\r\nContent-Length: 2\r\n\r\n{}")
            )
          })
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const context = yield* Layer.build(
        NodeHotspotSession.layer({
          endpoint: `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`,
          retry: RetryPolicy.none
        }).pipe(Layer.provide(Credentials.layerToken(Redacted.make("token"))))
      )
      const { createHotspotSessionConfig } = yield* Effect.provide(HotspotSession.HotspotSession, context)
      const change = { project_id: "p", hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
      expect(yield* Effect.flip(createHotspotSessionConfig(change))).toMatchObject({
        _tag: "TransportError",
        reason: "protocol",
        outcome: "unknown"
      })
    })
  )

  it.scopedLive("keeps unknown fields, and decodes text that is not ASCII", () =>
    Effect.gen(function* () {
      const page = { items: [{ id: "1", non_migrate_users: [{ user_name: "佐藤 Zoë 🙂" }], new: { a: 1 } }] }
      const { url } = yield* serve((_, response) => response.end(JSON.stringify(page)))
      expect(yield* list(url)).toEqual(page)
    })
  )
})
