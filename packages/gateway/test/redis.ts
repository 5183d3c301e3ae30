import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { expect } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { RedisStore } from "@hotspot-session/gateway/redis"
import { Effect, Layer } from "effect"
import { Redis } from "ioredis"
import { ask, client, makeGateway } from "./support.js"

export const isInstalled = spawnSync("redis-server", ["--version"]).status === 0
if (!isInstalled) {
  process.stderr.write("redis-server is not installed: what is promised of a real Redis is not tested here\n")
}

export const password = "canary-redis-password"
export const path = `/v1/${Demo.projectId}/hotspot-session-config`

export const freePort = Effect.async<number>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** A redis-server, and a connection to it that is nobody else's. */
export const makeRedis = Effect.gen(function* () {
  const port = yield* freePort
  let server: ChildProcess | undefined
  const start = Effect.async<void>((resume) => {
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--requirepass", password, "--save", ""]
    const started = spawn("redis-server", [...args, "--dir", tmpdir()], { stdio: ["ignore", "pipe", "inherit"] })
    server = started
    started.stdout.on("data", (chunk: Buffer) => {
      if (chunk.includes("Ready to accept")) resume(Effect.void)
    })
  })
  const signal = (name: NodeJS.Signals) => Effect.sync(() => void server?.kill(name))
  const kill = Effect.async<void>((resume) => {
    server?.once("close", () => resume(Effect.void))
    server?.kill("SIGKILL")
  })
  yield* Effect.acquireRelease(start, () => signal("SIGKILL"))
  const admin = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const admin = new Redis({ host: "127.0.0.1", port, password })
      return admin.on("error", () => {})
    }),
    (admin) => Effect.sync(() => admin.disconnect())
  )
  const url = `redis://default:${password}@127.0.0.1:${port}`
  return { port, url, start, signal, kill, admin }
})

/** The emulator, and as many gateways as are wanted in front of it, with one Redis. */
export const setup = Effect.gen(function* () {
  const redis = yield* makeRedis
  const emulator = yield* Emulator.make({ count: 3 })
  const token = emulator.issueToken(Demo.projectId)
  const gateway = (options: Parameters<typeof makeGateway>[1] = {}, url = redis.url) =>
    makeGateway(Layer.merge(client(emulator.endpoint), RedisStore.layer({ url })), {
      cache: {},
      metrics: true,
      rateLimit: { requests: 600, per: "1 minute" },
      ...options
    })
  const asked = Effect.map(emulator.requests, ({ length }) => length)
  return { redis, emulator, token, gateway, asked }
})

export const as = (token: string): RequestInit => ({ headers: { "x-auth-token": token } })

/** What was told, by its message. */
export const told = (logs: ReadonlyArray<string>, message: string) => logs.filter((line) => line.includes(message))

/** Asks for something else each time until that is told. */
export const askUntil = (url: string, token: string, logs: ReadonlyArray<string>, message: string) =>
  Effect.gen(function* () {
    for (let offset = 0; told(logs, message).length === 0; offset++) {
      expect((yield* ask(`${url}${path}?offset=${offset}`, as(token))).status).toBe(200)
      yield* Effect.sleep("20 millis")
    }
  })

export const away = "the shared store is away"
export const back = "the shared store is back"

export const dump = (admin: Redis) =>
  Effect.promise(async () => {
    const keys = await admin.keys("*")
    const values = await Promise.all(keys.map((key) => admin.dumpBuffer(key)))
    const texts = await Promise.all(keys.map((key) => admin.get(key)))
    const ttls = await Promise.all(keys.map((key) => admin.pttl(key)))
    return { keys, ttls, text: [...keys, ...values.map((value) => value?.toString("latin1")), ...texts].join("\n") }
  })

export const metric = (url: string, line: string) =>
  Effect.map(ask(`${url}/metrics`, {}), ({ text }) => text.includes(`hotspot_session_gateway_${line}\n`))

export const until = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  condition.pipe(Effect.zipLeft(Effect.sleep("5 millis")), Effect.repeat({ until: (isMet) => isMet }))
