import { describe, expect, it } from "@effect/vitest"
import { listHotspotSessionConfig } from "@hotspot-session/core"
import { FastCheck } from "effect"
import { runs } from "../../../test/runs.js"
import { cacheKey, parametersKey } from "../src/cache/CacheKey.js"
import { type Decision, decide, retryDelay } from "../src/cache/Freshness.js"

const lifetimes = { fresh: 10, staleWhileRevalidate: 20, staleIfError: 70 }
const cached = { readAt: 1_000, failures: 0, retryAt: 0 }

describe("decide", () => {
  const cases: ReadonlyArray<readonly [string, Parameters<typeof decide>[1], number, boolean, Decision]> = [
    ["nothing cached", undefined, 1_000, false, "fetch"],
    ["nothing cached, fetch in flight", undefined, 1_000, true, "fetch"],
    ["just fetched", cached, 1_000, false, "hit"],
    ["end of the fresh period", cached, 1_009, false, "hit"],
    ["stale", cached, 1_010, false, "refresh"],
    ["stale, fetch in flight", cached, 1_010, true, "stale"],
    ["stale, refresh has just failed", { ...cached, failures: 1, retryAt: 1_012 }, 1_011, false, "stale"],
    ["stale, retry is due", { ...cached, failures: 1, retryAt: 1_012 }, 1_012, false, "refresh"],
    ["expired", cached, 1_030, false, "revalidate"],
    ["expired, fetch in flight", cached, 1_030, true, "revalidate"],
    ["expired, refresh has just failed", { ...cached, failures: 3, retryAt: 1_050 }, 1_040, false, "stale"],
    ["expired, retry is due", { ...cached, failures: 3, retryAt: 1_050 }, 1_050, false, "refresh"],
    ["end of the stale-if-error period", cached, 1_099, false, "revalidate"],
    ["too old", cached, 1_100, false, "fetch"],
    [
      "too old, after failures and with a fetch in flight",
      { ...cached, failures: 3, retryAt: 9_999 },
      1_100,
      true,
      "fetch"
    ],
    ["slightly in the future", cached, 995, false, "hit"],
    ["far in the future", cached, 0, false, "fetch"]
  ]

  it.each(cases)("%s", (_, entry, now, isFetching, decision) => {
    expect(decide(lifetimes, entry, now, isFetching)).toBe(decision)
  })
})

describe("retryDelay", () => {
  it("doubles from 1 s to 15 s, and is up to half shorter at random", () => {
    expect([1, 2, 3, 4, 5, 6, 1_000].map((failures) => retryDelay(failures, 0))).toEqual([
      1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000
    ])
    expect(retryDelay(1, 1)).toBe(500)
  })
})

describe("cacheKey", () => {
  const parameters = FastCheck.record(
    {
      project_id: FastCheck.stringMatching(/^[0-9A-Za-z_-]{1,6}$/),
      offset: FastCheck.nat(20),
      limit: FastCheck.integer({ min: 1, max: 20 })
    },
    { requiredKeys: ["project_id"] }
  )
  const remoteUpstream = FastCheck.constantFrom(undefined, "cn-north-4", "1 2")
  const caller = FastCheck.stringMatching(/^[0-9a-f]{4}$/)

  const keyOf = (caller: string, values: Readonly<Record<string, unknown>>, upstream: string | undefined) =>
    cacheKey(caller, parametersKey(listHotspotSessionConfig, values), upstream, "")

  it.prop(
    "is equal for the same caller, parameters and upstream only",
    [caller, parameters, remoteUpstream, caller, parameters, remoteUpstream],
    ([c1, p1, e1, c2, p2, e2]) => {
      const same =
        c1 === c2 &&
        p1.project_id === p2.project_id &&
        p1.limit === p2.limit &&
        (p1.offset ?? 0) === (p2.offset ?? 0) &&
        e1 === e2
      expect(keyOf(c1, p1, e1) === keyOf(c2, p2, e2)).toBe(same)
    },
    { fastCheck: { numRuns: runs(500) } }
  )

  it("is different for another generation", () => {
    const keys = ["", "a", "b"].flatMap((generation) => [
      cacheKey("c", "p", undefined, generation),
      cacheKey("c", "p", "a", generation)
    ])
    expect(new Set(keys).size).toBe(keys.length)
  })

  it("is different for another operation and another parameter of its path", () => {
    const users = { name: "users", path: "/v1/{project_id}/{config_id}/users", query: ["user_name"] } as const
    const keys = [
      parametersKey(listHotspotSessionConfig, { project_id: "p" }),
      ...["c", "d"].map((config_id) => parametersKey(users, { project_id: "p", config_id })),
      parametersKey(users, { project_id: "p", config_id: "c", user_name: "d" }),
      parametersKey(users, { project_id: "p", config_id: "c d" })
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })
})
