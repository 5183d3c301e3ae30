import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { describe, expect, it } from "@effect/vitest"
import { Agency, Credentials, Federation, HotspotSession, PodIdentity, TokenFile } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Config, ConfigProvider, Context, Effect, Either, Layer, Option, Redacted, type Scope, TestClock } from "effect"
import { type Handler, nextCredential, script, server, settled, shown } from "./support.js"

const idToken = "id.token.7f3a9c1e"
const unscopedToken = "unscoped-token-of-iam"
const secretKey = "SecretOfTheServerSecretOfTheServer123456"
const securityToken = "security-token-of-the-server"
const podToken = "token-of-the-pod-7f3a"
const secrets = [idToken, unscopedToken, secretKey, securityToken, podToken]

const token = { status: 201, headers: { "x-subject-token": unscopedToken }, body: "{}" }

const fields = { access: "HSTASERVERSERVERSERV", secret: secretKey, securitytoken: securityToken }

const key = (expires_at: unknown = "1970-01-02T00:00:00.000000Z", more: object = {}) => ({
  status: 201,
  headers: {},
  body: JSON.stringify({ credential: { ...fields, expires_at, ...more } })
})

const bodyOf = (request: HttpClientRequest.HttpClientRequest | undefined): unknown =>
  JSON.parse(request?.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : "null")

const baseCredentials = Credentials.accessKey({
  accessKey: Demo.accessKey,
  secretKey: Redacted.make(Demo.secretKey)
})

const federation = (endpoint: string, more: Partial<Federation.Options> = {}) =>
  Federation.make({ idpId: "idp", idToken: Redacted.make(idToken), endpoint, ...more })

const agency = (endpoint: string, more: Partial<Agency.Options> = {}) =>
  Effect.provideService(
    Agency.make({ agencyName: "agency", domainName: "account", endpoint, ...more }),
    Credentials.Credentials,
    baseCredentials
  )

const pod = (more: Partial<PodIdentity.Options> = {}) =>
  PodIdentity.make({ uri: "http://169.254.1.2/credentials", token: Redacted.make(podToken), ...more })

/** Credentials by the given handler. */
const withHandler = <R>(handler: Handler, make: Effect.Effect<Credentials.Service, never, R>) =>
  Effect.gen(function* () {
    const { client, sent } = yield* server(handler)
    const credentials = yield* Effect.provideService(make, HttpClient.HttpClient, client)
    return { ...credentials, sent }
  })

