import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { describe, expect, it } from "@effect/vitest"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { scrub } from "../src/Scrub.js"

const request = (headers: Record<string, string>) => HttpClientRequest.get("https://service.example/", { headers })

const escapings: Record<string, (text: string) => string> = {
  "as it is": (text) => text,
  "as JSON": (text) => JSON.stringify(text).slice(1, -1),
  "as JSON with escaped slashes": (text) => text.replaceAll("/", "\\/"),
  "as JSON with escaped code points": (text) =>
    text.replace(/[^0-9A-Za-z]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "as HTML": (text) => text.replace(/[^0-9A-Za-z]/gu, (character) => `&#x${character.codePointAt(0)?.toString(16)};`),
  "in a URL": (text) => encodeURIComponent(text)
}

/** Passwords, unlike tokens, may be of any characters. */
const password = FC.oneof(
  FC.stringMatching(/^[!-~]{8,60}$/),
  FC.array(FC.constantFrom("a", "1", "/", "ä", "ş", "密", "😀"), { minLength: 8, maxLength: 20 }).map((all) =>
    all.join("")
  )
)

describe("scrub", () => {
  for (const [name, escape] of Object.entries(escapings)) {
    it.prop(
      `shows no secret that is echoed ${name}`,
      [FC.stringMatching(/^[!-~]{8,60}$/), password],
      ([token, password]) => {
        const echoed = `before ${escape(token)} between ${escape(password)} after`
        const scrubbed = scrub(echoed, request({ "x-auth-token": token }), [password])
        expect(scrubbed).not.toContain(escape(token))
        expect(scrubbed).not.toContain(escape(password))
      },
      { fastCheck: { numRuns: runs(200) } }
    )
  }

  it("keeps text that is not a secret", () => {
    const authorization = "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=0123456789abcdef"
    expect(scrub("verify fail, host;x-sdk-date|0123456789abcdef", request({ authorization }))).toBe(
      "verify fail, host;x-sdk-date|<redacted>"
    )
  })
})
