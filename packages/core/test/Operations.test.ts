import { describe, expect, it } from "@effect/vitest"
import { HotspotSessionApi, type Operation, operations, pathPattern } from "@hotspot-session/core"

/** Written from the documentation, not from the code: what is described once could be wrong once for all faces. */
const documented: ReadonlyArray<Omit<Operation, "hints" | "pagination">> = [
  {
    name: "listHotspotSessionConfig",
    method: "GET",
    path: "/v1/{project_id}/hotspot-session-config",
    query: ["limit", "offset"],
    idempotency: "safe"
  },
  {
    name: "createHotspotSessionConfig",
    method: "POST",
    path: "/v1/{project_id}/hotspot-session-config",
    body: ["hotspot_session_migration_enable", "hotspot_exit_session_num", "non_migrate_users"],
    success: [200, 201, 202],
    idempotency: "none"
  },
  {
    name: "updateHotspotSessionConfig",
    method: "PATCH",
    path: "/v1/{project_id}/hotspot-session-config/{config_id}",
    body: ["hotspot_session_migration_enable", "hotspot_exit_session_num"],
    success: [200, 202, 204],
    idempotency: "idempotent"
  },
  {
    name: "listNonMigrationUsers",
    method: "GET",
    path: "/v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users",
    query: ["limit", "offset", "user_name"],
    idempotency: "safe"
  },
  {
    name: "updateNonMigrationUsers",
    method: "PATCH",
    path: "/v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users",
    body: ["update_type", "non_migrate_users"],
    success: [200, 202, 204],
    idempotency: "idempotent"
  }
]

describe("the plain half of each operation", () => {
  it("has the documented method, path, query and body", () => {
    const all: ReadonlyArray<Operation> = operations
    expect(all.map(({ hints, pagination, ...operation }) => operation)).toStrictEqual(documented)
  })

  it("is complete: each endpoint of the contract has one, with the same method and path", () => {
    const endpoints = Object.values(HotspotSessionApi.groups).flatMap(({ endpoints }) => Object.values(endpoints))
    expect(endpoints.map(({ method, name, path }) => ({ method, name, path }))).toEqual(
      documented.map(({ method, name, path }) => ({ method, name, path: path.replaceAll(/\{(\w+)\}/g, ":$1") }))
    )
  })
})

describe("pathPattern", () => {
  it("matches the paths of an operation, with its parameters as groups", () => {
    const pattern = pathPattern({ path: "/v1/{project_id}/a.b/{config_id}/users" })
    expect(pattern.exec("/v1/p/a.b/c%2Fd/users")?.groups).toEqual({ project_id: "p", config_id: "c%2Fd" })
    for (const path of [
      "/v1//a.b/c/users",
      "/v1/p/a.b//users",
      "/v1/p/axb/c/users",
      "/v1/p/a.b/c/users/",
      "/v1/p/q/a.b/c/users",
      "x/v1/p/a.b/c/users"
    ]) {
      expect(pattern.test(path)).toBe(false)
    }
  })
})
