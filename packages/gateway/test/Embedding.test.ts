import * as Http from "node:http"
import type * as Net from "node:net"
import {
  HttpApp,
  HttpClient,
  HttpLayerRouter,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { type ListHotspotSessionConfigResponse, type StatusError, statusError } from "@hotspot-session/core"
import { Gateway } from "@hotspot-session/gateway"
import { NodeGateway } from "@hotspot-session/gateway/node"
import { Effect, Fiber, Layer, Logger, Option, Redacted, TestClock, Tracer } from "effect"
import { client, contractPath, documentedPage, makeUpstream, page, readResponse, token } from "./support.js"

const headers = { "x-auth-token": token }

/** A client that calls no upstream. */
const stub = (response: () => Effect.Effect<ListHotspotSessionConfigResponse, StatusError>) =>
  Layer.merge(Logger.remove(Logger.defaultLogger), HotspotSession.mock({ listHotspotSessionConfig: response }))

describe("toWebHandler", () => {
  it("serves Requests, and releases its layer on dispose", async () => {
    let released = false
    const layer = Layer.unwrapScoped(
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            released = true
          })
        )
        const upstream = yield* makeUpstream(() => page())
        return client(upstream.endpoint)
      })
    )
    const { dispose, handler } = Gateway.toWebHandler(layer)
    const response = await readResponse(await handler(new Request(`http://gateway${contractPath}`, { headers })))
    expect([response.status, response.json]).toEqual([200, documentedPage])
    const head = await handler(new Request("http://gateway/livez", { method: "HEAD" }))
    expect([head.status, await head.text()]).toEqual([200, ""])
    const post = await handler(new Request(`http://gateway${contractPath}`, { method: "POST", body: "x" }))
    expect(post.status).toBe(405)
    expect(released).toBe(false)
    await dispose()
    expect(released).toBe(true)
  })

  it("returns a body with every error status", async () => {
    // Those that are no errors are all handled as one.
    const notErrors = [100, 101, 199, 200, 204, 299, 300, 304, 399]
    const errors = Array.from({ length: 200 }, (_, index) => 400 + index)
    let status = 0
    const { dispose, handler } = Gateway.toWebHandler(stub(() => Effect.fail(statusError(status, {}))))
    for (status of [...notErrors, ...errors]) {
      // A token that has been refused is not sent again.
      const headers = { "x-auth-token": `${token}-${status}` }
      const response = await readResponse(await handler(new Request(`http://gateway${contractPath}`, { headers })))
      expect(response.status).toBe(status < 400 || status === 407 ? 502 : status)
      expect(Object.keys(response.json)).toEqual(["error_code", "error_msg", "request_id"])
    }
    await dispose()
  })

  it("returns 500 with HSG.0005 for a defect or an internal interruption", async () => {
    for (const effect of [Effect.die(new Error("boom")), Effect.interrupt]) {
      const { dispose, handler } = Gateway.toWebHandler(stub(() => effect))
      const response = await readResponse(await handler(new Request(`http://gateway${contractPath}`, { headers })))
      expect([response.status, response.json["error_code"]]).toEqual([500, "HSG.0005"])
      await dispose()
    }
  })

  it("rejects every request if its layer cannot be built", async () => {
    const { dispose, handler } = Gateway.toWebHandler(client("ftp://nowhere"))
    await expect(handler(new Request("http://gateway/livez"))).rejects.toThrow("http")
    await dispose()
  })
})

describe("toWebHandler below a prefix", () => {
  const service = stub(() => Effect.succeed({ items: [] }))

  it("serves its routes as a route handler of Next.js, and nothing outside the prefix", async () => {
    const { dispose, handler } = Gateway.toWebHandler(service, { prefix: "/api/hotspot", metrics: true })
    // As in app/api/hotspot/[...path]/route.ts: a request has the whole path.
    const { GET } = { GET: (request: Request) => handler(request) }
    const get = async (path: string) => readResponse(await GET(new Request(`https://app.example${path}`, { headers })))
    expect(await get(`/api/hotspot${contractPath}?limit=1`)).toMatchObject({ status: 200, json: { items: [] } })
    expect(await get("/api/hotspot/livez")).toMatchObject({ status: 200, json: { status: "ok" } })
    expect(await get(`/api/hotspot${contractPath}/`)).toMatchObject({ status: 404, json: { error_code: "HSG.0018" } })
    for (const path of [contractPath, "/livez", `/api${contractPath}`, `/api/hotspots${contractPath}`]) {
      const response = await get(path)
      expect(response, path).toMatchObject({ status: 404, json: { detail: expect.stringContaining("/api/hotspot/") } })
      expect(response.headers.get("x-request-id")).toBe(response.json["request_id"])
    }
    await dispose()
  })

  it("rejects every request if the prefix is not a path", async () => {
    for (const prefix of ["api", "/", "/api/", "//x", "/a?b", 5]) {
      const { dispose, handler } = Gateway.toWebHandler(service, { prefix: prefix as never })
      await expect(handler(new Request("http://gateway/livez"))).rejects.toThrow("prefix must be a path")
      await dispose()
    }
  })
})