describe("the key of a workload", () => {
  it.scoped("is issued for an ID token in two requests", () =>
    Effect.gen(function* () {
      const { get, sent } = yield* withHandler(script(token, key()), federation("https://iam.example/"))
      yield* get
      const [first, second, ...others] = yield* sent
      expect(others).toEqual([])
      expect(first).toMatchObject({ request: { method: "POST", headers: { "x-idp-id": "idp" } } })
      expect(first?.url.href).toBe("https://iam.example/v3.0/OS-AUTH/id-token/tokens")
      expect(bodyOf(first?.request)).toEqual({ auth: { id_token: { id: idToken } } })
      expect(second?.url.href).toBe("https://iam.example/v3.0/OS-CREDENTIAL/securitytokens")
      expect(second?.request.headers).not.toHaveProperty("authorization")
      expect(bodyOf(second?.request)).toEqual({
        auth: { identity: { methods: ["token"], token: { id: unscopedToken, duration_seconds: 21_600 } } }
      })
    })
  )

  it.scoped("is refreshed ten minutes before it expires, with the ID token of that time", () =>
    Effect.gen(function* () {
      let current = "first.id.token"
      const { get, sent } = yield* withHandler(
        script(token, key(), token, key("1970-01-03T00:00:00Z")),
        federation("https://iam.example", { idToken: Effect.sync(() => Redacted.make(current)) })
      )
      const first = yield* get
      current = "second.id.token"
      yield* TestClock.adjust("1429 minutes")
      expect(yield* get).toBe(first)
      expect(yield* sent).toHaveLength(2)
      yield* TestClock.adjust("1 minutes")
      yield* nextCredential(get, first)
      expect(bodyOf((yield* sent)[2]?.request)).toEqual({ auth: { id_token: { id: "second.id.token" } } })
    })
  )

  it.effect("needs an identity provider, an ID token, and a lifetime that IAM accepts", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Partial<Federation.Options>, string]> = [
        [{ idpId: "" }, "identity provider"],
        [{ idpId: "a b" }, "identity provider"],
        [{ idToken: "plain" as never }, "Redacted.make"],
        [{ lifetime: "14 minutes" }, "from 900"],
        [{ lifetime: "25 hours" }, "86400"],
        [{ lifetime: 900_500 }, "whole number"],
        [{ lifetime: "soon" as never }, "whole number"],
        [{ endpoint: "iam.example" }, "IAM endpoint"]
      ]
      for (const [more, words] of cases) {
        const { get, sent } = yield* withHandler(script(token, key()), federation("https://iam.example", more))
        const error = yield* Effect.flip(get)
        expect(error).toMatchObject({ _tag: "CredentialsError", transient: false, unavailable: false })
        expect(error.message).toMatch(words)
        expect(yield* sent).toEqual([])
      }
    }).pipe(Effect.scoped)
  )

  it.effect("is configured by a layer that names all missing settings", () =>
    Effect.gen(function* () {
      const layer = Federation.layerConfig({
        idpId: Config.string("IDP"),
        idToken: Config.redacted("ID_TOKEN"),
        endpoint: "https://iam.example"
      })
      const error = yield* Effect.flip(Layer.build(layer)).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map()))
      )
      expect(String(error)).toContain("IDP")
      expect(String(error)).toContain("ID_TOKEN")
    }).pipe(
      Effect.scoped,
      Effect.provideServiceEffect(
        HttpClient.HttpClient,
        Effect.map(server(script()), ({ client }) => client)
      )
    )
  )
})

describe("the key of an agency", () => {
  it.scoped("is issued for a signed request, with the accounts that are given", () =>
    Effect.gen(function* () {
      const accounts: ReadonlyArray<Partial<Agency.Options>> = [
        { lifetime: "15 minutes" },
        { domainName: undefined, domainId: "id" },
        { domainId: "id" }
      ]
      const expected = [
        { agency_name: "agency", domain_name: "account", duration_seconds: 900 },
        { agency_name: "agency", domain_id: "id", duration_seconds: 3600 },
        { agency_name: "agency", domain_name: "account", domain_id: "id", duration_seconds: 3600 }
      ]
      for (const [index, more] of accounts.entries()) {
        const { get, sent } = yield* withHandler(script(key()), agency("https://iam.example", more))
        yield* get
        const [first] = yield* sent
        expect(first?.url.href).toBe("https://iam.example/v3.0/OS-CREDENTIAL/securitytokens")
        expect(first?.request.headers["authorization"]).toContain(`Access=${Demo.accessKey}`)
        expect(bodyOf(first?.request)).toEqual({
          auth: { identity: { methods: ["assume_role"], assume_role: expected[index] } }
        })
      }
    })
  )

  it.effect("needs its name and an account", () =>
    Effect.gen(function* () {
      for (const [more, words] of [
        [{ agencyName: " " }, "name of the agency"],
        [{ domainName: "" }, "delegating account"]
      ] as const) {
        const { get, sent } = yield* withHandler(script(key()), agency("https://iam.example", more))
        expect((yield* Effect.flip(get)).message).toMatch(words)
        expect(yield* sent).toEqual([])
      }
    }).pipe(Effect.scoped)
  )
})

