import { describe, expect, it } from "vitest"
import type { CallResult } from "../src/Circuits.js"
import * as Circuits from "../src/Circuits.js"

const make = () => {
  const circuits = Circuits.make({ failures: 5, open: 1_000 })
  /** Whether a call was allowed, which then ends at once. */
  const call = (caller: string, project: string, result: CallResult, now = 0): boolean => {
    const permit = circuits.acquire(caller, project, now)
    if (permit.allowed) circuits.release(permit, result, now, 0.5)
    return permit.allowed
  }
  const fail = (caller: string, project: string, times: number) =>
    Array.from({ length: times }, () => call(caller, project, "failed"))
  return { circuits, call, fail }
}

describe("the circuits of an upstream", () => {
  it("cut off only the caller and the project whose calls fail, and close when a probe gets a response", () => {
    const { call, circuits, fail } = make()
    expect(fail("a", "p", 7)).toEqual([...Array(5).fill(true), false, false])
    expect([circuits.isOpen(), circuits.openProjects()]).toEqual([false, 1])
    expect([call("a", "q", "succeeded"), call("b", "p", "succeeded")]).toEqual([true, true])
    expect(circuits.acquire("a", "p", 0)).toEqual({ allowed: false, retryAfter: 1 })
    expect([call("a", "p", "responded", 1_000), call("a", "p", "failed", 1_000)]).toEqual([true, true])
    expect(circuits.openProjects()).toBe(0)
  })

  it("cut off everything after consecutive failures of several projects", () => {
    const { call, circuits, fail } = make()
    fail("a", "p", 2)
    fail("a", "q", 2)
    expect(circuits.isOpen()).toBe(false)
    fail("a", "r", 1)
    expect(circuits.isOpen()).toBe(true)
    expect(call("b", "s", "succeeded")).toBe(false)
    // One probe at a time.
    const probe = circuits.acquire("b", "s", 1_000)
    expect([probe.allowed, call("c", "t", "succeeded", 1_000)]).toEqual([true, false])
    if (probe.allowed) circuits.release(probe, "failed", 1_000, 0.5)
    expect([circuits.isOpen(), call("c", "t", "succeeded", 1_999)]).toEqual([true, false])
    expect([call("c", "t", "succeeded", 2_000), circuits.isOpen()]).toEqual([true, false])
  })

  it("are not opened to others by projects that never worked, however many, while one works", () => {
    const { call, circuits } = make()
    call("victim", "p", "succeeded")
    for (let project = 0; project < 100; project++) call("attacker", `invented-${project}`, "failed")
    expect(circuits.isOpen()).toBe(false)
    expect(call("another", "q", "succeeded")).toBe(true)
  })

  it("still let a pair through that works, one call at a time, until it fails", () => {
    const { call, circuits } = make()
    for (const project of ["p", "q", "r", "s", "t", "works"]) call("a", project, "succeeded")
    for (const project of ["p", "q", "r", "s", "t"]) call("a", project, "failed")
    expect(circuits.isOpen()).toBe(true)
    const exempt = circuits.acquire("a", "works", 0)
    expect([exempt.allowed, circuits.acquire("a", "works", 0).allowed]).toEqual([true, false])
    if (exempt.allowed) circuits.release(exempt, "interrupted", 0, 0.5)
    expect([call("a", "works", "failed"), call("a", "works", "failed")]).toEqual([true, false])
    expect(circuits.isOpen()).toBe(true)
  })

  it("close to all when a pair that works gets a response", () => {
    const { call, circuits } = make()
    for (const project of ["p", "q", "r", "s", "t", "works"]) call("a", project, "succeeded")
    for (const project of ["p", "q", "r", "s", "t"]) call("a", project, "failed")
    expect([call("a", "works", "succeeded"), circuits.isOpen(), call("b", "new", "responded")]).toEqual([
      true,
      false,
      true
    ])
  })
})
