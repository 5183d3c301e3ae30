import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, EcsMetadata, HotspotSession, Iam, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Context, Effect, Fiber, Layer, Redacted, type Scope, TestClock } from "effect"
import { layer, page, projectId, script, server } from "./support.js"

const permanent = Credentials.accessKey({ accessKey: Demo.accessKey, secretKey: Redacted.make(Demo.secretKey) })

const temporary = ({ accessKey, secretKey, securityToken }: Record<keyof typeof Demo.temporaryKey, string>) =>
  Credentials.accessKey({
    accessKey,
    secretKey: Redacted.make(secretKey),
    securityToken: Redacted.make(securityToken)
  })

/** A client of an emulator, with the library's own retry policy. */
const connect = (
  options: Emulator.Options,
  credentials: (
    emulator: Emulator.Service
  ) => Effect.Effect<Credentials.Service, unknown, HttpClient.HttpClient | Scope.Scope>
) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.make(options)
    const context = yield* Layer.build(
      HotspotSession.layer({
        endpoint: emulator.endpoint,
        retry: RetryPolicy.make({ baseDelay: "1 millis" })
      }).pipe(
        Layer.provide(Layer.scoped(Credentials.Credentials, Effect.orDie(credentials(emulator)))),
        Layer.provide(NodeHotspotSession.layerHttpClient())
      )
    )
    const { listHotspotSessionConfig } = Context.get(context, HotspotSession.HotspotSession)
    return { emulator, list: listHotspotSessionConfig({ project_id: Demo.projectId }) }
  })

const lists = (emulator: Emulator.Service) =>
  Effect.map(emulator.requests, (requests) => requests.filter(({ path }) => path.endsWith("/hotspot-session-config")))

describe("a signed call", () => {
  const kinds: Record<string, Parameters<typeof connect>[1]> = {
    "a permanent key": () => Effect.succeed(permanent),
    "a temporary key": () => Effect.succeed(temporary(Demo.temporaryKey)),
    "a temporary key of IAM": (emulator) => Effect.map(emulator.issueTemporaryKey(), temporary),
    "the key of an ECS": (emulator) => EcsMetadata.make(emulator.endpoint)
  }

  for (const [kind, credentials] of Object.entries(kinds)) {
    it.scopedLive(`succeeds with ${kind}, also in attempts after a failure`, () =>
      Effect.gen(function* () {
        const { emulator, list } = yield* connect(
          {
            faults: [
              { kind: "status", status: 503, times: 1 },
              { kind: "reset", times: 1 }
            ]
          },
          credentials
        )
        expect((yield* list).items).toHaveLength(3)
        expect((yield* lists(emulator)).map(({ status }) => status)).toEqual([503, undefined, 200])
        for (const { headers } of yield* lists(emulator)) {
          expect(headers).toMatchObject({ "x-project-id": Demo.projectId, authorization: "<redacted>" })
          expect(headers).not.toHaveProperty("x-auth-token")
        }
      })
    )
  }

  for (const metadata of ["token", "tokenRequired", "tokenless"] as const) {
    it.scopedLive(`succeeds with a metadata service of the mode ${metadata}`, () =>
      Effect.gen(function* () {
        const { list } = yield* connect({ metadata }, ({ endpoint }) => EcsMetadata.make(endpoint))
        expect((yield* list).items).toHaveLength(3)
      })
    )
  }

  for (const metadata of ["noAgency", "off"] as const) {
    it.scopedLive(`is not sent with a metadata service of the mode ${metadata}`, () =>
      Effect.gen(function* () {
        const { emulator, list } = yield* connect({ metadata }, ({ endpoint }) => EcsMetadata.make(endpoint))
        const error = yield* Effect.flip(list)
        expect(error).toMatchObject({ _tag: "CredentialsError", attempts: 1 })
        expect(error.message).toContain("no agency")
        expect(yield* lists(emulator)).toEqual([])
      })
    )
  }

  it.scopedLive("succeeds with a new key if the service no longer accepts the key of the ECS", () =>
    Effect.gen(function* () {
      const accessKeys: Array<string> = []
      const { emulator, list } = yield* connect({}, ({ endpoint }) =>
        Effect.flatMap(HttpClient.HttpClient, (client) =>
          Effect.provideService(
            EcsMetadata.make(endpoint),
            HttpClient.HttpClient,
            HttpClient.tap(client, (response) =>
              response.request.url.endsWith("/securitykey")
                ? Effect.map(response.text, (text) => void accessKeys.push(JSON.parse(text).credential.access))
                : Effect.void
            )
          )
        )
      )
      yield* list
      yield* Effect.forEach(accessKeys, emulator.removeAccessKey)
      expect((yield* list).items).toHaveLength(3)
      expect(accessKeys).toHaveLength(2)
      expect((yield* lists(emulator)).map(({ status }) => status)).toEqual([200, 401, 200])
    })
  )
})

