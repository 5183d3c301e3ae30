import * as Http from "node:http"
import type * as Net from "node:net"
import { buffer } from "node:stream/consumers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { describe, expect, it } from "@effect/vitest"
import { NodeHttp } from "@hotspot-session/client/node"
import { Effect, Option, Stream } from "effect"
import { checkOptions, makeConnector } from "../src/node/HttpClientOptions.js"
import { makeUndici } from "../src/node/NodeHotspotSession.js"
import * as Transport from "../src/Transport.js"

const multipart = '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'

const responses: Record<string, (response: Http.ServerResponse) => void> = {
  "/json": (response) => response.end('{"a":[1,"ü"]}'),
  "/bad": (response) => response.end("{"),
  "/empty": (response) => response.writeHead(204).end(),
  "/status": (response) => response.writeHead(599).end("gone"),
  "/params": (response) => response.end("a=1&b=%20"),
  "/form": (response) => response.setHeader("content-type", "multipart/form-data; boundary=x").end(multipart),
  "/cookies": (response) => response.setHeader("set-cookie", ["a=1; Path=/", "b=2"]).end(),
  "/large": (response) => response.end("x".repeat(100_000)),
  "/cut": (response) => response.writeHead(200, { "content-length": 10 }).write("abc", () => response.destroy()),
  "/closed": (response) => response.destroy()
}

/** Responds as `responses` say, or with the request. */
const server = Effect.map(
  Effect.acquireRelease(
    Effect.async<Http.Server>((resume) => {
      const server = Http.createServer(async (request, response) => {
        const { headers, method, url = "" } = request
        const respond = responses[url]
        if (respond !== undefined) return respond(response)
        const { "content-type": type, "x-a": a } = headers
        const body = (await buffer(request)).toString("latin1").replaceAll(/-{4,}[\w-]+/g, "boundary")
        return response.end(JSON.stringify({ method, url, type: type?.replace(/boundary=.*/, ""), a, body }))
      }).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close().closeAllConnections())
  ),
  (server) => `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`
)

const bytes = new Uint8Array([0, 255, 65])
const form = new FormData()
form.set("a", "ü")
form.set("file", new Blob(["content"]), "name.txt")

const post = HttpClientRequest.post("/echo?a=1")
const requests: Record<string, HttpClientRequest.HttpClientRequest> = {
  "no body": HttpClientRequest.get("/echo", { headers: { "x-a": "b" }, urlParams: { q: "ü &" } }),
  text: HttpClientRequest.bodyText(post, "ü"),
  bytes: HttpClientRequest.bodyUint8Array(post, bytes),
  form: HttpClientRequest.bodyFormData(post, form),
  stream: HttpClientRequest.bodyStream(post, Stream.make(bytes, bytes))
}

const errorOf = ({ _tag, reason }: { readonly _tag: string; readonly reason: string }) => ({ _tag, reason })

const readings: Record<
  string,
  (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<unknown, { _tag: string; reason: string }>
> = {
  status: (response) => Effect.succeed(response.status),
  text: (response) => response.text,
  "text twice": (response) => Effect.zip(response.text, response.text),
  json: (response) => response.json,
  urlParamsBody: (response) => response.urlParamsBody,
  arrayBuffer: (response) => Effect.map(response.arrayBuffer, (body) => Buffer.from(body).toString("hex")),
  stream: (response) =>
    Effect.map(Stream.runCollect(response.stream), (chunks) => Buffer.concat([...chunks]).toString("hex")),
  formData: (response) => Effect.map(response.formData, (form) => [...form.entries()]),
  cookies: (response) => Effect.succeed(response.cookies),
  remoteAddress: (response) => Effect.succeed(response.remoteAddress),
  inspection: (response) => Effect.succeed(Object.keys(response.toJSON() as object)),
  "limited text": (response) => HttpIncomingMessage.withMaxBodySize(response.text, Option.some(1000)),
  "limited bytes": (response) =>
    Effect.map(
      HttpIncomingMessage.withMaxBodySize(response.arrayBuffer, Option.some(1000)),
      ({ byteLength }) => byteLength
    )
}

describe("the HttpClient over node:http", () => {
  it.scopedLive("sends every kind of body and reads every kind of response as the platform's does", () =>
    Effect.gen(function* () {
      const url = yield* server
      const clients = yield* Effect.all([
        NodeHttp.make(),
        Effect.provide(HttpClient.HttpClient, NodeHttpClient.layerWithoutAgent).pipe(
          Effect.provide(NodeHttpClient.makeAgentLayer({ keepAlive: false }))
        )
      ])
      const both = <A, E extends { readonly _tag: string; readonly reason: string }>(
        use: (client: HttpClient.HttpClient) => Effect.Effect<A, E>
      ) =>
        Effect.forEach(clients, (client) =>
          Effect.either(Effect.mapError(use(HttpClient.mapRequest(client, HttpClientRequest.prependUrl(url))), errorOf))
        )
      for (const [name, request] of Object.entries(requests)) {
        const [ours, theirs] = yield* both((client) => Effect.flatMap(client.execute(request), ({ json }) => json))
        expect(ours, name).toEqual(theirs)
        expect(ours, name).toMatchObject({ _tag: "Right" })
      }
      for (const path of Object.keys(responses)) {
        for (const [name, read] of Object.entries(readings)) {
          const [ours, theirs] = yield* both((client) => Effect.flatMap(client.get(path), read))
          expect(ours, `${name} of ${path}`).toEqual(theirs)
        }
      }
    })
  )

  it.scopedLive("fails with the error of a stream that it was to send", () =>
    Effect.gen(function* () {
      const url = yield* server
      const client = yield* NodeHttp.make()
      const body = Stream.concat(Stream.make(bytes), Stream.fail("no more"))
      const error = yield* Effect.flip(client.post(`${url}/echo`, { body: HttpBody.stream(body) }))
      expect(error).toMatchObject({ _tag: "RequestError", reason: "Transport" })
    })
  )

  it.scopedLive("takes the place of undici, with its limit, where that cannot be loaded or is none", () =>
    Effect.gen(function* () {
      const url = yield* server
      const { connection, maxSockets } = yield* checkOptions({})
      const settings = { connector: yield* makeConnector(connection), maxSockets, maxBodyBytes: 1000 }
      const unusable = () => Effect.dieMessage("not undici")
      for (const load of [
        () => Promise.reject(new Error('Dynamic require of "node:assert" is not supported')),
        () => Promise.resolve({ isAvailable: false, makeChecked: unusable })
      ]) {
        const { exchange } = Transport.of(yield* makeUndici(settings, load))
        expect((yield* exchange(HttpClientRequest.get(`${url}/json`), 5000)).text).toBe('{"a":[1,"ü"]}')
        expect(yield* Effect.flip(exchange(HttpClientRequest.get(`${url}/large`), 5000))).toMatchObject({
          reason: "size"
        })
      }
    })
  )
})
