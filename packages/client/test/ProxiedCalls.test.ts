import * as Http from "node:http"
import * as Net from "node:net"
import type * as HttpClient from "@effect/platform/HttpClient"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { Credentials, EcsMetadata, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect, Exit, Layer, Redacted, Scope } from "effect"
import { hasOpenssl, makeAuthority } from "./authority.js"
import { makeProxy, makeTlsServer } from "./proxyServer.js"

const layers = {
  "node:http": NodeHotspotSession.layerHttpClient as (
    options: NodeHotspotSession.HttpClientOptions
  ) => Layer.Layer<HttpClient.HttpClient, unknown>,
  undici: NodeHotspotSession.layerUndici as (
    options: NodeHotspotSession.HttpClientOptions
  ) => Layer.Layer<HttpClient.HttpClient, unknown>
}

const parameters = { project_id: Demo.projectId }
const change = { ...parameters, hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }

const clientOf = (endpoint: string, layer: Layer.Layer<HttpClient.HttpClient, unknown>, attempts = 1) =>
  Effect.map(
    Layer.build(
      HotspotSession.layer({ endpoint, retry: RetryPolicy.make({ attempts, baseDelay: 0 }) }).pipe(
        Layer.provide([layer, Credentials.layerToken(Redacted.make(Demo.token))])
      )
    ),
    (context) => Effect.runSync(Effect.provide(HotspotSession.HotspotSession, context))
  )

const secret = "s3cret/p@ss"
const encoded = encodeURIComponent(secret)

const environmentOf = (url: string, more: Record<string, string> = {}): NodeHotspotSession.HttpClientOptions => ({
  proxy: "environment",
  environment: { HTTPS_PROXY: url, HTTP_PROXY: url, ...more }
})

