import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { brotliCompressSync, gzipSync } from "node:zlib"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Effect, Fiber, Layer, Redacted, Stream, TestClock } from "effect"
import * as Transport from "../src/Transport.js"
import { layer as layerOf, projectId, server, shown } from "./support.js"

const serve = (listener: Http.RequestListener) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Http.Server>((resume) => {
        const server = Http.createServer(listener).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close().closeAllConnections())
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  )

const connect = (
  httpClient: Layer.Layer<HttpClient.HttpClient, unknown>,
  endpoint: string,
  transformClient: HotspotSession.Options["transformClient"]
) =>
  Effect.flatMap(
    Layer.build(
      HotspotSession.layer({ endpoint, retry: RetryPolicy.none, attemptTimeout: "2 seconds", transformClient }).pipe(
        Layer.provide([httpClient, Credentials.layerToken(Redacted.make("the-token-of-the-client"))])
      )
    ),
    (context) => Effect.provide(HotspotSession.HotspotSession, context)
  )

const echo: Http.RequestListener = ({ headers }, response) => {
  const { "proxy-authorization": proxy = "" } = headers
  const credentials = Buffer.from(proxy.replace("Basic ", ""), "base64").toString()
  response.writeHead(400, { "x-request-id": String(headers["x-api-key"]) })
  response.end(JSON.stringify({ error_code: "A.1", error_msg: `rejected ${JSON.stringify(headers)} ${credentials}` }))
}

const clients = {
  undici: NodeHotspotSession.layerUndici,
  "node:http": NodeHotspotSession.layerHttpClient,
  fetch: (_?: NodeHotspotSession.HttpClientOptions) => FetchHttpClient.layer
} as const

const parameters = { project_id: projectId }
const page = JSON.stringify({ items: [{ id: "1", non_migrate_users: [{ user_name: "Zoë" }] }] })

/** Bodies by the path of the endpoint. */
const bodies: Readonly<Record<string, readonly [status: number, body: Uint8Array, coding?: string]>> = {
  plain: [200, Buffer.from(page)],
  gzip: [200, gzipSync(page), "gzip"],
  "gzip in br": [200, brotliCompressSync(gzipSync(page)), "gzip, br"],
  "gzip of an error": [403, gzipSync('{"error_code":"A.1","error_msg":"no"}'), "gzip"],
  "a web page": [503, Buffer.from("<html>down</html>")],
  "large as gzip": [200, gzipSync(page.padEnd(200_000)), "gzip"]
}

const bodyByPath: Http.RequestListener = ({ url = "" }, response) => {
  const [status, body, coding] = bodies[decodeURI(url).split("/")[1] ?? ""] ?? [404, new Uint8Array()]
  response.writeHead(status, coding === undefined ? {} : { "content-encoding": coding })
  response.end(body)
}

