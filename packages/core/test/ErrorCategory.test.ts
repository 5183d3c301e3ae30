import { describe, expect, it } from "@effect/vitest"
import {
  CredentialsError,
  DecodeError,
  ErrorCategory,
  InvalidRequest,
  PaginationError,
  ProjectLookupError,
  statusError,
  TransportError,
  type TransportErrorReason,
  withContext
} from "@hotspot-session/core"
import { Data, Effect } from "effect"

const transport = (reason: TransportErrorReason) => new TransportError({ reason })

const examples: Record<ErrorCategory.ErrorCategory, ReadonlyArray<ErrorCategory.Categorized>> = {
  authentication: [statusError(401, {}), statusError(403, {}), new CredentialsError({ reason: "none" })],
  throttling: [statusError(429, {})],
  availability: [
    ...[500, 502, 503, 504, 599].map((status) => statusError(status, {})),
    ...(["dns", "connect", "tls", "proxy", "reset", "timeout", "deadline", "unknown"] as const).map(transport),
    new CredentialsError({ reason: "IAM is down", unavailable: true })
  ],
  rejection: [
    ...[400, 404, 405, 413, 422].map((status) => statusError(status, {})),
    transport("request"),
    new InvalidRequest({ issues: [] }),
    new ProjectLookupError({ region: "cn-north-4", project_ids: [] })
  ],
  response: [
    ...[204, 302].map((status) => statusError(status, {})),
    transport("protocol"),
    transport("size"),
    new DecodeError({ status: 200, issues: [] }),
    new PaginationError({ offset: 0, repeated: 1 })
  ]
}

const predicates: Record<ErrorCategory.ErrorCategory, (error: unknown) => boolean> = {
  authentication: ErrorCategory.isAuthentication,
  throttling: ErrorCategory.isThrottling,
  availability: ErrorCategory.isAvailability,
  rejection: ErrorCategory.isRejection,
  response: ErrorCategory.isResponse
}

class NotFound extends Data.TaggedError("NotFound")<{ readonly outcome: string }> {}

describe("an error", () => {
  it("is in one category, by its status, its reason or its fields", () => {
    for (const [category, errors] of Object.entries(examples)) {
      for (const error of errors) {
        expect(ErrorCategory.of(error), error.message).toBe(category)
        const matching = Object.entries(predicates).filter(([, predicate]) => predicate(error))
        expect(matching.map(([name]) => name)).toEqual([category])
      }
    }
  })

  it("of another library is in none, whatever its tag", () => {
    for (const value of [
      new NotFound({ outcome: "unknown" }),
      new Error("NotFound"),
      undefined,
      null,
      "NotFound",
      {}
    ]) {
      expect(Object.values(predicates).some((predicate) => predicate(value))).toBe(false)
      expect(ErrorCategory.isUnknownOutcome(value)).toBe(false)
    }
  })

  it("has an unknown outcome in any category", () => {
    const lost = transport("reset")
    expect(ErrorCategory.isUnknownOutcome(lost)).toBe(false)
    expect(ErrorCategory.isUnknownOutcome(withContext(lost, { outcome: "unknown" }))).toBe(true)
    expect(ErrorCategory.isUnknownOutcome(withContext(lost, { outcome: "not_done" }))).toBe(false)
  })

  it.effect("is caught by its category among the errors of a program", () =>
    Effect.gen(function* () {
      const call = (error: ErrorCategory.Categorized | NotFound) =>
        Effect.fail(error).pipe(
          Effect.catchIf(ErrorCategory.isAvailability, () => Effect.succeed("cached")),
          Effect.catchAll(({ _tag }) => Effect.succeed(_tag))
        )
      expect(yield* call(statusError(503, {}))).toBe("cached")
      expect(yield* call(statusError(403, {}))).toBe("Forbidden")
      expect(yield* call(new NotFound({ outcome: "done" }))).toBe("NotFound")
    })
  )
})
