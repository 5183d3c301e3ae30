import { describe, expect, it } from "vitest"
import { compare } from "../src/Check.js"
import { toRanges } from "../src/Ranges.js"
import type { Report } from "../src/Report.js"

const command = { requests: 1000, millis: 2000, cpuMillis: 1000, ratio: 2 }
const fleets = (cpuRatio: number): Report => ({ environment: {}, fleets: { list: { ...command, cpuRatio } } })
const client = (ratio: number): Report => ({
  environment: {},
  requests: {
    "page of 1, 64 in flight": { hotspotSession: { ratio, spread: 0, cpuRatio: 1, perSecond: 1, cpuMicros: 1 } }
  }
})

describe("compare", () => {
  const none = { regressions: [], missing: [] }

  it.each([
    ["a ratio that may be 40 % more, is 40 % more", fleets(2.8), fleets(2), none],
    [
      "a ratio that may be 40 % more, is 41 % more",
      fleets(2.82),
      fleets(2),
      { regressions: ["1,000 projects, `list`, CPU ratio: 2.82, was 2.00, max 2.80"], missing: [] }
    ],
    ["a ratio that may be 35 % less, is 35 % less", client(0.65), client(1), none],
    [
      "a ratio that may be 35 % less, is 36 % less",
      client(0.64),
      client(1),
      {
        regressions: ["client, this client, its default layer, page of 1, 64 in flight: 0.64, was 1.00, min 0.65"],
        missing: []
      }
    ],
    [
      "the committed results have no such value",
      fleets(2),
      client(1),
      { regressions: [], missing: ["1,000 projects, `list`, CPU ratio"] }
    ],
    ["a system that does not tell CPU times has no value", fleets(Number.NaN), fleets(2), none],
    [
      "results of such a system were committed",
      fleets(2),
      JSON.parse(JSON.stringify(fleets(Number.NaN))) as Report,
      { regressions: [], missing: ["1,000 projects, `list`, CPU ratio"] }
    ]
  ])("%s", (_, measured, committed, expected) => {
    expect(compare(measured, committed)).toEqual(expected)
  })
})

describe("toRanges", () => {
  it("has the least and the greatest value of several runs, and one value if they are the same", () => {
    expect(toRanges([fleets(2), fleets(1.5), fleets(1.75)])).toBe(
      [
        "### Ranges over 3 runs",
        "",
        "| 1,000 projects | ratio | CPU ratio |",
        "| --- | ---: | ---: |",
        "| `list` | 2.00 | 1.50 to 2.00 |"
      ].join("\n")
    )
  })
})
