import { describe, expect, it } from "@effect/vitest"
import { type Duration, Either } from "effect"
import * as RateLimit from "../src/RateLimit.js"
import { settingsOf } from "../src/Settings.js"

describe("the headers of a rate limit", () => {
  it.each<[Duration.DurationInput, requests: number, policy: string, reset: string]>([
    ["1 minute", 600, "600;w=60", "60"],
    ["1500 millis", 10, "10;w=2", "2"],
    ["100 millis", 1_000_000_000, "1000000000;w=1", "1"],
    ["1 nanos", 1, "1;w=1", "1"],
    [Number.MAX_VALUE, 1, "1;w=2147483647", "2147483647"]
  ])("have integers of seconds, with %s and %d requests", (per, requests, policy, reset) => {
    const { rateLimit } = Either.getOrThrow(settingsOf({ rateLimit: { requests, per } }))
    const limit = RateLimit.make(rateLimit ?? { requests: 0, seconds: 0 })
    const take = () => RateLimit.headersOf(limit.settings, limit.take("caller", true, 0))
    expect(take()).toMatchObject({ "ratelimit-limit": `${requests}`, "ratelimit-policy": policy })
    for (let left = Math.min(requests, 10_000); left > 0; left--) take()
    const { "ratelimit-reset": seconds = "", ...others } = take()
    if (requests <= 10_000) expect([seconds, others["ratelimit-remaining"]]).toEqual([reset, "0"])
    expect(seconds).toMatch(/^\d{1,10}$/)
  })
})
