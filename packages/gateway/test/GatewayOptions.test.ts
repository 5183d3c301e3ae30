import { describe, expect, it } from "@effect/vitest"
import { HotspotSession } from "@hotspot-session/client"
import { Setting } from "@hotspot-session/core"
import { Gateway } from "@hotspot-session/gateway"
import { NodeGateway } from "@hotspot-session/gateway/node"
import { RedisStore } from "@hotspot-session/gateway/redis"
import { ConfigError, Duration, Effect, Layer, Redacted } from "effect"
import * as FC from "effect/FastCheck"

/** Bypasses the type check, as callers without types do. */
const untyped = (value: unknown): never => value as never

const session = HotspotSession.mock({})
const client = Effect.runSync(Effect.provide(HotspotSession.HotspotSession, session))

const durations: ReadonlyArray<unknown> = [-1, Number.NaN, "soon", {}]
const hash = "a".repeat(64)
const secret = "not-in-a-redacted"

const invalid: ReadonlyArray<readonly [string, ReadonlyArray<unknown>, RegExp]> = [
  [
    "credentials",
    ["passthrough", "Own", "", 5, true, "constructor"],
    /^credentials must be one of pass-through, own, was /
  ],
  ["upstream", [5, {}], /^upstream must be a string/],
  [
    "remoteProjects",
    [
      {},
      [],
      new Map([["p", client]]),
      new Map([[5, { upstream: "x", client }]]),
      new Map([["p", { upstream: "x", client: {} }]])
    ],
    /^remoteProjects must be a Map from project IDs/
  ],
  ["apiKeys", [hash, secret, [5], {}], /^apiKeys must be a list of SHA-256 hashes/],
  ["apiKeys", [[secret], ["key"], [hash, ""]], /^not the SHA-256 of an API key: it is not 64 hexadecimal digits/],
  [
    "accessKeys",
    [{}, secret, ["key"], [{ accessKey: "a", secretKey: secret }], [{ accessKey: "a", secretKey: Redacted.make(5) }]],
    /^accessKeys must be a list of \{ accessKey, secretKey: Redacted \}/
  ],
  [
    "corsOrigins",
    ["*", ["*"], ["https://a.example/"], ["https://*.example"], [5]],
    /^corsOrigins must be a list of origins/
  ],
  ["cache", [true, 5, null, []], /^cache must be an object/],
  ["cache", durations.map((fresh) => ({ fresh })), /^cache\.fresh must be a duration/],
  [
    "cache",
    durations.map((staleWhileRevalidate) => ({ staleWhileRevalidate })),
    /^cache\.staleWhileRevalidate must be/
  ],
  ["cache", durations.map((staleIfError) => ({ staleIfError })), /^cache\.staleIfError must be a duration/],
  ["cache", [{ maxEntries: -1 }, { maxEntries: "5" }], /^cache\.maxEntries must be an integer from 0/],
  ["cache", [{ maxBytes: Number.NaN }, { maxBytes: 1.5 }], /^cache\.maxBytes must be an integer from 0/],
  ["rateLimit", [600, null, "600/m"], /^rateLimit must be an object/],
  [
    "rateLimit",
    [{}, { requests: 0, per: 1 }, { requests: Number.NaN, per: 1 }, { requests: Number.POSITIVE_INFINITY, per: 1 }],
    /^rateLimit\.requests must be an integer from 1/
  ],
  [
    "rateLimit",
    [0, -1, "m", undefined].map((per) => ({ requests: 5, per })),
    /^rateLimit\.per must be a duration longer than 0/
  ],
  [
    "rateLimit",
    [Number.POSITIVE_INFINITY, Duration.infinity].map((per) => ({ requests: 5, per })),
    /^rateLimit\.per must be a finite duration/
  ],
  ["maxRequests", [-1, Number.NaN, "5"], /^maxRequests must be an integer/],
  ["maxCalls", [-1, Number.NaN, "5"], /^maxCalls must be an integer/],
  ["circuitBreaker", [true, null], /^circuitBreaker must be an object/],
  [
    "circuitBreaker",
    [{ failures: 0 }, { failures: Number.NaN }],
    /^circuitBreaker\.failures must be an integer from 1/
  ],
  ["circuitBreaker", [{ open: 0 }, { open: "soon" }], /^circuitBreaker\.open must be a duration longer than 0/],
  ["page", [true, null], /^page must be an object/],
  ["page", [{ projects: ["p"] }, { projects: {} }], /^page\.projects must be a list of \{ id, name \}/],
  ["metrics", ["on", 1], /^metrics must be a boolean/],
  ["exporter", [{}, { projects: "p" }, { projects: ["a/b"] }], /^exporter\.projects must be a list of project IDs/],
  ["exporter", [{ projects: [], interval: 0 }], /^exporter\.interval must be a duration longer than 0/],
  ["exporter", [{ projects: ["p"] }], /^exporter must be used with own credentials/],
  ["lostLogEntries", [5, null], /^lostLogEntries must be a function/],
  ["isReady", [true, null], /^isReady must be a function/],
  ["accessLog", [true, null], /^accessLog must be a function/]
]