describe("httpApp mounted under a prefix", () => {
  const check = (web: (request: Request) => Promise<Response>) =>
    Effect.promise(async () => {
      const contract = await readResponse(
        await web(new Request(`http://app/hotspot${contractPath}?limit=1`, { headers }))
      )
      expect([contract.status, contract.json]).toEqual([200, { items: [] }])
      expect((await readResponse(await web(new Request("http://app/hotspot/livez")))).json).toEqual({ status: "ok" })
      const unknown = await web(new Request("http://app/hotspot"))
      expect([unknown.status, unknown.headers.get("content-type")]).toEqual([404, "application/problem+json"])
      expect((await web(new Request(`http://app/hotspot${contractPath}`, { method: "DELETE" }))).status).toBe(405)
      expect(await (await web(new Request("http://app/own"))).text()).toBe("own")
    })

  const service = stub(() => Effect.succeed({ items: [] }))

  it.scoped("serves its routes in an HttpRouter", () =>
    Effect.gen(function* () {
      const gateway = yield* Gateway.httpApp()
      const router = HttpRouter.empty.pipe(
        HttpRouter.mountApp("/hotspot", gateway),
        HttpRouter.get("/own", HttpServerResponse.text("own"))
      )
      yield* check(HttpApp.toWebHandler(router))
    }).pipe(Effect.provide(service))
  )

  it.scoped("serves its routes in an HttpLayerRouter", () =>
    Effect.gen(function* () {
      const routes = HttpLayerRouter.use((router) =>
        Effect.gen(function* () {
          const gateway = yield* Gateway.httpApp()
          yield* router.prefixed("/hotspot").add("*", "/*", gateway)
          yield* router.prefixed("/hotspot").add("*", "/", gateway)
          yield* router.add("GET", "/own", HttpServerResponse.text("own"))
        })
      )
      const { dispose, handler } = HttpLayerRouter.toWebHandler(
        routes.pipe(Layer.provide(service), Layer.provideMerge(HttpServer.layerContext)),
        { disableLogger: true }
      )
      yield* Effect.addFinalizer(() => Effect.promise(dispose))
      yield* check((request) => handler(request))
    })
  )
})

describe("an interruption by the program around the app", () => {
  it.effect("is no defect, and is recorded like the client's", () =>
    Effect.gen(function* () {
      const logs: Array<unknown> = []
      const statuses: Array<number> = []
      const gateway = yield* Gateway.httpApp({ accessLog: ({ status }) => void statuses.push(status) })
      const request = HttpServerRequest.fromWeb(new Request(`http://app${contractPath}`, { headers }))
      const app = gateway.pipe(
        Effect.provideService(HttpServerRequest.HttpServerRequest, request),
        Effect.timeoutOption("1 second"),
        Effect.provide(
          Logger.replace(
            Logger.defaultLogger,
            Logger.make(({ message }) => void logs.push(message))
          )
        )
      )
      const fiber = yield* Effect.fork(app)
      yield* TestClock.adjust("1 second")
      expect([yield* Fiber.join(fiber), logs, statuses]).toEqual([Option.none(), [], [499]])
    }).pipe(Effect.scoped, Effect.provide(stub(() => Effect.never)))
  )
})

