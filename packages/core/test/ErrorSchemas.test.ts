import { describe, expect, it } from "@effect/vitest"
import {
  BadRequest,
  type CallError,
  CredentialsError,
  DecodeError,
  InvalidRequest,
  PaginationError,
  ProjectLookupError,
  statusError,
  TransportError,
  withContext
} from "@hotspot-session/core"
import * as ErrorSchemas from "@hotspot-session/core/ErrorSchemas"
import { Duration, Schema } from "effect"

const context = {
  operation: "createHotspotSessionConfig",
  method: "POST",
  url: "https://service.example/v1/p/hotspot-session-config",
  attempts: 2,
  retry_stop: "attempts",
  outcome: "unknown",
  operation_hint: "List the configurations first."
} as const

const details = {
  ...context,
  error_code: "WKS.1",
  error_msg: "No.",
  request_id: "r",
  retry_after: Duration.seconds(7),
  clock_skew: -90,
  excerpt: "<html>"
}

const issues = [{ path: "limit", message: "must be an integer" }]

const callErrors: ReadonlyArray<CallError> = [
  ...[400, 401, 403, 404, 405, 429, 500, 503, 502, 302].flatMap((status) => [
    statusError(status, details),
    statusError(status, {})
  ]),
  new TransportError({ ...context, reason: "dns", code: "ENOTFOUND", detail: "d" }),
  new TransportError({ reason: "unknown" }),
  new DecodeError({ ...context, status: 200, request_id: "r", issues, excerpt: "x" }),
  new CredentialsError({
    ...context,
    reason: "none",
    hint: "Log in.",
    transient: true,
    unavailable: true,
    retry_after: Duration.seconds(3),
    refused: true,
    attempted: [{ source: "environment", reason: "not set", others: ["a"] }]
  }),
  new CredentialsError({ reason: "none" }),
  new InvalidRequest({ ...context, issues })
]

describe("the schema of every error of a call", () => {
  for (const error of callErrors) {
    it(`keeps class, fields, message and hint of ${error._tag} through JSON`, () => {
      const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(ErrorSchemas.CallError)(error)))
      const decoded = Schema.decodeUnknownSync(ErrorSchemas.CallError)(json)
      expect({ ...decoded }).toStrictEqual({ ...error })
      expect(decoded.constructor).toBe(error.constructor)
      expect([decoded.message, decoded.hint, decoded.retryable]).toEqual([error.message, error.hint, error.retryable])
    })
  }

  it("encodes no cause, no stack and no field that is not documented", () => {
    const error = Object.assign(new BadRequest({ error_msg: "m" }), {
      cause: new Error("secret"),
      request: { headers: { authorization: "secret" } }
    })
    expect(Schema.encodeSync(ErrorSchemas.CallError)(error)).toStrictEqual({ _tag: "BadRequest", error_msg: "m" })
  })
})

describe("the schemas of the other errors", () => {
  it("keep class and fields", () => {
    const page = new PaginationError({ ...context, offset: 100, repeated: 3, id: "1" })
    const decodedPage = Schema.decodeSync(ErrorSchemas.PaginationError)(
      Schema.encodeSync(ErrorSchemas.PaginationError)(page)
    )
    expect([decodedPage.constructor, { ...decodedPage }]).toEqual([PaginationError, { ...page }])
    const lookup = new ProjectLookupError({ ...context, region: "cn-north-4", project_ids: ["a", "b"] })
    const decodedLookup = Schema.decodeSync(ErrorSchemas.ProjectLookupError)(
      Schema.encodeSync(ErrorSchemas.ProjectLookupError)(lookup)
    )
    expect([decodedLookup.constructor, { ...decodedLookup }]).toEqual([ProjectLookupError, { ...lookup }])
  })
})

describe("withContext", () => {
  it("adds fields, and keeps class and all other fields", () => {
    for (const error of callErrors) {
      const changed = withContext(error, { outcome: "done" })
      expect(changed.constructor).toBe(error.constructor)
      expect({ ...changed }).toEqual({ ...error, outcome: "done" })
    }
  })
})
