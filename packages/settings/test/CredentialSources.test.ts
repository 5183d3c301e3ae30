import { describe, expect, it } from "@effect/vitest"
import { CredentialsError } from "@hotspot-session/core"
import { ConfigurationError } from "../src/ConfigurationError.js"
import { credentialSources, skippedWarnings } from "../src/CredentialSources.js"
import { exitCodeOf } from "../src/ExitCode.js"

describe("sources of credentials", () => {
  it("are listed so that a narrow terminal shows them", () => {
    expect(credentialSources.split("\n").filter((line) => line.length > 70)).toEqual([])
  })

  it("are warned of where they say something, but not well", () => {
    expect(
      skippedWarnings([
        { source: "environment", reason: "it has no credentials" },
        { source: "a file", reason: "it has no secret key", broken: true }
      ])
    ).toEqual(["a file is skipped: it has no secret key"])
  })
})

describe("exit codes", () => {
  it("tell credentials that are missing from those that cannot be had at present", () => {
    const error = { reason: "No credentials were found", attempted: [] }
    expect(exitCodeOf(new CredentialsError(error))).toBe(4)
    expect(exitCodeOf(new CredentialsError({ ...error, unavailable: true }))).toBe(6)
    expect(exitCodeOf(new ConfigurationError({ message: "No region is given." }))).toBe(3)
  })
})