describe("a rejected signature", () => {
  const wrong: Record<string, readonly [credentials: Credentials.Service, words: string, hint: string]> = {
    "with a wrong secret": [
      Credentials.accessKey({ accessKey: Demo.accessKey, secretKey: Redacted.make("x".repeat(40)) }),
      "verify aksk signature fail",
      "Five failures in a row lock the pair"
    ],
    "with an unknown key": [
      Credentials.accessKey({ accessKey: "NOSUCHACCESSKEY00001", secretKey: Redacted.make(Demo.secretKey) }),
      "ak NOSUCHACCESSKEY00001 not exist",
      "The access key is unknown"
    ],
    "without the security token": [
      Credentials.accessKey({
        accessKey: Demo.temporaryKey.accessKey,
        secretKey: Redacted.make(Demo.temporaryKey.secretKey)
      }),
      "x-security-token not found",
      "credentials"
    ],
    "with another security token": [
      temporary({ ...Demo.temporaryKey, securityToken: "another-security-token" }),
      "decrypt token fail",
      "token"
    ]
  }

  for (const [why, [credentials, words, hint]] of Object.entries(wrong)) {
    it.scopedLive(`${why} is sent once`, () =>
      Effect.gen(function* () {
        const { emulator, list } = yield* connect({}, () => Effect.succeed(credentials))
        const error = yield* Effect.flip(list)
        expect(error).toMatchObject({ _tag: "Unauthorized", error_code: "APIGW.0301", attempts: 1 })
        expect(error.message).toContain(words)
        expect(error.hint).toContain(hint)
        expect(JSON.stringify(error)).not.toContain("another-security-token")
        expect(yield* lists(emulator)).toHaveLength(1)
      })
    )
  }

  it.scopedLive("locks the key after five calls, which the sixth reports", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* connect({}, () =>
        Effect.succeed(Credentials.accessKey({ accessKey: Demo.accessKey, secretKey: Redacted.make("x".repeat(40)) }))
      )
      const errors = yield* Effect.replicateEffect(Effect.flip(list), 6)
      expect(errors[5]?.hint).toContain("Wait five minutes")
      expect(yield* lists(emulator)).toHaveLength(6)
    })
  )
})

