import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { cacheKey } from "../src/cache/CacheKey.js"
import { type Decision, decide, retryAfterFailure } from "../src/cache/Freshness.js"

const spans = { fresh: 10, staleWhileRevalidate: 20, staleIfError: 70 }
const good = { readAt: 1_000, failures: 0, retryAt: 0 }

describe("what is done with an answer that is kept", () => {
  const cases: ReadonlyArray<readonly [string, Parameters<typeof decide>[1], number, boolean, Decision]> = [
    ["nothing is kept", undefined, 1_000, false, "fetch"],
    ["nothing is kept, and the cloud is being asked", undefined, 1_000, true, "fetch"],
    ["just read", good, 1_000, false, "hit"],
    ["fresh to the last", good, 1_009, false, "hit"],
    ["stale", good, 1_010, false, "refresh"],
    ["stale, and the cloud is being asked", good, 1_010, true, "stale"],
    ["stale, and the cloud failed just now", { ...good, failures: 1, retryAt: 1_012 }, 1_011, false, "stale"],
    ["stale, and due again", { ...good, failures: 1, retryAt: 1_012 }, 1_012, false, "refresh"],
    ["expired", good, 1_030, false, "revalidate"],
    ["expired, and the cloud is being asked", good, 1_030, true, "revalidate"],
    ["expired, and the cloud failed just now", { ...good, failures: 3, retryAt: 1_050 }, 1_040, false, "stale"],
    ["expired, and due again", { ...good, failures: 3, retryAt: 1_050 }, 1_050, false, "refresh"],
    ["the last of it", good, 1_099, false, "revalidate"],
    ["too old", good, 1_100, false, "fetch"],
    ["too old, whatever was tried", { ...good, failures: 3, retryAt: 9_999 }, 1_100, true, "fetch"],
    ["from the future by a little", good, 995, false, "hit"],
    ["from the future by far", good, 0, false, "fetch"]
  ]

  it.each(cases)("%s", (_, kept, now, isAsking, decision) => {
    expect(decide(spans, kept, now, isAsking)).toBe(decision)
  })
})

describe("the time after a failure", () => {
  it("grows from a second to fifteen, and differs", () => {
    expect([1, 2, 3, 4, 5, 6, 1_000].map((failures) => retryAfterFailure(failures, 0))).toEqual([
      1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000
    ])
    expect(retryAfterFailure(1, 1)).toBe(500)
  })
})

describe("the key", () => {
  const parameters = FastCheck.record(
    {
      project_id: FastCheck.stringMatching(/^[0-9A-Za-z_-]{1,6}$/),
      offset: FastCheck.nat(20),
      limit: FastCheck.integer({ min: 1, max: 20 })
    },
    { requiredKeys: ["project_id"] }
  )
  const elsewhere = FastCheck.constantFrom(undefined, "cn-north-4", "1 2")
  const caller = FastCheck.stringMatching(/^[0-9a-f]{4}$/)

  it.prop(
    "is the same for the same caller and the same question only",
    [caller, parameters, elsewhere, caller, parameters, elsewhere],
    ([c1, p1, e1, c2, p2, e2]) => {
      const same =
        c1 === c2 &&
        p1.project_id === p2.project_id &&
        p1.limit === p2.limit &&
        (p1.offset ?? 0) === (p2.offset ?? 0) &&
        e1 === e2
      expect(cacheKey(c1, p1, e1) === cacheKey(c2, p2, e2)).toBe(same)
    },
    { fastCheck: { numRuns: 500 } }
  )
})
