import { HttpClient, HttpClientError, type HttpClientRequest } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import {
  CallableOperation,
  ConfigId,
  Credentials,
  HotspotSession,
  type Idempotency,
  RetryPolicy,
  UserInfo,
  type WriteOutcome
} from "@hotspot-session/client"
import { Effect, Either, Fiber, Layer, Option, Redacted, Schema, Stream, TestClock, Tracer } from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { projectId, response, type Sent, script, server } from "./support.js"

const item = (idempotency: Idempotency) =>
  CallableOperation.make(
    {
      name: `${idempotency}Item`,
      method: idempotency === "safe" ? "GET" : idempotency === "none" ? "POST" : "PATCH",
      path: "/v1/{project_id}/items/{item_id}/parts",
      query: ["name", "verbose"],
      ...(idempotency === "safe" ? {} : { body: ["size", "tags"] }),
      idempotency,
      hints: { BadRequest: "Check the item.", unknown: "Look whether the item is there." }
    },
    {
      request: Schema.Struct({
        project_id: Schema.String,
        item_id: Schema.String,
        name: Schema.optional(Schema.String),
        verbose: Schema.optional(Schema.Boolean),
        size: Schema.optional(Schema.NumberFromString),
        tags: Schema.optional(Schema.Array(Schema.String))
      }),
      response: Schema.Struct({ id: Schema.String })
    }
  )

const good = { status: 200, body: '{"id":"1"}' }

const callItem = (idempotency: Idempotency, input: object, options?: HotspotSession.CallOptions) =>
  Effect.flatMap(HotspotSession.HotspotSession, ({ call }) =>
    call(item(idempotency), { project_id: "p", item_id: "i", ...input }, options)
  )

/** A client whose upstream is a function of the requests. */
const against = (handler: Parameters<typeof server>[0], retry?: RetryPolicy.RetryPolicy) =>
  Effect.map(server(handler), ({ client, sent }) => ({
    sent,
    layer: HotspotSession.layer({ endpoint: "https://service.example", retry }).pipe(
      Layer.provide([
        Layer.succeed(HttpClient.HttpClient, client),
        Credentials.layerToken(Redacted.make("token-of-a-test"))
      ])
    )
  }))

const bodyOf = ({ request: { body } }: Sent): string | undefined =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : undefined

