import { expect, it } from "@effect/vitest"
import {
  CredentialsError,
  DecodeError,
  ErrorCategory,
  InvalidRequest,
  PaginationError,
  ProjectLookupError,
  statusError,
  TransportError,
  type TransportErrorReason
} from "@hotspot-session/core"
import { codeOf, columnOf, tableOf } from "./markdown.js"

const reasons = columnOf(tableOf("docs/errors.md", "Transport errors"), "reason")

const errors: ReadonlyArray<ErrorCategory.Categorized> = [
  ...Array.from({ length: 400 }, (_, index) => statusError(200 + index)),
  ...reasons.map((reason) => new TransportError({ reason: reason as TransportErrorReason })),
  new TransportError({ reason: "proxy", code: "ERR_PROXY_407" }),
  new DecodeError({ status: 200, issues: [] }),
  new CredentialsError({ reason: "none" }),
  new CredentialsError({ reason: "later", unavailable: true }),
  new InvalidRequest({ issues: [] }),
  new PaginationError({ offset: 0, repeated: 1 }),
  new ProjectLookupError({ region: "cn-north-4", project_ids: [] })
]

it("docs/errors.md has each category with its predicate and its errors", () => {
  const documented = tableOf("docs/errors.md", "Categories").flatMap((row) => {
    const [category = ""] = codeOf(row["category"] ?? "")
    const [predicate = ""] = codeOf(row["predicate"] ?? "")
    expect(ErrorCategory).toHaveProperty(predicate)
    const tags = codeOf(row["errors"] ?? "").filter((code) => /^[A-Z][a-z]/.test(code))
    return tags.map((tag) => `${tag}: ${category}, ${predicate}`)
  })
  const predicates = Object.entries(ErrorCategory).filter(([name]) => /^is(?!UnknownOutcome)/.test(name))
  const actual = errors.map((error) => {
    const [name] = predicates.find(([, predicate]) => (predicate as (value: unknown) => boolean)(error)) ?? []
    return `${error._tag}: ${ErrorCategory.of(error)}, ${name}`
  })
  expect([...documented].sort()).toEqual([...new Set(actual)].sort())
})
