import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import {
  CachedCredentials,
  Credentials,
  Destination,
  HotspotSession,
  Iam,
  ProfileChain,
  RegionId,
  RetryPolicy,
  regionIds,
  resolveEndpoint
} from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { InvalidRequest, iamEndpoint, regionEndpoint, Setting } from "@hotspot-session/core"
import {
  Cause,
  Chunk,
  Config,
  ConfigError,
  Context,
  Duration,
  Effect,
  Either,
  Exit,
  Layer,
  Option,
  Redacted,
  Schema,
  Stream
} from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { checkOptions } from "../src/node/HttpClientOptions.js"

/** Bypasses the type check, as callers without types do. */
const untyped = (value: unknown): never => value as never

const unused = Layer.mergeAll(
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make(() => Effect.die("unexpected request"))
  ),
  Credentials.layerToken(Redacted.make("token"))
)

/** The failure of building a layer; a defect is returned as text. */
const failureOf = (layer: Layer.Layer<never, unknown> | Layer.Layer<unknown, unknown>): Effect.Effect<unknown> =>
  Effect.exit(Effect.scoped(Layer.build(layer as Layer.Layer<unknown, unknown>))).pipe(
    Effect.map((exit) =>
      Exit.match(exit, {
        onSuccess: () => undefined,
        onFailure: (cause) => Option.getOrElse(Cause.failureOption(cause), () => Cause.pretty(cause))
      })
    )
  )

const expectConfigError = (failure: unknown, message: RegExp) => {
  expect(ConfigError.isConfigError(failure) ? Setting.messageOf(failure) : failure).toMatch(message)
}

const layers: ReadonlyArray<
  readonly [string, (options: unknown) => Layer.Layer<HotspotSession.HotspotSession, unknown>]
> = [
  ["HotspotSession.layer", (options) => Layer.provide(HotspotSession.layer(untyped(options)), unused)],
  ["HotspotSession.layerConfig", (options) => Layer.provide(HotspotSession.layerConfig(untyped(options)), unused)],
  ["NodeHotspotSession.layer", (options) => Layer.provide(NodeHotspotSession.layer(untyped(options)), unused)],
  [
    "NodeHotspotSession.layerConfig",
    (options) => Layer.provide(NodeHotspotSession.layerConfig(untyped(options)), unused)
  ]
]

const region = "ap-southeast-1"

/** Property names that every JavaScript object inherits. */
const inherited = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"]

const untypedValue = FC.oneof(FC.string(), FC.constantFrom(...inherited), FC.anything())

describe("a region that the types do not allow", () => {
  for (const [name, layer] of layers) {
    it.effect(`is a ConfigError of ${name} that lists the regions`, () =>
      Effect.gen(function* () {
        for (const region of ["eu-nowhere-1", "", "AP-SOUTHEAST-1", ...inherited]) {
          const failure = yield* failureOf(layer({ region }))
          expectConfigError(failure, /^unknown region ".*"; it must be one of af-north-1, .*, tr-west-1$/)
          expect(String(failure)).toContain(JSON.stringify(region))
        }
        for (const region of [null, 5, 10n, Symbol("cn-north-4"), [], {}, () => "cn-north-4", ["cn-north-4"]]) {
          expectConfigError(yield* failureOf(layer({ region })), /^unknown region .*; it must be one of/)
        }
        for (const options of [{}, undefined, { region: undefined }]) {
          expectConfigError(yield* failureOf(layer(options)), /^neither an endpoint nor a region is given$/)
        }
        for (const endpoint of [
          "",
          " ",
          "nowhere",
          "ftp://x",
          "https://u:p@x",
          "https://x?y",
          null,
          5,
          Symbol("x"),
          {}
        ]) {
          expectConfigError(yield* failureOf(layer({ endpoint })), /^the endpoint must /)
          expectConfigError(yield* failureOf(layer({ endpoint, region })), /^the endpoint must /)
        }
        expect(yield* failureOf(layer({ endpoint: "https://x.example", region: "eu-nowhere-1" }))).toBeUndefined()
      })
    )
  }

  it.prop(
    "is distinguished from the known regions, whatever its type",
    [untypedValue],
    ([region]) => {
      const isKnown = regionIds.some((id) => id === region)
      const endpoint = resolveEndpoint({ region: untyped(region) })
      expect(Either.isRight(endpoint)).toBe(isKnown)
      if (Either.isLeft(endpoint)) expect(ConfigError.isConfigError(endpoint.left)).toBe(true)
      const decoded = Schema.decodeUnknownEither(RegionId)(region)
      expect(Either.isRight(decoded)).toBe(isKnown)
      if (Either.isLeft(decoded)) expect(decoded.left.message).toContain("must be one of")
      if (!isKnown) expect(() => regionEndpoint(untyped(region))).toThrow(/unknown region .*; it must be one of/)
      expect(iamEndpoint(untyped(region))).toMatch(/^https:\/\/iam\.([a-z0-9-]+\.)?myhuaweicloud\.com$/)
      expect(Destination.endpointOf(untyped(region), { environment: {} })).toBeUndefined()
    },
    { fastCheck: { numRuns: runs(200) } }
  )

  it.prop("does not affect the endpoint", [untypedValue], ([endpoint]) => {
    const resolved = resolveEndpoint({ endpoint: untyped(endpoint), region: untyped("eu-nowhere-1") })
    if (Either.isRight(resolved)) expect(new URL(resolved.right).protocol).toMatch(/^https?:$/)
    else expect(ConfigError.isConfigError(resolved.left)).toBe(true)
  })
})

