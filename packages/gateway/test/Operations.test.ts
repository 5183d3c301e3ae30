import { HttpApp, HttpClient, HttpClientResponse } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { HotspotSession, Operations } from "@hotspot-session/client"
import { Gateway } from "@hotspot-session/gateway"
import { Effect, Layer } from "effect"
import { asJson } from "../src/JsonOperation.js"
import * as Pipeline from "../src/Pipeline.js"
import { projectId, token } from "./support.js"

const configs = `/v1/${projectId}/hotspot-session-config`

/** A gateway that serves the given operations, in front of a cloud that responds with a body. */
const gateway = (
  operations: Parameters<typeof Pipeline.make>[2],
  options: Gateway.Options = {},
  body = '{"id":"1"}'
) => {
  const requests: Array<{ readonly line: string; readonly body: string }> = []
  const upstream = HttpClient.make((request) =>
    Effect.sync(() => {
      const { body: sent, method, url } = request
      const text = sent._tag === "Uint8Array" ? new TextDecoder().decode(sent.body) : ""
      requests.push({ line: `${method} ${url.replace(/^https?:\/\/[^/]*/, "")}`, body: text })
      return HttpClientResponse.fromWeb(request, new Response(body))
    })
  )
  const client = HotspotSession.layer({ endpoint: "https://cloud.example" }).pipe(
    Layer.provide([Layer.succeed(HttpClient.HttpClient, upstream), Gateway.layerNoCredentials])
  )
  return Effect.map(Effect.provide(Pipeline.make(options, undefined, operations), client), ({ app }) => {
    const handler = HttpApp.toWebHandler(app)
    return {
      requests,
      send: (path: string, init: RequestInit = {}) =>
        Effect.promise(async () => {
          const response = await handler(
            new Request(`http://gateway${path}`, { ...init, headers: { "x-auth-token": token, ...init.headers } })
          )
          return { status: response.status, headers: response.headers, text: await response.text() }
        })
    }
  })
}

const post = (body: string) => ({
  method: "POST",
  body,
  headers: { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }
})

describe("the operations that the gateway serves", () => {
  it.scoped("are the two lists, each cached by its own parameters", () =>
    Effect.gen(function* () {
      const { requests, send } = yield* gateway(undefined, { cache: {} }, '{"total_count":0,"non_migrate_users":[]}')
      const users = `${configs}/c1/non-migration-users`
      expect((yield* send(`${users}?limit=5&user_name=a%20b`)).headers.get("x-cache")).toBe("miss")
      expect((yield* send(`${users}?limit=5&user_name=a%20b`)).headers.get("x-cache")).toBe("hit")
      expect((yield* send(`${users}?limit=5`)).headers.get("x-cache")).toBe("miss")
      expect((yield* send(`${configs}/c2/non-migration-users?limit=5`)).headers.get("x-cache")).toBe("miss")
      expect(requests.map(({ line }) => line)).toEqual([
        `GET ${users}?limit=5&user_name=a%20b`,
        `GET ${users}?limit=5`,
        `GET ${configs}/c2/non-migration-users?limit=5`
      ])
    })
  )

  it.scoped("reject parameters that are out of range, and IDs that could address something else", () =>
    Effect.gen(function* () {
      const { requests, send } = yield* gateway(undefined)
      for (const path of [
        `${configs}/c1/non-migration-users?limit=101`,
        `${configs}/c1/non-migration-users?user_name=${"x".repeat(129)}`,
        `${configs}/a%2Fb/non-migration-users`,
        `${configs}/a%252Fb/non-migration-users`
      ]) {
        const { status, text } = yield* send(path)
        expect([path, status, JSON.parse(text).error_code]).toEqual([path, 400, "HSG.0001"])
      }
      expect(requests).toEqual([])
    })
  )

  it.scoped("do not include those that write", () =>
    Effect.gen(function* () {
      const { requests, send } = yield* gateway(undefined)
      const created = yield* send(configs, post("{}"))
      expect([created.status, created.headers.get("allow")]).toEqual([405, "GET, HEAD"])
      const updated = yield* send(`${configs}/c1/non-migration-users`, { ...post("{}"), method: "PATCH" })
      expect([updated.status, updated.headers.get("allow")]).toEqual([405, "GET, HEAD"])
      expect(requests).toEqual([])
    })
  )
})

describe("an operation with a body", () => {
  const operations = [asJson(Operations.listHotspotSessionConfig), asJson(Operations.createHotspotSessionConfig)]
  const body = '{"hotspot_session_migration_enable":true,"hotspot_exit_session_num":4}'

  it.scoped("is passed on, and is never cached", () =>
    Effect.gen(function* () {
      const { requests, send } = yield* gateway(operations, { cache: {} })
      for (let times = 1; times <= 2; times++) {
        const { headers, status, text } = yield* send(configs, post(body))
        expect([status, text, headers.get("cache-control"), headers.get("x-cache")]).toEqual([
          200,
          '{"id":"1","non_migrate_users":[]}',
          "no-store",
          null
        ])
      }
      expect(requests).toEqual(Array.from({ length: 2 }, () => ({ line: `POST ${configs}`, body })))
    })
  )

  it.scoped("is rejected before anything is sent if the body is not JSON, not as documented or too large", () =>
    Effect.gen(function* () {
      const { requests, send } = yield* gateway(operations)
      const rejected: ReadonlyArray<readonly [string, number, string]> = [
        ["", 400, "HSG.0001"],
        ["{", 400, "HSG.0001"],
        ["[]", 400, "HSG.0001"],
        ['{"hotspot_session_migration_enable":true,"hotspot_exit_session_num":4,"more":1}', 400, "HSG.0001"],
        ['{"hotspot_session_migration_enable":true,"hotspot_exit_session_num":101}', 400, "HSG.0001"],
        ["x".repeat(256 * 1024 + 1), 413, "HSG.0013"]
      ]
      for (const [text, status, code] of rejected) {
        const response = yield* send(configs, post(text))
        expect([response.status, JSON.parse(response.text).error_code]).toEqual([status, code])
      }
      const withoutLength = { ...post(body), headers: { "content-type": "application/json" } }
      expect((yield* send(configs, withoutLength)).text).toContain("HSG.0013")
      expect(requests).toEqual([])
    })
  )
})
