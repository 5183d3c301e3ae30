import * as Http from "node:http"
import type * as Net from "node:net"
import { HttpBody, HttpClient, HttpClientRequest } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Cause, Chunk, Effect, Exit, Fiber, Layer, Redacted, Stream } from "effect"

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

describe("the undici layer as an HttpClient", () => {
  it.scopedLive("sends method, headers and every kind of body", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () =>
          response.end(
            JSON.stringify({
              method: request.method,
              url: request.url,
              type: request.headers["content-type"],
              a: request.headers["x-a"],
              body: Buffer.concat(chunks).toString()
            })
          )
        )
      })
      const client = yield* undici()
      const received = (request: HttpClientRequest.HttpClientRequest) =>
        Effect.flatMap(client.execute(request), ({ json }) => json)
      expect(
        yield* received(
          HttpClientRequest.get(`${url}/a?b=1`, { urlParams: { c: "ü" }, headers: { "X-A": "1" }, hash: "d" })
        )
      ).toMatchObject({ method: "GET", url: "/a?b=1&c=%C3%BC", a: "1", body: "" })
      expect(yield* received(HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(url), { d: 1 }))).toMatchObject({
        method: "POST",
        url: "/",
        type: "application/json",
        body: '{"d":1}'
      })
      const stream = HttpBody.stream(Stream.make(new TextEncoder().encode("ab"), new TextEncoder().encode("cd")))
      expect(yield* received(HttpClientRequest.setBody(HttpClientRequest.put(url), stream))).toMatchObject({
        body: "abcd"
      })
      const form = new FormData()
      form.append("field", "value")
      expect(
        yield* received(HttpClientRequest.setBody(HttpClientRequest.post(url), HttpBody.formData(form)))
      ).toMatchObject({
        type: expect.stringContaining("multipart/form-data"),
        body: expect.stringContaining('name="field"')
      })
    })
  )

  it.scopedLive("returns the body in every form, repeatedly", () =>
    Effect.gen(function* () {
      const bodies: Record<string, Buffer> = {
        "/text": Buffer.from("añb"),
        "/bom": Buffer.from("\ufeff{}"),
        "/json": Buffer.from('{"a":[1]}'),
        "/empty": Buffer.alloc(0),
        "/form": Buffer.from("a=1&b=%20"),
        "/large": Buffer.alloc(3_000_000, "x")
      }
      const { url } = yield* serve((request, response) => {
        response.setHeader("set-cookie", ["a=1; Path=/", "b=2"])
        response.setHeader("content-type", "application/x-www-form-urlencoded")
        response.end(bodies[request.url ?? ""])
      })
      const client = yield* undici()
      const text = yield* client.get(`${url}/text`)
      expect([yield* text.text, yield* text.text]).toEqual(["añb", "añb"])
      expect(new Uint8Array(yield* text.arrayBuffer)).toEqual(new Uint8Array(Buffer.from("añb")))
      expect(text.headers).toMatchObject({ "content-length": "4", "set-cookie": "a=1; Path=/, b=2" })
      expect(text.cookies.toJSON()).toMatchObject({ cookies: { a: { value: "1" }, b: { value: "2" } } })
      expect(JSON.parse(JSON.stringify(text))).toMatchObject({ status: 200 })
      expect(yield* (yield* client.get(`${url}/bom`)).text).toBe("{}")
      expect(yield* (yield* client.get(`${url}/json`)).json).toEqual({ a: [1] })
      expect(yield* (yield* client.get(`${url}/empty`)).json).toBe(null)
      expect(yield* (yield* client.get(`${url}/form`)).urlParamsBody).toEqual([
        ["a", "1"],
        ["b", " "]
      ])
      expect((yield* (yield* client.get(`${url}/form`)).formData).get("a")).toBe("1")
      expect(yield* Effect.flip((yield* client.get(`${url}/text`)).json)).toMatchObject({
        _tag: "ResponseError",
        reason: "Decode"
      })
      const large = yield* client.get(`${url}/large`)
      const chunks = yield* Stream.runCollect(large.stream)
      expect(Chunk.reduce(chunks, 0, (sum, chunk) => sum + chunk.length)).toBe(3_000_000)
      const both = yield* client.get(`${url}/large`)
      const lengths = yield* Effect.all([both.text, both.text], { concurrency: 2 })
      expect(lengths.map(({ length }) => length)).toEqual([3_000_000, 3_000_000])
    })
  )

  it.scopedLive("fails like the platform's clients", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((request, response) => {
        if (request.url === "/cut")
          response.writeHead(200, { "content-length": 100 }).write("x", () => response.destroy())
        else request.destroy()
      })
      const client = yield* undici()
      expect(yield* Effect.flip(client.get(url))).toMatchObject({ _tag: "RequestError", reason: "Transport" })
      expect(yield* Effect.flip(client.get("no URL"))).toMatchObject({ _tag: "RequestError", reason: "InvalidUrl" })
      expect(yield* Effect.flip(client.get(url, { headers: { a: "b\nc" } }))).toMatchObject({
        _tag: "RequestError",
        reason: "Transport"
      })
      const cut = yield* client.get(`${url}/cut`)
      expect(yield* Effect.flip(cut.text)).toMatchObject({ _tag: "ResponseError", reason: "Decode" })
      expect(yield* Effect.flip(Stream.runDrain((yield* client.get(`${url}/cut`)).stream))).toMatchObject({
        _tag: "ResponseError"
      })
    })
  )

  it.scopedLive("ignores early hints", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((_, response) => {
        response.writeEarlyHints({ link: "</a>; rel=preload" })
        response.end("late")
      })
      const response = yield* (yield* undici()).get(url)
      expect([response.status, yield* response.text]).toEqual([200, "late"])
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
      const client = yield* undici({ maxSockets: 1 })
      const first = yield* Effect.fork(client.get(`${url}/never`))
      yield* waitUntil(() => seen.length === 1)
      const queued = yield* Effect.fork(client.get(`${url}/queued`))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(queued)
      yield* Fiber.interrupt(first)
      yield* waitUntil(() => sockets.size === 0)
      const response = yield* client.get(`${url}/body`)
      const reading = yield* Effect.fork(response.text)
      yield* waitUntil(() => seen.length === 2)
      yield* Effect.sleep("5 millis")
      const exit = yield* Fiber.interrupt(reading)
      expect(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)).toBe(true)
      yield* waitUntil(() => sockets.size === 0)
      expect(yield* Effect.flatMap(client.get(`${url}/fast`), ({ text }) => text)).toBe("fast")
      expect(seen).toEqual(["/never", "/body", "/fast"])
    })
  )

  it.scopedLive("aborts the request of a stream that is not consumed to its end", () =>
    Effect.gen(function* () {
      const { sockets, url } = yield* serve((_, response) => {
        const write = () => {
          while (response.write(Buffer.alloc(65536)));
          response.once("drain", write)
        }
        write()
      })
      const response = yield* (yield* undici()).get(url)
      expect(yield* Stream.runCount(Stream.take(response.stream, 3))).toBe(3)
      yield* waitUntil(() => sockets.size === 0)
    })
  )

  it.scopedLive("pauses reading while the stream is not consumed, and resumes with the consumer", () =>
    Effect.gen(function* () {
      const total = 20_000_000
      let written = 0
      const { url } = yield* serve((_, response) => {
        const write = () => {
          while (written < total) {
            written += 100_000
            if (!response.write(Buffer.alloc(100_000))) return response.once("drain", write)
          }
          return response.end()
        }
        write()
      })
      const response = yield* (yield* undici()).get(url)
      yield* Effect.sleep("50 millis")
      expect(written).toBeLessThan(total)
      expect((yield* response.arrayBuffer).byteLength).toBe(total)
    })
  )

  it.live("closes connections with the scope", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { sockets, url } = yield* serve((_, response) => response.end("{}"))
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Effect.flatMap((yield* undici()).get(url), ({ text }) => text)
            expect(sockets.size).toBe(1)
          })
        )
        yield* waitUntil(() => sockets.size === 0)
      })
    )
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
      const error = yield* Effect.flip(list(url, { userAgent: "two\nlines", retry: RetryPolicy.make() }))
      expect(error).toMatchObject({ _tag: "TransportError", reason: "request", attempts: 1 })
      expect(error).toHaveProperty("hint", expect.stringContaining("userAgent"))
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

  it.scopedLive("keeps unknown fields, and decodes text that is not ASCII", () =>
    Effect.gen(function* () {
      const page = { items: [{ id: "1", non_migrate_users: [{ user_name: "佐藤 Zoë 🙂" }], new: { a: 1 } }] }
      const { url } = yield* serve((_, response) => response.end(JSON.stringify(page)))
      expect(yield* list(url)).toEqual(page)
    })
  )
})
