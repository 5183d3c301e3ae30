import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { RedisStore } from "@hotspot-session/gateway/redis"
import { Effect, Either, Exit, Layer, Redacted } from "effect"
import * as RedisUrl from "../src/shared/RedisUrl.js"
import { as, askUntil, away, back, dump, isInstalled, metric, password, path, setup, told, until } from "./redis.js"
import { ask, client, makeGateway, ownCredentials, ownToken } from "./support.js"

describe("the URL of a Redis", () => {
  const show = (text: string) => Either.map(RedisUrl.parse(text), RedisUrl.redacted)

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
