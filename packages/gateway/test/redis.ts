import { type ChildProcess, spawn } from "node:child_process"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { expect } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { RedisStore } from "@hotspot-session/gateway/redis"
import { Effect, Layer } from "effect"
import { Redis } from "ioredis"
import { isInstalled } from "../../../test/tools.js"
import { client, makeGateway, send } from "./support.js"

export const hasRedis = isInstalled("redis-server")

export const password = "canary-redis-password"
export const path = `/v1/${Demo.projectId}/hotspot-session-config`

const freePort = Effect.async<number>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** A redis-server, and a separate connection for the test. */
const makeRedis = Effect.gen(function* () {
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

/** The emulator, and a constructor of gateways in front of it that share one Redis. */
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
  const callCount = Effect.map(emulator.requests, ({ length }) => length)
  return { redis, emulator, token, gateway, callCount }
})

export const withToken = (token: string): RequestInit => ({ headers: { "x-auth-token": token } })

/** The log lines that contain a message. */
export const linesWith = (logs: ReadonlyArray<string>, message: string) => logs.filter((line) => line.includes(message))

/** Requests a different page each time until a message is logged. */
export const sendUntilLogged = (url: string, token: string, logs: ReadonlyArray<string>, message: string) =>
  Effect.gen(function* () {
    for (let offset = 0; linesWith(logs, message).length === 0; offset++) {
      expect((yield* send(`${url}${path}?offset=${offset}`, withToken(token))).status).toBe(200)
      yield* Effect.sleep("20 millis")
    }
  })

export const unavailable = "the shared store is unavailable"
export const availableAgain = "the shared store is available again"

export const dump = (admin: Redis) =>
  Effect.promise(async () => {
    const keys = await admin.keys("*")
    const values = await Promise.all(keys.map((key) => admin.dumpBuffer(key)))
    const texts = await Promise.all(keys.map((key) => admin.get(key)))
    const ttls = await Promise.all(keys.map((key) => admin.pttl(key)))
    const isExpired = -2
    return {
      keys,
      ttls: ttls.filter((ttl) => ttl !== isExpired),
      text: [...keys, ...values.map((value) => value?.toString("latin1")), ...texts].join("\n")
    }
  })

export const hasMetric = (url: string, line: string) =>
  Effect.map(send(`${url}/metrics`, {}), ({ text }) => text.includes(`hotspot_session_gateway_${line}\n`))

export const waitUntil = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  condition.pipe(Effect.zipLeft(Effect.sleep("5 millis")), Effect.repeat({ until: (isMet) => isMet }))
