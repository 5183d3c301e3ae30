import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
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
import { captured, replay, signer } from "../../../packages/gateway/test/signedWrites.js"
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

  it.scopedLive.each([
    ["responses, limits and signatures", ["--cache-fresh", "1m"], ["hit", "hit"]],
    ["signatures alone", ["--cache", "off", "--rate-limit", "off"], [null, null]]
  ] as const)("share %s after one has read its files again and one has been restarted", ([, options, cached]) =>
    Effect.gen(function* () {
      const { emulator, redis, token } = yield* setup
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "gateway-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
      )
      const fileOf = (name: string, text: string) => {
        const file = join(folder, name)
        writeFileSync(file, text, { mode: 0o600 })
        return file
      }
      const accessKeys = `${signer.accessKey} ${Redacted.value(signer.secretKey)} permissions=read,write\n`
      const args = ["--port", "0", "--endpoint", emulator.endpoint, "--writes", "on", "--credentials", "own"]
      args.push("--access-keys-file", fileOf("access-keys", accessKeys), ...options)
      args.push("--api-keys-file", fileOf("api-keys", createHash("sha256").update("reader").digest("hex")))
      const environment = {
        HOTSPOT_SESSION_AUTH_TOKEN: yield* token,
        HOTSPOT_SESSION_HTTP_REDIS_URL: redis.url
      }
      const start = Effect.acquireRelease(
        Effect.promise(async () => {
          const command = startCommand(args, environment)
          return { ...command, url: await command.url }
        }),
        ({ ended, kill }) =>
          Effect.zipRight(
            Effect.sync(() => kill("SIGTERM")),
            Effect.promise(() => ended)
          )
      )
      const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 7 }
      const headers = yield* captured(settings)
      const a = yield* start
      const before = yield* Effect.scoped(Effect.flatMap(start, ({ url }) => replay(url, headers, settings)))
      expect(before[0]).toBe(200)
      const read = (url: string) =>
        Effect.map(send(`${url}${path}`, { headers: { "x-api-key": "reader" } }), ({ headers, status }) => {
          expect(status).toBe(200)
          return headers.get("x-cache")
        })
      const first = yield* read(a.url)
      if (first !== null) {
        // The response is written in the background.
        yield* waitUntil(hasMetric(a.url, 'shared_requests_total{operation="write",outcome="ok"} 1'))
      }
      a.kill("SIGHUP")
      yield* waitUntil(Effect.sync(() => a.output.stderr.includes("keys and projects have been read again")))
      const b = yield* start
      expect([yield* read(a.url), yield* read(b.url)]).toEqual(cached)
      for (const { url } of [a, b]) {
        expect(yield* replay(url, headers, settings)).toEqual([401, expect.stringContaining("it was used before")])
      }
      expect((yield* emulator.requests).filter(({ method }) => method === "POST")).toHaveLength(1)
    })
  )
})
