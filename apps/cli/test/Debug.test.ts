import * as Http from "node:http"
import type * as Net from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect } from "effect"
import { normalize, run } from "./support.js"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(text).toMatchFileSnapshot(`./golden/${name}`))

/** Also replaces times and other values that differ between runs. */
const normalized = (text: string): string =>
  normalize(text)
    .replace(/after \d+ ms/g, "after N ms")
    .replace(/date: .*/g, "date: DATE")
    .replace(/x-sdk-date: .*/g, "x-sdk-date: DATE")
    .replace(/(b3|traceparent): .*/g, "$1: TRACE")
    .replace(/user-agent: .*/g, "user-agent: AGENT")

describe("--debug", () => {
  it.scopedLive("logs each request and response without secrets", () =>
    Effect.gen(function* () {
      const { endpoint, inject } = yield* Emulator.make()
      yield* inject([{ kind: "status", status: 503, retryAfter: "0", times: 1 }])
      const ended = yield* run(["list", "--debug", "--fields", "id", "--region", "cn-north-4"], {
        HUAWEICLOUD_SDK_AK: Demo.accessKey,
        HUAWEICLOUD_SDK_SK: Demo.secretKey,
        HUAWEICLOUD_SDK_IAM_ENDPOINT: endpoint,
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4: endpoint
      })
      expect(ended.code).toBe(0)
      expect(ended.stderr).not.toContain("Signature=")
      yield* golden("debug.txt", normalized(ended.stderr))
    })
  )

  it.scopedLive("logs no secret that a response returns in its headers", () =>
    Effect.gen(function* () {
      const password = 'pass "word" \\ of the user'
      const server = Http.createServer((request, response) => {
        const isIam = request.method === "POST"
        const secret = isIam ? password : String(request.headers["x-auth-token"])
        const headers = { "x-request-id": secret, server: `a ${secret} b`, date: "Fri, 27 Nov 2026 00:00:00 GMT" }
        response.writeHead(isIam ? 201 : 200, { ...headers, "x-subject-token": "issued-token" })
        response.end(isIam ? '{"token":{"expires_at":"2100-01-01T00:00:00Z"}}' : '{"items":[]}')
      })
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close())
      )
      const endpoint = `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}`
      const { code, stderr } = yield* run(["list", "--debug", "--project-id", "p", "--endpoint", endpoint], {
        HUAWEICLOUD_SDK_IAM_ENDPOINT: endpoint,
        HW_DOMAIN_NAME: "account",
        HW_USER_NAME: "user",
        HW_USER_PASSWORD: password
      })
      expect(code).toBe(0)
      expect(stderr).toContain("x-request-id: <redacted>\n")
      expect(stderr).toContain("server: a <redacted> b\n")
      expect(stderr).not.toMatch(/issued-token|word/)
    })
  )

  it.scopedLive("logs why there was no response", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make({ faults: [{ kind: "reset" }] })
      const ended = yield* run(["list", "--debug", "--timeout", "500ms"], {
        HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
        HOTSPOT_SESSION_ENDPOINT: endpoint,
        HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
      })
      expect(ended.code).toBe(6)
      expect(normalized(ended.stderr)).toContain("<-- no response after N ms: ECONNRESET\n")
    })
  )
})
