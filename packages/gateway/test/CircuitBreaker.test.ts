import { describe, expect, it } from "vitest"
import * as CircuitBreaker from "../src/CircuitBreaker.js"

const breaker = () => CircuitBreaker.make({ failures: 2, open: 1_000 })

const acquire = ({ acquire }: CircuitBreaker.CircuitBreaker, now: number): CircuitBreaker.Permit => {
  const acquired = acquire(now)
  if (!acquired.allowed) throw new Error(`not allowed for ${acquired.retryAfter} s`)
  return acquired
}

/** An open circuit, and the permit of a call that started before it opened. */
const opened = () => {
  const circuit = breaker()
  const earlier = acquire(circuit, 0)
  for (let failure = 0; failure < 2; failure++) circuit.release(acquire(circuit, 0), "failed", 0, 0.5)
  expect(circuit.state()).toBe("Open")
  return { circuit, earlier }
}

describe("a circuit breaker", () => {
  it("opens after consecutive failures, and closes when a probe gets a response", () => {
    const circuit = breaker()
    circuit.release(acquire(circuit, 0), "failed", 0, 0.5)
    circuit.release(acquire(circuit, 0), "responded", 0, 0.5)
    circuit.release(acquire(circuit, 0), "failed", 0, 0.5)
    expect(circuit.state()).toBe("Closed")
    circuit.release(acquire(circuit, 0), "failed", 0, 0.5)
    expect(circuit.acquire(999)).toEqual({ allowed: false, retryAfter: 1 })
    const probe = acquire(circuit, 1_000)
    expect(circuit.acquire(1_000).allowed).toBe(false)
    circuit.release(probe, "responded", 1_500, 0.5)
    expect(circuit.state()).toBe("Closed")
  })

  it("stays open for `open` plus or minus a quarter, and reopens when the probe fails", () => {
    const { circuit } = opened()
    circuit.release(acquire(circuit, 1_000), "failed", 1_000, 1)
    expect(circuit.acquire(2_249).allowed).toBe(false)
    circuit.release(acquire(circuit, 2_250), "failed", 2_250, 0)
    expect(circuit.acquire(2_999).allowed).toBe(false)
    expect(circuit.acquire(3_000).allowed).toBe(true)
  })

  it("allows another probe when the probe is interrupted", () => {
    const { circuit } = opened()
    circuit.release(acquire(circuit, 1_000), "interrupted", 1_100, 0.5)
    expect(circuit.acquire(1_100).allowed).toBe(true)
  })

  it.each(["failed", "interrupted"] as const)("allows one probe at a time, even if an earlier call %s", (result) => {
    const { circuit, earlier } = opened()
    acquire(circuit, 1_000)
    circuit.release(earlier, result, 1_100, 0.5)
    expect(circuit.state()).toBe("HalfOpen")
    expect(circuit.acquire(5_000).allowed).toBe(false)
  })

  it("closes when an earlier call gets a response", () => {
    const { circuit, earlier } = opened()
    circuit.release(earlier, "responded", 500, 0.5)
    expect(circuit.state()).toBe("Closed")
  })
})
