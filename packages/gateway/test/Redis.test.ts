import { createHash } from "node:crypto"
import * as Net from "node:net"
import { describe, expect, it, vi } from "@effect/vitest"
import { RedisStore } from "@hotspot-session/gateway/redis"
import { Duration, Effect, Either, Exit, Fiber, Layer, Redacted } from "effect"
import * as RedisUrl from "../src/shared/RedisUrl.js"
import {
  availableAgain,
  dump,
  hasMetric,
  hasRedis,
  linesWith,
  password,
  path,
  sendUntilLogged,
  setup,
  unavailable,
  waitUntil,
  withToken
} from "./redis.js"
import { client, makeGateway, ownCredentials, ownToken, send } from "./support.js"

describe("RedisUrl", () => {
  const redact = (text: string) => Either.map(RedisUrl.parse(text), RedisUrl.redacted)

  it.each([
    ["redis://localhost", "redis://localhost:6379/0"],
    ["rediss://10.0.0.1:6380/7", "rediss://10.0.0.1:6380/7"],
    ["redis://:p%40ss@[::1]/", "redis://:********@[::1]:6379/0"],
    ["redis://us%20er:p@h", "redis://us%20er:********@h:6379/0"],
    ["redis://user@h", "redis://user@h:6379/0"]
  ])("parses %s as %s", (text, expected) => {
    expect(redact(text)).toEqual(Either.right(expected))
    const { password: parsedPassword } = Either.getOrThrow(RedisUrl.parse(text))
    if (text.includes("p%40ss")) expect(parsedPassword === undefined ? "" : Redacted.value(parsedPassword)).toBe("p@ss")
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
  ])("rejects %s", (text) => {
    expect(Either.getOrThrow(Either.flip(RedisUrl.parse(text)))).toMatch(/^It must be redis:/)
  })

  it.scoped("is not repeated in the ConfigError if it is invalid", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(RedisStore.make({ url: `http://:${password}@h` }))
      expect(Exit.isFailure(exit)).toBe(true)
      expect(JSON.stringify(exit)).toContain("redis://host:6379")
      expect(JSON.stringify(exit)).not.toContain(password)
    })
  )
})