describe("an operation of one's own", () => {
  it.effect("is sent with its parameters encoded, its body as JSON, and a credential", () =>
    Effect.gen(function* () {
      const { layer, sent } = yield* against(script(good))
      const result = yield* Effect.provide(
        callItem("none", { item_id: "a/b ü", name: "x&y=('z')", verbose: true, size: 4, tags: ["q"] }),
        layer
      )
      expect(result).toEqual({ id: "1" })
      const [request] = yield* sent
      expect(request?.request.method).toBe("POST")
      expect(request?.request.url).toBe(
        "https://service.example/v1/p/items/a%2Fb%20%C3%BC/parts?name=x%26y%3D%28%27z%27%29&verbose=true"
      )
      expect(request?.request.headers).toMatchObject({
        "content-type": "application/json",
        "x-auth-token": "token-of-a-test"
      })
      expect(request && bodyOf(request)).toBe('{"size":"4","tags":["q"]}')
    })
  )

  it.effect("fails before anything is sent if its input is not valid or cannot be part of a path", () =>
    Effect.gen(function* () {
      const { layer, sent } = yield* against(script(good))
      const failureOf = (input: object) => Effect.flip(Effect.provide(callItem("none", input), layer))
      for (const item_id of ["", ".", ".."]) {
        expect(yield* failureOf({ item_id })).toMatchObject({
          _tag: "InvalidRequest",
          operation: "noneItem",
          outcome: "not_done",
          issues: [{ path: "item_id", message: item_id === "" ? "must not be empty" : `must not be "${item_id}"` }]
        })
      }
      expect(yield* failureOf({ name: "\ud800" })).toMatchObject({ issues: [{ path: "name" }] })
      expect(yield* failureOf({ item_id: 5 })).toMatchObject({ _tag: "InvalidRequest", issues: [{ path: "item_id" }] })
      expect(yield* sent).toEqual([])
    })
  )

  it.effect("fails before anything is sent if a field that is given is sent nowhere", () =>
    Effect.gen(function* () {
      const { layer, sent } = yield* against(script(good))
      const error = yield* Effect.flip(Effect.provide(callItem("safe", { size: 3 }), layer))
      expect(error).toMatchObject({ _tag: "InvalidRequest", issues: [{ path: "size" }] })
      expect(String(error)).toContain("sent nowhere")
      expect(yield* sent).toEqual([])
    })
  )

  it.effect("fails before anything is sent if a value has no form in a URL or in JSON", () =>
    Effect.gen(function* () {
      const { layer, sent } = yield* against(script(good))
      const operation = CallableOperation.make(
        {
          name: "setItem",
          method: "POST",
          path: "/v1/items/{item_id}",
          query: ["name", "tags"],
          body: ["size", "parts"],
          idempotency: "none"
        },
        { request: Schema.Record({ key: Schema.String, value: Schema.Any }) }
      )
      const call = (input: Record<string, unknown>) =>
        Effect.flatMap(HotspotSession.HotspotSession, ({ call }) => call(operation, { item_id: "i", ...input })).pipe(
          Effect.provide(layer)
        )
      const inUrl = "must be text, a finite number, a boolean or a list of these without commas"
      const inBody = "must be a value that JSON has"
      const invalid: ReadonlyArray<readonly [Record<string, unknown>, Record<string, string>]> = [
        [{ item_id: Object.create(null) }, { item_id: inUrl }],
        [
          { name: null, tags: ["a", { z: 1 }] },
          { name: inUrl, tags: inUrl }
        ],
        [
          { size: 1n, parts: [{ size: 2n }] },
          { size: inBody, "parts[0].size": inBody }
        ]
      ]
      for (const [input, messages] of invalid) {
        expect(yield* Effect.flip(call(input))).toMatchObject({
          _tag: "InvalidRequest",
          outcome: "not_done",
          issues: Object.entries(messages).map(([path, message]) => ({ path, message }))
        })
      }
      expect(yield* sent).toEqual([])
      yield* call({ name: 1n, tags: ["a", 2, true], parts: null })
      expect((yield* sent).map(({ request }) => request.url)).toEqual([
        "https://service.example/v1/items/i?name=1&tags=a%2C2%2Ctrue"
      ])
    })
  )

  it.effect("fails before anything is sent if its path would leave the endpoint, traced or not", () =>
    Effect.gen(function* () {
      const { layer, sent } = yield* against(script(good))
      const native = yield* Effect.tracer
      const tracer = Tracer.make({ span: (...options) => native.span(...options), context: native.context })
      const paths = [
        "v1/items",
        "@evil.example/v1",
        "",
        ":443/v1",
        "/\\evil.example",
        "/v1/../../x",
        "/%2E./x",
        "/a?b",
        "/a#b"
      ]
      for (const path of paths) {
        const operation = CallableOperation.make(
          { name: "leave", method: "GET", path: path as "/", idempotency: "safe" },
          { request: Schema.Struct({}) }
        )
        const call = Effect.flatMap(HotspotSession.HotspotSession, ({ call }) => call(operation, {})).pipe(
          Effect.provide(layer),
          Effect.flip
        )
        const errors = [yield* call, yield* Effect.withTracer(call, tracer)]
        for (const error of errors)
          expect(error, path).toMatchObject({ _tag: "InvalidRequest", issues: [{ path: "path" }] })
      }
      const inside = CallableOperation.make(
        { name: "stay", method: "GET", path: "//..v1/.well-known/...", idempotency: "safe" },
        { request: Schema.Struct({}) }
      )
      yield* Effect.provide(
        Effect.flatMap(HotspotSession.HotspotSession, ({ call }) => call(inside, {})),
        layer
      )
      expect((yield* sent).map(({ url }) => url.href)).toEqual(["https://service.example//..v1/.well-known/..."])
    })
  )

  it.effect("may ignore the body of its response", () =>
    Effect.gen(function* () {
      const put = CallableOperation.make(
        { name: "put", method: "PUT", path: "/v1/{project_id}/a", success: [204, 200], idempotency: "idempotent" },
        { request: Schema.Struct({ project_id: Schema.String }) }
      )
      for (const answer of [
        { status: 204 },
        { status: 200, body: "" },
        { status: 200, body: "null" },
        { status: 200, body: "<done/>" }
      ]) {
        const { layer } = yield* against(script(answer))
        const result = yield* Effect.flatMap(HotspotSession.HotspotSession, ({ call }) =>
          call(put, { project_id: "p" })
        ).pipe(Effect.provide(layer))
        expect(result).toBeUndefined()
      }
    })
  )
})

