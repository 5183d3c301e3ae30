import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession, Iam, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator, type Fault } from "@hotspot-session/emulator"
import {
  Cause,
  Config,
  ConfigProvider,
  Context,
  Effect,
  Exit,
  Fiber,
  Layer,
  Redacted,
  type Scope,
  TestClock
} from "effect"
import { inTurn } from "../../../test/runs.js"
import { type Handler, nextCredential, pause, projectId, script, server, shown } from "./support.js"

const user = (endpoint: string, more: Partial<Iam.User> = {}): Iam.User => ({
  domainName: Demo.domainName,
  userName: Demo.userName,
  password: Redacted.make(Demo.password),
  project: { id: Demo.projectId },
  endpoint,
  ...more
})

const bodyOf = (request: HttpClientRequest.HttpClientRequest | undefined) =>
  JSON.parse(request?.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : "null")

/** A network client that counts the token requests to IAM, and records the tokens. */
const observed = Effect.gen(function* () {
  const client = Context.get(yield* Layer.build(NodeHotspotSession.layerHttpClient()), HttpClient.HttpClient)
  const seen = { tokenRequests: 0, tokens: [] as string[] }
  return {
    seen,
    client: client.pipe(
      HttpClient.tapRequest(({ url }) =>
        Effect.sync(() => {
          if (url.includes("/v3/auth/tokens")) seen.tokenRequests++
        })
      ),
      HttpClient.tap(({ headers }) =>
        Effect.sync(() => {
          const token = headers["x-subject-token"]
          if (token !== undefined) seen.tokens.push(token)
        })
      )
    )
  }
})

/** An emulator, and a client that authenticates as the user. */
const connect = (options: Emulator.Options = {}, retry = RetryPolicy.none, more: Partial<Iam.User> = {}) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.make(options)
    const { client, seen } = yield* observed
    const context = yield* Layer.build(
      HotspotSession.layer({ endpoint: emulator.endpoint, retry }).pipe(
        Layer.provide(Iam.layerPassword(user(emulator.endpoint, more))),
        Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
      )
    )
    const { listHotspotSessionConfig } = Context.get(context, HotspotSession.HotspotSession)
    return { emulator, seen, list: listHotspotSessionConfig({ project_id: Demo.projectId }) }
  })

const manyTimes = <A, E>(call: Effect.Effect<A, E>) =>
  Effect.replicateEffect(Effect.exit(call), 100, { concurrency: "unbounded" })

describe("100 concurrent calls", () => {
  it.scopedLive(
    "share one request for a token",
    () =>
      Effect.gen(function* () {
        const { emulator, list, seen } = yield* connect()
        const exits = yield* manyTimes(list)
        expect(exits.filter(Exit.isSuccess)).toHaveLength(100)
        expect(seen.tokenRequests).toBe(1)

        const lists = (yield* emulator.requests).filter(({ method, status }) => method === "GET" && status === 200)
        expect(lists).toHaveLength(100)
      }),
    120_000
  )

  it.scopedLive(
    "share one more request if the token is revoked in the meantime",
    () =>
      Effect.gen(function* () {
        const { emulator, list, seen } = yield* connect({ latency: "10 millis" }, RetryPolicy.make())
        const calls = yield* Effect.fork(manyTimes(list))
        yield* Effect.repeat(Effect.sleep("5 millis"), {
          until: () => Effect.map(emulator.requests, (requests) => requests.length > 20)
        })
        yield* Effect.forEach(seen.tokens, emulator.revokeToken)
        const exits = yield* Fiber.join(calls)
        expect(exits.filter(Exit.isSuccess)).toHaveLength(100)
        expect(seen.tokenRequests).toBe(2)
        expect((yield* emulator.requests).filter(({ status }) => status === 401).length).toBeGreaterThan(0)
      }),
    120_000
  )

  it.scopedLive(
    "all get the error if IAM is down, and the next call requests a token again",
    () =>
      Effect.gen(function* () {
        const { emulator, list, seen } = yield* connect({
          faults: [{ kind: "status", status: 503, body: "iam", target: "iam", times: 1 }]
        })
        const exits = yield* manyTimes(list)
        const errors = exits.flatMap((exit) => (Exit.isFailure(exit) ? [Cause.squash(exit.cause)] : []))
        expect(errors).toHaveLength(100)
        const [request, ...others] = yield* emulator.requests
        expect(others).toEqual([])
        for (const error of errors) {
          expect(error).toMatchObject({ _tag: "CredentialsError", transient: true, retryable: true })
          expect(String(error)).toContain("503")
          expect(String(error)).toContain(`request id ${request?.id}`)
        }
        expect(shown(errors[0])).not.toContain(Demo.password)
        expect((yield* list).items).toHaveLength(3)
        expect(seen.tokenRequests).toBe(2)
      }),
    120_000
  )
})

