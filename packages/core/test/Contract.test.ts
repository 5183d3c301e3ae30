import { readFileSync } from "node:fs"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import * as Core from "@hotspot-session/core"
import {
  BadRequest,
  defaultLimit,
  ErrorBody,
  errorBody,
  HotspotSessionApi,
  HotspotSessionMigrationConfig,
  Limit,
  ListHotspotSessionConfigResponse,
  listHotspotSessionConfigEndpoint,
  listNonMigrationUsersEndpoint,
  maxLimit,
  maxOffset,
  Offset,
  openApi,
  operations,
  ProjectId,
  regionEndpoint,
  regionIds
} from "@hotspot-session/core"
import { Effect, Either, Option, Schema } from "effect"
import * as FC from "effect/FastCheck"

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")

describe("the contract", () => {
  it("is pinned as an OpenAPI document", async () => {
    await expect(`${JSON.stringify(openApi(), null, 2)}\n`).toMatchFileSnapshot("./fixtures/openapi.json")
  })

  it("has the method of each operation in its type", () => {
    const method: "GET" = listHotspotSessionConfigEndpoint.method
    expect(method).toBe("GET")
  })

  it("has an endpoint of each operation that is exported", () => {
    for (const { name } of operations) {
      expect(Object.entries(Core)).toContainEqual([`${name}Endpoint`, expect.objectContaining({ name })])
    }
  })

  it("is another OpenAPI document at each call, so that changes to one change no other", () => {
    const document = openApi()
    document.paths = {}
    document.components.schemas = {}
    expect(openApi()).not.toEqual(document)
  })

  it("has the documented path, parameters and statuses", () => {
    const operation = openApi().paths["/v1/{project_id}/hotspot-session-config"]?.get
    expect(operation?.parameters.map(({ in: location, name, required }) => [location, name, required])).toEqual([
      ["path", "project_id", true],
      ["header", "x-auth-token", false],
      ["query", "offset", false],
      ["query", "limit", false]
    ])
    expect(Object.keys(operation?.responses ?? {})).toEqual([
      "200",
      "400",
      "401",
      "403",
      "404",
      "405",
      "429",
      "500",
      "503"
    ])
  })

  it("decodes and encodes the documented example without changes", () => {
    const example: unknown = JSON.parse(fixture("example-response.json"))
    const response = Schema.decodeUnknownSync(ListHotspotSessionConfigResponse)(example)
    expect(response.items[0]?.id).toBe("895110260098859008")
    expect(Schema.encodeSync(ListHotspotSessionConfigResponse)(response)).toEqual(example)
  })

  it("accepts the documented example request", () => {
    const path = Option.getOrThrow(listHotspotSessionConfigEndpoint.pathSchema)
    const [, , project_id] = fixture("example-request.txt").split(" ")[1]?.split("/") ?? []
    expect(Schema.decodeUnknownSync(path)({ project_id })).toEqual({ project_id: "a4da8115c9d8464ead3a38309130523f" })
  })

  it.prop(
    "decodes a query integer only from decimal digits in range",
    [
      FC.oneof(
        FC.string({ maxLength: 4 }),
        FC.integer({ min: -5, max: 150 }).map(String),
        FC.constantFrom("1e1", "0x5", " 5", "5.0", "+5", "٥")
      )
    ],
    ([limit]) => {
      const decode = Schema.decodeUnknownEither(Option.getOrThrow(listHotspotSessionConfigEndpoint.urlParamsSchema))
      const valid = /^\d+$/.test(limit) && Number(limit) >= 1 && Number(limit) <= maxLimit
      expect(Either.isRight(decode({ limit }))).toBe(valid)
      expect(Either.isLeft(decode({ limit: [limit, limit] }))).toBe(true)
    }
  )

  it("encodes an error as the documented body, without its other fields", () => {
    const error = new BadRequest({ url: "https://a", attempts: 2, error_code: "WKS.00211102", error_msg: "Invalid." })
    expect(errorBody(error)).toEqual({ error_code: "WKS.00211102", error_msg: "Invalid." })
    expect(Schema.is(ErrorBody)(errorBody(error))).toBe(true)
  })
})