describe("the options of a call", () => {
  it.effect("set its region, endpoint and headers", () =>
    Effect.gen(function* () {
      const { layer, sent } = yield* against(script(good))
      yield* Effect.provide(callItem("safe", {}, { region: "cn-north-4" }), layer)
      yield* Effect.provide(callItem("safe", {}, { endpoint: "https://other.example/prefix/" }), layer)
      yield* Effect.provide(callItem("safe", {}, { headers: { "X-Request-Id": "r-1", "X-Auth-Token": "mine" } }), layer)
      const requests = (yield* sent).map(({ request }) => request)
      expect(requests.map(({ url }) => url)).toEqual([
        "https://appstream.cn-north-4.myhuaweicloud.com/v1/p/items/i/parts",
        "https://other.example/prefix/v1/p/items/i/parts",
        "https://service.example/v1/p/items/i/parts"
      ])
      expect(requests[2]?.headers).toMatchObject({ "x-request-id": "r-1", "x-auth-token": "token-of-a-test" })
      expect(requests[2]?.headers["user-agent"]).toMatch(/^hotspot-session\//)
    })
  )

  it.effect("fail before anything is sent if they are not valid", () =>
    Effect.gen(function* () {
      const { layer, sent } = yield* against(script(good))
      const invalid: ReadonlyArray<readonly [object, string]> = [
        [{ region: "eu-nowhere-1" }, "region"],
        [{ endpoint: "ftp://x" }, "endpoint"],
        [{ headers: { a: 5 } }, "headers"],
        [{ headers: new Headers({ a: "secret" }) }, "headers"],
        [{ headers: "a: secret" }, "headers"],
        [{ headers: { "a b": "secret" } }, "headers"],
        [{ headers: { a: "secret\nb: c" } }, "headers"],
        [{ headers: { a: "secret €" } }, "headers"],
        [{ headers: { "User-Agent": "secret" } }, "headers"],
        [{ headers: { ACCEPT: "secret" } }, "headers"],
        [{ headers: { host: "secret" } }, "headers"],
        [{ headers: { Expect: "100-continue" } }, "headers"],
        [{ timeout: -1 }, "timeout"],
        [{ retry: {} }, "retry"],
        [{ credentials: "secret" }, "credentials"]
      ]
      for (const [options, path] of invalid) {
        const error = yield* Effect.flip(Effect.provide(callItem("safe", {}, options as never), layer))
        expect(error).toMatchObject({ _tag: "InvalidRequest", issues: [{ path }] })
        expect(JSON.stringify(error)).not.toContain("secret")
      }
      expect(yield* sent).toEqual([])
    })
  )
})

type Failure =
  | { readonly status: number; readonly body?: string }
  | { readonly code: string }
  | { readonly cutWith: number }

/** Each failure of an attempt: whether the policy retries it, and what it says about the change. From the documentation. */
const failures: ReadonlyArray<readonly [Failure, isRetried: boolean, WriteOutcome]> = [
  [{ status: 400 }, false, "not_done"],
  [{ status: 401 }, false, "not_done"],
  [{ status: 403 }, false, "not_done"],
  [{ status: 404 }, false, "not_done"],
  [{ status: 405 }, false, "not_done"],
  [{ status: 409 }, false, "not_done"],
  [{ status: 429 }, true, "not_done"],
  [{ status: 500 }, false, "unknown"],
  [{ status: 502 }, true, "unknown"],
  [{ status: 503 }, true, "unknown"],
  [{ status: 504 }, true, "unknown"],
  [{ status: 302 }, false, "unknown"],
  [{ status: 200, body: "{" }, false, "done"],
  [{ status: 200, body: "<html>" }, false, "unknown"],
  [{ cutWith: 200 }, true, "unknown"],
  [{ code: "ENOTFOUND" }, false, "not_done"],
  [{ code: "EAI_AGAIN" }, true, "not_done"],
  [{ code: "ECONNREFUSED" }, true, "not_done"],
  [{ code: "UND_ERR_CONNECT_TIMEOUT" }, true, "not_done"],
  [{ code: "CERT_HAS_EXPIRED" }, false, "not_done"],
  [{ code: "ECONNRESET" }, true, "unknown"],
  [{ code: "ETIMEDOUT" }, true, "unknown"],
  [{ code: "EPIPE" }, true, "unknown"],
  [{ code: "HPE_INVALID_CONSTANT" }, false, "unknown"]
]

const fail = (request: HttpClientRequest.HttpClientRequest, code: string) =>
  new HttpClientError.RequestError({ request, reason: "Transport", cause: Object.assign(new Error(code), { code }) })

/** A client whose attempts fail one after the other, and then succeed. */
const failing = (sequence: ReadonlyArray<Failure>) => {
  let attempts = 0
  const client = HttpClient.make((request) => {
    const failure = sequence[attempts++]
    if (failure === undefined) return Effect.succeed(response(request, good))
    if ("code" in failure) return Effect.fail(fail(request, failure.code))
    if ("status" in failure) return Effect.succeed(response(request, failure))
    const cut = response(request, { status: failure.cutWith })
    const error = new HttpClientError.ResponseError({
      request,
      response: cut,
      reason: "Decode",
      cause: Object.assign(new Error("cut"), { code: "ECONNRESET" })
    })
    return Effect.succeed(Object.defineProperty(cut, "text", { value: Effect.fail(error) }))
  })
  const layer = HotspotSession.layer({
    endpoint: "https://service.example",
    retry: RetryPolicy.make({ attempts: 4, baseDelay: 0 })
  }).pipe(
    Layer.provide([
      Layer.succeed(HttpClient.HttpClient, client),
      Credentials.layerToken(Redacted.make("token-of-a-test"))
    ])
  )
  return { layer, attempts: () => attempts }
}

/** What must happen, told apart from the code: how many attempts, and the outcome; `undefined` for a success. */
const expected = (idempotency: Idempotency, sequence: ReadonlyArray<(typeof failures)[number]>) => {
  let mayBeDone = false
  for (const [index, [, isRetried, outcome]] of sequence.entries()) {
    const isRepeatable = idempotency !== "none" || outcome === "not_done"
    if (!isRetried || !isRepeatable || index === 3) {
      return { attempts: index + 1, outcome: mayBeDone && outcome === "not_done" ? "unknown" : outcome }
    }
    mayBeDone ||= outcome === "unknown"
  }
  return { attempts: sequence.length + 1, outcome: undefined }
}

describe("retries and outcomes", () => {
  const check = (idempotency: Idempotency, sequence: ReadonlyArray<(typeof failures)[number]>) =>
    Effect.gen(function* () {
      const { attempts, layer } = failing(sequence.map(([failure]) => failure))
      const context = yield* Layer.build(layer)
      const result = yield* Effect.either(Effect.provide(callItem(idempotency, {}), context))
      const { attempts: expectedAttempts, outcome } = expected(idempotency, sequence)
      expect(attempts()).toBe(expectedAttempts)
      expect(Either.isRight(result)).toBe(outcome === undefined)
      if (Either.isLeft(result)) {
        expect(result.left.outcome).toBe(idempotency === "safe" ? undefined : outcome)
        const isUnknown = idempotency !== "safe" && outcome === "unknown"
        expect(result.left.hint === "Look whether the item is there.").toBe(isUnknown)
        if (result.left._tag === "BadRequest" && !isUnknown) expect(result.left.hint).toBe("Check the item.")
      }
    }).pipe(Effect.scoped)

  for (const idempotency of ["safe", "idempotent", "none"] as const) {
    for (const failure of failures) {
      it.live(`of an operation that is ${idempotency}, after ${JSON.stringify(failure[0])} each time`, () =>
        check(idempotency, [failure, failure, failure, failure])
      )
    }
  }

  it.live("of any sequence of failures are those of the table", () =>
    Effect.promise(() =>
      FC.assert(
        FC.asyncProperty(
          FC.constantFrom<Idempotency>("safe", "idempotent", "none"),
          FC.array(FC.constantFrom(...failures), { maxLength: 5 }),
          (idempotency, sequence) => Effect.runPromise(check(idempotency, sequence))
        ),
        { numRuns: runs(200) }
      )
    )
  )

  it.effect("of a create include one more attempt with fresh credentials after a 401", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script({ status: 401 }, good))
      const credentials: Credentials.Service = {
        ...Credentials.token(Redacted.make("token-of-a-test")),
        invalidate: () => Effect.succeed(true)
      }
      const layer = HotspotSession.layer({ endpoint: "https://service.example" }).pipe(
        Layer.provide([
          Layer.succeed(HttpClient.HttpClient, client),
          Layer.succeed(Credentials.Credentials, credentials)
        ])
      )
      expect(yield* Effect.provide(callItem("none", {}), layer)).toEqual({ id: "1" })
      expect(yield* sent).toHaveLength(2)
    })
  )

  it.effect("of a create end if a policy of the user would retry what may have been done", () =>
    Effect.gen(function* () {
      const { layer, sent } = yield* against(
        script({ status: 503 }),
        RetryPolicy.make({ retryable: () => true, baseDelay: 0 })
      )
      expect(yield* Effect.flip(Effect.provide(callItem("none", {}), layer))).toMatchObject({ outcome: "unknown" })
      expect(yield* sent).toHaveLength(1)
    })
  )
})

