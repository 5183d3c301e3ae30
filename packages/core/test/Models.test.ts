/** Tests what the docstrings of the models document. */
import { describe, expect, it } from "@effect/vitest"
import {
  BadRequest,
  ConfigId,
  CreateHotspotSessionConfigResponse,
  CredentialsError,
  ErrorBody,
  errorBody,
  HotspotSessionMigrationConfig,
  iamEndpoint,
  issuesOf,
  Limit,
  ListHotspotSessionConfigRequest,
  ListHotspotSessionConfigResponse,
  ListNonMigrationUsersResponse,
  listHotspotSessionConfigEndpoint,
  Offset,
  openApi,
  ProjectId,
  RegionId,
  regionIds,
  Setting,
  UpdateHotspotSessionConfigResponse,
  UserInfo
} from "@hotspot-session/core"
import { Duration, Either, Schema } from "effect"
import * as FC from "effect/FastCheck"

/** All ways to decode a value with a schema, by itself and nested in another schema. */
const decoders = <A, I>(schema: Schema.Schema<A, I>): ReadonlyArray<(value: unknown) => unknown> => [
  Schema.decodeUnknownSync(schema),
  Schema.decodeUnknownSync(schema, { errors: "all" }),
  Schema.decodeUnknownSync(schema, { onExcessProperty: "ignore" }),
  Schema.decodeUnknownSync(schema, { onExcessProperty: "error" }),
  (value) => Either.getOrThrow(Schema.decodeUnknownEither(schema)(value)),
  (value) => Schema.decodeUnknownSync(Schema.Array(schema))([value])[0],
  (value) => Schema.decodeUnknownSync(Schema.Struct({ inside: schema }))({ inside: value }).inside,
  (value) => Schema.decodeUnknownSync(Schema.parseJson(schema))(JSON.stringify(value))
]

const decodeError = <A, I>(schema: Schema.Schema<A, I>, value: unknown): string | undefined =>
  Either.match(Schema.decodeUnknownEither(schema)(value), {
    onLeft: ({ _tag, message }) => (_tag === "ParseError" ? message : undefined),
    onRight: () => undefined
  })

/** Fields that no model has, except `__proto__`, which Schema decodes as a prototype. */
const unknownFields = FC.dictionary(
  FC.string().filter((name) => name !== "__proto__" && !/_|^id$|^items$/.test(name)),
  FC.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"))
).map((fields) => JSON.parse(JSON.stringify(fields)) as Record<string, unknown>)

describe("an issue of a response", () => {
  const items = [
    {
      id: 1,
      project_id: 2,
      hotspot_session_migration_enable: "on",
      hotspot_exit_session_num: 4.5,
      non_migrate_users: [{ user_id: 1, user_name: 2 }, 3]
    },
    { hotspot_exit_session_num: "4", non_migrate_users: {} }
  ]
  const wrong: ReadonlyArray<readonly [string, Schema.Schema.AnyNoContext, unknown, issues: number]> = [
    ["a list", ListHotspotSessionConfigResponse, { items }, 9],
    ["a list without items", ListHotspotSessionConfigResponse, { items: 3 }, 1],
    ["users", ListNonMigrationUsersResponse, { total_count: 250.5, non_migrate_users: "x" }, 2],
    ["a creation", CreateHotspotSessionConfigResponse, items[0], 6],
    ["an update", UpdateHotspotSessionConfigResponse, items[0], 3]
  ]
  it.each(wrong)("names the type that was expected: %s", (_, schema, value, count) => {
    const issues = Either.match(Schema.decodeUnknownEither(schema, { errors: "all" })(value), {
      onLeft: issuesOf,
      onRight: () => []
    })
    expect(issues).toHaveLength(count)
    for (const { message } of issues) {
      expect(message).toMatch(/^Expected (string|boolean|number|an integer|an array|an object), actual /)
    }
  })
})