describe("a client that is derived from the contract", () => {
  /** The path of the request that the client sends, or the issues because of which it sends none. */
  const pathOf = (project_id: string, config_id: string) =>
    Effect.gen(function* () {
      let url = "nothing is sent"
      const http = HttpClient.make((request, { href }) => {
        url = href
        return Effect.succeed(HttpClientResponse.fromWeb(request, Response.json({})))
      })
      const client = yield* HttpApiClient.makeWith(HotspotSessionApi, { httpClient: http, baseUrl: "https://host" })
      yield* Effect.ignore(
        client.hotspotSession.listNonMigrationUsers({
          // The brand of an ID that was not checked.
          path: { project_id: project_id as ProjectId, config_id },
          urlParams: {},
          headers: {}
        })
      )
      return url
    })

  it.effect.each(["a b ", "?limit=1", "#", "é;=&+:@"])("sends the configuration ID %j as one segment", (id) =>
    Effect.gen(function* () {
      const url = yield* pathOf("p", id)
      const path = `/v1/p/hotspot-session-config/${encodeURIComponent(id)}/non-migration-users`
      expect(url).toBe(`https://host${path}`)
      const decode = Schema.decodeUnknownEither(Option.getOrThrow(listNonMigrationUsersEndpoint.pathSchema))
      expect(decode({ project_id: "p", config_id: id })).toEqual(Either.right({ project_id: "p", config_id: id }))
    })
  )

  it.effect.each([
    ["p", ".."],
    ["p", "a/b"],
    ["p", "%2E%2E"],
    ["p", "a\\b"],
    ["..", "a"],
    ["p?", "a"]
  ])("sends nothing for the project %j and the configuration %j", ([project, id]) =>
    Effect.gen(function* () {
      expect(yield* pathOf(project ?? "", id ?? "")).toBe("nothing is sent")
    })
  )
})

describe("parameters", () => {
  it.prop("limits are the integers from 1 to 100", [FC.oneof(FC.integer(), FC.double())], ([value]) => {
    expect(Schema.is(Limit)(value)).toBe(Number.isInteger(value) && value >= 1 && value <= maxLimit)
  })

  it.prop("offsets are the integers from 0 to 2147483647", [FC.oneof(FC.maxSafeInteger(), FC.double())], ([value]) => {
    expect(Schema.is(Offset)(value)).toBe(Number.isInteger(value) && value >= 0 && value <= maxOffset)
  })

  it.prop("project IDs cannot change the path", [FC.string()], ([value]) => {
    if (!Schema.is(ProjectId)(value)) return
    expect(new URL(`https://host/v1/${value}/x?y`).pathname).toBe(`/v1/${value}/x`)
  })

  it("the default limit is valid", () => {
    expect(Schema.is(Limit)(defaultLimit)).toBe(true)
  })
})

describe("regions", () => {
  it("are 18, each with its own endpoint", () => {
    expect(regionIds).toHaveLength(18)
    expect([...regionIds].sort()).toEqual(regionIds)
    for (const region of regionIds) {
      expect(regionEndpoint(region)).toMatch(
        new RegExp(`^https://(appstream|workspace)\\.${region}\\.myhuaweicloud\\.com$`)
      )
    }
    expect(regionIds.filter((region) => regionEndpoint(region).includes("appstream"))).toEqual([
      "cn-east-3",
      "cn-north-4",
      "cn-north-9",
      "cn-south-1",
      "cn-southwest-2"
    ])
  })
})

describe("a configuration", () => {
  it("keeps an ID beyond 2^53 unchanged, and rejects a number", () => {
    const decode = Schema.decodeUnknownEither(HotspotSessionMigrationConfig)
    expect(Either.getOrThrow(decode({ id: "895110260098859008" })).id).toBe("895110260098859008")
    expect(Either.isLeft(decode({ id: 895110260098859 }))).toBe(true)
  })
})
