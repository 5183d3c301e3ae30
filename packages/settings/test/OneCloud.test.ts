import { describe, expect, it } from "@effect/vitest"
import type { Profile } from "@hotspot-session/client"
import { Either, Redacted } from "effect"
import { noRegions } from "../src/MachineRegions.js"
import { targetsWithinOneCloud } from "../src/OneCloud.js"
import type { TargetRequest } from "../src/Target.js"

const sourced = (value: string) => ({ value, source: "a file" })

const token: Profile = {
  source: "a file",
  credentials: { _tag: "Token", token: { value: Redacted.make("t"), source: "a file" } }
}

const agency: Profile = {
  source: "a file",
  credentials: {
    _tag: "Agency",
    agencyName: sourced("a"),
    domainName: sourced("d"),
    base: { _tag: "EcsMetadata", source: "ECS" }
  }
}

const environment = {
  HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_EU_WEST_101: "https://workspace.eu-west-101.myhuaweicloud.eu",
  HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_EAST_3: "http://127.0.0.1:8080"
}

describe("one credential", () => {
  const found = (profile: Profile, ...requests: ReadonlyArray<TargetRequest>) =>
    targetsWithinOneCloud(requests, environment, { profile, regions: noRegions })

  const european = { region: "eu-west-101", projectId: "p", source: "fleet.txt, line 1" }
  const chinese = { region: "cn-north-4", projectId: "p", source: "fleet.txt, line 2" }
  const local = { region: "cn-east-3", projectId: "p" }

  it("is not sent to two known clouds, and the error names both and their sources", () => {
    const message =
      "Credentials are not sent to two clouds: the endpoint https://workspace.eu-west-101.myhuaweicloud.eu (environment variable HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_EU_WEST_101, fleet.txt, line 1) and the endpoint https://appstream.cn-north-4.myhuaweicloud.com (region cn-north-4, fleet.txt, line 2)."
    expect(found(token, european, chinese)).toMatchObject({ left: { message } })
    // However many others are between them, and in any order.
    expect(found(token, local, european, european, local, chinese, chinese)).toMatchObject({ left: { message } })
    expect(Either.isLeft(found(token, chinese, local, european))).toBe(true)
  })

  it("may be sent to several regions of a cloud, and to a host in no known cloud with any", () => {
    for (const requests of [
      [chinese, { ...chinese, region: "ap-southeast-1" }],
      [european, local],
      [chinese, local]
    ]) {
      expect(Either.isRight(found(token, ...requests))).toBe(true)
    }
    expect(Either.isRight(found(token, european, { region: "nowhere-1" }))).toBe(true)
  })

  it("is not sent to the IAM of another cloud, to look up a project or to get another credential", () => {
    const error = {
      left: {
        message: expect.stringMatching(/ and the IAM endpoint https:\/\/iam\.cn-east-3\.\S+ \(region cn-east-3\)\.$/)
      }
    }
    expect(Either.isRight(found(token, european, local))).toBe(true)
    expect(found(token, european, { ...local, projectId: undefined })).toMatchObject(error)
    expect(found(agency, european, local)).toMatchObject(error)
  })
})
