import { describe, expect, it } from "@effect/vitest"
import { CredentialsError } from "@hotspot-session/core"
import { ConfigurationError } from "../src/ConfigurationError.js"
import { credentialSources, profileWarnings } from "../src/CredentialSources.js"
import { exitCodeOf } from "../src/ExitCode.js"

describe("sources of credentials", () => {
  it("are listed in at most 70 columns", () => {
    expect(credentialSources.split("\n").filter((line) => line.length > 70)).toEqual([])
  })

  it("cause a warning if they are incomplete, broken or unsafe", () => {
    expect(
      profileWarnings({
        skipped: [
          { source: "environment", reason: "it has no credentials" },
          { source: "a file", reason: "it has no secret key", broken: true }
        ],
        warnings: ["the file can be read by others"]
      })
    ).toEqual(["a file is skipped: it has no secret key", "the file can be read by others"])
  })
})

describe("exit codes", () => {
  it("distinguish missing credentials from temporarily unavailable ones", () => {
    const error = { reason: "No credentials were found", attempted: [] }
    expect(exitCodeOf(new CredentialsError(error))).toBe(4)
    expect(exitCodeOf(new CredentialsError({ ...error, unavailable: true }))).toBe(6)
    expect(exitCodeOf(new ConfigurationError({ message: "No region is set." }))).toBe(3)
  })
})
