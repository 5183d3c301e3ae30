import { FetchHttpClient } from "@effect/platform"
import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { maxLimit, maxOffset, RegionId } from "@hotspot-session/core"
import { Cause, Config, ConfigProvider, Context, Effect, Exit, Layer, Redacted, Schema, Stream } from "effect"
import * as FC from "effect/FastCheck"
import { connect, layer, page, projectId, script, server, token } from "./support.js"

const outside = (minimum: number, maximum: number) =>
  FC.oneof(
    FC.integer({ min: Number.MIN_SAFE_INTEGER, max: minimum - 1 }),
    FC.integer({ min: maximum + 1, max: Number.MAX_SAFE_INTEGER }),
    FC.double().filter((value) => !Number.isInteger(value)),
    FC.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, "5", null, true, [5])
  )

describe("a request", () => {
  it.effect("equals the documented request", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(page(["1"])))
      yield* list({ project_id: projectId })
      yield* list({ project_id: projectId, limit: 100, offset: 0 })
      const [first, second] = yield* sent
      expect(first?.request.method).toBe("GET")
      expect(first?.url.href).toBe(`https://service.example/v1/${projectId}/hotspot-session-config`)
      expect(second?.url.search).toBe("?limit=100&offset=0")
      expect(first?.request.headers).toMatchObject({ accept: "application/json", "x-auth-token": token })
      expect(first?.request.headers["user-agent"]).toMatch(/^hotspot-session\/\d/)
    })
  )

  it.effect.prop(
    "has the parameters for any values in range",
    [
      FC.stringMatching(/^[0-9A-Za-z_-]{1,128}$/),
      FC.integer({ min: 1, max: maxLimit }),
      FC.integer({ min: 0, max: maxOffset })
    ],
    ([project_id, limit, offset]) =>
      Effect.gen(function* () {
        const { list, sent } = yield* connect(script(page([])))
        yield* list({ project_id, limit, offset })
        const url = (yield* sent)[0]?.url
        expect(url?.pathname).toBe(`/v1/${project_id}/hotspot-session-config`)
        expect(url?.search).toBe(`?limit=${limit}&offset=${offset}`)
      })
  )

  for (const [name, values] of [
    ["limit", outside(1, maxLimit)],
    ["offset", outside(0, maxOffset)],
    ["project_id", FC.oneof(FC.constantFrom("", "..", "a/b", "a%2Fb", "a b", "é", "x".repeat(129)), FC.integer())]
  ] as const) {
    it.effect.prop(`fails before anything is sent if ${name} is out of range`, [values], ([value]) =>
      Effect.gen(function* () {
        const { list, sent } = yield* connect(script(page([])))
        const parameters = { project_id: projectId, [name]: value } as HotspotSession.ListParameters
        const error = yield* Effect.flip(list(parameters))
        expect(error).toMatchObject({ _tag: "InvalidRequest", issues: [{ path: name }] })
        expect(error.message).toContain(name)
        expect(yield* sent).toHaveLength(0)
      })
    )
  }

  it.effect("treats undefined parameters as absent, for one page and for streams", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script(page([])))
      const parameters = { project_id: projectId, limit: undefined, offset: undefined }
      yield* list(parameters)
      yield* list({ ...parameters, limit: 7 })
      yield* Stream.runDrain(list.items(parameters))
      expect((yield* sent).map(({ url }) => url.search)).toEqual(["", "?limit=7", "?limit=100&offset=0"])
      const error = yield* Effect.flip(list({ ...parameters, limit: 0 }))
      expect(error).toMatchObject({ issues: [{ path: "limit" }] })
    })
  )

  it.effect("names every invalid parameter and its value", () =>
    Effect.gen(function* () {
      const { list } = yield* connect(script(page([])))
      const error = yield* Effect.flip(list({ project_id: "a/b", limit: 0, offset: -1 }))
      expect(error.message).toBe(
        'The request is not valid and was not sent: project_id must be 1 to 128 letters, digits, - or _, was "a/b"; offset must be an integer from 0 to 2147483647, was -1; limit must be an integer from 1 to 100, was 0'
      )
    })
  )

  it.effect("is sent to a region's endpoint, or to the given endpoint with its path as a prefix", () =>
    Effect.gen(function* () {
      const urlFor = (options: HotspotSession.Options) =>
        Effect.gen(function* () {
          const { client, sent } = yield* server(script(page([])))
          const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession.pipe(
            Effect.provide(layer(client, { endpoint: undefined, ...options } as HotspotSession.Options))
          )
          yield* listHotspotSessionConfig({ project_id: "p" })
          return (yield* sent)[0]?.url.href
        })
      expect(yield* urlFor({ region: "cn-north-4" })).toBe(
        "https://appstream.cn-north-4.myhuaweicloud.com/v1/p/hotspot-session-config"
      )
      expect(yield* urlFor({ region: "cn-north-4", endpoint: "http://127.0.0.1:8080/cloud/" })).toBe(
        "http://127.0.0.1:8080/cloud/v1/p/hotspot-session-config"
      )
    })
  )

  it.effect("is not sent by a client with an invalid endpoint", () =>
    Effect.gen(function* () {
      const { client } = yield* server(script(page([])))
      const endpoints = [
        "",
        "service.example",
        "ftp://service.example",
        "https://user:secretpw@service.example",
        "https://a/?b"
      ]
      for (const endpoint of endpoints) {
        const exit = yield* Effect.exit(Effect.provide(HotspotSession.HotspotSession, layer(client, { endpoint })))
        expect(Exit.isFailure(exit)).toBe(true)
        if (Exit.isFailure(exit)) {
          expect(Cause.pretty(exit.cause)).toContain("the endpoint must")
          expect(Cause.pretty(exit.cause)).not.toContain("secretpw")
        }
      }
    })
  )

  it.effect("uses settings from the configuration", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script(page([])))
      const configured = HotspotSession.layerConfig({ endpoint: Config.string("HOTSPOT_SESSION_ENDPOINT") }).pipe(
        Layer.provide([Layer.succeed(HttpClient.HttpClient, client), Credentials.layerTokenConfig()]),
        Layer.provide(
          Layer.setConfigProvider(
            ConfigProvider.fromMap(
              new Map([
                ["HOTSPOT_SESSION_ENDPOINT", "https://configured.example"],
                ["HOTSPOT_SESSION_AUTH_TOKEN", "configured-token"]
              ])
            )
          )
        )
      )
      const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession.pipe(Effect.provide(configured))
      yield* listHotspotSessionConfig({ project_id: projectId })
      const [request] = yield* sent
      expect(request?.url.host).toBe("configured.example")
      expect(request?.request.headers["x-auth-token"]).toBe("configured-token")
    })
  )
})