for (const [name, httpClient] of Object.entries(clients)) {
  describe(`${name}: a transformed client`, () => {
    it.scopedLive("shows no secret that its transformation adds", () =>
      Effect.gen(function* () {
        const endpoint = yield* serve(echo)
        for (const header of ["x-api-key", "x-auth-token"]) {
          const client = yield* connect(
            httpClient(),
            endpoint,
            HttpClient.mapRequest(HttpClientRequest.setHeader(header, "the-token-of-the-client-and-more"))
          )
          const text = shown(yield* Effect.flip(client.listHotspotSessionConfig(parameters)))
          expect(text).toContain("rejected")
          expect(text).not.toMatch(/the-token|and-more/)
        }
      })
    )

    it.scopedLive("follows no redirect to another host, whatever the settings of fetch are", () =>
      Effect.gen(function* () {
        const visited: Array<string> = []
        const elsewhere = yield* serve(({ headers }, response) => {
          visited.push(`${headers["x-auth-token"]}`)
          response.end(page)
        })
        const endpoint = yield* serve(({ headers }, response) => {
          response.writeHead(307, { location: elsewhere, "x-request-id": String(headers["x-app"]) }).end()
        })
        for (const init of [
          { headers: { "x-app": "1" } },
          { headers: { "x-app": "1" }, redirect: "follow" }
        ] as const) {
          const client = yield* connect(
            httpClient(),
            endpoint,
            HttpClient.transformResponse(Effect.provideService(FetchHttpClient.RequestInit, init))
          )
          expect(yield* Effect.flip(client.listHotspotSessionConfig(parameters))).toMatchObject({
            _tag: "UnexpectedStatus",
            status: 307,
            ...(name === "fetch" ? { request_id: "1" } : {})
          })
        }
        expect(visited).toEqual([])
      })
    )

    it.scopedLive.skipIf(name === "fetch")("shows no credentials of a proxy", () =>
      Effect.gen(function* () {
        const proxy = (yield* serve(echo)).replace("//", "//admin:Sup3rSecretPw@")
        const transform = HttpClient.mapRequest(HttpClientRequest.setHeader("x-app", "1"))
        const client = yield* connect(httpClient({ proxy: Redacted.make(proxy) }), "http://service.example", transform)
        const text = shown(yield* Effect.flip(client.listHotspotSessionConfig(parameters)))
        expect(text).toContain("rejected")
        expect(text).not.toContain("Sup3rSecretPw")
        expect(text).not.toContain(Buffer.from("admin:Sup3rSecretPw").toString("base64"))
      })
    )

    it.scopedLive("may read a body that is too large, which is then an error", () =>
      Effect.gen(function* () {
        const url = yield* serve(bodyByPath)
        const layer = httpClient()
        const given = yield* Effect.provide(HttpClient.HttpClient, yield* Layer.build(layer))
        const limited = Transport.withTransport(
          HttpClient.mapRequest(given, (request) => request),
          { ...Transport.of(given), maxBodyBytes: 10 }
        )
        for (const path of ["plain", "gzip"]) {
          const client = yield* connect(Layer.succeed(HttpClient.HttpClient, limited), `${url}/${path}`, (client) =>
            HttpClient.tap(client, ({ text }) => text)
          )
          expect(yield* Effect.flip(client.listHotspotSessionConfig(parameters))).toMatchObject({ reason: "size" })
        }
      })
    )

    it.scopedLive("may read bodies in any form and any number of times", () =>
      Effect.gen(function* () {
        const url = yield* serve(bodyByPath)
        const read: Array<unknown> = []
        const transform = HttpClient.tap((response) =>
          Effect.gen(function* () {
            read.push(Buffer.from(yield* response.arrayBuffer).toString(), yield* response.text)
            read.push(yield* Stream.mkString(Stream.decodeText(response.stream)), yield* response.json)
          })
        )
        for (const path of ["plain", "gzip", "gzip in br"]) {
          read.length = 0
          const client = yield* connect(httpClient(), `${url}/${encodeURI(path)}`, transform)
          const { items } = yield* client.listHotspotSessionConfig(parameters)
          expect(items?.[0]?.non_migrate_users?.[0]?.user_name).toBe("Zoë")
          expect(read).toEqual([page, page, page, JSON.parse(page)])
        }
        const errorOf = (path: string) =>
          Effect.flatMap(connect(httpClient(), `${url}/${encodeURI(path)}`, transform), (client) =>
            Effect.flip(client.listHotspotSessionConfig(parameters))
          )
        expect(yield* errorOf("gzip of an error")).toMatchObject({ _tag: "Forbidden", error_code: "A.1" })
        // That it is not JSON fails the transformed client, but the status determines the error.
        expect(yield* errorOf("a web page")).toMatchObject({ _tag: "ServiceUnavailable" })
      })
    )
  })
}