describe("an option of the client with the wrong type or out of range", () => {
  const times: ReadonlyArray<unknown> = [
    0,
    -1,
    Number.NaN,
    "soon",
    "-1 seconds",
    "0 millis",
    {},
    [1],
    [-1, 0],
    -1n,
    true
  ]
  const invalid: ReadonlyArray<readonly [string, ReadonlyArray<unknown>, RegExp]> = [
    ["timeout", times, /^timeout must be a duration longer than 0, such as "30 seconds", or milliseconds, was /],
    ["attemptTimeout", times, /^attemptTimeout must be a duration longer than 0/],
    ["retryQuota", [-1, 1.5, Number.NaN, "500", {}], /^retryQuota must be an integer from 0, was /],
    ["retry", [{ attempts: 3 }, 3, "none", {}, () => 1], /^retry must be a retry policy, such as RetryPolicy\.make/],
    [
      "userAgent",
      [5, {}, Symbol("x"), "my app\n1", "app €"],
      /^userAgent must be a string of Latin-1 on one line, was /
    ],
    ["transformClient", [5, {}, "x", () => undefined, () => ({})], /^transformClient must be a function/]
  ]
  const invalidForNode: typeof invalid = [
    ["connectTimeout", times, /^connectTimeout must be a duration longer than 0/],
    ["maxSockets", [0, -1, 1.5, Number.NaN, "64"], /^maxSockets must be an integer from 1, was /],
    ["maxBodyBytes", [0, -1, 1.5, Number.NaN, "64"], /^maxBodyBytes must be an integer from 1, was /],
    ["proxy", [5, true, [], { url: "http://h:1" }], /^proxy must be "environment" or a URL$/],
    [
      "proxy",
      ["socks5://h:1", "http://h:x", new URL("ftp://h"), Redacted.make("http://")],
      /^proxy (?:is|has) [^:]+\. /
    ],
    [
      "ca",
      [5, {}, [{}], "", "no PEM", new Uint8Array(3)],
      /^ca (?:must be certificates as PEM, was|contains no certificate)/
    ],
    ["systemCa", ["yes", 1], /^systemCa must be true or false, was /],
    ["environment", [5, "x", true], /^environment must be an object, was /]
  ]

  for (const [name, layer] of layers) {
    it.effect(`is a ConfigError of ${name}`, () =>
      Effect.gen(function* () {
        for (const [option, values, message] of name.startsWith("Node") ? [...invalid, ...invalidForNode] : invalid) {
          for (const value of values) expectConfigError(yield* failureOf(layer({ region, [option]: value })), message)
        }
      })
    )

    it.effect(`is accepted by ${name} if it is unlimited`, () =>
      Effect.gen(function* () {
        const none = Number.POSITIVE_INFINITY
        const options = {
          region,
          timeout: none,
          attemptTimeout: Duration.infinity,
          retryQuota: none,
          connectTimeout: none,
          maxSockets: none,
          maxBodyBytes: none
        }
        expect(yield* failureOf(layer(options))).toBeUndefined()
      })
    )
  }

  it.effect("is a ConfigError of the layers of an HttpClient", () =>
    Effect.gen(function* () {
      for (const [option, values, message] of invalidForNode) {
        for (const value of values) {
          const options = untyped({ [option]: value })
          expectConfigError(yield* failureOf(NodeHotspotSession.layerUndici(options)), message)
          if (option !== "maxBodyBytes") {
            expectConfigError(yield* failureOf(NodeHotspotSession.layerHttpClient(options)), message)
          }
        }
      }
    })
  )

  it.effect("is a ConfigError in Bun before 1.4, which would ignore it, if it says how to connect", () =>
    Effect.gen(function* () {
      for (const options of [
        { proxy: "http://proxy.example" },
        { proxy: "environment" },
        { ca: [] },
        { systemCa: true }
      ]) {
        const [name = ""] = Object.keys(options)
        for (const version of ["0.8.1", "1.1.0", "1.3.14"]) {
          const error = yield* Effect.flip(checkOptions({ connectTimeout: "1 second", ...options }, version))
          expectConfigError(error, new RegExp(`^${name} requires Bun 1.4 or later, or Node.js$`))
        }
        for (const version of ["1.4.0", "1.10.2", "2.0.0", undefined]) yield* checkOptions(options, version)
      }
      yield* checkOptions({ connectTimeout: "1 second", systemCa: false }, "1.3.14")
    })
  )

  it.effect("is a ConfigError that names it, also if it comes from the configuration", () =>
    Effect.gen(function* () {
      const layer = HotspotSession.layerConfig({
        region,
        timeout: Config.succeed(-1),
        userAgent: Config.succeed("app")
      })
      const failure = yield* failureOf(Layer.provide(layer, unused))
      expect(String(failure)).toBe(
        `(Invalid data at timeout: "timeout must be a duration longer than 0, such as "30 seconds", or milliseconds, was -1")`
      )
    })
  )

  const known = [...invalid, ...invalidForNode].map(([option]) => option)

  it.effect.prop(
    "is never a defect",
    [FC.oneof({ weight: 10, arbitrary: FC.constantFrom(...known, "region", "endpoint") }, FC.string()), untypedValue],
    ([option, value]) =>
      Effect.gen(function* () {
        const options = untyped({ region, [option]: value })
        const client = Layer.provide(HotspotSession.layer(options), unused)
        const httpClient = NodeHotspotSession.layerHttpClient(options)
        for (const build of [Effect.asVoid(Layer.build(client)), Effect.asVoid(Layer.build(httpClient))]) {
          const exit = yield* Effect.exit(Effect.scoped(build))
          if (Exit.isFailure(exit)) {
            expect(ConfigError.isConfigError(Option.getOrUndefined(Cause.failureOption(exit.cause)))).toBe(true)
          }
        }
      }),
    { fastCheck: { numRuns: runs(400) } }
  )

  it("is a RangeError of functions that return no effect", () => {
    const invalid: ReadonlyArray<readonly [RetryPolicy.Options, RegExp]> = [
      [{ attempts: 0 }, /^attempts must be an integer from 1, was 0$/],
      [{ attempts: Number.NaN }, /^attempts must be an integer from 1, was NaN$/],
      [{ attempts: untyped("4") }, /^attempts must be .*, was "4"$/],
      [{ baseDelay: -1 }, /^baseDelay must be a duration .*, not negative, was -1$/],
      [{ maxDelay: Number.NaN }, /^maxDelay must be a duration/],
      [{ maxRetryAfter: untyped("soon") }, /^maxRetryAfter must be a duration .*, was "soon"$/],
      [{ retryable: untyped(true) }, /^retryable must be a function, was true$/]
    ]
    for (const [options, message] of invalid) {
      expect(() => RetryPolicy.make(options)).toThrow(RangeError)
      expect(() => RetryPolicy.make(options)).toThrow(message)
    }
    RetryPolicy.make({ attempts: Number.POSITIVE_INFINITY, baseDelay: 0, maxDelay: 0, maxRetryAfter: 0 })
    expect(() => CachedCredentials.make(Effect.never, Number.NaN)).toThrow(/^refreshBefore must be a duration/)
  })
})

