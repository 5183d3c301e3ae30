import { describe, expect, it } from "@effect/vitest"
import { CallableOperation, HotspotSession, type Operation, RetryPolicy } from "@hotspot-session/client"
import { Data, Effect, Redacted, Schema, Tracer } from "effect"
import { layer, script, server } from "./support.js"

/** Calls an operation with a response, and returns the result or the error, with what was sent. */
const call = <A, I>(
  operation: Partial<Operation>,
  request: Schema.Schema<A, I>,
  input: unknown,
  response: { readonly status: number; readonly body: string } = { status: 200, body: "{}" }
) =>
  Effect.gen(function* () {
    const { client, sent } = yield* server(script(response))
    const callable = CallableOperation.make(
      { name: "own", method: "PUT", path: "/v1/{project_id}/own", idempotency: "idempotent", ...operation },
      { request }
    )
    const exit = yield* Effect.either(
      Effect.flatMap(HotspotSession.HotspotSession, ({ call }) => call(callable, input as A))
    ).pipe(Effect.provide(layer(client, { retry: RetryPolicy.none })))
    const [first] = yield* sent
    const body = first?.request.body
    return {
      error: exit._tag === "Left" ? exit.left : undefined,
      url: first?.url.href,
      body: body?._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : undefined
    }
  })

/** A tracer that collects the attributes of spans. */
const collecting = (attributes: Array<unknown>) => {
  // Only to construct spans of its class.
  const native = Effect.runSync(Effect.tracer)
  return Tracer.make({
    context: (f) => f(),
    span: (...args) => {
      const span = native.span(...args)
      const attribute = span.attribute.bind(span)
      span.attribute = (name, value) => {
        attributes.push([name, value])
        attribute(name, value)
      }
      return span
    }
  })
}

describe("secrets of an operation of the program", () => {
  const secret = "hunter2/é"

  it.effect("are sent, and shown in no error and no span", () =>
    Effect.gen(function* () {
      const attributes: Array<unknown> = []
      const Request = Schema.Struct({
        project_id: Schema.String,
        code: Schema.Redacted(Schema.String),
        pins: Schema.Struct({ pin: Schema.Redacted(Schema.Number) })
      })
      const { body, error, url } = yield* call(
        { query: ["code"], body: ["pins"] },
        Request,
        { project_id: "p", code: Redacted.make(secret), pins: { pin: Redacted.make(4711) } },
        { status: 400, body: JSON.stringify({ error_code: "X", error_msg: `weak: ${secret} and 4711` }) }
      ).pipe(Effect.withTracer(collecting(attributes)))
      expect(url).toContain("code=hunter2%2F%C3%A9")
      expect(body).toBe('{"pins":{"pin":4711}}')
      expect(error?.message).toContain("weak: <redacted> and <redacted>")
      expect(error?.message).toContain("/v1/p/own?code=REDACTED")
      expect(JSON.stringify([attributes, error])).not.toMatch(/hunter2|4711/)
      expect(attributes).toContainEqual(["url.full", "https://service.example/v1/p/own?code=REDACTED"])
    })
  )

  it.effect("are not shown if they are not redacted by mistake, or are sent in another form", () =>
    Effect.gen(function* () {
      const attributes: Array<unknown> = []
      const Request = Schema.Struct({ project_id: Schema.String, code: Schema.Redacted(Schema.NonEmptyString) })
      const plain = yield* call({ query: ["code"] }, Request, { project_id: "p", code: secret }).pipe(
        Effect.withTracer(collecting(attributes))
      )
      expect(plain.error).toMatchObject({ _tag: "InvalidRequest", issues: [{ path: "code" }] })
      expect(JSON.stringify([attributes, plain.error])).not.toContain("hunter2")
      const Encoded = Schema.Struct({
        project_id: Schema.String,
        code: Schema.compose(Schema.StringFromBase64, Schema.Redacted(Schema.String))
      })
      const encoded = yield* call(
        { query: ["code"] },
        Encoded,
        { project_id: "p", code: Redacted.make(secret) },
        {
          status: 404,
          body: '{"error_msg":"aHVudGVyMi/DqQ=="}'
        }
      )
      expect(encoded.url).toContain("aHVudGVyMi")
      expect(encoded.error?.message).not.toContain("aHVudGVyMi")
    })
  )

  it("are not shown of responses that cannot be decoded", () => {
    const { decode } = CallableOperation.make(
      { name: "own", method: "POST", path: "/v1/keys", idempotency: "none" },
      { request: Schema.Struct({}), response: Schema.Struct({ key: Schema.Redacted(Schema.String) }) }
    )
    const decoded = JSON.stringify([
      decode([{ key: secret }], { status: 200, headers: {}, text: "", receivedAt: 0 }),
      decode({ key: [secret] }, { status: 200, headers: {}, text: "", receivedAt: 0 })
    ])
    expect(decoded).toContain("Expected")
    expect(decoded).not.toContain("hunter2")
  })
})

describe("an input of an operation of the program", () => {
  const Any = Schema.Struct({ project_id: Schema.String, value: Schema.Unknown })

  for (const [value, path] of [
    [Number.NaN, "value"],
    [() => 1, "value"],
    [Redacted.make("secret"), "value"],
    [new Map([["a", 1]]), "value"],
    [{ a: [0, Number.POSITIVE_INFINITY] }, "value.a[1]"],
    [{ a: { b: Symbol("x") } }, "value.a.b"],
    [{ at: new Date(Number.NaN) }, "value.at"],
    [[undefined], "value[0]"],
    [5n, "value"]
  ] as const) {
    it.effect(
      `is invalid if the body cannot have it: ${Array.isArray(value) ? "a list of" : ""} ${String(value)}`,
      () =>
        Effect.gen(function* () {
          const { error, url } = yield* call({ body: ["value"] }, Any, { project_id: "p", value })
          expect(error).toMatchObject({ _tag: "InvalidRequest", issues: [{ path }] })
          expect(url).toBeUndefined()
        })
    )
  }

  it.effect("is sent if the body can have it", () =>
    Effect.gen(function* () {
      const value = { a: [0, null, "x", true], b: undefined, at: new Date(0) }
      expect((yield* call({ body: ["value"] }, Any, { project_id: "p", value })).body).toBe(
        '{"value":{"a":[0,null,"x",true],"at":"1970-01-01T00:00:00.000Z"}}'
      )
    })
  )

  it.effect("is invalid if a parameter is no finite number, or is a list whose elements have commas", () =>
    Effect.gen(function* () {
      const operation = { path: "/v1/{project_id}/{value}" } as const
      for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, ["a,b"]]) {
        expect((yield* call(operation, Any, { project_id: "p", value })).error).toMatchObject({
          issues: [{ path: "value" }]
        })
        const { error } = yield* call({ query: ["value"] }, Any, { project_id: "p", value })
        expect(error).toMatchObject({ issues: [{ path: "value" }] })
      }
      const urls = yield* Effect.forEach([["a", 1], [], [""]], (value) =>
        Effect.map(call({ query: ["value"] }, Any, { project_id: "p", value }), ({ url }) => url?.split("own")[1])
      )
      expect(urls).toEqual(["?value=a%2C1", "", "?value="])
    })
  )

  it.effect("may be an object of a schema that accepts no copy of it", () =>
    Effect.gen(function* () {
      const Request = Schema.Data(Schema.Struct({ project_id: Schema.String }))
      expect((yield* call({}, Request, Data.struct({ project_id: "p" }))).url).toBe("https://service.example/v1/p/own")
    })
  )
})