describe("settings as values and as Config", () => {
  const withConfig = (entries: Record<string, string>) =>
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))
  const credentials = Credentials.layerToken(Redacted.make(token))
  const options = {
    region: Schema.Config("HOTSPOT_SESSION_REGION", RegionId),
    retry: RetryPolicy.none,
    timeout: "1 minute",
    userAgent: Config.string("APP_NAME")
  } as const

  it.effect("are both applied", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script({ status: 503 }))
      const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession.pipe(
        Effect.provide(HotspotSession.layerConfig(options)),
        Effect.provide([Layer.succeed(HttpClient.HttpClient, client), credentials]),
        Effect.provide(withConfig({ HOTSPOT_SESSION_REGION: "cn-north-4", APP_NAME: "app/1" }))
      )
      const error = yield* Effect.flip(listHotspotSessionConfig({ project_id: projectId }))
      expect(error).toMatchObject({ _tag: "ServiceUnavailable", attempts: 1 })
      const [request] = yield* sent
      expect(request?.url.host).toBe("appstream.cn-north-4.myhuaweicloud.com")
      expect(request?.request.headers["user-agent"]).toMatch(/^app\/1 hotspot-session/)
    })
  )

  it.effect("fail the layer with all missing and invalid ones", () =>
    Effect.gen(function* () {
      for (const layer of [
        HotspotSession.layerConfig(options).pipe(Layer.provide(FetchHttpClient.layer)),
        NodeHotspotSession.layerConfig({ ...options, maxSockets: 4 })
      ]) {
        const error = yield* Layer.build(layer).pipe(
          Effect.provide(credentials),
          Effect.provide(withConfig({ HOTSPOT_SESSION_REGION: "cn-north-5" })),
          Effect.scoped,
          Effect.flip
        )
        expect(String(error)).toContain("must be one of")
        expect(String(error)).toContain("APP_NAME")
      }
    })
  )

  it.scoped("are accepted by the Node layer too, including those of its connections", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(
        NodeHotspotSession.layerConfig({
          ...options,
          maxSockets: Config.integer("SOCKETS"),
          connectTimeout: "1 second"
        })
      ).pipe(
        Effect.provide(credentials),
        Effect.provide(withConfig({ HOTSPOT_SESSION_REGION: "cn-north-4", APP_NAME: "app/1", SOCKETS: "4" }))
      )
      expect(Context.get(context, HotspotSession.HotspotSession)).toHaveProperty("listHotspotSessionConfig")
    })
  )
})