describe("unknown fields", () => {
  const schemas = [
    ["UserInfo", UserInfo, { user_id: "u" }],
    ["HotspotSessionMigrationConfig", HotspotSessionMigrationConfig, { id: "1", non_migrate_users: [] }],
    ["ListHotspotSessionConfigResponse", ListHotspotSessionConfigResponse, { items: [] }]
  ] as ReadonlyArray<readonly [string, Schema.Schema<object>, object]>

  for (const [name, schema, known] of schemas) {
    it.prop(`of ${name} are kept by every way of decoding and encoding`, [unknownFields], ([fields]) => {
      const value = { ...fields, ...known }
      for (const read of decoders(schema)) expect(read(value)).toEqual(value)
      expect(Schema.encodeSync(schema)(value)).toEqual(value)
      expect(Schema.encodeSync(Schema.Array(schema))([value])).toEqual([value])
    })
  }

  it.prop("are kept at every depth of a page", [unknownFields], ([fields]) => {
    const page = {
      ...fields,
      items: [{ ...fields, non_migrate_users: [{ ...fields, user_name: "n" }, fields] }, fields]
    }
    const kept = {
      ...page,
      items: [page.items[0], { ...fields, non_migrate_users: [] }]
    }
    for (const read of decoders(ListHotspotSessionConfigResponse)) {
      expect(read(page)).toEqual(kept)
      expect(Schema.encodeUnknownSync(ListHotspotSessionConfigResponse)(read(page))).toEqual(kept)
    }
  })

  it.prop("of a request and of an error body are dropped", [unknownFields], ([fields]) => {
    const request = Schema.decodeUnknownSync(ListHotspotSessionConfigRequest)({ ...fields, project_id: "p" })
    expect(request).toEqual({ project_id: "p" })
    expect(Schema.decodeUnknownSync(ErrorBody)({ ...fields, error_code: "c" })).toEqual({ error_code: "c" })
  })

  it("are allowed by the OpenAPI document", () => {
    for (const name of ["UserInfo", "HotspotSessionMigrationConfig", "ListHotspotSessionConfigResponse"]) {
      expect(openApi().components.schemas[name]).not.toHaveProperty("additionalProperties", false)
    }
  })
})

describe("fields that are absent or null", () => {
  const expectAbsent = <A, I>(schema: Schema.Schema<A, I>, names: ReadonlyArray<string>, read: object) => {
    const nulls = Object.fromEntries(names.map((name) => [name, null]))
    for (const value of [{}, nulls]) {
      for (const decode of decoders(schema)) expect(decode(value)).toStrictEqual(read)
    }
    for (const name of names) expect(Schema.decodeUnknownSync(schema)({ [name]: null })).toStrictEqual(read)
  }

  it("stay absent, except lists, which are empty", () => {
    expectAbsent(UserInfo, ["user_id", "user_name"], {})
    expectAbsent(
      HotspotSessionMigrationConfig,
      ["id", "project_id", "hotspot_session_migration_enable", "hotspot_exit_session_num", "non_migrate_users"],
      { non_migrate_users: [] }
    )
    expectAbsent(ListHotspotSessionConfigResponse, ["items"], { items: [] })
    expectAbsent(ErrorBody, ["error_code", "error_msg", "request_id"], {})
    expect(Schema.decodeUnknownSync(ListHotspotSessionConfigRequest)({ project_id: "p" })).toStrictEqual({
      project_id: "p"
    })
  })

  it("are rejected in a request if they are null or the project is absent", () => {
    for (const name of ["offset", "limit"]) {
      expect(decodeError(ListHotspotSessionConfigRequest, { project_id: "p", [name]: null })).toContain(name)
    }
    expect(decodeError(ListHotspotSessionConfigRequest, { limit: 1 })).toContain("project_id")
  })
})

describe("fields of a wrong type", () => {
  it("fail with a ParseError", () => {
    const wrong: ReadonlyArray<readonly [Schema.Schema<object>, object]> = [
      [UserInfo as never, { user_id: [5, true, {}, []], user_name: [5, true, {}, []] }],
      [
        HotspotSessionMigrationConfig as never,
        {
          id: [5, 895110260098859, {}],
          project_id: [5, {}],
          hotspot_session_migration_enable: ["true", 1, {}],
          hotspot_exit_session_num: ["4", 4.5, Number.NaN, 2 ** 53, true],
          non_migrate_users: [{}, "x", [5], ["name"], [{ user_id: 5 }], [null]]
        }
      ],
      [ListHotspotSessionConfigResponse as never, { items: [{}, "x", 5, [5], [null], [{ id: 5 }]] }],
      [ErrorBody as never, { error_code: [5, {}], error_msg: [5, {}], request_id: [5, {}] }]
    ]
    for (const [schema, fields] of wrong) {
      for (const [name, values] of Object.entries(fields)) {
        for (const value of values) expect(decodeError(schema, { [name]: value }), `${name} ${value}`).toContain(name)
      }
      for (const value of [null, undefined, "x", 5, true]) expect(decodeError(schema, value)).toBeDefined()
    }
  })
})