describe("the token of an IAM user", () => {
  it.scopedLive("is requested again by the retry policy if IAM is temporarily down", () =>
    Effect.gen(function* () {
      const { list, seen } = yield* connect(
        {
          faults: [
            { kind: "status", status: 503, target: "iam", times: 1 },
            { kind: "reset", target: "iam", times: 1 },
            { kind: "status", status: 429, target: "iam", times: 1 }
          ]
        },
        RetryPolicy.make({ baseDelay: "1 millis" })
      )
      expect((yield* list).items).toHaveLength(3)
      expect(seen.tokenRequests).toBe(4)
    })
  )

  it.scopedLive("is not requested before Retry-After", () =>
    Effect.gen(function* () {
      const { list, seen } = yield* connect(
        { faults: [{ kind: "status", status: 429, target: "iam", times: 1, retryAfter: "1" }] },
        RetryPolicy.make({ baseDelay: "1 millis" })
      )
      const start = Date.now()
      expect((yield* list).items).toHaveLength(3)
      expect(Date.now() - start).toBeGreaterThan(990)
      expect(seen.tokenRequests).toBe(2)
    })
  )

  it.scopedLive("is requested once if the password is wrong, because repeated failures lock the account", () =>
    Effect.gen(function* () {
      const { list, seen } = yield* connect({}, RetryPolicy.make(), { password: Redacted.make("a-wrong-password") })
      const error = yield* Effect.flip(list)
      expect(error).toMatchObject({ _tag: "CredentialsError", transient: false, attempts: 1 })
      expect(error.message).toContain("emulator of emulator")
      expect(error.message).toContain("The username or password is wrong. [401]")
      expect(error.hint).toContain("lock the account")
      expect(shown(error)).not.toContain("a-wrong-password")
      // Further calls send no further requests.
      expect(new Set(yield* Effect.replicateEffect(Effect.map(Effect.flip(list), String), 20))).toHaveLength(1)
      expect(seen.tokenRequests).toBe(1)
    })
  )

  it.scopedLive("is issued for a project by name, and fails if the project does not exist", () =>
    Effect.gen(function* () {
      const named = yield* connect({}, RetryPolicy.none, { project: { name: "ap-southeast-1" } })
      expect((yield* named.list).items).toHaveLength(3)
      const unknown = yield* connect({}, RetryPolicy.none, { project: { name: "nowhere" } })
      expect((yield* Effect.flip(unknown.list)).message).toContain("The project does not exist.")
    })
  )

  it.effect("is not requested without a password", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script({ status: 500 }))
      const { get } = yield* Iam.password(user("https://iam.example", { password: Redacted.make("") })).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      expect((yield* Effect.flip(get)).message).toBe("The password (IAM user) is empty")
      expect(yield* sent).toEqual([])
    }).pipe(Effect.scoped)
  )

  for (const skew of [{ behind: "25 hours" }, { ahead: "25 hours" }] as const) {
    it.scopedLive(`is cached with a clock skew of one day: the server's clock is ${Object.keys(skew)}`, () =>
      Effect.gen(function* () {
        const { list, seen } = yield* connect({ clockSkew: skew })
        yield* list
        yield* list
        expect(seen.tokenRequests).toBe(1)
      })
    )
  }

  const issued = (expiresAt: string) => ({
    status: 201,
    headers: { "x-subject-token": "token-of-the-user" },
    body: JSON.stringify({ token: { expires_at: expiresAt } })
  })

  /** Credentials from an IAM with the given handler. */
  const withHandler = (handler: Handler, more: Partial<Iam.User> = {}) =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(handler)
      const credentials = yield* Effect.provideService(
        Iam.password(user("https://iam.example", more)),
        HttpClient.HttpClient,
        client
      )
      return { ...credentials, sent }
    })

  it.scoped("is issued for the project ID if a name is given too", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* withHandler(script(issued("2100-01-01T00:00:00Z")), {
        project: { id: Demo.projectId, name: "ap-southeast-1" }
      })
      yield* get
      const [first] = yield* sent
      expect(bodyOf(first?.request).auth.scope).toEqual({ project: { id: Demo.projectId } })
    })
  )

  it.effect("is issued for a user from the configuration and from plain values", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script(issued("2100-01-01T00:00:00Z")))
      const credentials = Iam.layerPasswordConfig({
        ...user("https://iam.example"),
        userName: Config.string("HW_USER_NAME"),
        password: Config.redacted("HW_USER_PASSWORD")
      })
      const getCredential = (entries: Record<string, string>) =>
        Effect.flatMap(Credentials.Credentials, ({ get }) => get).pipe(
          Effect.provide(credentials),
          Effect.provideService(HttpClient.HttpClient, client),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))
        )
      expect((yield* getCredential({ HW_USER_NAME: "reader", HW_USER_PASSWORD: "their-password" })).source).toContain(
        "IAM user"
      )
      const [first] = yield* sent
      expect(bodyOf(first?.request).auth.identity.password.user).toEqual({
        domain: { name: Demo.domainName },
        name: "reader",
        password: "their-password"
      })
      const error = yield* Effect.flip(getCredential({}))
      expect(String(error)).toContain("HW_USER_NAME")
      expect(String(error)).toContain("HW_USER_PASSWORD")
    })
  )

  it.scoped("is refreshed five minutes before it expires, and the old token is used if that fails", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* withHandler(
        script(issued("1970-01-02T00:00:00.000000Z"), { status: 503 }, issued("1970-01-03T00:00:00.000000Z"))
      )
      const first = yield* get
      yield* TestClock.adjust("1434 minutes")
      expect(yield* get).toBe(first)
      expect(yield* sent).toHaveLength(1)
      for (const requests of [2, 3]) {
        yield* TestClock.adjust("1 minutes")
        expect(yield* get).toBe(first)
        yield* pause
        expect(yield* sent).toHaveLength(requests)
      }
      yield* nextCredential(get, first)
      expect(yield* sent).toHaveLength(3)
    })
  )

  it.scoped("fails after 30 seconds without a response from IAM, for later callers too", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* withHandler(() => Effect.never)
      const first = yield* Effect.fork(Effect.flip(get))
      yield* TestClock.adjust("20 seconds")
      const later = yield* Effect.fork(Effect.flip(get))
      yield* TestClock.adjust("10 seconds")
      for (const error of yield* Fiber.join(Fiber.zip(first, later))) {
        expect(error.transient).toBe(true)
        expect(error.message).toContain("no response within 30s")
      }
      expect(yield* sent).toHaveLength(1)
    })
  )

  const invalidResponses: ReadonlyArray<readonly [what: string, response: ReturnType<typeof issued>, words: string]> = [
    [
      "not a token",
      { status: 201, headers: { "x-subject-token": "" }, body: issued("2100-01-01T00:00:00Z").body },
      "empty"
    ],
    ["no expiry", { ...issued(""), body: "{}" }, "token"],
    ["an invalid expiry", issued("tomorrow"), "token.expires_at"],
    ["a page", { ...issued(""), body: "<html>sign in</html>" }, "sign in"],
    ["an empty body", { ...issued(""), body: "" }, "the body is empty"]
  ]

  for (const [what, response, words] of invalidResponses) {
    it.scoped(`fails if the response has ${what}`, () =>
      Effect.gen(function* () {
        const { get } = yield* withHandler(script(response))
        const error = yield* Effect.flip(get)
        expect(error._tag).toBe("CredentialsError")
        expect(error.transient).toBe(false)
        expect(error.message).toContain(words)
        expect(shown(error)).not.toContain("token-of-the-user")
      })
    )
  }

  it.scoped("is requested at a valid endpoint with or without a trailing slash, and at no invalid one", () =>
    Effect.gen(function* () {
      const slash = yield* withHandler(script(issued("2100-01-01T00:00:00Z")), { endpoint: "https://iam.example/" })
      yield* slash.get
      expect((yield* slash.sent).map(({ url }) => url.href)).toEqual([
        "https://iam.example/v3/auth/tokens?nocatalog=true"
      ])
      for (const endpoint of ["", "iam.example", "ftp://iam.example", "https://someone:url-password@iam.example"]) {
        const { get, sent } = yield* withHandler(script(issued("2100-01-01T00:00:00Z")), { endpoint })
        const error = yield* Effect.flip(get)
        expect(error).toMatchObject({ _tag: "CredentialsError", transient: false })
        expect(error.message).toContain("IAM endpoint")
        expect(shown(error)).not.toContain("url-password")
        expect(yield* sent).toEqual([])
      }
    })
  )
})

