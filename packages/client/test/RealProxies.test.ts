import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { isInstalled } from "../../../test/tools.js"
import { hasOpenssl, makeAuthority } from "./authority.js"
import { makeTlsServer } from "./proxyServer.js"

const freePort = Effect.async<number>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const listens = (port: number) =>
  Effect.async<void, Error>((resume) => {
    const socket = Net.connect(port, "127.0.0.1", () => {
      socket.destroy()
      resume(Effect.void)
    }).on("error", (error) => resume(Effect.fail(error)))
  })

const makeTinyproxy = (...lines: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const port = yield* freePort
    const folder = mkdtempSync(join(tmpdir(), "hotspot-session-"))
    const file = join(folder, "tinyproxy.conf")
    writeFileSync(file, [`Port ${port}`, "Listen 127.0.0.1", "Timeout 60", "Allow 127.0.0.1", ...lines, ""].join("\n"))
    yield* Effect.acquireRelease(
      Effect.sync((): ChildProcess => spawn("tinyproxy", ["-d", "-c", file], { stdio: "ignore" })),
      (child) =>
        Effect.sync(() => {
          child.kill("SIGKILL")
          rmSync(folder, { recursive: true })
        })
    )
    yield* Effect.retry(listens(port), Schedule.spaced("20 millis"))
    return port
  })

type LayerOf = (options: NodeHotspotSession.HttpClientOptions) => Layer.Layer<HttpClient.HttpClient, unknown>

const layers: Readonly<Record<string, LayerOf>> = {
  "node:http": NodeHotspotSession.layerHttpClient,
  undici: NodeHotspotSession.layerUndici
}

describe.skipIf(!isInstalled("tinyproxy") || !hasOpenssl)("tinyproxy", () => {
  for (const [name, layerOf] of Object.entries(layers)) {
    it.scopedLive(`serves ${name} with Basic authentication, for http and https, and its refusals are told`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make()
        const authority = yield* makeAuthority
        const service = yield* makeTlsServer(authority, emulator.endpoint)
        const port = yield* makeTinyproxy("BasicAuth user pa55word", `ConnectPort ${service.port}`)
        const call = (endpoint: string, proxy: string) =>
          Effect.flatMap(HotspotSession.HotspotSession, ({ listHotspotSessionConfig }) =>
            listHotspotSessionConfig({ project_id: Demo.projectId })
          ).pipe(
            Effect.provide(
              HotspotSession.layer({ endpoint, retry: RetryPolicy.none }).pipe(
                Layer.provide([layerOf({ proxy, ca: authority.ca }), Credentials.layerToken(Redacted.make(Demo.token))])
              )
            )
          )
        const good = `http://user:pa55word@127.0.0.1:${port}`
        for (const endpoint of [emulator.endpoint, `https://localhost:${service.port}`]) {
          expect((yield* call(endpoint, good)).items).toHaveLength(3)
          for (const proxy of [`http://127.0.0.1:${port}`, `http://user:other@127.0.0.1:${port}`]) {
            expect(yield* Effect.flip(call(endpoint, proxy))).toMatchObject({
              reason: "proxy",
              code: expect.stringMatching(/^ERR_PROXY_40[17]$/)
            })
          }
        }
        expect(yield* Effect.flip(call("https://localhost:1", good))).toMatchObject({ code: "ERR_PROXY_403" })
        expect(yield* Effect.flip(call("http://service.invalid", good))).toMatchObject({
          reason: "proxy",
          code: "ERR_PROXY_500"
        })
        expect((yield* emulator.requests).every(({ headers }) => headers["proxy-authorization"] === undefined)).toBe(
          true
        )
      })
    )
  }
})