describe("a transformed client", () => {
  it.scopedLive("has the limit of the given client for bodies without their coding", () =>
    Effect.gen(function* () {
      const endpoint = `${yield* serve(bodyByPath)}/large%20as%20gzip`
      const context = yield* Layer.build(
        NodeHotspotSession.layer({
          endpoint,
          maxBodyBytes: 1000,
          retry: RetryPolicy.none,
          transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("x-app", "1"))
        }).pipe(Layer.provide(Credentials.layerToken(Redacted.make("token"))))
      )
      const { listHotspotSessionConfig } = yield* Effect.provide(HotspotSession.HotspotSession, context)
      expect(yield* Effect.flip(listHotspotSessionConfig(parameters))).toMatchObject({
        reason: "size",
        detail: "the decoded body is larger than 1000 bytes"
      })
    })
  )

  it.effect("may reject a status, which still determines the error", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(() =>
        Effect.succeed({ status: 403, body: '{"error_code":"A.1","error_msg":"no"}' })
      )
      const { updateHotspotSessionConfig } = yield* Effect.provide(
        HotspotSession.HotspotSession,
        layerOf(client, { transformClient: HttpClient.filterStatusOk, retry: RetryPolicy.none })
      )
      const update = { config_id: "1", hotspot_session_migration_enable: true, hotspot_exit_session_num: 1 }
      expect(yield* Effect.flip(updateHotspotSessionConfig({ ...parameters, ...update }))).toMatchObject({
        _tag: "Forbidden",
        error_code: "A.1",
        outcome: "not_done"
      })
      expect(yield* sent).toHaveLength(1)
    })
  )

  it.effect("shows no secret that the head of an error echoes whose body is late", () =>
    Effect.gen(function* () {
      const client = HttpClient.make((request) => {
        const headers = { "x-request-id": request.headers["x-api-key"] ?? "" }
        return Effect.sync(() =>
          HttpClientResponse.fromWeb(request, new Response(new ReadableStream(), { status: 401, headers }))
        )
      })
      const { listHotspotSessionConfig } = yield* Effect.provide(
        HotspotSession.HotspotSession,
        layerOf(client, {
          transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("x-api-key", "the-key-of-the-client")),
          retry: RetryPolicy.none,
          attemptTimeout: "1 second"
        })
      )
      const call = yield* Effect.fork(Effect.flip(listHotspotSessionConfig(parameters)))
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(call)).toMatchObject({ _tag: "Unauthorized", request_id: "<redacted>" })
    })
  )

  it.effect("may read the body of an error that stalls, which is then an error without a body", () =>
    Effect.gen(function* () {
      const client = HttpClient.make((request) =>
        Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(new ReadableStream(), { status: 401 })))
      )
      const { listHotspotSessionConfig } = yield* Effect.provide(
        HotspotSession.HotspotSession,
        layerOf(client, { transformClient: HttpClient.tap(({ text }) => text), retry: RetryPolicy.none })
      )
      const call = yield* Effect.fork(Effect.flip(listHotspotSessionConfig(parameters)))
      yield* TestClock.adjust("5 seconds")
      expect(yield* Fiber.join(call)).toMatchObject({ _tag: "Unauthorized" })
    })
  )

  it.effect("may reject a success, and may fail with a secret that it has added", () =>
    Effect.gen(function* () {
      const { client } = yield* server(() => Effect.succeed({ status: 200, body: page }))
      const failures = [
        (sent: HttpClientResponse.HttpClientResponse) =>
          new HttpClientError.ResponseError({
            request: sent.request,
            response: sent,
            reason: "Decode",
            description: "added the-key-of-the-client"
          }),
        ({ request }: HttpClientResponse.HttpClientResponse) =>
          new HttpClientError.RequestError({ request, reason: "Transport", description: "added the-key-of-the-client" })
      ]
      for (const fail of failures) {
        const transformClient = (given: HttpClient.HttpClient) =>
          given.pipe(
            HttpClient.mapRequest(HttpClientRequest.setHeader("x-api-key", "the-key-of-the-client")),
            HttpClient.tap((response) => Effect.fail(fail(response)))
          )
        const { listHotspotSessionConfig } = yield* Effect.provide(
          HotspotSession.HotspotSession,
          layerOf(client, { transformClient, retry: RetryPolicy.none })
        )
        expect(yield* Effect.flip(listHotspotSessionConfig(parameters))).toMatchObject({
          _tag: "TransportError",
          detail: "added <redacted>"
        })
      }
    })
  )
})
