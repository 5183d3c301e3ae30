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