describe("the key of a pod", () => {
  it.scoped("is issued for the token of the pod, in either format", () =>
    Effect.gen(function* () {
      const other = {
        status: 200,
        body: JSON.stringify({
          credentials: {
            accessKeyId: fields.access,
            secretAccessKey: secretKey,
            securityToken,
            expiration: "1970-01-02T00:00:00"
          }
        })
      }
      for (const response of [key(), other]) {
        const { get, sent } = yield* withHandler(script(response), pod({ uri: "http://169.254.1.2/a?b=c" }))
        const credential = yield* get
        const [first, ...others] = yield* sent
        expect(others).toEqual([])
        expect(first?.url.href).toBe("http://169.254.1.2/a?b=c")
        expect(first?.request).toMatchObject({ method: "POST", headers: { authorization: podToken } })
        expect(bodyOf(first?.request)).toEqual({})
        expect(shown(credential)).not.toContain(secretKey)
      }
    })
  )

  it.effect("is not requested from a host that others can listen to or stand for", () =>
    Effect.gen(function* () {
      for (const uri of [
        "http://agent.example/",
        "http://10.0.0.1/",
        "http://169.254.169.254.example/",
        "http://127.0.0.1.example/",
        "http://localhost.example/",
        "http://[fd00::1]/",
        "http://user:pw@127.0.0.1/",
        "ftp://127.0.0.1/",
        "127.0.0.1",
        ""
      ]) {
        const { get, sent } = yield* withHandler(script(key()), pod({ uri }))
        const error = yield* Effect.flip(get)
        expect(error).toMatchObject({ transient: false })
        expect(error.message).toMatch(/The URL of the agent of the pod \(pod identity\) must/)
        expect(error.message).not.toContain("pw")
        expect(yield* sent).toEqual([])
      }
    }).pipe(Effect.scoped)
  )

  it("may be requested over TLS, and on this machine and its link", () => {
    for (const uri of [
      "https://agent.example/",
      "http://localhost:8080/x",
      "http://127.3.2.1/",
      "http://2130706433/",
      "http://[::1]:1/",
      "http://169.254.170.23/v1/credentials",
      "http://[fe80::1]/"
    ]) {
      expect([uri, Either.isRight(PodIdentity.checkUri(uri))]).toEqual([uri, true])
    }
  })

  it.effect("is tried again for what may pass, and not after ten seconds", () =>
    Effect.gen(function* () {
      const passing = yield* withHandler(script({ status: 500 }, { status: 429 }, key()), pod())
      yield* settled(passing.get)
      expect(yield* passing.sent).toHaveLength(3)

      const silent = yield* withHandler(() => Effect.never, pod())
      const error = yield* settled(Effect.flip(silent.get), 10)
      expect(error).toMatchObject({ transient: true, unavailable: true })
      expect(error.message).toContain("no response within")
    }).pipe(Effect.scoped)
  )
})

type Response = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }

/** Responses in place of a key: what the error says, and whether it may pass. */
const unusable: ReadonlyArray<readonly [what: string, response: Response, words: string | RegExp]> = [
  ["a page", { status: 200, body: `<html>${secretKey}` }, /not JSON|a web page/],
  ["truncated JSON", { status: 201, body: key().body.slice(0, 90) }, "not JSON"],
  ["an empty body", { status: 201, body: "" }, "empty"],
  ["null", { status: 201, body: "null" }, "credential is missing"],
  ["an array", { status: 201, body: `{"credential":["${secretKey}"]}` }, "credential is missing"],
  ["no security token", key(undefined, { securitytoken: null }), "securitytoken is missing"],
  ["a secret with a line break", key(undefined, { secret: `${secretKey}\r\nX: y` }), "secret is not valid"],
  ["a secret of another type", key(undefined, { secret: [secretKey] }), "secret is not valid"],
  ["no expiry", key(null), "expires_at is missing"],
  ["an expiry that is no time", key("tomorrow-at-noon"), "the expiry is not a time"],
  ["an expiry in the past", key("1970-01-01T00:00:00Z"), "already expired"],
  ["a huge body", { status: 201, body: `{"x":"${"x".repeat(300 * 1024)}"}` }, "more than 256 KiB"]
]

const refusals: ReadonlyArray<readonly [status: number, mayPass: boolean]> = [
  [302, false],
  [400, false],
  [401, false],
  [403, false],
  [404, false],
  [429, true],
  [500, true],
  [503, true]
]

