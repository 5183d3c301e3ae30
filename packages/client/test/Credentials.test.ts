import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { Config, ConfigProvider, Effect, Either, Layer, Redacted } from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { layer, page, projectId, script, server, shown } from "./support.js"

const accessKey = "QTWAOYTTINDUT2QVKYUC"
const secretKey = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
const securityToken = "ggpjbi1ub3J0aC00securityTokenOfATemporaryKey"

const keyOf = (key: { accessKey?: string; secretKey?: string; securityToken?: string }): Credentials.Service =>
  Credentials.accessKey({
    accessKey: key.accessKey ?? accessKey,
    secretKey: Redacted.make(key.secretKey ?? secretKey),
    ...(key.securityToken === undefined ? {} : { securityToken: Redacted.make(key.securityToken) })
  })

const errorOf = ({ get }: Credentials.Service) => Either.flip(Effect.runSync(Effect.either(get)))

const malformed: ReadonlyArray<readonly [what: string, credentials: Credentials.Service, words: string]> = [
  ["an empty access key", keyOf({ accessKey: "" }), "the access key is empty"],
  ["a blank access key", keyOf({ accessKey: "   " }), "the access key is blank"],
  ["an empty secret", keyOf({ secretKey: "" }), "the secret key is empty"],
  ["a blank secret", keyOf({ secretKey: "\t \n" }), "the secret key is blank"],
  ["a line break after the secret", keyOf({ secretKey: `${secretKey}\n` }), "the secret key contains whitespace"],
  ["a carriage return after the key", keyOf({ accessKey: `${accessKey}\r` }), "the access key contains whitespace"],
  [
    "a space within the secret",
    keyOf({ secretKey: secretKey.replace("K", " ") }),
    "the secret key contains whitespace"
  ],
  ["a truncated secret", keyOf({ secretKey: secretKey.slice(0, 39) }), "39 characters"],
  ["an encrypted secret", keyOf({ secretKey: `${secretKey}==` }), "42 characters"],
  ["a truncated access key", keyOf({ accessKey: accessKey.slice(1) }), "19 characters"],
  ["characters that no key has", keyOf({ secretKey: secretKey.replace("K", "é") }), "invalid character"],
  ["swapped key and secret", keyOf({ accessKey: secretKey, secretKey: accessKey }), "swapped"],
  ["an empty security token", keyOf({ securityToken: "" }), "the security token is not valid: it is empty"],
  ["a line break after the security token", keyOf({ securityToken: `${securityToken}\n` }), "security token"],
  ["a missing token", Credentials.token(Redacted.make(undefined as never)), "it is missing"],
  [
    "a missing secret",
    Credentials.accessKey({ accessKey, secretKey: undefined as never }),
    "the secret key is missing"
  ],
  [
    "a missing access key",
    Credentials.accessKey({ accessKey: undefined as never, secretKey: Redacted.make(secretKey) }),
    "the access key is missing"
  ],
  ["an empty token", Credentials.token(Redacted.make("")), "it is empty"],
  ["a blank token", Credentials.token(Redacted.make("  ")), "whitespace"],
  ["a line break after the token", Credentials.token(Redacted.make(`${securityToken}\r\n`)), "line break"],
  ["a token on two lines", Credentials.token(Redacted.make(`${securityToken}\n${securityToken}`)), "line break"],
  ["characters that no token has", Credentials.token(Redacted.make(`${securityToken}é`)), "invalid character"]
]

const secrets = [secretKey, secretKey.slice(0, 39), secretKey.replace("K", " "), secretKey.replace("K", "é")]

describe("missing credentials of the configuration", () => {
  it.effect("are said to be missing, not redacted", () =>
    Effect.gen(function* () {
      const empty = Effect.withConfigProvider(ConfigProvider.fromMap(new Map()))
      const messages = yield* Effect.forEach(
        [Credentials.layerTokenConfig(), Credentials.layerAccessKeyConfig()],
        (layer) => Effect.map(Effect.flip(Effect.scoped(Layer.build(layer))), String).pipe(empty)
      )
      expect(messages[0]).toBe('(Missing data at HOTSPOT_SESSION_AUTH_TOKEN: "it is not set")')
      expect(messages[1]).toContain('(Missing data at HUAWEICLOUD_SDK_SK: "it is not set")')
    })
  )

  it.effect("are not shown if they are invalid", () =>
    Effect.gen(function* () {
      const config = Config.redacted(Config.integer("CANARY"))
      const provider = ConfigProvider.fromMap(new Map([["CANARY", "canary"]]))
      const token = Credentials.layerTokenConfig(Config.map(config, () => Redacted.make("")))
      const error = yield* Effect.flip(Effect.scoped(Layer.build(token))).pipe(Effect.withConfigProvider(provider))
      expect(String(error)).toBe('(Invalid data at CANARY: "it is not valid; its value is secret")')
    })
  )
})

