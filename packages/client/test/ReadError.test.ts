import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import { RetryPolicy } from "@hotspot-session/client"
import { type ListHotspotSessionConfigError, ListHotspotSessionConfigResponse } from "@hotspot-session/core"
import { CallError } from "@hotspot-session/core/ErrorSchemas"
import { Arbitrary, Duration, Effect, Either, Schema } from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { readResponse } from "../src/CallableOperation.js"
import { listHotspotSessionConfig } from "../src/operations/ListHotspotSessionConfig.js"
import { readError } from "../src/ReadError.js"
import { connect, projectId, script } from "./support.js"

const fail = (status: number, body: string, headers?: Record<string, string>) =>
  Effect.flatMap(
    connect(script({ status, body, ...(headers === undefined ? {} : { headers }) }), { retry: RetryPolicy.none }),
    ({ list }) => Effect.flip(list({ project_id: projectId }))
  )

const tags = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  429: "TooManyRequests",
  500: "InternalServerError",
  503: "ServiceUnavailable"
} as const

const html = "<html>\n<head><title>Bad gateway</title></head><body>nginx</body></html>"

const bodies: ReadonlyArray<readonly [name: string, body: string, read: Partial<Record<string, string>>]> = [
  [
    "the documented body",
    '{"error_code":"WKS.00211102","error_msg":"Invalid."}',
    { error_code: "WKS.00211102", error_msg: "Invalid.", request_id: "from-header" }
  ],
  [
    "the gateway's body",
    '{"error_msg":"Incorrect IAM authentication information","error_code":"APIGW.0301","request_id":"from-body"}',
    { error_code: "APIGW.0301", error_msg: "Incorrect IAM authentication information", request_id: "from-body" }
  ],
  [
    "IAM's body",
    '{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}',
    { error_code: "401", error_msg: "The username or password is wrong.", request_id: "from-header" }
  ],
  [
    "an HTML page",
    html,
    { request_id: "from-header", excerpt: "<html> <head><title>Bad gateway</title></head><body>nginx</body></html>" }
  ],
  ["an empty body", "", { request_id: "from-header" }],
  [
    "truncated JSON",
    '{"error_code":"WKS.00211102","error_msg":"The serv',
    {
      error_code: "WKS.00211102",
      request_id: "from-header",
      excerpt: '{"error_code":"WKS.00211102","error_msg":"The serv'
    }
  ],
  ["null", "null", { request_id: "from-header", excerpt: "null" }],
  ["a string", '"no"', { request_id: "from-header", excerpt: '"no"' }],
  ["fields of other types", '{"error_code":7,"error_msg":["x"]}', { excerpt: '{"error_code":7,"error_msg":["x"]}' }]
]

const optional = ["error_code", "error_msg", "request_id", "excerpt"] as const

describe("an error response", () => {
  for (const [status, tag] of Object.entries(tags)) {
    for (const [name, body, read] of bodies) {
      it.effect(`${status} with ${name} is ${tag}`, () =>
        Effect.gen(function* () {
          const error = yield* fail(Number(status), body, { "x-request-id": "from-header" })
          expect(error).toMatchObject({
            _tag: tag,
            status: Number(status),
            operation: "listHotspotSessionConfig",
            method: "GET",
            url: `https://service.example/v1/${projectId}/hotspot-session-config`,
            attempts: 1,
            ...read
          })
          for (const field of optional)
            if (!(field in read) && field !== "request_id") expect(error).not.toHaveProperty(field)
          expect(error.message).toContain(String(status))
          expect(error.message).toContain(read["request_id"] ?? "from-header")
          expect(error.hint).toBeTruthy()
        })
      )
    }
  }

  it.effect.prop(
    "of any other status is UnexpectedStatus, whatever the body",
    [FC.integer({ min: 0, max: 599 }).filter((status) => status !== 200 && !(status in tags)), FC.string()],
    ([status, body]) =>
      Effect.map(fail(status, body), (error) => {
        expect(error).toMatchObject({ _tag: "UnexpectedStatus", status })
      })
  )

  it.prop("never throws for any body", [FC.oneof(FC.string(), FC.json(), FC.constant(undefined))], ([body]) => {
    const error = readError({ status: 503, text: body, headers: {}, receivedAt: 0 }, {})
    expect(error._tag).toBe("ServiceUnavailable")
    expect(error.excerpt?.length ?? 0).toBeLessThanOrEqual(200)
  })

  it.effect("keeps Retry-After and ignores an invalid one", () =>
    Effect.gen(function* () {
      const seven = yield* fail(503, "", { "retry-after": "7" })
      const json = JSON.stringify(
        Schema.encodeSync(CallError)(yield* fail(503, "", { "retry-after": "9".repeat(400) }))
      )
      expect(Schema.decodeUnknownSync(CallError)(JSON.parse(json))).toMatchObject({ _tag: "ServiceUnavailable" })
      expect(seven).toMatchObject({ retry_after: Duration.seconds(7) })
      for (const header of ["soon", "-1", "1.5", "2026-01-01"]) {
        expect(yield* fail(503, "", { "retry-after": header })).not.toHaveProperty("retry_after")
      }
    })
  )

  it.effect("has a hint for each message of the gateway's 401", () =>
    Effect.gen(function* () {
      const hintOf = (error_msg: string) =>
        Effect.map(fail(401, JSON.stringify({ error_code: "APIGW.0301", error_msg })), ({ hint }) => hint)
      expect(yield* hintOf("verify aksk signature fail, canonicalRequest:GET|/|")).toContain("secret key")
      expect(yield* hintOf("signature expired, signature time: 1, server time: 2")).toContain("clock")
      expect(yield* hintOf("Incorrect IAM authentication information: decrypt token fail")).toContain("token")
    })
  )
})

