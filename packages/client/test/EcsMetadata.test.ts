import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, EcsMetadata } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Emulator, type Fault } from "@hotspot-session/emulator"
import { Cause, Context, Effect, Exit, Layer, TestClock } from "effect"
import { inTurn } from "../../../test/runs.js"
import { type Handler, nextCredential, pause, script, server, settled, shown } from "./support.js"

const metadataToken = "metadata-token-7f3a9c1e"
const secretKey = "SecretOfTheServerSecretOfTheServer123456"
const securityToken = "security-token-of-the-server"
const secrets = [metadataToken, secretKey, securityToken]

const key = (expiresAt: string, access = "HSTASERVERSERVERSERV") => ({
  status: 200,
  body: JSON.stringify({
    credential: { access, secret: secretKey, securitytoken: securityToken, expires_at: expiresAt }
  })
})

const sessionToken = { status: 200, body: `${metadataToken}\n` }

/** Credentials from a metadata service with the given handler. */
const withHandler = (handler: Handler, endpoint?: string) =>
  Effect.gen(function* () {
    const { client, sent } = yield* server(handler)
    const { get } = yield* Effect.provideService(EcsMetadata.make(endpoint), HttpClient.HttpClient, client)
    return { get, sent, requests: Effect.map(sent, (all) => all.map(({ request, url }) => `${request.method} ${url}`)) }
  })

const put = "PUT http://169.254.169.254/meta-data/latest/api/token"
const get = "GET http://169.254.169.254/openstack/latest/securitykey"

