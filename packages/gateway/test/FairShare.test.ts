import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as CallerShare from "../src/caller/CallerShare.js"
import * as TokenVerdicts from "../src/caller/TokenVerdicts.js"
import * as FairShare from "../src/FairShare.js"

const takeAll = (share: FairShare.FairShare, caller: string): number => {
  let count = 0
  while (share.hasRoom(caller)) {
    share.take(caller)
    count++
  }
  return count
}

describe("a fair share", () => {
  it("is half for a caller that is alone, and leaves room for one more however many there are", () => {
    const share = FairShare.make(64)
    expect(["a", "b", "c"].map((caller) => takeAll(share, caller))).toEqual([32, 22, 10])
    // Those that hold more than their share get no more until they hold less.
    share.release("a")
    expect([share.hasRoom("a"), share.hasRoom("b"), share.hasRoom("new")]).toEqual([false, false, true])
  })

  it("never exceeds the number of places, and gives everything back", () => {
    const moves = FastCheck.array(FastCheck.tuple(FastCheck.boolean(), FastCheck.integer({ min: 0, max: 5 })))
    FastCheck.assert(
      FastCheck.property(FastCheck.integer({ min: 1, max: 10 }), moves, (places, moves) => {
        const share = FairShare.make(places)
        const held: Array<string> = []
        for (const [isTaking, caller] of moves) {
          if (isTaking && share.hasRoom(`${caller}`)) {
            share.take(`${caller}`)
            held.push(`${caller}`)
          } else if (!isTaking) {
            const released = held.shift()
            if (released !== undefined) share.release(released)
          }
          expect(share.taken()).toBe(held.length)
          expect(held.length).toBeLessThanOrEqual(places)
        }
        for (const caller of held) share.release(caller)
        expect(takeAll(share, "x")).toBe(Math.ceil(places / 2))
      })
    )
  })

  it("is one for all callers whose token has not been accepted, which share it fairly, too", () => {
    const verdicts = TokenVerdicts.make()
    const share = CallerShare.make(64, verdicts)
    const releases = Array.from({ length: 100 }, () => share.take("one", 0))
    expect(releases.filter((release) => release !== undefined)).toHaveLength(16)
    for (let token = 0; token < 10_000; token++) share.take(`token ${token}`, 0)
    expect(share.taken()).toBe(32)
    verdicts.accept("good", 0)
    expect(share.hasRoom("good", 0)).toBe(true)
    for (const release of releases) release?.()
    expect(share.taken()).toBe(16)
  })
})

describe("verdicts on tokens", () => {
  const target = { upstream: "own", projectId: "p" }
  const refusal = { status: 401, error_code: "APIGW.0301", error_msg: "x".repeat(1_000), request_id: "cloud-1" }

  it("refuse a token for all projects of the upstream for 10 s, and shorten the message", () => {
    const verdicts = TokenVerdicts.make()
    verdicts.refuse("t", target, refusal, 0)
    for (const projectId of ["p", "q"]) {
      expect(verdicts.refusalOf("t", { ...target, projectId }, 9_999)).toEqual({
        ...refusal,
        error_msg: "x".repeat(300),
        request_id: undefined
      })
    }
    expect(verdicts.refusalOf("t", target, 10_000)).toBeUndefined()
    expect(verdicts.refusalOf("t", { ...target, upstream: "other" }, 0)).toBeUndefined()
    expect(verdicts.refusalOf("u", target, 0)).toBeUndefined()
  })

  it("refuse a token that is accepted elsewhere only for the project", () => {
    const verdicts = TokenVerdicts.make()
    verdicts.refuse("t", target, refusal, 0)
    verdicts.accept("t", 1)
    expect(verdicts.refusalOf("t", target, 1)).toBeUndefined()
    verdicts.refuse("t", target, refusal, 1)
    expect(verdicts.refusalOf("t", target, 2)).toMatchObject({ status: 401 })
    expect(verdicts.refusalOf("t", { ...target, projectId: "q" }, 2)).toBeUndefined()
  })

  it("on refused tokens do not displace those on accepted ones, which last an hour", () => {
    const verdicts = TokenVerdicts.make()
    verdicts.accept("good", 0)
    for (let token = 0; token < 10_001; token++) verdicts.refuse(`${token}`, target, refusal, 0)
    expect(verdicts.isAccepted("good", 3_599_999)).toBe(true)
    expect(verdicts.isAccepted("good", 3_600_000)).toBe(false)
    expect([verdicts.refusalOf("0", target, 0), verdicts.refusalOf("1", target, 0)]).toEqual([
      undefined,
      expect.objectContaining({ status: 401 })
    ])
  })
})