const example = readFileSync(new URL("../../core/test/fixtures/example-response.json", import.meta.url), "utf8")

const read = (body: string): Either.Either<ListHotspotSessionConfigResponse, ListHotspotSessionConfigError> =>
  readResponse(listHotspotSessionConfig, {})({ status: 200, text: body, headers: {}, receivedAt: 0 })

describe("a page", () => {
  it("equals the documented example", () => {
    expect(Either.getOrThrow(read(example))).toEqual(JSON.parse(example))
  })

  it("decodes null and absent lists as empty, and keeps other fields absent", () => {
    expect(Either.getOrThrow(read("{}"))).toEqual({ items: [] })
    expect(Either.getOrThrow(read('{"items":null}'))).toEqual({ items: [] })
    const nulls = { id: null, project_id: null, hotspot_exit_session_num: null, non_migrate_users: null }
    expect(Either.getOrThrow(read(JSON.stringify({ items: [nulls, {}] })))).toEqual({
      items: [{ non_migrate_users: [] }, { non_migrate_users: [] }]
    })
  })

  it("keeps undocumented fields", () => {
    const body = { items: [{ id: "1", zone: "a", non_migrate_users: [{ user_id: "u", sid: 7 }] }], total: 1 }
    expect(Either.getOrThrow(read(JSON.stringify(body)))).toEqual(body)
  })

  it("names the field of a wrong type and its value", () => {
    const error = Either.getOrThrow(
      Either.flip(read('{"items":[{"id":"1"},{"id":7,"hotspot_exit_session_num":"four"}]}'))
    )
    expect(error).toMatchObject({
      _tag: "DecodeError",
      issues: [
        { path: "items[1].id", message: expect.stringContaining("7") },
        { path: "items[1].hotspot_exit_session_num", message: expect.stringContaining('"four"') }
      ]
    })
  })

  it("that is HTML, empty or truncated is a DecodeError", () => {
    for (const body of ["", "  ", html, example.slice(0, 100), "[]", "null", "7"]) {
      expect(Either.getOrThrow(Either.flip(read(body)))._tag).toBe("DecodeError")
    }
  })

  it.prop("of arbitrary JSON is decoded or rejected without throwing", [FC.json()], ([body]) => {
    Either.match(read(body), {
      onLeft: (error) => expect(error._tag).toBe("DecodeError"),
      onRight: (page) => expect(Array.isArray(page.items)).toBe(true)
    })
  })

  it.prop(
    "is unchanged by encoding and decoding",
    [Arbitrary.make(ListHotspotSessionConfigResponse)],
    ([page]) => {
      const written = JSON.stringify(Schema.encodeSync(ListHotspotSessionConfigResponse)(page))
      expect(Either.getOrThrow(read(written))).toEqual(page)
    },
    { fastCheck: { numRuns: runs(200) } }
  )
})
