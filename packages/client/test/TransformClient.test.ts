import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Effect, Layer, Redacted } from "effect"
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
  })
}

describe("a transformed client", () => {
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