describe("the metadata service of an ECS", () => {
  it.effect("is requested by the layer at the default endpoint or at the given one", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script(sessionToken, key("2100-01-01T00:00:00.000000Z")))
      for (const layer of [EcsMetadata.layer(), EcsMetadata.layer("http://metadata.example")]) {
        yield* Effect.flatMap(Credentials.Credentials, ({ get }) => get).pipe(
          Effect.provide(layer),
          Effect.provideService(HttpClient.HttpClient, client),
          Effect.exit
        )
      }
      expect((yield* sent).slice(0, 3).map(({ url }) => url.host)).toEqual([
        "169.254.169.254",
        "169.254.169.254",
        "metadata.example"
      ])
    })
  )

  it.scoped("issues a token, and a key for that token", () =>
    Effect.gen(function* () {
      const ecs = yield* withHandler(script(sessionToken, key("2100-01-01T00:00:00.000000Z")))
      expect((yield* ecs.get).source).toBe("ECS metadata service")
      expect(yield* ecs.requests).toEqual([put, get])
      const [first, second] = yield* ecs.sent
      expect(first?.request.headers).toMatchObject({ "x-metadata-token-ttl-seconds": "21600" })
      expect(second?.request.headers).toMatchObject({ "x-metadata-token": metadataToken })
    })
  )

  for (const status of [404, 405, 503]) {
    it.scoped(`is requested for a key without a token if the token request gets a ${status}`, () =>
      Effect.gen(function* () {
        const ecs = yield* withHandler(script({ status }, key("2100-01-01T00:00:00.000000Z")))
        yield* ecs.get
        expect((yield* ecs.sent).at(-1)?.request.headers).not.toHaveProperty("x-metadata-token")
      })
    )
  }

  it.scoped("refreshes a key ten minutes before it expires with a new token, and uses the old key if that fails", () =>
    Effect.gen(function* () {
      const ecs = yield* withHandler(
        script(
          sessionToken,
          key("1970-01-02T00:00:00.000000Z"),
          { status: 400 },
          sessionToken,
          key("1970-01-03T00:00:00.000000Z")
        )
      )
      const first = yield* ecs.get
      yield* TestClock.adjust("1429 minutes")
      expect(yield* ecs.get).toBe(first)
      expect(yield* ecs.sent).toHaveLength(2)
      for (const _ of ["the first time", "the second time"]) {
        yield* TestClock.adjust("1 minutes")
        expect(yield* ecs.get).toBe(first)
        yield* pause
      }
      yield* nextCredential(ecs.get, first)
      expect(yield* ecs.requests).toEqual([put, get, put, put, get])
    })
  )

  it.scoped("fails after 2.5 seconds if it does not respond, as unavailable", () =>
    Effect.gen(function* () {
      const silent = yield* withHandler(() => Effect.never)
      const error = yield* settled(Effect.flip(silent.get), 2.5)
      expect(error).toMatchObject({ transient: true, unavailable: true })
      expect(error.message).toContain("no response within 2s 500ms")
      expect((yield* silent.sent).map(({ at }) => at)).toEqual([0, 1100, 2400])
    })
  )

  const reset: Handler = ({ request }) =>
    Effect.fail(
      new HttpClientError.RequestError({
        request,
        reason: "Transport",
        cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })
      })
    )

  const passing: ReadonlyArray<readonly [what: string, handler: Handler]> = [
    ["a 500", script({ status: 500 })],
    ["a 429", script({ status: 429 })],
    ["a reset", reset],
    ["no response", () => Effect.never]
  ]

  for (const [what, fault] of passing) {
    it.scoped(`is requested again after ${what}, for the token and for the key`, () =>
      Effect.gen(function* () {
        const key1 = key("2100-01-01T00:00:00.000000Z")
        const responses: ReadonlyArray<Handler> = [fault, script(sessionToken), fault, script(key1)]
        const ecs = yield* withHandler((sent, nth) => responses[nth - 1]?.(sent, 1) ?? Effect.die("too many requests"))
        yield* settled(ecs.get, 2.3)
        expect(yield* ecs.requests).toEqual([put, put, get, get])
      })
    )
  }

  it.scoped("gets a new token once if it rejects the one that it issued", () =>
    Effect.gen(function* () {
      const rejected = { status: 401, body: "token expired" }
      const renewed = yield* withHandler(script(sessionToken, rejected, sessionToken, key("2100-01-01T00:00:00Z")))
      yield* renewed.get
      expect(yield* renewed.requests).toEqual([put, get, put, get])
      const always = yield* withHandler(script(sessionToken, rejected, sessionToken, rejected))
      const error = yield* Effect.flip(always.get)
      expect(error).toMatchObject({ transient: false, unavailable: false })
      expect(error.message).toContain("status 401, with a new token too")
      expect(yield* always.requests).toEqual([put, get, put, get])
    })
  )

  it.scoped("is taken for no metadata service without a connection", () =>
    Effect.gen(function* () {
      for (const code of ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND"]) {
        const ecs = yield* withHandler(({ request }) =>
          Effect.fail(
            new HttpClientError.RequestError({
              request,
              reason: "Transport",
              cause: Object.assign(new Error(`connect ${code}`), { code })
            })
          )
        )
        expect(yield* Effect.flip(ecs.get)).toMatchObject({ transient: false, unavailable: false })
        expect(yield* ecs.sent).toHaveLength(1)
      }
    })
  )

  const failures: ReadonlyArray<readonly [what: string, handler: Handler, words: string, transient: boolean]> = [
    ["rejects the token request", script({ status: 400 }), "the token request failed with status 400", false],
    ["closes the connection", reset, "read ECONNRESET", true],
    ["fails to issue a token", script({ status: 500 }), "the token request failed with status 500", true],
    [
      "has no agency",
      script(sessionToken, { status: 401, body: "Please configure Cloud Service Agency" }),
      "no agency",
      false
    ],
    ["has no key", script(sessionToken, { status: 404 }), "no agency", false],
    ["forbids the key", script(sessionToken, { status: 403, body: securityToken }), "status 403", false],
    ["fails to issue a key", script(sessionToken, { status: 503, body: secretKey }), "status 503", true],
    [
      "redirects",
      script({ status: 302, headers: { location: "http://portal.example/x" } }),
      "redirects to portal",
      false
    ],
    ["has a key that has expired", script(sessionToken, key("1970-01-01T00:00:00Z")), "already expired", false],
    ["returns a page as a token", script({ status: 200, body: "<html>\nsign in</html>" }), "not a token", false],
    ["returns an empty token", script({ status: 200, body: "" }), "not a token", false],
    ["returns a page as a key", script(sessionToken, { status: 200, body: `<html>${secretKey}` }), "not JSON", false],
    [
      "returns a truncated key",
      script(sessionToken, { status: 200, body: key("2100").body.slice(0, 120) }),
      "form",
      false
    ],
    ["returns a key with an invalid expiry", script(sessionToken, key("soon")), "form", false],
    [
      "returns a key that is not header-safe",
      script(sessionToken, key("2100-01-01T00:00:00Z", "HSTA\r\nX-Other: 1")),
      "form",
      false
    ],
    ["returns no key", script(sessionToken, { status: 200, body: '{"credential":null}' }), "form", false]
  ]

  for (const [what, handler, words, transient] of failures) {
    it.scoped(`that ${what} makes the credentials fail with the reason and without a secret`, () =>
      Effect.gen(function* () {
        const ecs = yield* withHandler(handler)
        const error = yield* settled(Effect.flip(ecs.get))
        expect(error).toMatchObject({ _tag: "CredentialsError", transient, unavailable: transient })
        expect(error.message).toContain(words)
        expect(error.hint).toContain("agency")
        for (const secret of secrets) expect(shown(error)).not.toContain(secret)
      })
    )
  }

  it.scoped("is requested at the given endpoint with or without a trailing slash", () =>
    Effect.gen(function* () {
      const slash = yield* withHandler(script(sessionToken, key("2100-01-01T00:00:00Z")), "http://metadata.example/")
      yield* slash.get
      expect((yield* slash.requests)[0]).toBe("PUT http://metadata.example/meta-data/latest/api/token")
      const wrong = yield* withHandler(script(sessionToken), "metadata.example")
      expect((yield* Effect.flip(wrong.get)).message).toContain("must be a URL")
      expect(yield* wrong.sent).toEqual([])
    })
  )
})