describe("parameters", () => {
  it.prop("accept an ID of any characters, and never a number", [FC.string()], ([id]) => {
    expect(Schema.decodeUnknownSync(ConfigId)(id)).toBe(id)
    expect(decodeError(ConfigId, 895110260098859)).toBeDefined()
  })

  it("fail with their range if they are out of range", () => {
    for (const value of [0, 101, 1.5, -1, Number.NaN, "5", null, 10n]) {
      expect(decodeError(Limit, value)).toBe("must be an integer from 1 to 100")
    }
    for (const value of [-1, 2147483648, 1.5, Number.NaN, "5", null, 10n]) {
      expect(decodeError(Offset, value)).toBe("must be an integer from 0 to 2147483647")
    }
    for (const value of ["", "..", "a/b", "a%2Fb", "a b", "é", "a".repeat(129), 5, null, 10n]) {
      expect(decodeError(ProjectId, value)).toContain("must be 1 to 128 letters, digits, - or _")
    }
    for (const value of ["cn-north-5", "", "constructor", "__proto__", 5, null, 10n, {}, ["cn-north-4"]]) {
      expect(decodeError(RegionId, value)).toContain(`must be one of ${regionIds.join(", ")}, was `)
    }
    expect(decodeError(ProjectId, "a".repeat(128))).toBeUndefined()
  })
})

describe("iamEndpoint", () => {
  it("is the region's if that exists, and the global one otherwise", () => {
    expect(iamEndpoint("ap-southeast-1")).toBe("https://iam.ap-southeast-1.myhuaweicloud.com")
    for (const region of [undefined, "af-north-1", "cn-north-11", "eu-nowhere-1", "constructor", ""]) {
      expect(iamEndpoint(region)).toBe("https://iam.myhuaweicloud.com")
    }
  })
})

describe("errors", () => {
  it("of credentials are permanent by default, with no attempted sources", () => {
    expect(new CredentialsError({ reason: "r" })).toMatchObject({ transient: false, unavailable: false, attempted: [] })
    expect(new CredentialsError({ reason: "r", transient: true }).retryable).toBe(true)
  })

  it("are encoded without fields that the body does not have", () => {
    const error = new BadRequest({ url: "https://a", attempts: 2, error_code: "c", error_msg: "m", request_id: "i" })
    const wire = Schema.encodeUnknownSync(listHotspotSessionConfigEndpoint.errorSchema as Schema.Schema<unknown>)(error)
    expect(wire).toStrictEqual({ error_code: "c", error_msg: "m", request_id: "i" })
    expect(errorBody(error)).toStrictEqual(wire)
    const read = Schema.decodeUnknownSync(listHotspotSessionConfigEndpoint.errorSchema as Schema.Schema<unknown>)(wire)
    expect(read).not.toHaveProperty("url")
    expect(read).toMatchObject({ error_code: "c", error_msg: "m", request_id: "i" })
  })
})

describe("settings", () => {
  const messageOf = (checked: Setting.Checked<unknown>) =>
    Either.match(checked, { onLeft: Setting.messageOf, onRight: () => "" })

  it.prop("of any value are accepted or rejected with a message, never with a defect", [FC.anything()], ([value]) => {
    const all: ReadonlyArray<Setting.Checked<unknown>> = [
      Setting.duration("name", value, 1),
      Setting.positiveDuration("name", value, 1),
      Setting.integer("name", value, 1, { min: 1 }),
      Setting.oneOf("name", value, "a", ["a", "b"])
    ]
    for (const checked of all) {
      const message = messageOf(checked)
      expect(message === "" || /^name must be .*, was /s.test(message)).toBe(true)
      expect(message.length).toBeLessThan(200)
      if (Either.isLeft(checked)) expect(Setting.issueOf(checked.left)).toMatchObject({ path: "name" })
    }
  })

  it("have defaults", () => {
    for (const absent of [undefined, null]) {
      expect(Setting.duration("name", absent, "5 seconds")).toEqual(Either.right(Duration.seconds(5)))
      expect(Setting.positiveDuration("name", absent, 5)).toEqual(Either.right(Duration.millis(5)))
      expect(Setting.integer("name", absent, 5, { min: 1 })).toEqual(Either.right(5))
      expect(Setting.oneOf("name", absent, "a", ["a"])).toEqual(Either.right("a"))
      expect(Setting.optional("name", absent, "x", (value): value is string => typeof value === "string")).toEqual(
        Either.right(undefined)
      )
    }
  })

  it("are limited to their bounds, and may be Infinity without an upper bound", () => {
    const bounded = { min: 2, max: 4 }
    expect(messageOf(Setting.integer("port", 1, 2, bounded))).toBe("port must be an integer from 2 to 4, was 1")
    expect(messageOf(Setting.integer("port", 5, 2, bounded))).toBe("port must be an integer from 2 to 4, was 5")
    expect(messageOf(Setting.integer("port", Number.POSITIVE_INFINITY, 2, bounded))).not.toBe("")
    expect(messageOf(Setting.integer("size", Number.POSITIVE_INFINITY, 2, { min: 2 }))).toBe("")
    expect(messageOf(Setting.duration("delay", 0, 1))).toBe("")
    expect(messageOf(Setting.positiveDuration("timeout", Number.POSITIVE_INFINITY, 1))).toBe("")
  })
})