describe("invalid credentials", () => {
  for (const [what, credentials, words] of malformed) {
    it.effect(`${what}: fail before anything is sent, with a hint and without the secret`, () =>
      Effect.gen(function* () {
        const { client, sent } = yield* server(script(page([])))
        const error = yield* Effect.flatMap(HotspotSession.HotspotSession, (session) =>
          Effect.flip(session.listHotspotSessionConfig({ project_id: projectId }))
        ).pipe(Effect.provide(layer(client, {}, Layer.succeed(Credentials.Credentials, credentials))))
        expect(yield* sent).toEqual([])
        expect(error).toMatchObject({ _tag: "CredentialsError", retryable: false, attempts: 1 })
        expect(error.message).toContain(words)
        expect(error.hint).toMatch(/^Copy the /)
        for (const secret of [...secrets, securityToken]) expect(shown(error)).not.toContain(secret)
      })
    )
  }

  const text = FC.oneof(FC.string(), FC.fullUnicodeString(), FC.stringMatching(/^[ -~]{15,45}$/))

  it.prop(
    "accepts a key only if it is header-safe and its lengths are correct, and never quotes a rejected one",
    [text, text],
    ([key, secret]) => {
      const error = errorOf(keyOf({ accessKey: key, secretKey: secret }))
      const isValid = /^[!-~]{20}$/.test(key) && /^[!-~]{40}$/.test(secret)
      expect(Either.isLeft(error)).toBe(isValid)
      if (Either.isRight(error) && secret.trim().length >= 10) expect(shown(error.right)).not.toContain(secret.trim())
    },
    { fastCheck: { numRuns: runs(200) } }
  )

  it.prop(
    "accepts a token only if it is header-safe, and never quotes a rejected one",
    [text],
    ([value]) => {
      const error = errorOf(Credentials.token(Redacted.make(value)))
      expect(Either.isLeft(error)).toBe(/^[!-~]+$/.test(value))
      if (Either.isRight(error) && value.trim().length >= 10) expect(shown(error.right)).not.toContain(value.trim())
    },
    { fastCheck: { numRuns: runs(200) } }
  )
})

describe("credentials", () => {
  it("show no secret when they are inspected or serialized", () => {
    for (const credentials of [keyOf({ securityToken }), Credentials.token(Redacted.make(securityToken))]) {
      const text = `${shown(credentials)}\n${shown(Effect.runSync(credentials.get))}`
      expect(text).not.toContain(secretKey)
      expect(text).not.toContain(securityToken)
    }
  })

  it.effect("that are fixed stay the same after they are invalidated", () =>
    Effect.gen(function* () {
      for (const credentials of [keyOf({}), Credentials.token(Redacted.make(securityToken))]) {
        expect(yield* credentials.invalidate(yield* credentials.get)).toBe(false)
      }
    })
  )

  it.effect("from the configuration have it as their source, and no line end of a file that Windows wrote", () =>
    Effect.gen(function* () {
      const { get } = yield* Credentials.Credentials
      expect((yield* get).source).toBe("configuration")
    }).pipe(
      Effect.provide(Credentials.layerTokenConfig()),
      Effect.withConfigProvider(
        ConfigProvider.fromMap(new Map([["HOTSPOT_SESSION_AUTH_TOKEN", `${securityToken}\r\n`]]))
      )
    )
  )
})

describe("an access key from the configuration", () => {
  const configured = (
    entries: Record<string, string>,
    credentials: ReturnType<typeof Credentials.layerAccessKeyConfig> = Credentials.layerAccessKeyConfig()
  ) =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script(page([])))
      const settings = Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))
      const session = Layer.provide(HotspotSession.layer({ endpoint: "https://service.example" }), [
        Layer.succeed(HttpClient.HttpClient, client),
        Layer.provide(credentials, settings)
      ])
      const { listHotspotSessionConfig } = yield* Effect.provide(HotspotSession.HotspotSession, session)
      yield* listHotspotSessionConfig({ project_id: projectId })
      const headers: Readonly<Record<string, string>> = (yield* sent)[0]?.request.headers ?? {}
      return headers
    })

  const permanent = { HUAWEICLOUD_SDK_AK: accessKey, HUAWEICLOUD_SDK_SK: secretKey }

  it.effect("is read from the official SDKs' variables, with the security token if it is set", () =>
    Effect.gen(function* () {
      const temporary = yield* configured({ ...permanent, HUAWEICLOUD_SDK_SECURITY_TOKEN: securityToken })
      expect(temporary["authorization"]).toContain(`Access=${accessKey}`)
      expect(temporary["x-security-token"]).toBe(securityToken)
      const ofWindows = { HUAWEICLOUD_SDK_AK: `${accessKey}\r`, HUAWEICLOUD_SDK_SK: `${secretKey}\r` }
      for (const entries of [
        permanent,
        { ...permanent, HUAWEICLOUD_SDK_SECURITY_TOKEN: "" },
        { ...ofWindows, HUAWEICLOUD_SDK_SECURITY_TOKEN: "\r" }
      ]) {
        const headers = yield* configured(entries)
        expect(headers["authorization"]).toContain(`Access=${accessKey}`)
        expect(headers).not.toHaveProperty("x-security-token")
      }
    })
  )

  it.effect("is read from other variables and from plain values", () =>
    Effect.gen(function* () {
      const headers = yield* configured(
        { OWN_SK: secretKey },
        Credentials.layerAccessKeyConfig({ accessKey, secretKey: Config.redacted("OWN_SK") })
      )
      expect(headers["authorization"]).toContain(`Access=${accessKey}`)
    })
  )

  it.effect("fails the layer with all missing settings", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(configured({}))
      expect(String(error)).toContain("HUAWEICLOUD_SDK_AK")
      expect(String(error)).toContain("HUAWEICLOUD_SDK_SK")
      expect(String(error)).not.toContain("HUAWEICLOUD_SDK_SECURITY_TOKEN")
    })
  )
})
