import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as Net from "node:net"
import { tmpdir } from "node:os"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { RedisStore } from "@hotspot-session/http/redis"
import { Effect, Either, Exit, Layer, Redacted } from "effect"
import { Redis } from "ioredis"
import * as RedisUrl from "../src/shared/RedisUrl.js"
import { endCommands, keyOf, startCommand } from "./startCommand.js"
import { ask, client, makeGateway, ownCredentials, ownToken } from "./support.js"

const isInstalled = spawnSync("redis-server", ["--version"]).status === 0
if (!isInstalled) {
  process.stderr.write("redis-server is not installed: what is promised of a real Redis is not tested here\n")
}

const password = "canary-redis-password"
const path = `/v1/${Demo.projectId}/hotspot-session-config`

const freePort = Effect.async<number>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** A redis-server, and a connection to it that is nobody else's. */
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

/** The emulator, and as many gateways as are wanted in front of it, with one Redis. */
const setup = Effect.gen(function* () {
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

const as = (token: string): RequestInit => ({ headers: { "x-auth-token": token } })

/** What was told, by its message. */
const told = (logs: ReadonlyArray<string>, message: string) => logs.filter((line) => line.includes(message))

/** Asks for something else each time until that is told. */
const askUntil = (url: string, token: string, logs: ReadonlyArray<string>, message: string) =>
  Effect.gen(function* () {
    for (let offset = 0; told(logs, message).length === 0; offset++) {
      expect((yield* ask(`${url}${path}?offset=${offset}`, as(token))).status).toBe(200)
      yield* Effect.sleep("20 millis")
    }
  })

const away = "the shared store is away"
const back = "the shared store is back"

describe("the URL of a Redis", () => {
  const show = (text: string) => Either.map(RedisUrl.parse(text), RedisUrl.show)

  it.each([
    ["redis://localhost", "redis://localhost:6379/0"],
    ["rediss://10.0.0.1:6380/7", "rediss://10.0.0.1:6380/7"],
    ["redis://:p%40ss@[::1]/", "redis://:********@[::1]:6379/0"],
    ["redis://us%20er:p@h", "redis://us%20er:********@h:6379/0"],
    ["redis://user@h", "redis://user@h:6379/0"]
  ])("%s is %s", (text, shown) => {
    expect(show(text)).toEqual(Either.right(shown))
    const { password: found } = Either.getOrThrow(RedisUrl.parse(text))
    if (text.includes("p%40ss")) expect(found === undefined ? "" : Redacted.value(found)).toBe("p@ss")
  })

  it.each([
    "",
    "localhost",
    "localhost:6379",
    "http://h",
    "redis://",
    "redis:///0",
    "redis://h/x",
    "redis://h/0?family=6",
    "redis://h/0#x",
    "redis://u:%zz@h",
    "redis://h:99999"
  ])("%s is none", (text) => {
    expect(Either.getOrThrow(Either.flip(RedisUrl.parse(text)))).toMatch(/^It must be redis:/)
  })

  it.scoped("that is none is refused without being repeated", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(RedisStore.make({ url: `http://:${password}@h` }))
      expect(Exit.isFailure(exit)).toBe(true)
      expect(JSON.stringify(exit)).toContain("redis://host:6379")
      expect(JSON.stringify(exit)).not.toContain(password)
    })
  )
})

/** Everything that a Redis holds, as it is sent to another one. */
const dump = (admin: Redis) =>
  Effect.promise(async () => {
    const keys = await admin.keys("*")
    const values = await Promise.all(keys.map((key) => admin.dumpBuffer(key)))
    const texts = await Promise.all(keys.map((key) => admin.get(key)))
    const ttls = await Promise.all(keys.map((key) => admin.pttl(key)))
    return { keys, ttls, text: [...keys, ...values.map((value) => value?.toString("latin1")), ...texts].join("\n") }
  })

const metric = (url: string, line: string) =>
  Effect.map(ask(`${url}/metrics`, {}), ({ text }) => text.includes(`hotspot_session_gateway_${line}\n`))

const until = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  condition.pipe(Effect.zipLeft(Effect.sleep("5 millis")), Effect.repeat({ until: (isMet) => isMet }))

