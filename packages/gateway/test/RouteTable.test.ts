import { describe, expect, it } from "@effect/vitest"
import { CallableOperation } from "@hotspot-session/client"
import type { Operation } from "@hotspot-session/core"
import { Schema } from "effect"
import { headersFor } from "../src/Cors.js"
import { asJson } from "../src/JsonOperation.js"
import { allowOf, type Route, routesOf } from "../src/RouteTable.js"

const callable = (operation: Operation) => asJson(CallableOperation.make(operation, { request: Schema.Struct({}) }))

const things = callable({ name: "listThings", method: "GET", path: "/v1/{project_id}/things", idempotency: "safe" })
const createThing = callable({
  name: "createThing",
  method: "POST",
  path: "/v1/{project_id}/things",
  body: ["name"],
  idempotency: "none"
})
const updateThing = callable({
  name: "updateThing",
  method: "PATCH",
  path: "/v1/{project_id}/things/{thing_id}",
  body: ["name"],
  idempotency: "idempotent"
})

const routes = routesOf([things, createThing, updateThing], [], ["page", "metrics"])
const routeOf = (path: string): Route | undefined => routes.find(({ matches }) => matches.test(path))

describe("routes", () => {
  it("have one entry for each path, with the methods of its operations", () => {
    expect(routes.map(({ allow, isContract, pattern }) => [pattern, allow, isContract])).toEqual([
      ["/v1/{project_id}/things", "GET, HEAD, POST", true],
      ["/v1/{project_id}/things/{thing_id}", "PATCH", true],
      ["/livez", "GET, HEAD", false],
      ["/readyz", "GET, HEAD", false],
      ["/openapi.json", "GET, HEAD", false]
    ])
    expect(allowOf(routes.flatMap(({ targets }) => [...targets.keys()]))).toBe("GET, HEAD, POST, PATCH")
  })

  it("lead from path and method to the operation, HEAD to that of GET", () => {
    const collection = routeOf("/v1/p/things")
    expect(["GET", "HEAD", "POST", "PATCH", "get"].map((method) => collection?.targets.get(method))).toEqual([
      things,
      things,
      createThing,
      undefined,
      undefined
    ])
    expect(routeOf("/v1/p/things/t")?.targets.get("PATCH")).toBe(updateThing)
    expect(routeOf("/livez")?.targets.get("HEAD")).toBe("livez")
  })

  it("match operations without empty parameters and without a trailing slash, and nothing else", () => {
    const matches: ReadonlyArray<readonly [path: string, pattern: string | undefined]> = [
      ["/v1/p/things", "/v1/{project_id}/things"],
      ["/v1/p/things/", undefined],
      ["/v1//things", undefined],
      ["/v1/p/things/t", "/v1/{project_id}/things/{thing_id}"],
      ["/v1/p/things/t/", undefined],
      ["/v1/p/things/t/u", undefined],
      ["/V1/p/things", undefined],
      ["/livez/", undefined],
      ["/openapi_json", undefined],
      ["/", undefined]
    ]
    expect(matches.map(([path]) => [path, routeOf(path)?.pattern])).toEqual(matches)
  })

  it("allow browsers to send the type of a body only if a method has one", () => {
    const origin = "https://dashboard.example"
    const head = {
      method: "OPTIONS",
      url: "/",
      originalUrl: "/",
      headers: { origin, "access-control-request-method": "POST" },
      address: undefined
    }
    const allowed = ["/v1/p/things", "/livez"].map((path) => {
      const headers = headersFor(head, new Set([origin]), routeOf(path) ?? { allow: "", hasBody: false })
      return [
        headers?.["access-control-allow-methods"],
        headers?.["access-control-allow-headers"]?.includes("Content-Type")
      ]
    })
    expect(allowed).toEqual([
      ["GET, HEAD, POST", true],
      ["GET, HEAD", false]
    ])
  })
})