describe.each(["workload", "agency", "pod"] as const)("instead of a key of a %s", (kind) => {
  const make = { workload: federation("https://iam.example"), agency: agency("https://iam.example"), pod: pod() }[kind]
  const before = kind === "workload" ? [token] : []
  const echoed = { workload: `${idToken} ${unscopedToken}`, agency: "nothing", pod: podToken }[kind]

  const failWith = (response: Response) =>
    Effect.gen(function* () {
      const repeated = Array.from({ length: 3 }, () => response)
      const { get, sent } = yield* withHandler(script(...before, ...repeated), make)
      const error = yield* settled(Effect.flip(get))
      for (const secret of secrets) expect(shown(error)).not.toContain(secret)
      return { error, requests: (yield* sent).length - before.length }
    }).pipe(Effect.scoped)

  it.effect.each(unusable)("%s is a definite failure that quotes no secret", ([, response, words]) =>
    Effect.gen(function* () {
      const { error, requests } = yield* failWith(response)
      expect(error).toMatchObject({ _tag: "CredentialsError", transient: false, unavailable: false })
      expect(error.message).toMatch(words)
      expect(error.hint).toBeDefined()
      expect(requests).toBe(1)
    })
  )

  it.effect.skipIf(kind === "pod")(
    "one with an undocumented status of success is a definite failure that quotes no secret",
    () =>
      Effect.gen(function* () {
        const { error } = yield* failWith({ ...key(), status: 206 })
        expect(error).toMatchObject({ _tag: "CredentialsError", transient: false })
        expect(error.message).toContain("206")
      })
  )

  it.effect.each(refusals)("a %d is told as what it is", ([status, mayPass]) =>
    Effect.gen(function* () {
      const body = JSON.stringify({ error: { message: `it echoes ${echoed}` } })
      const { error } = yield* failWith({ status, body, headers: { location: "https://other.example/secret" } })
      expect(error.unavailable).toBe(mayPass)
      // A call does not repeat a request to IAM after a 500, like its own.
      expect(error.transient).toBe(mayPass && (status !== 500 || kind === "pod"))
      expect(error.message).toContain(String(status))
      if (status === 302) expect(`${error.message} ${error.hint}`).toMatch(/redirect.* not followed/i)
    })
  )
})

describe("the token of a workload", () => {
  const failWith = (response: Response) =>
    Effect.gen(function* () {
      const { get } = yield* withHandler(script(response), federation("https://iam.example"))
      const error = yield* Effect.flip(get)
      for (const secret of secrets) expect(shown(error)).not.toContain(secret)
      return error
    }).pipe(Effect.scoped)

  it.effect("that is missing from the response of IAM is a definite failure", () =>
    Effect.gen(function* () {
      for (const headers of [{}, { "x-subject-token": "" }]) {
        const error = yield* failWith({ status: 201, headers, body: `{"echo":"${idToken}"}` })
        expect(error).toMatchObject({ transient: false, unavailable: false })
        expect(error.message).toMatch(/X-Subject-Token:? is missing/)
      }
    })
  )

  it.effect("that IAM refuses names the identity provider, its time and its audience as what to check", () =>
    Effect.gen(function* () {
      for (const status of [400, 401, 403, 404]) {
        expect((yield* failWith({ status, body: "{}" })).hint).toMatch(/identity provider.*expired.*audience/)
      }
    })
  )

  it.effect("that IAM cannot issue now is told as such", () =>
    Effect.gen(function* () {
      for (const status of [429, 500, 502, 503]) {
        expect(yield* failWith({ status, body: "" })).toMatchObject({ unavailable: true })
      }
    })
  )
})