describe("a call with arguments of the wrong type", () => {
  const client = Effect.map(Layer.build(Layer.provide(HotspotSession.layer({ region }), unused)), (context) =>
    Context.get(context, HotspotSession.HotspotSession)
  )
  const project = { project_id: "p" }
  const invalid: ReadonlyArray<readonly [unknown, unknown, string]> = [
    [
      project,
      { timeout: Number.NaN },
      'timeout must be a duration longer than 0, such as "30 seconds", or milliseconds, was NaN'
    ],
    [
      project,
      { timeout: "soon" },
      'timeout must be a duration longer than 0, such as "30 seconds", or milliseconds, was "soon"'
    ],
    [
      project,
      { retry: { attempts: 3 } },
      "retry must be a retry policy, such as RetryPolicy.make({ attempts: 3 }), was an object"
    ],
    [project, { credentials: "secret" }, "credentials must be credentials, such as Credentials.token(…)"],
    [{ ...project, limit: 10n }, {}, "limit must be an integer from 1 to 100, was 10n"],
    [{ ...project, offset: Symbol("x") }, {}, "offset must be an integer from 0 to 2147483647, was Symbol(x)"],
    [{ project_id: { toJSON: 1 } }, {}, "project_id must be 1 to 128 letters, digits, - or _, was an object"],
    [undefined, undefined, "project_id: is missing"],
    [null, null, "project_id: is missing"]
  ]

  it.scoped("fails with an InvalidRequest before anything is sent", () =>
    Effect.gen(function* () {
      const { listHotspotSessionConfig: list } = yield* client
      for (const [parameters, options, message] of invalid) {
        const failures = [
          yield* Effect.flip(list(untyped(parameters), untyped(options))),
          yield* Effect.flip(Stream.runDrain(list.pages(untyped(parameters), untyped(options)))),
          yield* Effect.flip(Stream.runDrain(list.items(untyped(parameters), untyped(options))))
        ]
        for (const failure of failures) {
          expect(failure).toBeInstanceOf(InvalidRequest)
          expect(failure.message).toBe(`The request is not valid and was not sent: ${message}`)
        }
      }
    })
  )

  it.effect.prop("is never a defect", [FC.anything(), FC.anything()], ([value, option]) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { listHotspotSessionConfig: list } = yield* client
        const calls: ReadonlyArray<readonly [unknown, unknown]> = [
          [value, option],
          [{ project_id: [value], limit: option }, {}],
          [{ project_id: "../", offset: value }, { timeout: option }]
        ]
        for (const [parameters, options] of calls) {
          const failure = yield* Effect.flip(list(untyped(parameters), untyped(options)))
          expect(failure._tag).toBe("InvalidRequest")
          expect(typeof failure.message).toBe("string")
          yield* Stream.runCollect(list.items(untyped(parameters), untyped(options))).pipe(
            Effect.map(Chunk.size),
            Effect.flip
          )
        }
      })
    )
  )
})

