import { describe, expect, it } from "@effect/vitest"
import { CredentialsError } from "@hotspot-session/core"
import { jsonReport } from "../src/output/ErrorReport.js"

describe("jsonReport", () => {
  it("has each field of a CredentialsError once", () => {
    const error = new CredentialsError({
      reason: "No credentials were found",
      hint: "Set HOTSPOT_SESSION_AUTH_TOKEN.",
      attempted: [{ source: "environment", reason: "HOTSPOT_SESSION_AUTH_TOKEN not set" }]
    })
    expect(JSON.parse(jsonReport(error, undefined))).toEqual({
      error: {
        tag: "CredentialsError",
        message: "No credentials were found",
        hint: "Set HOTSPOT_SESSION_AUTH_TOKEN.",
        exit_code: 4,
        transient: false,
        unavailable: false,
        attempted: [{ source: "environment", reason: "HOTSPOT_SESSION_AUTH_TOKEN not set" }]
      }
    })
  })
})
