import { describe, expect, it } from "vitest"
import { disturbances, othersBetween } from "../src/Others.js"
import { busySecondsOf } from "../src/ProcessTimes.js"

describe("busySecondsOf", () => {
  it("adds user, nice, system and stolen time, in seconds", () => {
    expect(busySecondsOf("cpu  100 20 30 4000 500 6 7 50 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")).toBe(2)
  })
})

describe("othersBetween", () => {
  const before = { at: 100, machine: 50, own: 20 }

  it.each([
    ["all of the time is the benchmark's", { at: 110, machine: 65, own: 35 }, 0],
    ["others use half a processor", { at: 110, machine: 70, own: 35 }, 0.5],
    ["others use two processors", { at: 110, machine: 85, own: 35 }, 2],
    ["the machine's time is behind that of the processes", { at: 110, machine: 64.9, own: 35 }, 0],
    ["the system does not tell", { at: 110, machine: Number.NaN, own: Number.NaN }, null]
  ])("%s", (_, after, expected) => {
    expect(othersBetween(before, after)).toBe(expected)
  })
})

describe("disturbances", () => {
  it.each([
    ["nothing was measured", {}, []],
    ["the machine was quiet", { gateway: 0, fleets: 0.1 }, []],
    [
      "one section was disturbed",
      { gateway: 0.101, fleets: 0 },
      ["gateway: other processes used 0.10 processors, more than 0.1"]
    ],
    [
      "it is not known",
      { gateway: null },
      ["gateway: how busy the machine was is not known, because this system has no /proc"]
    ],
    [
      "several sections were disturbed",
      { gateway: 1.5, fleets: 0.05, list: 0.2 },
      [
        "gateway: other processes used 1.50 processors, more than 0.1",
        "list: other processes used 0.20 processors, more than 0.1"
      ]
    ]
  ])("%s", (_, others, expected) => {
    expect(disturbances(others)).toEqual(expected)
  })
})