describe("credentials of the wrong type", () => {
  const secret = "not-in-a-redacted"
  const user = {
    domainName: "domain",
    userName: "user",
    password: Redacted.make("password"),
    project: { name: region },
    endpoint: iamEndpoint(region)
  }
  const invalid: ReadonlyArray<readonly [string, Effect.Effect<Credentials.Service, never, never>, RegExp]> = [
    [
      "a token",
      Effect.sync(() => Credentials.token(untyped(secret))),
      /token .* is not valid: it must be a string wrapped by Redacted/
    ],
    ["not a token", Effect.sync(() => Credentials.token(untyped(undefined))), /it is missing/],
    ["a token of bytes", Effect.sync(() => Credentials.token(untyped(Redacted.make(5)))), /it is not a string/],
    ["no key", Effect.sync(() => Credentials.accessKey(untyped(undefined))), /the access key is missing/],
    [
      "a secret key",
      Effect.sync(() => Credentials.accessKey(untyped({ accessKey: "A".repeat(20), secretKey: secret }))),
      /the secret key must be a string wrapped by Redacted/
    ],
    [
      "a security token",
      Effect.sync(() =>
        Credentials.accessKey({
          accessKey: "A".repeat(20),
          secretKey: Redacted.make("s".repeat(40)),
          securityToken: untyped(secret)
        })
      ),
      /the security token is not valid: it must be a string wrapped by Redacted/
    ],
    ...(
      [
        ["no user", undefined, /names of the account and of the IAM user must be strings/],
        ["a password", { ...user, password: secret }, /password must be a string wrapped by Redacted/],
        ["no project", { ...user, project: undefined }, /project of the token must have an id or a name/],
        ["an endpoint", { ...user, endpoint: "nowhere" }, /IAM endpoint must be a URL/],
        ["no endpoint", { ...user, endpoint: undefined }, /IAM endpoint must be a URL/],
        ["a symbol for an endpoint", { ...user, endpoint: Symbol("x") }, /IAM endpoint must be a URL/]
      ] as const
    ).map(
      ([what, user, message]) =>
        [
          `${what} of IAM`,
          Effect.map(Layer.build(Layer.provide(Iam.layerPassword(untyped(user)), unused)), (context) =>
            Context.get(context, Credentials.Credentials)
          ) as Effect.Effect<Credentials.Service>,
          message
        ] as const
    )
  ]

  for (const [what, credentials, message] of invalid) {
    it.scoped(`fail with a CredentialsError when they are used: ${what}`, () =>
      Effect.gen(function* () {
        const { get } = yield* credentials
        const error = yield* Effect.flip(get)
        expect(error._tag).toBe("CredentialsError")
        expect(error.message).toMatch(message)
        expect(JSON.stringify(error)).not.toContain(secret)
      })
    )
  }

  it.effect("fail with a CredentialsError: the name of a profile", () =>
    Effect.gen(function* () {
      const machine = { environment: {}, home: Effect.succeedNone, readFile: () => Effect.succeedNone }
      for (const profile of [5, null, Symbol("x"), {}]) {
        const error = yield* Effect.flip(ProfileChain.resolve(machine, untyped(profile)))
        expect(error.message).toBe("The profile name must be a string")
      }
    }).pipe(Effect.provide(unused))
  )
})