describe("on a server", () => {
  it.scopedLive("serves as a layer of an HttpServer, and redacts the token in the server's span", () => {
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      context: (execute) => execute(),
      span: (name, parent, context, links, startTime, kind) => {
        const attributes = new Map<string, unknown>()
        const span: Tracer.Span = {
          _tag: "Span",
          name,
          parent,
          context,
          links,
          kind,
          attributes,
          status: { _tag: "Started", startTime },
          spanId: String(spans.length),
          traceId: "trace",
          sampled: true,
          attribute: (key, value) => void attributes.set(key, value),
          event: () => {},
          addLinks: () => {},
          end: () => {}
        }
        spans.push(span)
        return span
      }
    })
    return Effect.gen(function* () {
      const http = yield* HttpClient.HttpClient
      const response = yield* http.get(`${contractPath}?limit=1&access_token=query-canary`, { headers })
      expect(yield* response.json).toEqual({ items: [] })
      const allSpans = JSON.stringify(spans.map(({ attributes, name }) => [name, [...attributes]]))
      const server = spans.find(({ kind }) => kind === "server")
      expect(server?.attributes.get("http.request.header.x-auth-token")).toBe("<redacted>")
      expect(server?.attributes.get("url.path")).toBe(contractPath)
      expect(server?.attributes.get("url.full")).toMatch(new RegExp(`^http://[^/]+${contractPath}$`))
      expect(allSpans).toContain("http.server GET")
      const ofServer = JSON.stringify([...(server?.attributes ?? [])])
      for (const secret of [token, "query-canary"]) expect(ofServer).not.toContain(secret)
    }).pipe(
      Effect.provide(
        Gateway.layer().pipe(
          Layer.provideMerge(NodeHttpServer.layerTest),
          Layer.provide(stub(() => Effect.succeed({ items: [] }))),
          Layer.provide(Layer.setTracer(tracer))
        )
      )
    )
  })

  it("serves as a handler of node:http", async () => {
    const { dispose, handler } = await NodeGateway.toHandler(stub(() => Effect.succeed({ items: [] })))
    const server = Http.createServer(handler)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as Net.AddressInfo
    const response = await readResponse(await fetch(`http://127.0.0.1:${port}${contractPath}`, { headers }))
    expect([response.status, response.json]).toEqual([200, { items: [] }])
    server.closeAllConnections()
    server.close()
    await dispose()
  })

  it("verifies signatures below a prefix that a router such as Express has removed", async () => {
    const key = { accessKey: "A".repeat(20), secretKey: Redacted.make("s".repeat(40)) }
    const { dispose, handler } = await NodeGateway.toHandler(
      stub(() => Effect.succeed({ items: [] })),
      { credentials: "own", accessKeys: [key] }
    )
    const server = Http.createServer((request, response) => {
      const { url = "" } = request
      handler(Object.assign(request, { originalUrl: url, url: url.replace("/prefix", "") }), response)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as Net.AddressInfo
    const signing = NodeHotspotSession.layer({ endpoint: `http://127.0.0.1:${port}/prefix` }).pipe(
      Layer.provide(Credentials.layerAccessKey(key))
    )
    const listed = Effect.flatMap(HotspotSession.HotspotSession, ({ listHotspotSessionConfig }) =>
      listHotspotSessionConfig({ project_id: "0123456789abcdef0123456789abcdef" })
    )
    expect(await Effect.runPromise(Effect.provide(listed, signing))).toEqual({ items: [] })
    server.closeAllConnections()
    server.close()
    await dispose()
  })

  it("responds with 500 at once if a body parser has read the body of a write", async () => {
    const { dispose, handler } = await NodeGateway.toHandler(
      stub(() => Effect.die("unused")),
      { writes: true }
    )
    const server = Http.createServer((request, response) => {
      request.resume().once("end", () => handler(request, response))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as Net.AddressInfo
    const patch = { method: "PATCH", headers: { ...headers, "content-type": "application/json" }, body: "{}" }
    const response = await readResponse(await fetch(`http://127.0.0.1:${port}${contractPath}/1`, patch))
    expect([response.status, response.json["error_code"]]).toEqual([500, "HSG.0005"])
    server.closeAllConnections()
    server.close()
    await dispose()
  })

  it("rejects toHandler if the layer cannot be built", async () => {
    const events: Array<string> = []
    const acquired = Effect.acquireRelease(
      Effect.sync(() => events.push("acquired")),
      () => Effect.sync(() => events.push("released"))
    )
    const layer = Layer.unwrapScoped(Effect.as(acquired, client("ftp://nowhere")))
    await expect(NodeGateway.toHandler(layer)).rejects.toThrow("http")
    expect(events).toEqual(["acquired", "released"])
  })
})
