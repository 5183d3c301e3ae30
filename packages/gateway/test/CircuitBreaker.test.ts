import { describe, expect, it } from "vitest"
import * as CircuitBreaker from "../src/protect/CircuitBreaker.js"

const breaker = () => CircuitBreaker.make({ failures: 2, open: 1_000 })

/** A request that may be made. */
const enter = ({ enter }: CircuitBreaker.CircuitBreaker, now: number): CircuitBreaker.Admission => {
  const entered = enter(now)
  if (!entered.allowed) throw new Error(`not allowed for ${entered.retryAfter} s`)
  return entered
}

/** One that has just opened, and a request from before that is still under way. */
const opened = () => {
  const circuit = breaker()
  const old = enter(circuit, 0)
  for (let failure = 0; failure < 2; failure++) circuit.leave(enter(circuit, 0), "failed", 0, 0.5)
  expect(circuit.state()).toBe("Open")
  return { circuit, old }
}

describe("a circuit breaker", () => {
  it("opens after so many failures in a row, and closes when a probe is answered", () => {
    const circuit = breaker()
    circuit.leave(enter(circuit, 0), "failed", 0, 0.5)
    circuit.leave(enter(circuit, 0), "answered", 0, 0.5)
    circuit.leave(enter(circuit, 0), "failed", 0, 0.5)
    expect(circuit.state()).toBe("Closed")
    circuit.leave(enter(circuit, 0), "failed", 0, 0.5)
    expect(circuit.enter(999)).toEqual({ allowed: false, retryAfter: 1 })
    const probe = enter(circuit, 1_000)
    expect(circuit.enter(1_000).allowed).toBe(false)
    circuit.leave(probe, "answered", 1_500, 0.5)
    expect(circuit.state()).toBe("Closed")
  })

  it("stays open for a quarter less or more, and as long again where the probe fails", () => {
    const { circuit } = opened()
    circuit.leave(enter(circuit, 1_000), "failed", 1_000, 1)
    expect(circuit.enter(2_249).allowed).toBe(false)
    circuit.leave(enter(circuit, 2_250), "failed", 2_250, 0)
    expect(circuit.enter(2_999).allowed).toBe(false)
    expect(circuit.enter(3_000).allowed).toBe(true)
  })

  it("lets the next one find out where the probe is given up", () => {
    const { circuit } = opened()
    circuit.leave(enter(circuit, 1_000), "interrupted", 1_100, 0.5)
    expect(circuit.enter(1_100).allowed).toBe(true)
  })

  it.each(["failed", "interrupted"] as const)("has one probe at a time, even where one from before is %s", (end) => {
    const { circuit, old } = opened()
    enter(circuit, 1_000)
    circuit.leave(old, end, 1_100, 0.5)
    expect(circuit.state()).toBe("Probing")
    expect(circuit.enter(5_000).allowed).toBe(false)
  })

  it("closes for an answer to one from before: the cloud is there", () => {
    const { circuit, old } = opened()
    circuit.leave(old, "answered", 500, 0.5)
    expect(circuit.state()).toBe("Closed")
  })
})
