import * as Http from "node:http"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServer from "@effect/platform/HttpServer"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import { HotspotSessionApi } from "@hotspot-session/core"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { Demo, Emulator } from "../src/index.js"
import { json, listUrl, send, sendJson } from "./support.js"

describe("an emulator", () => {
  it.live("closes immediately with stalled requests and idle connections", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const emulator = yield* Scope.extend(
        Emulator.make({
          faults: [
            { kind: "stall", times: 2 },
            { kind: "stallBody", times: 2 }
          ]
        }),
        scope
      )
      const url = listUrl(emulator.endpoint, Demo.projectId)
      const stalled = yield* Effect.forEach([1, 2, 3, 4], () => Effect.fork(Effect.exit(send(url))))
      const agent = new Http.Agent({ keepAlive: true })
      yield* Effect.async<void>((resume) => {
        Http.get(`${emulator.endpoint}/_emulator/state`, { agent }, (response) => {
          response.resume().on("end", () => resume(Effect.void))
        })
      })
      yield* Effect.repeat(Effect.delay(emulator.requests, 5), { until: (_) => _.length === 4 })
      const [elapsed] = yield* Effect.timed(Scope.close(scope, Exit.void))
      assert.isTrue(Duration.toMillis(elapsed) < 200, Duration.format(elapsed))
      const exits = yield* Fiber.join(Fiber.all(stalled))
      assert.isTrue(exits.every(Exit.isFailure))
      const afterClose = yield* Effect.flip(send(url))
      assert.strictEqual(afterClose.code, "ECONNREFUSED")
      agent.destroy()
    })
  )

  it.scoped("returns the endpoint on which it listens", () =>
    Effect.gen(function* () {
      assert.match((yield* Emulator.make()).endpoint, /^http:\/\/127\.0\.0\.1:\d+$/)
      const allInterfaces = yield* Emulator.make({ host: "0.0.0.0" })
      assert.match(allInterfaces.endpoint, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.strictEqual((yield* send(listUrl(allInterfaces.endpoint, Demo.projectId))).status, 200)
      const port = Number(new URL(allInterfaces.endpoint).port)
      const portInUse = yield* Effect.flip(Emulator.make({ host: "0.0.0.0", port }))
      assert.strictEqual(portInUse._tag, "ServeError")
      assert.include(portInUse.message, `EADDRINUSE: address already in use 0.0.0.0:${port}`)
    })
  )

  it.scoped("delays responses by Effect's clock", () =>
    Effect.gen(function* () {
      const { endpoint, requests } = yield* Emulator.make({ latency: "1 hour" })
      const fiber = yield* Effect.fork(send(listUrl(endpoint, Demo.projectId)))
      const tick = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
      yield* Effect.repeat(Effect.zipRight(tick, requests), { until: ({ length }) => length === 1 })
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
    })
  )

  it.scoped("carries out no request that was delayed when it was reset, and closes its connection", () =>
    Effect.gen(function* () {
      const delays: ReadonlyArray<Emulator.Options> = [
        { latency: "1 hour" },
        { faults: [{ kind: "latency", milliseconds: 600_000, target: "create" }] },
        {
          faults: [
            { kind: "latency", milliseconds: 600_000 },
            { kind: "stall", target: "create", done: true }
          ]
        }
      ]
      for (const options of delays) {
        const { configs, endpoint, requests, reset } = yield* Emulator.make(options)
        const body = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 1 }
        const create = yield* Effect.fork(sendJson("POST", listUrl(endpoint, Demo.projectId), body))
        const tick = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
        yield* Effect.repeat(Effect.zipRight(tick, requests), { until: ({ length }) => length === 1 })
        yield* reset
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* Effect.flip(Fiber.join(create))).code, "ECONNRESET")
        assert.strictEqual((yield* configs(Demo.projectId)).size, 3)
      }
    })
  )

  it.scoped("issues other tokens and keys than another emulator with the same seed", () =>
    Effect.gen(function* () {
      const issued = ({ issueTemporaryKey, issueToken }: Emulator.Service) =>
        Effect.all([issueToken(Demo.projectId), issueTemporaryKey()])
      const [token, key] = yield* Effect.flatMap(Emulator.make(), issued)
      const other = yield* Emulator.make()
      const [otherToken, otherKey] = yield* issued(other)
      assert.notStrictEqual(token, otherToken)
      assert.notStrictEqual(key.accessKey, otherKey.accessKey)
      assert.notStrictEqual(key.securityToken, otherKey.securityToken)
      const response = yield* send(listUrl(other.endpoint, Demo.projectId), { headers: { "x-auth-token": token } })
      assert.strictEqual(response.status, 401)
    })
  )

  it.scoped("has the same configurations for the same seed", () =>
    Effect.gen(function* () {
      const text = (seed: number) =>
        Effect.flatMap(Emulator.make({ seed, count: 50 }), ({ endpoint }) =>
          Effect.map(send(listUrl(endpoint, Demo.projectId, "offset=10&limit=40")), (_) => _.text)
        )
      assert.strictEqual(yield* text(5), yield* text(5))
      assert.notStrictEqual(yield* text(5), yield* text(6))
    })
  )

  it.scoped("works beside another emulator and another server of the contract in one layer", () =>
    Effect.gen(function* () {
      class Second extends Context.Tag("Second")<Second, Emulator.Service>() {}
      const second = Layer.scoped(Second, Emulator.make({ count: 2 }))
      const own = HttpApiBuilder.serve().pipe(
        Layer.provide(HttpApiBuilder.api(HotspotSessionApi)),
        Layer.provide(
          HttpApiBuilder.group(HotspotSessionApi, "hotspotSession", (handlers) =>
            handlers
              .handle("listHotspotSessionConfig", () => Effect.succeed({ items: [] }))
              .handle("createHotspotSessionConfig", () => Effect.die("not used"))
              .handle("updateHotspotSessionConfig", () => Effect.die("not used"))
              .handle("listNonMigrationUsers", () => Effect.die("not used"))
              .handle("updateNonMigrationUsers", () => Effect.die("not used"))
          )
        ),
        Layer.provideMerge(NodeHttpServer.layer(() => Http.createServer(), { port: 0, host: "127.0.0.1" }))
      )
      const context = yield* Layer.build(Layer.mergeAll(Emulator.layer(), second, own))
      const sizes = yield* Effect.forEach(
        [Context.get(context, Emulator.Emulator), Context.get(context, Second)],
        ({ endpoint }) => send(listUrl(endpoint, Demo.projectId))
      )
      assert.deepStrictEqual(
        sizes.map((_) => [..._.text.matchAll(/"id":/g)].length),
        [3, 2]
      )
      const address = Context.get(context, HttpServer.HttpServer).address
      const port = address._tag === "TcpAddress" ? address.port : 0
      const response = yield* send(listUrl(`http://127.0.0.1:${port}`, Demo.projectId))
      assert.strictEqual(response.status, 200)
      assert.isUndefined(response.headers["x-request-id"])
    })
  )

  it.scoped("adds no span to the application's traces", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const native = yield* Effect.tracer
      const tracer = Tracer.make({
        span: (name, ...rest) => {
          names.push(name)
          return native.span(name, ...rest)
        },
        context: native.context
      })
      yield* Effect.gen(function* () {
        const { endpoint } = yield* Emulator.make()
        yield* send(listUrl(endpoint, Demo.projectId))
      }).pipe(Effect.withTracer(tracer))
      assert.deepStrictEqual(names, [])
    })
  )

  it.scoped("can have no configurations", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make({ count: 0 })
      assert.deepStrictEqual(json(yield* send(listUrl(endpoint, Demo.projectId))), { items: [] })
    })
  )
})