describe("the time limit of an attempt", () => {
  it.effect("includes what authorising the request takes", () =>
    Effect.gen(function* () {
      const { client } = yield* server(() => Effect.never)
      const slow: Credentials.Service = {
        get: Effect.succeed({
          source: "slow",
          authorize: (request) => Effect.as(Effect.sleep("30 seconds"), request)
        }),
        invalidate: () => Effect.succeed(false)
      }
      const context = yield* Layer.build(
        HotspotSession.layer({
          endpoint: "https://service.example",
          attemptTimeout: "40 seconds",
          retry: RetryPolicy.none
        }).pipe(
          Layer.provide([Layer.succeed(HttpClient.HttpClient, client), Layer.succeed(Credentials.Credentials, slow)])
        )
      )
      const fiber = yield* Effect.fork(Effect.flip(Effect.provide(callItem("none", {}), context)))
      yield* TestClock.adjust("39 seconds")
      expect(yield* Fiber.poll(fiber)).toEqual(Option.none())
      yield* TestClock.adjust("1 seconds")
      expect(yield* Fiber.join(fiber)).toMatchObject({ reason: "timeout", outcome: "unknown" })
    }).pipe(Effect.scoped)
  )
})

describe("a mock", () => {
  it.effect("has the operations that the test gives, and dies with the name of any other", () =>
    Effect.gen(function* () {
      const program = Effect.flatMap(HotspotSession.HotspotSession, ({ listHotspotSessionConfig }) =>
        listHotspotSessionConfig({ project_id: projectId })
      )
      const page = { items: [{ non_migrate_users: [UserInfo.make({})] }] }
      expect(
        yield* Effect.provide(program, HotspotSession.mock({ listHotspotSessionConfig: () => Effect.succeed(page) }))
      ).toEqual(page)
      const exit = yield* Effect.exit(Effect.provide(program, HotspotSession.mock({})))
      expect(String(exit)).toContain("no operation listHotspotSessionConfig")
      const called = yield* Effect.exit(Effect.provide(callItem("safe", {}), HotspotSession.mock({})))
      expect(String(called)).toContain("neither call nor an operation safeItem")
    })
  )

  it.effect("returns by `call`, as `fromCall` does, what its operations return", () =>
    Effect.gen(function* () {
      const page = { items: [{ id: ConfigId.make("1"), non_migrate_users: [UserInfo.make({ user_name: "a" })] }] }
      const sizes: Array<number> = []
      const mocked = yield* Effect.provide(
        HotspotSession.HotspotSession,
        HotspotSession.mock({
          listHotspotSessionConfig: ({ offset }) => Effect.succeed(offset === 1 ? { items: [] } : page),
          updateNonMigrationUsers: ({ non_migrate_users }) =>
            Effect.sync(() => {
              sizes.push(non_migrate_users.length)
            })
        })
      )
      const wrapped = HotspotSession.fromCall(mocked.call)
      expect(yield* wrapped.listHotspotSessionConfig({ project_id: projectId })).toEqual(page)
      const pages = yield* Stream.runCollect(
        wrapped.listHotspotSessionConfig.items({ project_id: projectId, limit: 1 })
      )
      expect([...pages]).toEqual(page.items)
      const users = Array.from({ length: 1_001 }, (_, index) => ({ user_id: String(index) }))
      yield* wrapped.updateNonMigrationUsers({
        project_id: projectId,
        config_id: "1",
        update_type: "ADD",
        non_migrate_users: users
      })
      expect(sizes).toEqual([1_000, 1])
      const missing = yield* Effect.exit(wrapped.listNonMigrationUsers({ project_id: projectId, config_id: "1" }))
      expect(String(missing)).toContain("neither call nor an operation listNonMigrationUsers")
    })
  )
})
