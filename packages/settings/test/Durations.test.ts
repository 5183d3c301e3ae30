import { describe, expect, it } from "@effect/vitest"
import { parseDuration } from "../src/Durations.js"

describe("durations", () => {
  it.each([
    ["0s", 0],
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5m", 90_000],
    ["720h", 2_592_000_000]
  ])("%s is %i milliseconds", (text, millis) => {
    expect(parseDuration(text)).toBe(millis)
  })

  it.each(["", "30", "s", "30 s", "30S", "-1s", "1e3s", ".5s", "1d"])("%j is not a duration", (text) => {
    expect(parseDuration(text)).toBeNaN()
  })
})
