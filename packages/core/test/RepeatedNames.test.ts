import { describe, expect, it } from "@effect/vitest"
import { FastCheck as FC } from "effect"
import { hasRepeatedNames } from "../src/RepeatedNames.js"

const repeats = (json: string) => hasRepeatedNames(json, JSON.parse(json))

describe("hasRepeatedNames", () => {
  it.prop(
    "is false for what is written from a value, however it is indented",
    [FC.json(), FC.integer({ min: 0, max: 4 })],
    ([json, indent]) => {
      expect(repeats(JSON.stringify(JSON.parse(json), null, indent))).toBe(false)
    }
  )

  it.each([
    '{"a":1,"a":1}',
    '[{"b":[{"a":{"c":":"},"\\u0061":2}]}]',
    '{"\\"a:":1,"\\u0022a:":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a" : [], "b":{}, "a"\n:{"d":1}}'
  ])("is true for %s", (json) => {
    expect(repeats(json)).toBe(true)
  })

  it("takes any nesting that JSON.parse takes", () => {
    const json = `${'[{"a":'.repeat(20_000)}1${"}]".repeat(20_000)}`
    expect(repeats(json)).toBe(false)
  })

  it("takes any length of a string", () => {
    expect(repeats(`{"a":"${"x".repeat(20_000_000)}"}`)).toBe(false)
  })
})
