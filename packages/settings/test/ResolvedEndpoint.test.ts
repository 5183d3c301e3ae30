import { describe, expect, it } from "@effect/vitest"
import { regionEndpoint, regionIds } from "@hotspot-session/core"
import { Either } from "effect"
import {
  endpointError,
  endpointToUse,
  regionOf,
  resolveOwnEndpoint,
  resolveRegion,
  usableUrl
} from "../src/ResolvedEndpoint.js"

const override = "HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4"
const given = (value: string) => ({ value, source: "option --region" })

describe("the endpoint of a region", () => {
  it.each(regionIds)("%s is the cloud's, and is of that region", (region) => {
    const resolved = Either.getOrThrow(resolveRegion(given(region), {}))
    expect(resolved).toEqual({
      url: regionEndpoint(region),
      given: { value: regionEndpoint(region), source: `region ${region}` },
      region,
      isDefault: true
    })
    expect(regionOf(resolved)).toBe(region)
  })

  it("is the first of the official SDKs' variable, where that is set", () => {
    expect(resolveRegion(given("cn-north-4"), { [override]: "https://a.example/x/, https://b.example" })).toEqual(
      Either.right({
        url: "https://a.example/x",
        given: { value: "https://a.example/x/", source: `environment variable ${override}` },
        region: "cn-north-4",
        isDefault: false
      })
    )
  })

  it("may be of a region that only the variable knows", () => {
    const resolved = Either.getOrThrow(
      resolveRegion(given("mars-1"), { HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_MARS_1: "https://a.example" })
    )
    expect(resolved).toMatchObject({ url: "https://a.example", region: "mars-1" })
    expect(regionOf(resolved)).toBeUndefined()
  })

  it("is none where the region is not known, and says which is near", () => {
    const problem = Either.getOrThrow(Either.flip(resolveRegion(given("cn-north-5"), {})))
    expect(problem).toEqual({ _tag: "UnknownRegion", region: given("cn-north-5") })
    expect(endpointError(problem)).toMatchObject({
      message: 'The region "cn-north-5" (option --region) is not known.',
      hint: expect.stringMatching(/^Did you mean cn-north-4\? Known regions are .*For any other, use --endpoint\.$/)
    })
  })

  it("is none where the variable's cannot be used", () => {
    const problem = Either.getOrThrow(Either.flip(resolveRegion(given("cn-north-4"), { [override]: "nowhere" })))
    expect(problem).toMatchObject({ _tag: "UnusableEndpoint", region: "cn-north-4" })
    expect(endpointError(problem).message).toContain(`The endpoint (environment variable ${override}) cannot be used`)
  })
})

describe("an endpoint of one's own", () => {
  it("is of no region, unless it is a region's", () => {
    const resolved = Either.getOrThrow(resolveOwnEndpoint({ value: "https://a.example/", source: "option --endpoint" }))
    expect(resolved).toMatchObject({ url: "https://a.example", region: undefined, isDefault: false })
    expect(regionOf(resolved)).toBeUndefined()
    const regional = resolveOwnEndpoint({ value: `${regionEndpoint("cn-north-4")}/`, source: "option --endpoint" })
    expect(regionOf(Either.getOrThrow(regional))).toBe("cn-north-4")
  })

  it("is the command line's, else the environment's, unless the command line names a region", () => {
    expect(endpointToUse({ endpoint: "option" }, "variable")).toBe("option")
    expect(endpointToUse({}, "variable")).toBe("variable")
    expect(endpointToUse({ region: "cn-north-4" }, "variable")).toBeUndefined()
    expect(endpointToUse({ region: "cn-north-4", endpoint: "option" }, "variable")).toBe("option")
  })

  it.each(["nowhere", "ftp://x", "http://u:p@x", "http://x/?a", "http://x/#a", ""])("cannot be %j", (url) => {
    expect(Either.isLeft(usableUrl(url))).toBe(true)
  })
})
