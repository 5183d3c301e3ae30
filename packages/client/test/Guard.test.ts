import { readFileSync } from "node:fs"
import * as core from "@hotspot-session/core"
import {
  HotspotSessionMigrationConfig,
  ListHotspotSessionConfigRequest,
  ListHotspotSessionConfigResponse
} from "@hotspot-session/core"
import { Arbitrary, Either, FastCheck as fc, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { guardedSchemas, guardModule, guardOf } from "../../../scripts/guards.mjs"
import { runs } from "../../../test/runs.js"
import {
  isListHotspotSessionConfigResponse as isPage,
  isListHotspotSessionConfigRequest as isRequest
} from "../src/operations/Guards.js"

const decode = Schema.decodeUnknownEither(ListHotspotSessionConfigResponse, { errors: "all" })

/** JSON as a server may send it, except for fields named `__proto__`, which Schema loses. */
const anyJson = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes("__proto__"))

const page = Arbitrary.make(ListHotspotSessionConfigResponse).map((page) => JSON.parse(JSON.stringify(page)) as unknown)

const names = [
  "items",
  "id",
  "project_id",
  "hotspot_session_migration_enable",
  "hotspot_exit_session_num",
  "non_migrate_users",
  "user_id",
  "user_name",
  "unknown"
]

const anyValue = fc.oneof(
  anyJson,
  fc.constantFrom(null, "", "4", 0, -1, 4.5, 1e300, 2 ** 53, true, [], {}, [null], [[]], { items: [] }, [{ id: 1 }])
)

/** A value with a nested value replaced, added or removed. */
const mutated = (value: unknown): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      fc.array(fc.nat(20), { maxLength: 6 }),
      fc.constantFrom(...names),
      anyValue,
      fc.constantFrom("set", "delete")
    )
    .map(([path, name, replacement, how]) => {
      const copy: unknown = JSON.parse(JSON.stringify(value))
      let at = copy
      for (const step of path) {
        const inner: Array<unknown> = typeof at === "object" && at !== null ? Object.values(at) : []
        const next = inner[step % Math.max(1, inner.length)]
        if (typeof next !== "object" || next === null) break
        at = next
      }
      if (typeof at !== "object" || at === null) return replacement
      const target = at as Record<string, unknown>
      if (how === "delete") delete target[name]
      else if (Array.isArray(at)) at.push(replacement)
      else target[name] = replacement
      return copy
    })

const agrees = (value: unknown) => {
  const decoded = decode(value)
  const isUnchanged = Either.isRight(decoded) && JSON.stringify(sorted(decoded.right)) === JSON.stringify(sorted(value))
  expect(isPage(value)).toBe(isUnchanged)
}