describe("RedisStore", () => {
  /** A server that sends the same reply to every command that it answers, and the commands that it has received. */
  const makeServer = (reply: string, isAnswered: (text: string) => boolean = () => true) =>
    Effect.acquireRelease(
      Effect.async<{ readonly server: Net.Server; readonly url: string; readonly received: Array<string> }>(
        (resume) => {
          const received: Array<string> = []
          const server = Net.createServer((socket) => {
            socket.setEncoding("latin1")
            socket.on("error", () => {})
            socket.on("data", (text: string) => {
              received.push(text)
              if (isAnswered(text)) socket.write(reply.repeat(text.match(/^\*\d+\r$/gm)?.length ?? 0))
            })
          }).listen(0, "127.0.0.1", () => {
            const { port } = server.address() as Net.AddressInfo
            resume(Effect.succeed({ server, url: `redis://127.0.0.1:${port}`, received }))
          })
        }
      ),
      ({ server }) => Effect.sync(() => void server.close())
    )

  const bucket = { key: "k", tokens: 1, limit: 10, refillRate: Duration.seconds(1), allowOverflow: false } as const

  it.scopedLive.each([
    ["OK", "+OK\r\n"],
    ["nan", "$3\r\nnan\r\n"],
    ["inf", "$3\r\ninf\r\n"],
    ["empty", "$0\r\n\r\n"],
    ["nil", "$-1\r\n"],
    ["a list", "*0\r\n"]
  ] as const)("fails if the reply to a take is %s", ([, reply]) =>
    Effect.gen(function* () {
      const { url } = yield* makeServer(reply)
      const store = yield* RedisStore.make({ url })
      const error = yield* Effect.flip(store.buckets.tokenBucket(bucket))
      expect(String(error.cause)).toBe("the reply is not a number")
    })
  )

  it.scopedLive("ends with QUIT", () =>
    Effect.gen(function* () {
      const { received, url } = yield* makeServer("$1\r\n5\r\n")
      const left = yield* Effect.scoped(
        Effect.flatMap(RedisStore.make({ url }), (store) => store.buckets.tokenBucket(bucket))
      )
      expect([left, received.join("").toLowerCase().includes("quit")]).toEqual([5, true])
    })
  )

  it.scopedLive("ends if QUIT is not answered", () =>
    Effect.gen(function* () {
      const { url } = yield* makeServer("$1\r\n5\r\n", (text) => !/quit/i.test(text))
      const used = Effect.scoped(Effect.flatMap(RedisStore.make({ url }), (store) => store.buckets.tokenBucket(bucket)))
      // What cannot be interrupted would otherwise end the test only with its own limit.
      expect(yield* Effect.timeout(Effect.disconnect(used), "5 seconds")).toBe(5)
    })
  )

  it.scopedLive("closes a connection without responses once, however many commands wait on it", () =>
    Effect.gen(function* () {
      const { received, url } = yield* makeServer("", (text) => /quit/i.test(text))
      const warnings: Array<string> = []
      const onWarning = (warning: Error) => void warnings.push(warning.name)
      yield* Effect.acquireRelease(
        Effect.sync(() => process.on("warning", onWarning)),
        () => Effect.sync(() => process.off("warning", onWarning))
      )
      const { buckets } = yield* RedisStore.make({ url })
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })),
        () => Effect.sync(() => vi.useRealTimers())
      )
      const takes = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 20 }, () => Effect.flip(buckets.tokenBucket(bucket))),
          { concurrency: "unbounded" }
        )
      )
      while (received.length === 0) yield* Effect.promise(() => new Promise(setImmediate))
      // Each command's limit, and how long the server may take to close its side.
      vi.advanceTimersByTime(1_000)
      vi.advanceTimersByTime(250)
      expect(yield* Fiber.join(takes)).toHaveLength(20)
      // Node warns of a leak if each command listens for the end of the connection.
      expect(warnings).toEqual([])
    })
  )
})

const name = "gateways that share a Redis (skipped if redis-server is not installed)"

