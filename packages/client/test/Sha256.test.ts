import { createHash, createHmac } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { hmacSha256Hex, sha256Hex } from "../src/Sha256.js"

/** Of every length in UTF-8. `unit: "binary"` takes half a second to build. */
const character = FastCheck.oneof(
  FastCheck.integer({ min: 0, max: 0x7f }),
  FastCheck.integer({ min: 0x80, max: 0xd7ff }),
  FastCheck.integer({ min: 0xe000, max: 0x10ffff })
).map((codePoint) => String.fromCodePoint(codePoint))
const text = FastCheck.string({ unit: character, maxLength: 200 })

const equalsNode = FastCheck.property(text, text, (key, data) => {
  const secret = Redacted.make(key)
  const expected = createHmac("sha256", key).update(data).digest("hex")
  // The second one uses what the first one kept of the key.
  expect(hmacSha256Hex(secret, data)).toBe(expected)
  expect(hmacSha256Hex(secret, data)).toBe(expected)
})

describe("the HMAC of any text with any key", () => {
  it("is that of node:crypto in the first signatures of a process", () => {
    FastCheck.assert(equalsNode)
  })

  it("is that of node:crypto in all further ones", () => {
    for (let count = 0; count < 10; count++) expect(sha256Hex("a")).toBe(createHash("sha256").update("a").digest("hex"))
    FastCheck.assert(equalsNode)
  })

  it("throws if the key was wiped, also after it was used", () => {
    const secret = Redacted.make("key")
    hmacSha256Hex(secret, "text")
    Redacted.unsafeWipe(secret)
    expect(() => hmacSha256Hex(secret, "text")).toThrow()
  })
})
