import { createHash } from "node:crypto"
import type * as Http from "node:http"
import * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck, Redacted } from "effect"
import * as BodyMemory from "../src/BodyMemory.js"
import { client, contractPath, makeGateway, makeUpstream, ownCredentials, send } from "./support.js"

const caller = FastCheck.constantFrom("a", "b", "c", "d", "e", "f")
const bytes = FastCheck.integer({ min: 1, max: BodyMemory.maxPerCaller + 1 })
const step = FastCheck.oneof(
  FastCheck.record({ caller, bytes }),
  FastCheck.record({ release: FastCheck.nat({ max: 30 }) })
)

describe("the memory of bodies", () => {
  it.prop(
    "never exceeds a maximum, refuses nothing below both, and is empty in the end",
    [FastCheck.array(step)],
    ([steps]) => {
      const memory = BodyMemory.make()
      const held: Array<{ readonly caller: string; readonly bytes: number; readonly release: () => void }> = []
      const sumOf = (bodies: ReadonlyArray<{ readonly bytes: number }>) =>
        bodies.reduce((sum, { bytes }) => sum + bytes, 0)
      for (const one of steps) {
        if ("release" in one) {
          const [released] = held.splice(one.release, 1)
          // Releasing twice counts once.
          released?.release()
          released?.release()
        } else {
          const own = sumOf(held.filter(({ caller }) => caller === one.caller)) + one.bytes
          const fits = own <= BodyMemory.maxPerCaller && sumOf(held) + one.bytes <= BodyMemory.maxTotal
          const release = memory.hold(one.caller, one.bytes)
          expect(release !== undefined).toBe(fits)
          if (release !== undefined) held.push({ ...one, release })
        }
        expect(memory.size()).toBe(sumOf(held))
      }
      for (const { release } of held) release()
      expect(memory.size()).toBe(0)
    }
  )
})

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")
const writer = (name: string) => ({ hash: sha256(name), permissions: ["read" as const, "write" as const] })

const maxBodySize = 256 * 1024
const settings = JSON.stringify({ hotspot_session_migration_enable: true, hotspot_exit_session_num: 7 })

const setup = Effect.gen(function* () {
  const waiting: Array<Http.ServerResponse> = []
  let isHolding = false
  const upstream = yield* makeUpstream(() => "stall")
  upstream.server.removeAllListeners("request")
  upstream.server.on("request", (_: Http.IncomingMessage, response: Http.ServerResponse) => {
    if (isHolding) waiting.push(response)
    else response.end('{"id":"1"}')
  })
  const gateway = yield* makeGateway(client(upstream.endpoint, {}, ownCredentials), {
    credentials: "own",
    apiKeys: [writer("one"), writer("other")],
    accessKeys: [{ accessKey: "KNOWN", secretKey: Redacted.make("gateway-secret-0123456789") }],
    writes: true,
    metrics: true
  })
  const heldBytes = Effect.map(send(`${gateway.url}/metrics`, {}), ({ text }) =>
    Number(/^hotspot_session_gateway_request_body_bytes (\d+)$/m.exec(text)?.[1])
  )
  const until = (bytes: number) =>
    Effect.repeat(Effect.zipRight(Effect.sleep("2 millis"), heldBytes), { until: (held) => held === bytes })
  const create = (key: string, signal?: AbortSignal) =>
    send(`${gateway.url}${contractPath}`, {
      method: "POST",
      headers: { "x-api-key": key, "content-type": "application/json" },
      body: settings,
      ...(signal === undefined ? {} : { signal })
    })
  /** Sends the head of a write and nothing of its body. */
  const begin = (credential: string) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const socket = Net.connect(gateway.port, "127.0.0.1")
        socket.on("error", () => {})
        socket.write(
          `POST ${contractPath} HTTP/1.1\r\nHost: x\r\n${credential}\r\nContent-Type: application/json\r\nContent-Length: ${maxBodySize}\r\n\r\n`
        )
        return socket
      }),
      (socket) => Effect.sync(() => socket.destroy())
    )
  const hold = Effect.sync(() => {
    isHolding = true
  })
  return { ...gateway, begin, create, heldBytes, hold, until, waiting }
})

describe("request bodies", () => {
  it.scopedLive("of one caller get 503 beyond its share of the memory, and others are read", () =>
    Effect.gen(function* () {
      const { begin, create, until, url } = yield* setup
      const sockets = yield* Effect.forEach(
        Array.from({ length: BodyMemory.maxPerCaller / maxBodySize }, () => "X-Api-Key: one"),
        begin
      )
      yield* until(BodyMemory.maxPerCaller)
      const refused = yield* create("one")
      expect([refused.status, refused.json["error_code"], refused.headers.get("retry-after")]).toEqual([
        503,
        "HSG.0015",
        "1"
      ])
      expect((yield* create("other")).status).toBe(200)
      expect((yield* send(`${url}/metrics`, {})).text).toContain('refused_total{reason="bodies"} 1\n')
      for (const socket of sockets) socket.destroy()
      yield* until(0)
      expect((yield* create("one")).status).toBe(200)
    })
  )

  it.scopedLive("that are signed with unknown access keys have one share of the memory", () =>
    Effect.gen(function* () {
      const { begin, create, heldBytes, until, url } = yield* setup
      const signedBy = (accessKey: string) =>
        `Authorization: SDK-HMAC-SHA256 Access=${accessKey}, SignedHeaders=x-sdk-date, Signature=${"0".repeat(64)}`
      const count = BodyMemory.maxPerCaller / maxBodySize
      yield* Effect.forEach(
        Array.from({ length: count + 2 }, (_, index) => signedBy(`UNKNOWN${index}`)),
        begin
      )
      yield* until(BodyMemory.maxPerCaller)
      yield* Effect.repeat(Effect.zipRight(Effect.sleep("2 millis"), send(`${url}/metrics`, {})), {
        until: ({ text }) => text.includes('refused_total{reason="bodies"} 2\n')
      })
      expect(yield* heldBytes).toBe(BodyMemory.maxPerCaller)
      yield* begin(signedBy("KNOWN"))
      yield* until(BodyMemory.maxPerCaller + maxBodySize)
      expect((yield* create("one")).status).toBe(200)
    })
  )

  it.scopedLive("of writes are counted until the cloud has responded, even if the client disconnects", () =>
    Effect.gen(function* () {
      const { create, heldBytes, hold, logs, until, waiting } = yield* setup
      expect((yield* create("one")).status).toBe(200)
      expect(yield* heldBytes).toBe(0)
      yield* hold
      const abort = new AbortController()
      const disconnected = yield* Effect.fork(Effect.exit(Effect.sandbox(create("one", abort.signal))))
      yield* Effect.repeat(Effect.sleep("2 millis"), { until: () => waiting.length === 1 })
      abort.abort()
      yield* disconnected
      yield* Effect.repeat(Effect.sleep("2 millis"), { until: () => logs.join().includes('"status":499') })
      expect(yield* heldBytes).toBe(settings.length)
      waiting[0]?.end('{"id":"1"}')
      yield* until(0)
    })
  )
})