describe.skipIf(!isInstalled)("gateways that share a Redis (skipped where redis-server is not installed)", () => {
  it.scopedLive("serve each other's answers without asking the cloud, as old as they are", () =>
    Effect.gen(function* () {
      const { asked, gateway, token } = yield* setup
      const [a, b] = [yield* gateway(), yield* gateway()]
      const caller = yield* token
      const miss = yield* ask(`${a.url}${path}`, as(caller))
      expect([miss.status, miss.headers.get("x-cache")]).toEqual([200, "miss"])
      // It is written in the background.
      yield* until(metric(a.url, 'shared_requests_total{operation="write",outcome="ok"} 1'))
      const before = yield* asked
      const hit = yield* ask(`${b.url}${path}`, as(caller))
      expect([hit.status, hit.headers.get("x-cache"), hit.text]).toEqual([200, "hit", miss.text])
      expect(hit.headers.get("etag")).toBe(miss.headers.get("etag"))
      expect(yield* asked).toBe(before)
      // Nobody else is served it.
      const other = yield* ask(`${b.url}${path}`, as(yield* token))
      expect(other.headers.get("x-cache")).toBe("miss")
    })
  )

  it.scopedLive("end what the cloud refuses since, for all of them", () =>
    Effect.gen(function* () {
      const { emulator, gateway, token } = yield* setup
      const cache = { fresh: 0, staleWhileRevalidate: 0, staleIfError: "1 hour" } as const
      const [a, b] = [yield* gateway({ cache }), yield* gateway({ cache })]
      const caller = yield* token
      const status = (url: string) => Effect.map(ask(`${url}${path}`, as(caller)), ({ status }) => status)
      expect([yield* status(a.url), yield* status(b.url)]).toEqual([200, 200])
      yield* emulator.inject([{ kind: "status", status: 401, times: 1 }])
      expect(yield* status(a.url)).toBe(401)
      yield* until(metric(a.url, 'shared_requests_total{operation="write",outcome="ok"} 2'))
      yield* emulator.inject([{ kind: "status", status: 500 }])
      expect([yield* status(a.url), yield* status(b.url)]).toEqual([500, 500])
    })
  )

  it.scopedLive("add up a caller's requests", () =>
    Effect.gen(function* () {
      const { gateway, token } = yield* setup
      const rateLimit = { requests: 6, per: "1 hour" } as const
      const gateways = [yield* gateway({ rateLimit }), yield* gateway({ rateLimit })]
      const caller = yield* token
      const all: Array<unknown> = []
      for (let round = 0; round < 8; round++) {
        const answer = yield* ask(`${gateways[round % 2]?.url}${path}?limit=${round + 1}`, as(caller))
        all.push([answer.status, answer.headers.get("ratelimit-remaining")])
        if (answer.status === 429) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(500)
      }
      expect(all).toEqual([...["5", "4", "3", "2", "1", "0"].map((left) => [200, left]), [429, "0"], [429, "0"]])
      const other = yield* ask(`${gateways[0]?.url}${path}`, as(yield* token))
      expect(other.headers.get("ratelimit-remaining")).toBe("5")
    })
  )

  it.scopedLive("add up hits as well, which do not wait for it", () =>
    Effect.gen(function* () {
      const { gateway, redis, token } = yield* setup
      const rateLimit = { requests: 20, per: "1 hour" } as const
      const [a, b] = [yield* gateway({ rateLimit }), yield* gateway({ rateLimit })]
      const caller = yield* token
      yield* ask(`${a.url}${path}`, as(caller))
      for (let round = 0; round < 9; round++) {
        const hit = yield* ask(`${a.url}${path}`, as(caller))
        expect([hit.headers.get("x-cache"), hit.headers.get("ratelimit-remaining")]).toEqual([
          "hit",
          String(18 - round)
        ])
      }
      const bucket = Effect.promise(async () => {
        const [key = ""] = await redis.admin.keys("*:bucket:*")
        return Number(await redis.admin.pttl(key))
      })
      // Ten of twenty an hour.
      yield* until(Effect.map(bucket, (ttl) => ttl > 29 * 60_000))
      expect((yield* ask(`${b.url}${path}?limit=2`, as(caller))).headers.get("ratelimit-remaining")).toBe("9")
    })
  )

  it.scopedLive("go on while it is killed, and share again once it is back", () =>
    Effect.gen(function* () {
      const { gateway, redis, token } = yield* setup
      const [a, b] = [yield* gateway(), yield* gateway()]
      const caller = yield* token
      yield* ask(`${a.url}${path}`, as(caller))
      yield* redis.kill
      for (const { logs, url } of [a, b]) {
        yield* askUntil(url, caller, logs, away)
        expect((yield* ask(`${url}/readyz`, {})).status).toBe(200)
        expect(yield* metric(url, "shared_up 0")).toBe(true)
        expect((yield* ask(`${url}${path}`, as(caller))).status).toBe(200)
      }
      yield* redis.start
      for (const { logs, url } of [a, b]) {
        yield* askUntil(url, caller, logs, back)
        expect(yield* metric(url, "shared_up 1")).toBe(true)
        expect([told(logs, away).length, told(logs, back).length]).toEqual([1, 1])
      }
      const fresh = yield* token
      const miss = yield* ask(`${a.url}${path}`, as(fresh))
      expect(miss.headers.get("x-cache")).toBe("miss")
      yield* until(Effect.map(dump(redis.admin), ({ text }) => text.includes(JSON.stringify(miss.text).slice(1, -1))))
      expect((yield* ask(`${b.url}${path}`, as(fresh))).headers.get("x-cache")).toBe("hit")
    })
  )

  it.scopedLive("go on while it hangs, and find it again", () =>
    Effect.gen(function* () {
      const { gateway, redis, token } = yield* setup
      const { logs, url } = yield* gateway()
      const caller = yield* token
      yield* redis.signal("SIGSTOP")
      const began = performance.now()
      expect((yield* ask(`${url}${path}`, as(caller))).status).toBe(200)
      // 80 ms are promised; a busy machine may take more, but never the seconds that a server is given to connect.
      expect(performance.now() - began).toBeLessThan(900)
      yield* askUntil(url, caller, logs, away)
      yield* redis.signal("SIGCONT")
      yield* askUntil(url, caller, logs, back)
    })
  )

  it.scopedLive("end in time while it hangs", () =>
    Effect.gen(function* () {
      const { gateway, redis, token } = yield* setup
      const caller = yield* token
      const gatewayOfItsOwn = Effect.gen(function* () {
        const { url } = yield* gateway()
        yield* ask(`${url}${path}`, as(caller))
        yield* redis.signal("SIGSTOP")
        yield* ask(`${url}${path}?limit=2`, as(caller))
      })
      yield* Effect.scoped(gatewayOfItsOwn)
    }).pipe(Effect.timeout("20 seconds"))
  )

  it.scopedLive("go on while it is full or holds garbage, and replace the garbage", () =>
    Effect.gen(function* () {
      const { asked, gateway, redis, token } = yield* setup
      const [a, b] = [yield* gateway(), yield* gateway()]
      const caller = yield* token
      yield* ask(`${a.url}${path}`, as(caller))
      yield* until(Effect.map(dump(redis.admin), ({ keys }) => keys.some((key) => key.includes(":answer:"))))
      const [answer = "", ...others] = (yield* dump(redis.admin)).keys.filter((key) => key.includes(":answer:"))
      expect(others).toEqual([])
      const before = yield* asked
      yield* Effect.promise(() => redis.admin.set(answer, "\0garbage"))
      expect((yield* ask(`${b.url}${path}`, as(caller))).headers.get("x-cache")).toBe("miss")
      expect((yield* asked) - before).toBe(1)
      yield* until(
        Effect.map(
          Effect.promise(() => redis.admin.get(answer)),
          (text) => text?.includes('"v":1') === true
        )
      )
      // A list where a text is expected.
      yield* Effect.promise(() => redis.admin.multi().flushall().rpush(answer, "1").exec())
      const c = yield* gateway()
      expect((yield* ask(`${c.url}${path}`, as(caller))).status).toBe(200)

      yield* Effect.promise(() => redis.admin.config("SET", "maxmemory", "1"))
      yield* askUntil(a.url, caller, a.logs, away)
      expect(told(a.logs, away)[0]).toContain("OOM")
      yield* Effect.promise(() => redis.admin.config("SET", "maxmemory", "0"))
      yield* askUntil(a.url, caller, a.logs, back)
    })
  )

  it.scopedLive("leave nothing in it that gives a caller away, and nothing for ever", () =>
    Effect.gen(function* () {
      const { emulator, gateway, redis, token } = yield* setup
      const apiKey = "canary-api-key"
      const hash = createHash("sha256").update(apiKey).digest("hex")
      const passThrough = yield* gateway()
      const own = yield* makeGateway(
        Layer.merge(
          client(emulator.endpoint, {}, ownCredentials),
          RedisStore.layer({ url: Redacted.make(redis.url), prefix: "own" })
        ),
        { credentials: "own", apiKeys: [hash], cache: {}, rateLimit: { requests: 100, per: "1 minute" } }
      )
      const secrets = [yield* token, ownToken, apiKey, password]
      yield* ask(`${passThrough.url}${path}`, as(secrets[0] ?? ""))
      yield* emulator.inject([{ kind: "status", status: 401, body: "echo", times: 1 }])
      yield* ask(`${passThrough.url}${path}?limit=3`, as(secrets[0] ?? ""))
      yield* ask(`${own.url}${path}`, { headers: { "x-api-key": apiKey } })
      yield* until(Effect.map(dump(redis.admin), ({ keys }) => keys.some((key) => key.startsWith("own:bucket:"))))
      const { keys, text, ttls } = yield* dump(redis.admin)
      for (const key of keys) expect(key).toMatch(/^(hotspot-session|own):(answer|bucket):[0-9a-f]{64}$/)
      expect(Math.min(...ttls)).toBeGreaterThan(0)
      expect(Math.max(...ttls)).toBeLessThanOrEqual(3_670_000)
      for (const secret of secrets) {
        expect(text.includes(secret)).toBe(false)
        expect(text).not.toContain(createHash("sha256").update(secret).digest("hex"))
      }
      expect(JSON.stringify([passThrough.logs, own.logs])).not.toContain(password)
    })
  )

  it.scopedLive("do not get at one that wants another password, and say why", () =>
    Effect.gen(function* () {
      const { gateway, redis, token } = yield* setup
      const { logs, url } = yield* gateway({}, redis.url.replace(password, "wrong-canary"))
      expect((yield* ask(`${url}${path}`, as(yield* token))).status).toBe(200)
      expect(told(logs, away)[0]).toMatch(/WRONGPASS/)
      expect(logs.join()).not.toContain("wrong-canary")
    })
  )
})