for (const [name, layerOf] of Object.entries(layers)) {
  describe(`${name}: a proxy`, () => {
    it.scopedLive("gets requests for http URLs whole, with its own credentials, on one connection", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make()
        const proxy = yield* makeProxy({ credentials: `us er:${secret}` })
        const url = `http://us%20er:${encoded}@127.0.0.1:${proxy.port}`
        const client = yield* clientOf(emulator.endpoint, layerOf(environmentOf(url)))
        for (const _ of [1, 2, 3]) yield* client.listHotspotSessionConfig({ ...parameters, limit: 2 })
        expect(proxy.seen).toEqual(
          [1, 2, 3].map(() => `GET ${emulator.endpoint}/v1/${Demo.projectId}/hotspot-session-config?limit=2`)
        )
        yield* client.createHotspotSessionConfig(change)
        const requests = yield* emulator.requests
        expect(requests).toHaveLength(4)
        expect(JSON.stringify(requests).toLowerCase()).not.toContain("proxy-auth")
      })
    )

    it.scopedLive("may echo its credentials without showing them in an error", () =>
      Effect.gen(function* () {
        const server = yield* Effect.acquireRelease(
          Effect.async<Http.Server>((resume) => {
            const server = Http.createServer((request, response) => {
              const sent = String(request.headers["proxy-authorization"])
              const decoded = Buffer.from(sent.replace("Basic ", ""), "base64").toString()
              const error_msg = `rejected: ${JSON.stringify(request.headers)} ${decoded}`
              response.writeHead(400, { "content-type": "application/json" })
              response.end(JSON.stringify({ error_code: "A.1", error_msg }))
            })
            server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
          }),
          (server) => Effect.sync(() => server.close().closeAllConnections())
        )
        const { port } = server.address() as Net.AddressInfo
        const url = `http://user:${encoded}@127.0.0.1:${port}`
        const client = yield* clientOf("http://service.example:81", layerOf(environmentOf(url)))
        const text = JSON.stringify(yield* Effect.flip(client.listHotspotSessionConfig(parameters)))
        expect(text).toContain("rejected")
        expect(text).not.toContain(secret)
        expect(text).not.toContain(Buffer.from(`user:${secret}`).toString("base64"))
      })
    )

    it.scopedLive("is not used for hosts of NO_PROXY, and not by default", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make()
        const proxy = yield* makeProxy()
        const url = `http://127.0.0.1:${proxy.port}`
        for (const options of [environmentOf(url, { NO_PROXY: "127.0.0.0/8" }), { environment: { HTTP_PROXY: url } }]) {
          const client = yield* clientOf(emulator.endpoint, layerOf(options))
          yield* client.listHotspotSessionConfig(parameters)
        }
        expect(proxy.seen).toEqual([])
      })
    )

    it.scopedLive("may be given as a URL, which has the port of its scheme", () =>
      Effect.gen(function* () {
        for (const proxy of [new URL("http://u:p@127.0.0.1:80"), Redacted.make("http://u:p@127.0.0.1:80")]) {
          const client = yield* clientOf("https://service.invalid", layerOf({ proxy, connectTimeout: "100 millis" }))
          expect(yield* Effect.flip(client.listHotspotSessionConfig(parameters))).toMatchObject({
            reason: "proxy",
            detail: expect.stringContaining("127.0.0.1:80 (option proxy)")
          })
        }
      })
    )

    it.scopedLive("is never used for the metadata service", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make()
        const proxy = yield* makeProxy()
        const layer = layerOf(environmentOf(`http://127.0.0.1:${proxy.port}`))
        const context = yield* Layer.build(EcsMetadata.layer(emulator.endpoint).pipe(Layer.provideMerge(layer)))
        const credentials = yield* Effect.provide(Credentials.Credentials, context)
        yield* credentials.get
        expect((yield* emulator.requests).length).toBeGreaterThan(0)
        expect(proxy.seen).toEqual([])
      })
    )

    const rejections: ReadonlyArray<
      readonly [name: string, options: Parameters<typeof makeProxy>[0], url: string, expected: object, attempts: number]
    > = [
      [
        "requires credentials",
        { credentials: "a:b" },
        "http://",
        { code: "ERR_PROXY_407", detail: expect.stringContaining("requires a user and a password (407)") },
        1
      ],
      [
        "rejects its credentials",
        { credentials: "a:b" },
        `http://user:${encoded}@`,
        { code: "ERR_PROXY_407", detail: expect.stringContaining("rejected its user and password (407)") },
        1
      ],
      [
        "offers only other schemes",
        { credentials: "a:b", headers: { "proxy-authenticate": "Negotiate, NTLM" } },
        "http://",
        {
          detail: expect.stringContaining("requires authentication by Negotiate or NTLM, and only Basic is supported")
        },
        1
      ],
      [
        "forbids the host",
        { connectStatus: 403, forwardedResponse: { status: 403 } },
        "http://",
        { code: "ERR_PROXY_403" },
        1
      ]
    ]
    for (const [name, options, url, expected, attempts] of rejections) {
      it.scopedLive(`that ${name} is told as such, and nothing was done`, () =>
        Effect.gen(function* () {
          const proxy = yield* makeProxy(options)
          const at = `${url}127.0.0.1:${proxy.port}`
          for (const scheme of ["http", "https"]) {
            const client = yield* clientOf(`${scheme}://service.invalid`, layerOf(environmentOf(at)), 3)
            const error = yield* Effect.flip(client.createHotspotSessionConfig(change))
            expect(error).toMatchObject({
              _tag: "TransportError",
              reason: "proxy",
              outcome: "not_done",
              attempts,
              ...expected
            })
            expect(error.message).toContain(`127.0.0.1:${proxy.port} (environment variable HTTP`)
            expect(error.hint).toMatch(/proxy/i)
            expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret)
          }
        })
      )
    }

    it.scopedLive("that cannot reach the host is tried again, and nothing was done", () =>
      Effect.gen(function* () {
        const proxy = yield* makeProxy({ connectStatus: 503 })
        const client = yield* clientOf(
          "https://service.invalid",
          layerOf(environmentOf(`http://127.0.0.1:${proxy.port}`)),
          3
        )
        expect(yield* Effect.flip(client.createHotspotSessionConfig(change))).toMatchObject({
          reason: "proxy",
          code: "ERR_PROXY_503",
          detail: expect.stringContaining("did not connect to service.invalid:443: Service Unavailable (503)"),
          outcome: "not_done",
          attempts: 3
        })
      })
    )

    it.scopedLive("that responds to a forwarded write with a page of its own may have sent it", () =>
      Effect.gen(function* () {
        const proxy = yield* makeProxy({ forwardedResponse: { status: 502, body: "<html>" } })
        const client = yield* clientOf(
          "http://service.invalid",
          layerOf(environmentOf(`http://127.0.0.1:${proxy.port}`)),
          3
        )
        expect(yield* Effect.flip(client.createHotspotSessionConfig(change))).toMatchObject({
          reason: "proxy",
          code: "ERR_PROXY_502",
          outcome: "unknown",
          attempts: 1
        })
      })
    )

    it.scopedLive("passes on errors of the service", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make({ faults: [{ kind: "status", status: 403 }] })
        const proxy = yield* makeProxy()
        const client = yield* clientOf(emulator.endpoint, layerOf(environmentOf(`http://127.0.0.1:${proxy.port}`)))
        expect(yield* Effect.flip(client.listHotspotSessionConfig(parameters))).toMatchObject({ _tag: "Forbidden" })
      })
    )

    it.scopedLive("that cannot be reached, does not speak HTTP or does not respond is told as such", () =>
      Effect.gen(function* () {
        const closed = yield* Effect.scoped(Effect.map(makeProxy(), ({ port }) => port))
        const silent = yield* makeProxy({ connectStatus: 0 })
        const other = yield* Effect.acquireRelease(
          Effect.async<Net.Server>((resume) => {
            const server = Net.createServer((socket) => socket.on("error", () => {}).end("SSH-2.0-OpenSSH_9.2\r\n"))
            server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
          }),
          (server) => Effect.sync(() => server.close())
        )
        const cases = [
          [closed, { code: "ECONNREFUSED" }],
          [silent.port, { code: "ETIMEDOUT", detail: expect.stringContaining("the proxy has not opened a tunnel") }],
          [(other.address() as Net.AddressInfo).port, { code: expect.stringMatching(/^HPE_|ECONNRESET/) }]
        ] as const
        for (const [port, expected] of cases) {
          const options = {
            ...environmentOf(`http://user:${encoded}@127.0.0.1:${port}`),
            connectTimeout: "200 millis"
          } as const
          const client = yield* clientOf("https://service.invalid", layerOf(options))
          const error = yield* Effect.flip(client.createHotspotSessionConfig(change))
          expect(error).toMatchObject({ reason: "proxy", outcome: "not_done", ...expected })
          expect(error.message).toContain(`127.0.0.1:${port} (environment variable HTTPS_PROXY)`)
          expect(error.message).not.toContain(encoded)
        }
      })
    )

    it.scopedLive("that is not supported fails the calls that would use it", () =>
      Effect.gen(function* () {
        const layer = layerOf(environmentOf("socks5://127.0.0.1:1080", { NO_PROXY: "127.0.0.1" }))
        const client = yield* clientOf("https://service.invalid", layer, 3)
        expect(yield* Effect.flip(client.listHotspotSessionConfig(parameters))).toMatchObject({
          reason: "proxy",
          code: "ERR_PROXY_SETTING",
          detail: expect.stringContaining("environment variable HTTPS_PROXY is a SOCKS proxy"),
          attempts: 1
        })
        const emulator = yield* Emulator.make()
        const direct = yield* clientOf(emulator.endpoint, layer)
        expect((yield* direct.listHotspotSessionConfig(parameters)).items).toHaveLength(3)
      })
    )

    describe.skipIf(!hasOpenssl)("and TLS", () => {
      const scope = Effect.runSync(Scope.make())
      let authority: Effect.Effect.Success<typeof makeAuthority>
      beforeAll(async () => {
        authority = await Effect.runPromise(Scope.extend(makeAuthority, scope))
      })
      afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

      it.scopedLive("opens tunnels for https URLs, which are kept, also over TLS to the proxy", () =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.make()
          const { ca } = authority
          const service = yield* makeTlsServer(authority, emulator.endpoint)
          for (const tls of [undefined, authority]) {
            const proxy = yield* makeProxy({ credentials: `user:${secret}`, ...(tls === undefined ? {} : { tls }) })
            const url = `${tls === undefined ? "http" : "https"}://user:${encoded}@127.0.0.1:${proxy.port}`
            const client = yield* clientOf(`https://localhost:${service.port}`, layerOf({ ...environmentOf(url), ca }))
            for (const _ of [1, 2, 3]) yield* client.listHotspotSessionConfig(parameters)
            expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT localhost:${service.port}`]))
            // The pool of undici may open a second one before the first is free again.
            expect(proxy.seen.length).toBeLessThan(3)
          }
        })
      )

      it.scopedLive("verifies certificates, whatever NODE_TLS_REJECT_UNAUTHORIZED is", () =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.make()
          const service = yield* makeTlsServer(authority, emulator.endpoint)
          yield* Effect.acquireRelease(
            Effect.sync(() => Object.assign(process.env, { NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" })),
            () =>
              Effect.sync(() => {
                delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]
              })
          )
          const client = yield* clientOf(`https://localhost:${service.port}`, layerOf({}))
          expect(yield* Effect.flip(client.createHotspotSessionConfig(change))).toMatchObject({
            reason: "tls",
            code: "SELF_SIGNED_CERT_IN_CHAIN",
            outcome: "not_done"
          })
          const named = yield* clientOf(`https://127.0.0.2:${service.port}`, layerOf({ ca: authority.ca }))
          expect(yield* Effect.flip(named.listHotspotSessionConfig(parameters))).toHaveProperty(
            "_tag",
            "TransportError"
          )
          expect(yield* emulator.requests).toEqual([])
        })
      )

      it.scopedLive("trusts the authorities of SSL_CERT_FILE and SSL_CERT_DIR if a server needs them", () =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.make()
          const service = yield* makeTlsServer(authority, emulator.endpoint)
          const proxy = yield* makeProxy()
          // Each is tried with one transport, because the system's authorities take long to read.
          const environments =
            name === "undici"
              ? [{ SSL_CERT_DIR: `${authority.folder}\r` }]
              : [{ SSL_CERT_FILE: `${authority.caFile}\r`, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }]
          for (const environment of environments) {
            const client = yield* clientOf(
              `https://localhost:${service.port}`,
              layerOf({ systemCa: true, environment, proxy: "environment" })
            )
            const lists = [1, 2, 3].map(() => client.listHotspotSessionConfig(parameters))
            expect(yield* Effect.all(lists, { concurrency: "unbounded" })).toHaveLength(3)
          }
          // The first handshake fails; the others may fail too, before the authorities have been read.
          if (name === "undici") expect(proxy.seen).toHaveLength(0)
          else expect(proxy.seen.length).toBeGreaterThanOrEqual(4)
        })
      )
    })
  })
}