describe("clock skew", () => {
  const badToken = Credentials.token(Redacted.make("invalid-token"))

  for (const [skew, seconds, words] of [
    [{ ahead: "20 minutes" }, 1200, "20 minutes behind the server's"],
    [{ behind: "20 minutes" }, -1200, "20 minutes ahead of the server's"]
  ] as const) {
    it.scopedLive(`is the hint if the signature is rejected: ${words}`, () =>
      Effect.gen(function* () {
        const { emulator, list } = yield* connect({ clockSkew: skew }, () => Effect.succeed(permanent))
        const error = yield* Effect.flip(list)
        expect(error._tag).toBe("Unauthorized")
        if (error._tag !== "Unauthorized") return
        expect(error.message).toContain("signature expired")
        expect(Math.abs((error.clock_skew ?? 0) - seconds)).toBeLessThanOrEqual(5)
        expect(error.hint).toContain(words)
        expect(yield* lists(emulator)).toHaveLength(1)
      })
    )
  }

  it.scopedLive("is reported from one minute, but is not the hint while a signature would be valid", () =>
    Effect.gen(function* () {
      const { list } = yield* connect({ clockSkew: { ahead: "5 minutes" } }, () => Effect.succeed(badToken))
      const error = yield* Effect.flip(list)
      expect(error).toMatchObject({ _tag: "Unauthorized", clock_skew: expect.any(Number) })
      expect(error.hint).toContain("The token is damaged")
    })
  )

  for (const skew of [{ ahead: "50 seconds" }, { behind: "50 seconds" }, undefined] as const) {
    it.scopedLive(`is not mentioned for ${JSON.stringify(skew) ?? "no skew"}`, () =>
      Effect.gen(function* () {
        const { list } = yield* connect({ clockSkew: skew }, () => Effect.succeed(badToken))
        const error = yield* Effect.flip(list)
        expect(error._tag).toBe("Unauthorized")
        expect(error).not.toHaveProperty("clock_skew")
        expect(error.hint).not.toContain("clock")
      })
    )
  }

  it.scopedLive("does not matter below 15 minutes", () =>
    Effect.gen(function* () {
      for (const skew of [{ ahead: "14 minutes" }, { behind: "14 minutes" }] as const) {
        const { list } = yield* connect({ clockSkew: skew }, () => Effect.succeed(permanent))
        expect((yield* list).items).toHaveLength(3)
      }
    })
  )
})

describe("each attempt", () => {
  const busy = (retryAfter: string) => ({ status: 503, headers: { "retry-after": retryAfter } })

  /** The headers of all attempts of a call with two retries. */
  const sentBy = (credentials: Credentials.Service) =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script(busy("50"), busy("55"), page([])))
      const call = yield* Effect.flatMap(HotspotSession.HotspotSession, ({ listHotspotSessionConfig }) =>
        listHotspotSessionConfig({ project_id: projectId })
      ).pipe(Effect.provide(layer(client, {}, Layer.succeed(Credentials.Credentials, credentials))), Effect.fork)
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(call)
      return (yield* sent).map(({ request }) => request.headers)
    })

  it.effect("has its own signature with its own time", () =>
    Effect.gen(function* () {
      const headers = yield* sentBy(permanent)
      expect(headers.map((headers) => headers["x-sdk-date"])).toEqual([
        "19700101T000000Z",
        "19700101T000050Z",
        "19700101T000145Z"
      ])
      expect(new Set(headers.map(({ authorization }) => authorization)).size).toBe(3)
    })
  )

  it.effect("sends and signs the project and the security token of a temporary key", () =>
    Effect.gen(function* () {
      for (const { authorization, "x-project-id": project } of yield* sentBy(permanent)) {
        expect(project).toBe(projectId)
        expect(authorization).toContain("SignedHeaders=host;x-project-id;x-sdk-date,")
      }
      for (const headers of yield* sentBy(temporary(Demo.temporaryKey))) {
        expect(headers["x-security-token"]).toBe(Demo.temporaryKey.securityToken)
        expect(headers["authorization"]).toContain("SignedHeaders=host;x-project-id;x-sdk-date;x-security-token,")
      }
    })
  )

  it.scoped("gets a token valid at its own time", () =>
    Effect.gen(function* () {
      let issued = 0
      const iam = yield* server(({ at }) =>
        Effect.sync(() => ({
          status: 201,
          headers: { "x-subject-token": `token-${++issued}` },
          body: JSON.stringify({ token: { expires_at: new Date(at + 100_000).toISOString() } })
        }))
      )
      const credentials = yield* Effect.provideService(
        Iam.password({
          domainName: "account",
          userName: "someone",
          password: Redacted.make("password-of-someone"),
          project: { id: projectId },
          endpoint: "https://iam.example"
        }),
        HttpClient.HttpClient,
        iam.client
      )
      const headers = yield* sentBy(credentials)
      expect(headers.map((headers) => headers["x-auth-token"])).toEqual(["token-1", "token-1", "token-2"])
    })
  )
})