/** Sorts the fields, because Schema returns unknown ones first. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, inner]) => [name, sorted(inner)])
        )
      : value

describe("the guards of a call", () => {
  it("are generated from the schemas", () => {
    const file = readFileSync(new URL("../src/operations/Guards.ts", import.meta.url), "utf8")
    expect(guardModule("@hotspot-session/core", guardedSchemas(core))).toBe(file)
  })
})

describe("the guard of a page", () => {
  it("accepts exactly the values that Schema decodes to themselves", () => {
    fc.assert(fc.property(page, agrees), { numRuns: runs(100) })
    fc.assert(fc.property(page.chain(mutated), agrees), { numRuns: runs(400) })
    fc.assert(fc.property(page.chain(mutated).chain(mutated), agrees), { numRuns: runs(300) })
    fc.assert(fc.property(anyJson, agrees), { numRuns: runs(200) })
  })

  it("accepts a valid page, and checks each part of it", () => {
    const validPage = () => ({
      items: [
        {
          id: "895110260098859008",
          project_id: "p",
          hotspot_session_migration_enable: true,
          hotspot_exit_session_num: 4,
          non_migrate_users: [{ user_id: "u", user_name: "n" }],
          a_new_field: { of: ["any", "form"] }
        }
      ]
    })
    expect(isPage(validPage())).toBe(true)
    expect(isPage({ items: [{ non_migrate_users: [] }] })).toBe(true)
    for (const name of ["id", "project_id", "hotspot_session_migration_enable", "hotspot_exit_session_num"]) {
      for (const wrong of [null, [], {}, 4.5]) {
        const page = validPage() as { items: Array<Record<string, unknown>> }
        Object.assign(page.items[0] ?? {}, { [name]: wrong })
        expect(isPage(page), `${name} ${JSON.stringify(wrong)}`).toBe(false)
      }
    }
    // Decoding would add defaults to these.
    expect(isPage({})).toBe(false)
    expect(isPage({ items: [{ id: "1" }] })).toBe(false)
    expect(isPage({ items: [{ id: undefined, non_migrate_users: [] }] })).toBe(false)
  })
})

describe("the guard of parameters", () => {
  it("accepts exactly the values that Schema accepts without unknown fields", () => {
    const decode = Schema.decodeUnknownEither(ListHotspotSessionConfigRequest, { onExcessProperty: "error" })
    const some = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined })
    fc.assert(
      fc.property(
        fc.record(
          {
            project_id: fc.oneof(fc.stringMatching(/^[0-9a-f]{32}$/), anyValue),
            limit: some(fc.oneof(fc.integer({ min: -1, max: 102 }), anyValue)),
            offset: some(fc.oneof(fc.integer({ min: -1 }), fc.constant(2 ** 31), anyValue)),
            unknown: anyValue
          },
          { requiredKeys: [] }
        ),
        (parameters) => {
          expect(isRequest(parameters)).toBe(Either.isRight(decode(parameters)))
        }
      ),
      { numRuns: runs(300) }
    )
  })
})

describe("guards of other schemas", () => {
  const isOf = <A, I>(schema: Schema.Schema<A, I>, value: unknown) =>
    guardOf(schema.annotations({ identifier: "Other" }))(value)

  it("never accept a renamed or transformed field or an unsupported schema", () => {
    const renamed = Schema.Struct({ a: Schema.propertySignature(Schema.String).pipe(Schema.fromKey("b")) })
    expect(isOf(renamed, { a: "x" })).toBe(false)
    expect(isOf(Schema.Struct({ a: Schema.NumberFromString }), { a: "1" })).toBe(false)
    expect(
      isOf(Schema.Struct({ a: Schema.optionalWith(Schema.NumberFromString, { default: () => 0 }) }), { a: 1 })
    ).toBe(false)
    expect(isOf(Schema.Struct({ a: Schema.optionalWith(Schema.String, { as: "Option" }) }), { a: "x" })).toBe(false)
    expect(isOf(Schema.Union(Schema.NumberFromString, Schema.String), "1")).toBe(false)
    expect(isOf(Schema.Trim, "x")).toBe(false)
    expect(isOf(Schema.Record({ key: Schema.String, value: Schema.Number }), {})).toBe(false)
    expect(isOf(Schema.Struct({}), {})).toBe(false)
    expect(isOf(Schema.Tuple(Schema.String), ["x"])).toBe(false)
    expect(
      isOf(
        Schema.Union(
          Schema.Struct({ a: Schema.String }),
          Schema.Struct({ b: Schema.optionalWith(Schema.Int, { default: () => 1 }) })
        ),
        { b: 1 }
      )
    ).toBe(false)
  })

  it("accept values that decoding does not change", () => {
    expect(isOf(Schema.Literal("a", "b"), "b")).toBe(true)
    expect(isOf(Schema.Literal("a", "b"), "c")).toBe(false)
    expect(isOf(Schema.NullOr(Schema.Array(Schema.Int)), null)).toBe(true)
    expect(isOf(Schema.NullOr(Schema.Array(Schema.Int)), [1, 2])).toBe(true)
    expect(isOf(Schema.NullOr(Schema.Array(Schema.Int)), [1, 2.5])).toBe(false)
    expect(isOf(HotspotSessionMigrationConfig, { non_migrate_users: [] })).toBe(true)
  })
})