describe("a token", () => {
  it.effect("fails before anything is sent and is not shown if it is invalid", () =>
    Effect.forEach(["", " ", "secret-token\n", "secret\ttoken", "secret token", "sécret-token"], (value) =>
      Effect.gen(function* () {
        const { client, sent } = yield* server(script(page([])))
        const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession.pipe(
          Effect.provide(layer(client, {}, Credentials.layerToken(Redacted.make(value))))
        )
        const error = yield* Effect.flip(listHotspotSessionConfig({ project_id: projectId }))
        expect(error).toMatchObject({ _tag: "CredentialsError", operation: "listHotspotSessionConfig" })
        expect(error.hint).toContain("X-Subject-Token")
        if (value.trim() !== "") expect(error.message).not.toContain(value.trim())
        expect(yield* sent).toHaveLength(0)
      })
    )
  )

  const refreshable = (tokens: ReadonlyArray<string>) => {
    let current = 0
    const service: Credentials.Service = {
      get: Effect.suspend(() => Credentials.token(Redacted.make(tokens[current] ?? "none")).get),
      invalidate: () =>
        Effect.sync(() => {
          current++
          return current < tokens.length
        })
    }
    return service
  }

  it.effect("is replaced and the call retried after a 401 if the credentials have a fresh one", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script({ status: 401 }, page(["1"])))
      yield* list({ project_id: projectId }, { credentials: refreshable(["first", "second"]) })
      expect((yield* sent).map(({ request }) => request.headers["x-auth-token"])).toEqual(["first", "second"])
    })
  )

  it.effect("is replaced once per call, because a loop would lock the account", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script({ status: 401 }))
      const error = yield* Effect.flip(
        list({ project_id: projectId }, { credentials: refreshable(["first", "second", "third", "fourth"]) })
      )
      expect(error).toMatchObject({ _tag: "Unauthorized", attempts: 2 })
      expect(yield* sent).toHaveLength(2)
    })
  )

  it.effect("is replaced once also if the service was unavailable in between", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script({ status: 401 }, { status: 503 }, { status: 401 }, page(["1"])), {
        retry: RetryPolicy.make({ baseDelay: 0 })
      })
      const error = yield* Effect.flip(
        list({ project_id: projectId }, { credentials: refreshable(["first", "second", "third"]) })
      )
      expect(error).toMatchObject({ _tag: "Unauthorized", attempts: 3 })
      expect(yield* sent).toHaveLength(3)
    })
  )

  it.effect("is replaced without a cost for the retry quota", () =>
    Effect.gen(function* () {
      const { list } = yield* connect(script({ status: 401 }, page(["1"])), { retryQuota: 0 })
      yield* list({ project_id: projectId }, { credentials: refreshable(["first", "second"]) })
    })
  )

  it.effect("is invalid after each 401, so that the next call does not send it", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(script({ status: 401 }, { status: 401 }, page(["1"])))
      const credentials = refreshable(["first", "second", "third"])
      yield* Effect.flip(list({ project_id: projectId }, { credentials }))
      yield* list({ project_id: projectId }, { credentials })
      expect((yield* sent).map(({ request }) => request.headers["x-auth-token"])).toEqual(["first", "second", "third"])
    })
  )
})