// On a busy machine, Redis may not respond within the 40 ms that a gateway waits for it.
describe.skipIf(!hasRedis)(name, { retry: 2 }, () => {
  it.scopedLive("owe it at most one more bucket of requests", () =>
    Effect.gen(function* () {
      const { redis } = yield* setup
      const { buckets } = yield* RedisStore.make({ url: redis.url })
      const take = (tokens: number) =>
        buckets.tokenBucket({ key: "k", tokens, limit: 10, refillRate: Duration.hours(1), allowOverflow: true })
      expect(Math.round(yield* take(100))).toBe(-90)
      expect(Math.round(yield* take(1))).toBe(-11)
    })
  )

  it.scopedLive("serve each other's responses without calling the cloud, with the same ETag", () =>
    Effect.gen(function* () {
      const { callCount, gateway, token } = yield* setup
      const [a, b] = [yield* gateway(), yield* gateway()]
      const caller = yield* token
      const miss = yield* send(`${a.url}${path}`, withToken(caller))
      expect([miss.status, miss.headers.get("x-cache")]).toEqual([200, "miss"])
      // The write happens in the background.
      yield* waitUntil(hasMetric(a.url, 'shared_requests_total{operation="write",outcome="ok"} 1'))
      const before = yield* callCount
      const hit = yield* send(`${b.url}${path}`, withToken(caller))
      expect([hit.status, hit.headers.get("x-cache"), hit.text]).toEqual([200, "hit", miss.text])
      expect(hit.headers.get("etag")).toBe(miss.headers.get("etag"))
      expect(yield* callCount).toBe(before)
      // Other callers are not served the response.
      const other = yield* send(`${b.url}${path}`, withToken(yield* token))
      expect(other.headers.get("x-cache")).toBe("miss")
    })
  )

  it.scopedLive("invalidate each other's responses when the cloud rejects the caller", () =>
    Effect.gen(function* () {
      const { emulator, gateway, token } = yield* setup
      const cache = { fresh: 0, staleWhileRevalidate: 0, staleIfError: "1 hour" } as const
      const [a, b] = [yield* gateway({ cache }), yield* gateway({ cache })]
      const caller = yield* token
      const status = (url: string) => Effect.map(send(`${url}${path}`, withToken(caller)), ({ status }) => status)
      expect([yield* status(a.url), yield* status(b.url)]).toEqual([200, 200])
      yield* emulator.inject([{ kind: "status", status: 401, times: 1 }])
      expect(yield* status(a.url)).toBe(401)
      yield* waitUntil(hasMetric(a.url, 'shared_requests_total{operation="write",outcome="ok"} 2'))
      yield* emulator.inject([{ kind: "status", status: 500 }])
      // The first one also remembers the refusal.
      expect([yield* status(a.url), yield* status(b.url)]).toEqual([401, 500])
    })
  )

  it.scopedLive("share a caller's rate limit", () =>
    Effect.gen(function* () {
      const { gateway, token } = yield* setup
      const rateLimit = { requests: 6, per: "1 hour" } as const
      const gateways = [yield* gateway({ rateLimit }), yield* gateway({ rateLimit })]
      const caller = yield* token
      const all: Array<unknown> = []
      for (let round = 0; round < 8; round++) {
        const response = yield* send(`${gateways[round % 2]?.url}${path}?limit=${round + 1}`, withToken(caller))
        all.push([response.status, response.headers.get("ratelimit-remaining")])
        if (response.status === 429) expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(500)
      }
      expect(all).toEqual([...["5", "4", "3", "2", "1", "0"].map((left) => [200, left]), [429, "0"], [429, "0"]])
      const other = yield* send(`${gateways[0]?.url}${path}`, withToken(yield* token))
      expect(other.headers.get("ratelimit-remaining")).toBe("5")
    })
  )

  it.scopedLive("count hits in the shared rate limit, in the background", () =>
    Effect.gen(function* () {
      const { gateway, redis, token } = yield* setup
      const rateLimit = { requests: 20, per: "1 hour" } as const
      const [a, b] = [yield* gateway({ rateLimit }), yield* gateway({ rateLimit })]
      const caller = yield* token
      yield* send(`${a.url}${path}`, withToken(caller))
      for (let round = 0; round < 9; round++) {
        const hit = yield* send(`${a.url}${path}`, withToken(caller))
        expect([hit.headers.get("x-cache"), hit.headers.get("ratelimit-remaining")]).toEqual([
          "hit",
          String(18 - round)
        ])
      }
      const bucket = Effect.promise(async () => {
        const [key = ""] = await redis.admin.keys("*:bucket:*")
        return Number(await redis.admin.pttl(key))
      })
      // Ten of twenty requests per hour take half an hour to refill.
      yield* waitUntil(Effect.map(bucket, (ttl) => ttl > 29 * 60_000))
      expect((yield* send(`${b.url}${path}?limit=2`, withToken(caller))).headers.get("ratelimit-remaining")).toBe("9")
    })
  )

  it.scopedLive("store no secrets and no hashes of them, and only keys that expire", () =>
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
      yield* send(`${passThrough.url}${path}`, withToken(secrets[0] ?? ""))
      yield* emulator.inject([{ kind: "status", status: 401, body: "echo", times: 1 }])
      yield* send(`${passThrough.url}${path}?limit=3`, withToken(secrets[0] ?? ""))
      yield* send(`${own.url}${path}`, { headers: { "x-api-key": apiKey } })
      yield* waitUntil(Effect.map(dump(redis.admin), ({ keys }) => keys.some((key) => key.startsWith("own:bucket:"))))
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

  it.scopedLive("continue if it rejects the password, and log the reason", () =>
    Effect.gen(function* () {
      const { gateway, redis, token } = yield* setup
      const { logs, url } = yield* gateway({}, redis.url.replace(password, "wrong-canary"))
      expect((yield* send(`${url}${path}`, withToken(yield* token))).status).toBe(200)
      expect(linesWith(logs, unavailable)[0]).toMatch(/WRONGPASS/)
      expect(logs.join()).not.toContain("wrong-canary")
    })
  )

  describe.concurrent("if it is unavailable for a while", () => {
    it.scopedLive("continue while it is down, and share again once it is available", () =>
      Effect.gen(function* () {
        const { gateway, redis, token } = yield* setup
        const [a, b] = [yield* gateway(), yield* gateway()]
        const caller = yield* token
        yield* send(`${a.url}${path}`, withToken(caller))
        yield* redis.kill
        for (const { logs, url } of [a, b]) {
          yield* sendUntilLogged(url, caller, logs, unavailable)
          expect((yield* send(`${url}/readyz`, {})).status).toBe(200)
          expect(yield* hasMetric(url, "shared_up 0")).toBe(true)
          expect((yield* send(`${url}${path}`, withToken(caller))).status).toBe(200)
        }
        yield* redis.start
        for (const { logs, url } of [a, b]) {
          yield* sendUntilLogged(url, caller, logs, availableAgain)
          expect(yield* hasMetric(url, "shared_up 1")).toBe(true)
          expect([linesWith(logs, unavailable).length, linesWith(logs, availableAgain).length]).toEqual([1, 1])
        }
        const fresh = yield* token
        const miss = yield* send(`${a.url}${path}`, withToken(fresh))
        expect(miss.headers.get("x-cache")).toBe("miss")
        yield* waitUntil(
          Effect.map(dump(redis.admin), ({ text }) => text.includes(JSON.stringify(miss.text).slice(1, -1)))
        )
        expect((yield* send(`${b.url}${path}`, withToken(fresh))).headers.get("x-cache")).toBe("hit")
      })
    )

    it.scopedLive("continue while it hangs, and reconnect", () =>
      Effect.gen(function* () {
        const { gateway, redis, token } = yield* setup
        const { logs, url } = yield* gateway()
        const caller = yield* token
        yield* redis.signal("SIGSTOP")
        const began = performance.now()
        expect((yield* send(`${url}${path}`, withToken(caller))).status).toBe(200)
        // The limit is 80 ms. A busy machine may take longer, but not as long as the connection timeout.
        expect(performance.now() - began).toBeLessThan(900)
        yield* sendUntilLogged(url, caller, logs, unavailable)
        yield* redis.signal("SIGCONT")
        yield* sendUntilLogged(url, caller, logs, availableAgain)
      })
    )

    it.scopedLive("continue while it is full or holds invalid values, and replace those", () =>
      Effect.gen(function* () {
        const { callCount, gateway, redis, token } = yield* setup
        const [a, b] = [yield* gateway(), yield* gateway()]
        const caller = yield* token
        yield* send(`${a.url}${path}`, withToken(caller))
        yield* waitUntil(Effect.map(dump(redis.admin), ({ keys }) => keys.some((key) => key.includes(":answer:"))))
        const [responseKey = "", ...otherKeys] = (yield* dump(redis.admin)).keys.filter((key) =>
          key.includes(":answer:")
        )
        expect(otherKeys).toEqual([])
        const before = yield* callCount
        yield* Effect.promise(() => redis.admin.set(responseKey, "\0garbage"))
        expect((yield* send(`${b.url}${path}`, withToken(caller))).headers.get("x-cache")).toBe("miss")
        expect((yield* callCount) - before).toBe(1)
        yield* waitUntil(
          Effect.map(
            Effect.promise(() => redis.admin.get(responseKey)),
            (text) => text?.includes('"v":1') === true
          )
        )
        // A list instead of a string.
        yield* Effect.promise(() => redis.admin.multi().flushall().rpush(responseKey, "1").exec())
        const c = yield* gateway()
        expect((yield* send(`${c.url}${path}`, withToken(caller))).status).toBe(200)

        yield* Effect.promise(() => redis.admin.config("SET", "maxmemory", "1"))
        yield* sendUntilLogged(a.url, caller, a.logs, unavailable)
        expect(linesWith(a.logs, unavailable)[0]).toContain("OOM")
        yield* Effect.promise(() => redis.admin.config("SET", "maxmemory", "0"))
        yield* sendUntilLogged(a.url, caller, a.logs, availableAgain)
      })
    )
  })
})