describe("over the network", { concurrent: true }, () => {
  const ecs = (options: Emulator.Options) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make(options)
      const client = Context.get(yield* Layer.build(NodeHotspotSession.layerHttpClient()), HttpClient.HttpClient)
      const credentials = yield* Effect.provideService(
        EcsMetadata.make(emulator.endpoint),
        HttpClient.HttpClient,
        client
      )
      return { emulator, ...credentials }
    })

  for (const metadata of ["token", "tokenRequired", "tokenless"] as const) {
    it.scopedLive(`returns a key once for 1,000 callers in the mode ${metadata}`, () =>
      Effect.gen(function* () {
        const { emulator, get } = yield* ecs({ metadata })
        const all = yield* Effect.replicateEffect(get, 1000, { concurrency: "unbounded" })
        expect(new Set(all).size).toBe(1)
        expect((yield* emulator.requests).map(({ method, status }) => [method, status])).toEqual([
          ["PUT", metadata === "tokenless" ? 404 : 200],
          ["GET", 200]
        ])
      })
    )
  }

  for (const metadata of ["noAgency", "off"] as const) {
    it.scopedLive(`returns a hint instead of a key in the mode ${metadata}`, () =>
      Effect.gen(function* () {
        const { get } = yield* ecs({ metadata })
        const error = yield* Effect.flip(get)
        expect(error).toMatchObject({ _tag: "CredentialsError", transient: false })
        expect(error.message).toContain("the ECS has no agency")
        expect(error.hint).toContain("Give the ECS an agency")
      })
    )
  }

  it.scopedLive("does not throw, hang or show a secret with any fault", () =>
    Effect.gen(function* () {
      const bodies = ["documented", "truncated", "echo"] as const
      const faults: ReadonlyArray<Fault.Fault> = [
        // Those that take longest are first.
        ...(["stall", "stallBody", "reset", "truncate", "badJson"] as const).map(
          (kind): Fault.Fault => ({ kind, target: "metadata" })
        ),
        ...[200, 302, 400, 401, 403, 404, 500, 503].flatMap((status) =>
          bodies.map((body): Fault.Fault => ({ kind: "status", status, body, target: "metadata" }))
        )
      ]
      const found = new Set<string>()
      const client = Context.get(yield* Layer.build(NodeHotspotSession.layerHttpClient()), HttpClient.HttpClient)
      const check = (fault: Fault.Fault, path: string) =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.make()
          const { get } = yield* Effect.provideService(
            EcsMetadata.make(emulator.endpoint),
            HttpClient.HttpClient,
            HttpClient.tapRequest(client, ({ url }) =>
              url.endsWith(path) ? emulator.inject([{ ...fault, times: 1 }]) : Effect.void
            )
          )
          const exit = yield* Effect.exit(get)
          const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
          if (error !== undefined) expect(error).toMatchObject({ _tag: "CredentialsError" })
          expect(`${shown(exit)}\n${shown(error)}`).not.toMatch(/emulated-|[0-9a-f]{40}/)
          found.add(exit._tag)
        }).pipe(Effect.scoped)
      const checks = faults.flatMap((fault, turn) =>
        inTurn(["/token", "/securitykey"], turn).map((path) => check(fault, path))
      )
      // Few at a time, so that they get responses within 2.5 s on a busy machine, too.
      yield* Effect.all(checks, { concurrency: 6 })
      expect(found).toEqual(new Set(["Success", "Failure"]))
    })
  )

  it.scopedLive("signs requests with the key without showing a secret", () =>
    Effect.gen(function* () {
      const { get } = yield* ecs({})
      const credential = yield* get
      const { headers } = yield* credential.authorize(HttpClientRequest.get("https://service.example/v1"), { at: 0 })
      expect(headers["authorization"]).toContain("SignedHeaders=host;x-sdk-date;x-security-token")
      expect(shown(credential)).not.toContain(headers["x-security-token"])
    })
  )
})
