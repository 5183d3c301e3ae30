import { describe, expect, it } from "@effect/vitest"
import { regionEndpoint, regionIds } from "@hotspot-session/core"
import { Either } from "effect"
import {
  endpointError,
  endpointToUse,
  regionOf,
  resolveCustomEndpoint,
  resolveRegion,
  usableUrl
} from "../src/ResolvedEndpoint.js"

const override = "HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4"
const regionOption = (value: string) => ({ value, source: "option --region" })

describe("the endpoint of a region", () => {
  it.each(regionIds)("%s is the cloud's, and belongs to that region", (region) => {
    const resolved = Either.getOrThrow(resolveRegion(regionOption(region), {}))
    expect(resolved).toEqual({
      url: regionEndpoint(region),
      configured: { value: regionEndpoint(region), source: `region ${region}` },
      region,
      isDefault: true
    })
    expect(regionOf(resolved)).toBe(region)
  })

  it("is the first of the official SDKs' variable, if that is set", () => {
    expect(
      resolveRegion(regionOption("cn-north-4"), { [override]: "https://a.example/x/, https://b.example" })
    ).toEqual(
      Either.right({
        url: "https://a.example/x",
        configured: { value: "https://a.example/x/", source: `environment variable ${override}` },
        region: "cn-north-4",
        isDefault: false
      })
    )
  })

  it("may belong to a region that only the variable names", () => {
    const resolved = Either.getOrThrow(
      resolveRegion(regionOption("mars-1"), { HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_MARS_1: "https://a.example" })
    )
    expect(resolved).toMatchObject({ url: "https://a.example", region: "mars-1" })
    expect(regionOf(resolved)).toBe("mars-1")
  })

  it("fails for an unknown region, and suggests the nearest", () => {
    const problem = Either.getOrThrow(Either.flip(resolveRegion(regionOption("cn-north-5"), {})))
    expect(problem).toEqual({ _tag: "UnknownRegion", region: regionOption("cn-north-5"), known: regionIds })
    expect(endpointError(problem)).toMatchObject({
      message: 'The region "cn-north-5" (option --region) is not known.',
      hint: expect.stringMatching(/^Did you mean cn-north-4\? Known regions are .*For any other, use --endpoint\.$/)
    })
  })

  it("fails if the variable's endpoint cannot be used", () => {
    const problem = Either.getOrThrow(Either.flip(resolveRegion(regionOption("cn-north-4"), { [override]: "nowhere" })))
    expect(problem).toMatchObject({ _tag: "UnusableEndpoint", region: "cn-north-4" })
    expect(endpointError(problem).message).toContain(`The endpoint (environment variable ${override}) cannot be used`)
  })
})

describe("a custom endpoint", () => {
  it("has no region, unless it equals a region's endpoint", () => {
    const resolved = Either.getOrThrow(
      resolveCustomEndpoint({ value: "https://a.example/", source: "option --endpoint" })
    )
    expect(resolved).toMatchObject({ url: "https://a.example", region: undefined, isDefault: false })
    expect(regionOf(resolved)).toBeUndefined()
    const regional = resolveCustomEndpoint({ value: `${regionEndpoint("cn-north-4")}/`, source: "option --endpoint" })
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
