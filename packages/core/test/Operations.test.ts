import { describe, expect, it } from "@effect/vitest"
import { HotspotSessionApi, listHotspotSessionConfig, type Operation, pathPattern } from "@hotspot-session/core"

/** Written from the documentation, not from the code: what is described once could be wrong once for all faces. */
const documented: ReadonlyArray<readonly [Operation, Omit<Operation, "hints" | "pagination">]> = [
  [
    listHotspotSessionConfig,
    {
      name: "listHotspotSessionConfig",
      method: "GET",
      path: "/v1/{project_id}/hotspot-session-config",
      query: ["limit", "offset"],
      idempotency: "safe"
    }
  ]
]

describe("the plain half of each operation", () => {
  for (const [{ hints, pagination, ...operation }, expected] of documented) {
    it(`${expected.name} has the documented method, path, query and body`, () => {
      expect(operation).toStrictEqual(expected)
    })
  }

  it("is complete: each endpoint of the contract has one, with the same method and path", () => {
    const endpoints = Object.values(HotspotSessionApi.groups).flatMap(({ endpoints }) => Object.values(endpoints))
    expect(endpoints.map(({ method, name, path }) => ({ method, name, path }))).toEqual(
      documented.map(([, { method, name, path }]) => ({ method, name, path: path.replaceAll(/\{(\w+)\}/g, ":$1") }))
    )
  })
})

describe("pathPattern", () => {
  it("matches the paths of an operation, with its parameters as groups", () => {
    const pattern = pathPattern({ path: "/v1/{project_id}/a.b/{config_id}/users" })
    expect(pattern.exec("/v1/p/a.b/c%2Fd/users")?.groups).toEqual({ project_id: "p", config_id: "c%2Fd" })
    expect(pattern.exec("/v1//a.b//users")?.groups).toEqual({ project_id: "", config_id: "" })
    for (const path of ["/v1/p/axb/c/users", "/v1/p/a.b/c/users/", "/v1/p/q/a.b/c/users", "x/v1/p/a.b/c/users"]) {
      expect(pattern.test(path)).toBe(false)
    }
  })
})
