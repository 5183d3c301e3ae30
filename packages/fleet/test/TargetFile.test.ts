import { describe, expect, it } from "@effect/vitest"
import { Either } from "effect"
import { parseTargets, type TargetFileOptions } from "../src/TargetFile.js"

const targets = (text: string, options?: TargetFileOptions) =>
  Either.getOrThrow(parseTargets(text, options)).map(({ line, projectId, region }) => [line, region, projectId])

const errorMessage = (text: string, options?: TargetFileOptions) =>
  Either.getOrThrow(Either.flip(parseTargets(text, options))).message

describe("a file of targets", () => {
  it("has a region on each line, and optionally a project", () => {
    expect(targets("\uFEFF# both\r\ncn-east-3   east # with a project\n\n\tcn-north-4\n")).toEqual([
      [2, "cn-east-3", "east"],
      [4, "cn-north-4", undefined]
    ])
  })

  it("may name unknown regions", () => {
    expect(targets("mars-1\nmars-2 p")).toEqual([
      [1, "mars-1", undefined],
      [2, "mars-2", "p"]
    ])
  })

  it("has projects if an endpoint is set", () => {
    expect(targets("a\nb#1 # note\n", { endpoint: "given" })).toEqual([
      [1, undefined, "a"],
      [2, undefined, "b#1"]
    ])
    expect(targets("cn-north-4", { endpoint: "given" })).toEqual([[1, undefined, "cn-north-4"]])
  })

  it("has regions if it names any, even if an endpoint is set for files without regions", () => {
    const options = { endpoint: "unlessRegions" } as const
    expect(targets("a\nb", options)).toEqual([
      [1, undefined, "a"],
      [2, undefined, "b"]
    ])
    expect(targets("cn-north-4\nmars", options)[1]).toEqual([2, "mars", undefined])
    for (const region of ["mars-1", "cn-north-44"]) expect(targets(region, options)).toEqual([[1, region, undefined]])
    expect(targets("mars p\nvenus", options)[1]).toEqual([2, "venus", undefined])
  })

  it.each([
    ["", "The file has no targets."],
    ["# comment\n\n", "The file has no targets."],
    ["cn-north-4 a b", "Line 1 has 3 words."],
    ["cn-north-4 a\n\ncn-east-3\ncn-north-4  a", "Line 4 duplicates line 1."],
    ["cn-north-4\ncn-north-4", "Line 2 duplicates line 1."]
  ])("%j is rejected", (text, message) => {
    expect(errorMessage(text)).toBe(message)
  })

  it("has one word per line if an endpoint is set", () => {
    expect(errorMessage("cn-north-4 a", { endpoint: "given" })).toBe("Line 1 has 2 words.")
  })
})