describe("a token file", () => {
  const readText = (text: string | undefined) =>
    TokenFile.read({ readFile: () => Effect.succeed(Option.fromNullable(text)) }, "/token", "variable X")

  it.effect("is read without whitespace and a byte order mark around the token", () =>
    Effect.gen(function* () {
      for (const text of ["a.b.c", "a.b.c\n", "a.b.c\r\n", "\uFEFFa.b.c\r\n", "\n  a.b.c \n\n"]) {
        expect(Redacted.value(yield* readText(text))).toBe("a.b.c")
      }
      expect(Redacted.value(yield* readText("Bearer a.b.c\n"))).toBe("Bearer a.b.c")
    })
  )

  it.effect("that holds no token is an error that names it and quotes nothing", () =>
    Effect.gen(function* () {
      for (const [text, words] of [
        [undefined, "does not exist"],
        ["", "is empty"],
        ["\uFEFF \r\n", "is empty"],
        ["secret-a\nsecret-b\n", "more than one line"],
        ["secret-\u0000a", "other than visible ASCII"],
        ["secret-ü", "other than visible ASCII"],
        [`secret-${"x".repeat(70_000)}`, "more than 64 KiB"]
      ] as const) {
        const error = yield* Effect.flip(readText(text))
        expect(error.message).toContain("The token file /token (variable X)")
        expect(error.message).toMatch(words)
        expect(shown(error)).not.toContain("secret-")
      }
      const unreadable = TokenFile.read(
        { readFile: () => Effect.fail({ _tag: "Unreadable", reason: "EACCES" }) },
        "/token"
      )
      expect((yield* Effect.flip(unreadable)).message).toBe("The token file /token cannot be read: EACCES")
    })
  )
})

describe("over the network", () => {
  type Make = (endpoint: string) => Effect.Effect<Credentials.Service, never, HttpClient.HttpClient | Scope.Scope>
  const kinds: Record<string, Make> = {
    "a workload": (endpoint) => Federation.make({ idpId: Demo.idpId, idToken: Redacted.make(Demo.idToken), endpoint }),
    "an agency": (endpoint) => agency(endpoint, { agencyName: Demo.agencyName, domainName: Demo.agencyDomainName }),
    "an agency that a workload assumes": (endpoint) =>
      Effect.flatMap(
        Federation.make({ idpId: Demo.idpId, idToken: Redacted.make(Demo.idToken), endpoint }),
        (workload) =>
          Effect.provideService(
            Agency.make({ agencyName: Demo.agencyName, domainId: Demo.agencyDomainId, endpoint }),
            Credentials.Credentials,
            workload
          )
      ),
    "a pod": (endpoint) =>
      PodIdentity.make({ uri: `${endpoint}/pod-identity/v1/credentials`, token: Redacted.make(Demo.podToken) }),
    "a pod, in the other format": (endpoint) =>
      PodIdentity.make({ uri: `${endpoint}/pod-identity/v2/credentials`, token: Redacted.make(Demo.podToken) })
  }

  for (const [kind, make] of Object.entries(kinds)) {
    it.scopedLive(`100 calls with the credentials of ${kind} share one key, and the next one if it is revoked`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.make()
        const client = Context.get(yield* Layer.build(NodeHotspotSession.layerHttpClient()), HttpClient.HttpClient)
        const credentials = yield* Effect.provideService(make(emulator.endpoint), HttpClient.HttpClient, client)
        const { listHotspotSessionConfig } = yield* HotspotSession.make({ endpoint: emulator.endpoint }).pipe(
          Effect.provideService(HttpClient.HttpClient, client),
          Effect.provideService(Credentials.Credentials, credentials)
        )
        const list = listHotspotSessionConfig({ project_id: Demo.projectId })
        yield* Effect.replicateEffect(list, 100, { concurrency: 10 })
        const posts = Effect.map(emulator.requests, (all) => all.filter(({ method }) => method === "POST").length)
        const first = yield* posts
        expect(first).toBeLessThanOrEqual(3)
        const { headers } = yield* Effect.flatMap(credentials.get, (credential) =>
          credential.authorize(HttpClientRequest.get("https://service.example/"), { at: Date.now() })
        )
        const accessKey = /Access=([^,]+)/.exec(headers["authorization"] ?? "")?.[1] ?? ""
        yield* emulator.removeAccessKey(accessKey)
        yield* list
        expect(yield* posts).toBeGreaterThan(first)
        const log = JSON.stringify(yield* emulator.requests)
        for (const secret of [Demo.idToken, Demo.podToken, Demo.secretKey]) expect(log).not.toContain(secret)
      })
    )
  }
})
