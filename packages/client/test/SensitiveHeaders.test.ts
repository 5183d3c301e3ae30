import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { describe, expect, it } from "@effect/vitest"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { scrub } from "../src/Scrub.js"

const request = (headers: Record<string, string>) => HttpClientRequest.get("https://service.example/", { headers })

const hexOf = (code: number, length: number): string => code.toString(16).padStart(length, "0")

const escapings: Record<string, (text: string) => string> = {
  "as it is": (text) => text,
  "as JSON": (text) => JSON.stringify(text).slice(1, -1),
  "as JSON with escaped slashes": (text) => text.replaceAll("/", "\\/"),
  "as JSON with escaped code points": (text) =>
    text.replace(/[^0-9A-Za-z]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "as HTML": (text) => text.replace(/[^0-9A-Za-z]/gu, (character) => `&#x${character.codePointAt(0)?.toString(16)};`),
  "in a URL": (text) => encodeURIComponent(text),
  "as JSON in JSON in JSON": (text) => JSON.stringify(JSON.stringify(JSON.stringify(text))),
  "as JSON in JSON with escaped slashes": (text) => JSON.stringify(JSON.stringify(text).replaceAll("/", "\\/")),
  "as JSON whose letters are escaped": (text) =>
    text.replace(/./gsu, (character) =>
      Array.from({ length: character.length }, (_, unit) => `\\u${hexOf(character.charCodeAt(unit), 4)}`).join("")
    ),
  "in a URL in a URL": (text) => encodeURIComponent(encodeURIComponent(text)),
  "as HTML with names": (text) =>
    text.replaceAll("&", "&amp;").replaceAll("=", "&equals;").replaceAll("/", "&sol;").replaceAll("+", "&plus;")
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

  it("keeps text that is escaped and has no secret, and the rest of a text with one that is escaped once", () => {
    const token = request({ "x-auth-token": "token/with+slashes==" })
    const text = '{"error_msg":"no such path: \\/v1\\/a%20b &amp; \\u0041, and more than the token"}'
    expect(scrub(text, token)).toBe(text)
    expect(scrub('{"error_msg":"not valid: token\\/with+slashes=="}', token)).toBe(
      '{"error_msg":"not valid: <redacted>"}'
    )
  })

  it("keeps text that is not a secret", () => {
    const authorization = "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=0123456789abcdef"
    expect(scrub("verify fail, host;x-sdk-date|0123456789abcdef", request({ authorization }))).toBe(
      "verify fail, host;x-sdk-date|<redacted>"
    )
  })
})
