import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  dump,
  hasMetric,
  hasRedis,
  password,
  path,
  setup,
  waitUntil,
  withToken
} from "../../../packages/gateway/test/redis.js"
import { send } from "../../../packages/gateway/test/support.js"
import { keyOf, startCommand } from "./startCommand.js"

// On a busy machine, Redis may not respond within the 40 ms that a gateway waits for it.
describe.skipIf(!hasRedis)("several commands (skipped if redis-server is not installed)", { retry: 2 }, () => {
  it.scopedLive("share responses through a URL in the environment, unless their credentials differ", () =>
    Effect.gen(function* () {
      const { emulator, redis, token } = yield* setup
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
        const response = yield* send(`${url}${path}`, index < 2 ? withToken(caller) : { headers: { "x-api-key": key } })
        outcomes.push([response.status, response.headers.get("x-cache")])
        if (index === 0 || index === 2)
          yield* waitUntil(hasMetric(url, 'shared_requests_total{operation="write",outcome="ok"} 1'))
      }
      expect(outcomes).toEqual([
        [200, "miss"],
        [200, "hit"],
        [200, "miss"],
        [200, "miss"]
      ])
      for (const { kill } of started) kill("SIGTERM")
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
