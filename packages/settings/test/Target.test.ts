import { describe, expect, it } from "@effect/vitest"
import type { Profile } from "@hotspot-session/client"
import { Either, Redacted } from "effect"
import { ConfigurationError } from "../src/ConfigurationError.js"
import { explainTarget } from "../src/ExplainedSetting.js"
import { findTarget } from "../src/Target.js"

const sourced = (value: string) => ({ value, source: "a file" })

const profile: Profile = {
  source: "a file",
  credentials: { _tag: "Token", token: { value: Redacted.make("t"), source: "a file" } },
  projectId: sourced("ofProfile"),
  region: sourced("cn-east-3")
}

const environment = {
  HUAWEICLOUD_SDK_PROJECT_ID: "ofEnvironment",
  HOTSPOT_SESSION_REGION: "ap-southeast-1"
}

describe("a target", () => {
  it("is the command line's, else the environment's, else the profile's", () => {
    const request = { projectId: "ofOption", region: "cn-north-4" }
    expect(findTarget(request, environment, profile)).toMatchObject({
      projectId: { value: "ofOption", source: "option --project-id" },
      region: { value: "cn-north-4", source: "option --region" }
    })
    expect(findTarget({}, environment, profile)).toMatchObject({
      projectId: { value: "ofEnvironment", source: "environment variable HUAWEICLOUD_SDK_PROJECT_ID" },
      region: { value: "ap-southeast-1", source: "environment variable HOTSPOT_SESSION_REGION" }
    })
    const empty = { HUAWEICLOUD_SDK_PROJECT_ID: "", HOTSPOT_SESSION_REGION: "" }
    expect(findTarget({}, empty, profile)).toMatchObject({
      projectId: { value: "ofProfile", source: "a file" },
      region: { value: "cn-east-3", source: "a file" },
      isConfigured: true,
      hasCustomEndpoint: false
    })
  })

  it("has the file that it comes from as its source", () => {
    const request = { projectId: "p", region: "cn-north-4", source: "fleet.txt, line 2" }
    expect(findTarget(request, {}, undefined)).toMatchObject({
      projectId: { source: "fleet.txt, line 2" },
      region: { source: "fleet.txt, line 2" }
    })
  })

  it("ignores the environment's and the profile's project if it is one of several regions", () => {
    expect(findTarget({ region: "cn-north-4", isOneOfSeveral: true }, environment, profile).projectId).toBeUndefined()
  })

  it("has the region's IAM endpoint, unless the endpoint is custom", () => {
    const iamOf = (...parameters: Parameters<typeof findTarget>) =>
      Either.getOrThrow(findTarget(...parameters).iamEndpoint)
    expect(iamOf({ region: "cn-north-4" }, {}, undefined)?.value).toBe("https://iam.cn-north-4.myhuaweicloud.com")
    expect(iamOf({ endpoint: "https://a.example" }, environment, profile)).toBeUndefined()
    const variable = { HUAWEICLOUD_SDK_IAM_ENDPOINT: "https://iam.example/" }
    expect(iamOf({ endpoint: "https://a.example" }, variable, profile)).toEqual({
      value: "https://iam.example",
      source: "environment variable HUAWEICLOUD_SDK_IAM_ENDPOINT"
    })
    const ofProfile = { ...profile, iamEndpoint: sourced("https://iam.profile.example") }
    expect(iamOf({ endpoint: "https://a.example" }, {}, ofProfile)?.value).toBe("https://iam.profile.example")
    expect(Either.isLeft(findTarget({}, { HUAWEICLOUD_SDK_IAM_ENDPOINT: "nowhere" }, profile).iamEndpoint)).toBe(true)
  })

  it("has a custom endpoint only if no region is set on the command line", () => {
    const variable = { HOTSPOT_SESSION_ENDPOINT: "https://a.example/" }
    expect(findTarget({}, variable, undefined)).toMatchObject({
      hasCustomEndpoint: true,
      endpoint: { right: { url: "https://a.example" } }
    })
    expect(findTarget({ region: "cn-north-4" }, variable, undefined).hasCustomEndpoint).toBe(false)
  })

  it("may be unset", () => {
    const target = findTarget({}, {}, undefined)
    expect(target.isConfigured).toBe(false)
    expect(Either.getOrThrow(Either.flip(target.endpoint)).message).toBe("No region or endpoint is set.")
    expect(explainTarget(target).map(({ setting, value }) => [setting, value])).toEqual([
      ["project", undefined],
      ["region", undefined],
      ["endpoint", undefined],
      ["IAM endpoint", "https://iam.myhuaweicloud.com"]
    ])
  })

  it("is in the cloud of the profile, with its IAM, and its project may be found by name", () => {
    const european = { ...profile, projectId: undefined, projectName: sourced("p"), cloud: sourced("myhuaweicloud.eu") }
    expect(findTarget({ region: "eu-west-101" }, {}, european)).toMatchObject({
      projectName: { value: "p" },
      endpoint: { right: { url: "https://appstream.eu-west-101.myhuaweicloud.eu" } },
      iamEndpoint: { right: { value: "https://iam.eu-west-101.myhuaweicloud.eu" } }
    })
    expect(findTarget({ projectId: "id" }, {}, european).projectName).toBeUndefined()
    expect(findTarget({ isOneOfSeveral: true }, {}, european).projectName).toBeUndefined()
    const elsewhere = findTarget({ endpoint: "https://workspace.cn-north-4.myhuaweicloud.com" }, {}, european)
    expect(elsewhere.endpoint).toMatchObject({
      left: {
        message: expect.stringMatching(/is of myhuaweicloud\.com, but the cloud \(a file\) is myhuaweicloud\.eu/)
      }
    })
  })

  it("has the endpoint of the file of regions, which matters only if it is used", () => {
    const regions = Either.right(new Map([["mars-1", sourced("https://mars.example/")]]))
    expect(findTarget({ region: "mars-1" }, {}, undefined, regions).endpoint).toMatchObject({
      right: { url: "https://mars.example", configured: { source: "a file" }, isDefault: false }
    })
    // No secret is sent to the IAM of a cloud to which the region may not belong.
    expect(findTarget({ region: "mars-1" }, {}, undefined, regions).iamEndpoint).toEqual(Either.right(undefined))
    const broken = Either.left(new ConfigurationError({ message: "broken" }))
    const of = (...[request, environment]: [object, Record<string, string>]) =>
      findTarget(request, environment, undefined, broken).endpoint
    expect(of({ region: "mars-1" }, {})).toMatchObject({ left: { message: "broken" } })
    expect(Either.isRight(of({ endpoint: "https://a.example" }, {}))).toBe(true)
    const variable = { HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_MARS_1: "https://mars.example" }
    expect(Either.isRight(of({ region: "mars-1" }, variable))).toBe(true)
  })
})