describe.skipIf(!isInstalled)("two of the command (skipped where redis-server is not installed)", () => {
  it.scopedLive("share by a URL of the environment, unless they ask with other credentials", () =>
    Effect.gen(function* () {
      const { emulator, redis, token } = yield* setup
      yield* Effect.addFinalizer(() => Effect.sync(endCommands))
      const args = ["--port", "0", "--endpoint", emulator.endpoint]
      const environment = { HOTSPOT_SESSION_HTTP_REDIS_URL: redis.url }
      const own = ["--credentials", "own"]
      const started = [
        startCommand(args, environment),
        startCommand(args, environment),
        startCommand([...args, ...own], { ...environment, HOTSPOT_SESSION_AUTH_TOKEN: yield* token }),
        startCommand([...args, ...own], { ...environment, HOTSPOT_SESSION_AUTH_TOKEN: yield* token })
      ]
      const urls = yield* Effect.promise(() => Promise.all(started.map(({ url }) => url)))
      const caller = yield* token
      const outcomes: Array<unknown> = []
      for (const [index, url] of urls.entries()) {
        const key = keyOf(started[index]?.output.stderr ?? "")
        const answer = yield* ask(`${url}${path}`, index < 2 ? as(caller) : { headers: { "x-api-key": key } })
        outcomes.push([answer.status, answer.headers.get("x-cache")])
        if (index === 0 || index === 2)
          yield* until(metric(url, 'shared_requests_total{operation="write",outcome="ok"} 1'))
      }
      expect(outcomes).toEqual([
        [200, "miss"],
        [200, "hit"],
        [200, "miss"],
        [200, "miss"]
      ])
      for (const { child } of started) child.kill("SIGTERM")
      for (const { code, stderr, stdout } of yield* Effect.promise(() =>
        Promise.all(started.map(({ ended }) => ended))
      )) {
        expect(code).toBe(0)
        expect(stderr).toMatch(/^(?:no keys .*\n)?listening on \S+\n$/)
        expect(stdout + stderr).not.toContain(password)
      }
      for (const key of (yield* dump(redis.admin)).keys) expect(key).toMatch(/^hotspot-session:[0-9a-f]{16}:/)
    })
  )
})
