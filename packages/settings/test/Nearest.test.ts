import { describe, expect, it } from "@effect/vitest"
import { regionIds } from "@hotspot-session/core"
import { didYouMean, nearest } from "../src/Nearest.js"

describe("the nearest candidate", () => {
  it.each([
    ["ap-southest-1", "ap-southeast-1"],
    ["CN-NORTH-5", "cn-north-4"],
    ["cn-nroth-4", "cn-north-4"]
  ])("of %s is %s", (text, region) => {
    expect(nearest(text, regionIds)).toBe(region)
    expect(didYouMean(text, regionIds)).toBe(`Did you mean ${region}? `)
  })

  it.each(["mars", "", "x"])("of %j is none", (text) => {
    expect(nearest(text, regionIds)).toBeUndefined()
    expect(didYouMean(text, regionIds)).toBe("")
  })

  it("shares more than two fifths of the letters", () => {
    expect(nearest("xyz", ["xyabc"])).toBeUndefined()
    expect(nearest("xya", ["xyz"])).toBe("xyz")
    expect(nearest("a", [])).toBeUndefined()
  })
})