const invalidForServer: typeof invalid = [
  ["host", [5, {}, ""], /^host must be a name or an address/],
  ["port", [-1, 65_536, Number.NaN, "8080"], /^port must be an integer from 0 to 65535, was /],
  ["metricsPort", [-1, 65_536, Number.NaN, "8080"], /^metricsPort must be an integer from 0 to 65535, was /],
  ["trustedProxies", ["10.0.0.0/8", [5], ["proxy.example"]], /^trustedProxies must be a list of addresses/],
  ["drain", durations, /^drain must be a duration/],
  ["drainDelay", durations, /^drainDelay must be a duration/],
  ["headersTimeout", [0, ...durations], /^headersTimeout must be a duration longer than 0/],
  ["requestTimeout", [0, ...durations], /^requestTimeout must be a duration longer than 0/],
  ["maxConnections", [0, -1, Number.NaN, "5"], /^maxConnections must be an integer/],
  ["responseTimeout", [0, ...durations], /^responseTimeout must be a duration longer than 0/],
  ["keepAliveTimeout", [0, ...durations], /^keepAliveTimeout must be a duration longer than 0/]
]

const expectConfigError = (error: unknown, message: RegExp) => {
  expect(ConfigError.isConfigError(error) ? Setting.messageOf(error) : error).toMatch(message)
  expect(String(error)).not.toContain(secret)
}

describe("an option of the gateway with the wrong type or out of range", () => {
  for (const [option, values, message] of invalid) {
    it.scoped(`is a ConfigError: ${option}, ${message}`, () =>
      Effect.gen(function* () {
        for (const value of values) {
          const options = untyped({ port: 0, [option]: value })
          expectConfigError(yield* Effect.flip(Gateway.httpApp(options)), message)
          expectConfigError(yield* Effect.flip(NodeGateway.makeHandler(options)), message)
          expectConfigError(yield* Effect.flip(Layer.build(NodeGateway.layerServer(options))), message)
        }
      }).pipe(Effect.provide(session))
    )
  }

  for (const [option, values, message] of invalidForServer) {
    it.scoped(`is a ConfigError of the server: ${option}`, () =>
      Effect.gen(function* () {
        for (const value of values) {
          const server = NodeGateway.layerServer(untyped({ port: 0, [option]: value }))
          expectConfigError(yield* Effect.flip(Layer.build(server)), message)
        }
      }).pipe(Effect.provide(session))
    )
  }

  it.scoped("is a ConfigError of the Redis store, without the value", () =>
    Effect.gen(function* () {
      for (const url of [undefined, 5, Symbol("x"), secret, "", Redacted.make(5)]) {
        const error = yield* Effect.flip(RedisStore.make(untyped({ url })))
        expectConfigError(error, /^It must be redis:\/\/host:6379/)
      }
      for (const password of [secret, 5, null]) {
        const error = yield* Effect.flip(RedisStore.make(untyped({ url: "redis://localhost", password })))
        expectConfigError(error, /^password must be a string wrapped by Redacted/)
      }
    })
  )

  it("rejects the handlers with its ConfigError", async () => {
    const options = untyped({ credentials: "passthrough" })
    const message = /credentials must be one of pass-through, own, was "passthrough"/
    const { dispose, handler } = Gateway.toWebHandler(session, options)
    await expect(handler(new Request("http://localhost/livez"))).rejects.toThrow(message)
    await dispose()
    await expect(NodeGateway.toHandler(session, options)).rejects.toThrow(message)
  })

  it.scopedLive("is no error if it is unlimited", () =>
    Effect.gen(function* () {
      const unlimited = Number.POSITIVE_INFINITY
      const options = {
        port: 0,
        headersTimeout: unlimited,
        requestTimeout: 0.5,
        drainDelay: 0,
        cache: { fresh: unlimited, maxEntries: unlimited, maxBytes: unlimited },
        maxCalls: unlimited
      }
      yield* Layer.build(NodeGateway.layerServer(options))
    }).pipe(Effect.provide(session))
  )

  it.scoped.prop(
    "is never a defect",
    [FC.constantFrom(...invalid.map(([option]) => option)), FC.anything()],
    ([option, value]) =>
      Effect.gen(function* () {
        const options = untyped({ [option]: value, ...(option === "cache" ? {} : { cache: { fresh: value } }) })
        const error = yield* Effect.option(Effect.flip(Gateway.httpApp(options)))
        if (error._tag === "Some") expect(ConfigError.isConfigError(error.value)).toBe(true)
      }).pipe(Effect.provide(session))
  )
})