describe("the project of a region", () => {
  const region = "ap-southeast-1"
  const kinds = {
    "by signature": () =>
      Effect.succeed(Credentials.accessKey({ accessKey: Demo.accessKey, secretKey: Redacted.make(Demo.secretKey) })),
    "by token": () => Effect.succeed(Credentials.token(Redacted.make(Demo.token))),
    "as an IAM user": (endpoint: string) => Iam.password(user(endpoint))
  }
  const projects = {
    one: [
      { id: Demo.projectId, name: region },
      { id: projectId, name: "eu-west-0" }
    ],
    none: [{ id: Demo.projectId, name: `${region}_sub` }],
    several: [
      { id: Demo.projectId, name: region },
      { id: projectId, name: region }
    ]
  }

  for (const [kind, make] of Object.entries(kinds)) {
    it.scopedLive(`${kind}: distinguishes one, no and several projects, and never creates one`, () =>
      Effect.gen(function* () {
        const client = Context.get(yield* Layer.build(NodeHotspotSession.layerHttpClient()), HttpClient.HttpClient)
        const lookUp = (projects: Emulator.Options["projects"]) =>
          Effect.gen(function* () {
            const emulator = yield* Emulator.make({ projects })
            const credentials = yield* make(emulator.endpoint)
            const exit = yield* Iam.findProjectId({ region, endpoint: `${emulator.endpoint}/` }).pipe(
              Effect.provideService(Credentials.Credentials, credentials),
              Effect.either
            )
            const requests = (yield* emulator.requests).filter(({ path }) => path === "/v3/projects")
            expect(requests).toMatchObject([{ method: "GET", query: `name=${region}` }])
            return exit
          }).pipe(Effect.provideService(HttpClient.HttpClient, client))

        const one = yield* lookUp(projects.one)
        expect(one).toMatchObject({ _tag: "Right", right: Demo.projectId })
        const none = yield* lookUp(projects.none)
        expect(none).toMatchObject({
          left: {
            _tag: "ProjectLookupError",
            project_ids: [],
            message: expect.stringContaining(`have no project in the region ${region}`),
            hint: expect.stringContaining("never created")
          }
        })
        const several = yield* lookUp(projects.several)
        expect(several).toMatchObject({
          left: {
            _tag: "ProjectLookupError",
            project_ids: [Demo.projectId, projectId],
            message: expect.stringContaining(`have 2 projects in the region ${region}: ${Demo.projectId}, ${projectId}`)
          }
        })
      })
    )
  }

  it.scopedLive("is looked up with a new token after the previous one was rejected", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const { client, seen } = yield* observed
      const credentials = yield* Effect.provideService(
        Iam.password(user(emulator.endpoint)),
        HttpClient.HttpClient,
        client
      )
      const lookUp = Iam.findProjectId({ region, endpoint: emulator.endpoint }).pipe(
        Effect.provideService(Credentials.Credentials, credentials),
        Effect.provideService(HttpClient.HttpClient, client)
      )
      yield* lookUp
      yield* Effect.forEach(seen.tokens, emulator.revokeToken)
      expect((yield* Effect.flip(lookUp))._tag).toBe("Unauthorized")
      expect(yield* lookUp).toBe(Demo.projectId)
      expect(seen.tokenRequests).toBe(2)
    })
  )

  it.effect("is not found if the response is not IAM's, and the hint is about IAM", () =>
    Effect.gen(function* () {
      const found = JSON.stringify({ projects: [{ id: "not/an ID", name: region }] })
      const json = { "content-type": "application/json" }
      const responses = [
        { status: 200, body: found },
        { status: 200, body: '{"projects":null}' },
        { status: 404, body: "{}" },
        { status: 405, body: "{}" },
        { status: 418, body: "{}" },
        { status: 403, body: "{}" }
      ]
      const errors = yield* Effect.forEach(responses, (response) =>
        Effect.gen(function* () {
          const { client } = yield* server(script({ ...response, headers: json }))
          return yield* Effect.flip(Iam.findProjectId({ region, endpoint: "https://iam.example" })).pipe(
            Effect.provide(Credentials.layerToken(Redacted.make(Demo.token))),
            Effect.provideService(HttpClient.HttpClient, client)
          )
        })
      )
      expect(errors.map(({ _tag }) => _tag)).toEqual([
        "DecodeError",
        "DecodeError",
        "NotFound",
        "MethodNotAllowed",
        "UnexpectedStatus",
        "Forbidden"
      ])
      for (const { hint } of errors.slice(0, -1)) expect(hint).toContain("Check that the IAM endpoint is IAM's")
      expect(errors.at(-1)?.hint).toContain("permission to list projects")
    })
  )

  it.effect("is not looked up at an invalid endpoint", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script({ status: 500 }))
      const error = yield* Effect.flip(Iam.findProjectId({ region, endpoint: "iam.example" })).pipe(
        Effect.provide(Credentials.layerToken(Redacted.make(Demo.token))),
        Effect.provideService(HttpClient.HttpClient, client)
      )
      expect(error._tag).toBe("CredentialsError")
      expect(error.message).toContain("IAM endpoint")
      expect(yield* sent).toEqual([])
    })
  )
})

describe("the errors of IAM", () => {
  const password = 'secret-password "with\\quotes"'
  const bodies = ["documented", "gateway", "iam", "html", "empty", "truncated", "echo"] as const
  const faults: ReadonlyArray<Fault.Fault> = [
    ...[200, 201, 302, 400, 401, 403, 404, 429, 500, 503].flatMap((status) =>
      bodies.map((body): Fault.Fault => ({ kind: "status", status, body, target: "iam" }))
    ),
    { kind: "reset", target: "iam" },
    { kind: "truncate", target: "iam" },
    { kind: "badJson", target: "iam" }
  ]

  it.scopedLive("show no secret for any fault and any echoed request", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      yield* emulator.setPassword(password)
      const token = yield* emulator.issueToken(Demo.projectId)
      const { secretKey, securityToken, accessKey } = yield* emulator.issueTemporaryKey()
      const { client, seen } = yield* observed
      const signatures = new Set<string>()
      const recorded = HttpClient.tapRequest(client, ({ headers }) =>
        Effect.sync(() => {
          const signature = /Signature=(\S+)/.exec(headers["authorization"] ?? "")?.[1]
          if (signature !== undefined) signatures.add(signature)
        })
      )
      const lookUp = (credentials: Credentials.Service) =>
        Effect.provideService(
          Iam.findProjectId({ region: "ap-southeast-1", endpoint: emulator.endpoint }),
          Credentials.Credentials,
          credentials
        )
      const attempts: ReadonlyArray<Effect.Effect<unknown, unknown, HttpClient.HttpClient | Scope.Scope>> = [
        Effect.flatMap(Iam.password(user(emulator.endpoint, { password: Redacted.make(password) })), ({ get }) => get),
        lookUp(Credentials.token(Redacted.make(token))),
        lookUp(
          Credentials.accessKey({
            accessKey,
            secretKey: Redacted.make(secretKey),
            securityToken: Redacted.make(securityToken)
          })
        )
      ]
      let errors = 0
      const cases = faults.flatMap((fault, index) => inTurn(attempts, index).map((attempt) => ({ fault, attempt })))
      for (const { attempt, fault } of cases) {
        yield* emulator.inject([{ ...fault, times: 1 }])
        const exit = yield* Effect.exit(attempt).pipe(Effect.provideService(HttpClient.HttpClient, recorded))
        yield* emulator.clearFaults
        const text = `${shown(exit)}\n${Exit.isFailure(exit) ? shown(Cause.squash(exit.cause)) : ""}`
        if (Exit.isFailure(exit)) errors++
        const quoted = JSON.stringify(password).slice(1, -1)
        for (const secret of [password, quoted, token, secretKey, securityToken, ...seen.tokens, ...signatures]) {
          expect(text).not.toContain(secret)
        }
      }
      expect(errors).toBe(cases.length)
      expect(signatures.size).toBeGreaterThan(0)
    }).pipe(Effect.scoped)
  )
})
