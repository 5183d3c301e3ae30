import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import { type Checked, show } from "./Setting.js"

const endpoints = {
  "af-north-1": "https://workspace.af-north-1.myhuaweicloud.com",
  "af-south-1": "https://workspace.af-south-1.myhuaweicloud.com",
  "ap-southeast-1": "https://workspace.ap-southeast-1.myhuaweicloud.com",
  "ap-southeast-2": "https://workspace.ap-southeast-2.myhuaweicloud.com",
  "ap-southeast-3": "https://workspace.ap-southeast-3.myhuaweicloud.com",
  "cn-east-3": "https://appstream.cn-east-3.myhuaweicloud.com",
  "cn-east-5": "https://workspace.cn-east-5.myhuaweicloud.com",
  "cn-north-11": "https://workspace.cn-north-11.myhuaweicloud.com",
  "cn-north-4": "https://appstream.cn-north-4.myhuaweicloud.com",
  "cn-north-9": "https://appstream.cn-north-9.myhuaweicloud.com",
  "cn-south-1": "https://appstream.cn-south-1.myhuaweicloud.com",
  "cn-southwest-2": "https://appstream.cn-southwest-2.myhuaweicloud.com",
  "la-north-2": "https://workspace.la-north-2.myhuaweicloud.com",
  "la-south-2": "https://workspace.la-south-2.myhuaweicloud.com",
  "me-east-1": "https://workspace.me-east-1.myhuaweicloud.com",
  "na-mexico-1": "https://workspace.na-mexico-1.myhuaweicloud.com",
  "sa-brazil-1": "https://workspace.sa-brazil-1.myhuaweicloud.com",
  "tr-west-1": "https://workspace.tr-west-1.myhuaweicloud.com"
} as const

/**
 * ID of a region that serves Workspace Application Streaming.
 *
 * @category models
 * @since 0.1.0
 */
export type RegionId = keyof typeof endpoints

/**
 * The regions that serve Workspace Application Streaming, in alphabetical order: the 17 of the official SDKs, and
 * `na-mexico-1`, which only the documentation lists.
 *
 * @category constants
 * @since 0.1.0
 */
export const regionIds = Object.keys(endpoints) as ReadonlyArray<RegionId>

/**
 * Whether a text can be the ID of a region, also of one that is not in `regionIds`. It becomes a part of host names, which it
 * must not end: requests with secrets are sent to them.
 *
 * @category predicates
 * @since 0.1.0
 */
export const canBeRegion = (text: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)

const isRegion = (region: unknown): region is RegionId => regionIds.some((id) => id === region)

const unknownRegion = (region: unknown): string =>
  `unknown region ${show(region)}; it must be one of ${regionIds.join(", ")}`

/**
 * Checks a region given as a setting. Left if it is not one of `regionIds`; the error lists them.
 *
 * @category conversions
 * @since 0.1.0
 */
export const checkRegion = (name: string, region: unknown): Checked<RegionId> =>
  isRegion(region) ? Either.right(region) : Either.left(ConfigError.InvalidData([name], unknownRegion(region)))

/**
 * The endpoint of a region, such as `https://appstream.cn-north-4.myhuaweicloud.com`.
 *
 * Throws a `RangeError` that lists the regions if it is not one of `regionIds`, which the type excludes.
 *
 * @example
 * ```ts
 * import { regionEndpoint } from "@hotspot-session/core"
 *
 * regionEndpoint("ap-southeast-1") // "https://workspace.ap-southeast-1.myhuaweicloud.com"
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const regionEndpoint = (region: RegionId): string => {
  if (!isRegion(region)) throw new RangeError(unknownRegion(region))
  return endpoints[region]
}

const iamRegions: ReadonlySet<string> = new Set([
  "ae-ad-1",
  "af-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "cn-east-2",
  "cn-east-3",
  "cn-east-4",
  "cn-east-5",
  "cn-north-1",
  "cn-north-12",
  "cn-north-2",
  "cn-north-4",
  "cn-north-9",
  "cn-south-1",
  "cn-south-2",
  "cn-southwest-2",
  "eu-west-0",
  "la-north-2",
  "la-south-2",
  "me-east-1",
  "my-kualalumpur-1",
  "na-mexico-1",
  "ru-moscow-1",
  "sa-brazil-1",
  "tr-west-1"
])

/** The domain of the endpoints above. */
const defaultCloud = "myhuaweicloud.com"

/**
 * The domain of the cloud that has a region, such as `myhuaweicloud.com`. The European cloud, which is separate and has
 * accounts of its own, is `myhuaweicloud.eu`.
 *
 * Source: the Terraform provider.
 *
 * @category conversions
 * @since 0.1.0
 */
export const cloudOf = (region?: string): string =>
  typeof region === "string" && region.startsWith("eu-west-1") ? "myhuaweicloud.eu" : defaultCloud

/**
 * The endpoint of a region in a cloud other than `myhuaweicloud.com`: that domain is replaced by the cloud's. A region that
 * is not one of `regionIds` has the name that the Terraform provider gives the service, `appstream`.
 *
 * Throws a `RangeError` if the region cannot be one.
 *
 * @example
 * ```ts
 * import { cloudEndpoint } from "@hotspot-session/core"
 *
 * cloudEndpoint("eu-west-101", "myhuaweicloud.eu") // "https://appstream.eu-west-101.myhuaweicloud.eu"
 * ```
 *
 * @category conversions
 * @since 0.1.0
 */
export const cloudEndpoint = (region: string, cloud: string): string => {
  if (isRegion(region)) return endpoints[region].replace(defaultCloud, cloud)
  if (!canBeRegion(region)) throw new RangeError(`${show(region)} cannot be a region`)
  return `https://appstream.${region}.${cloud}`
}

/**
 * The endpoint of IAM for a region: the regional one if it exists, otherwise the global one, which is also the default. In a
 * cloud other than `myhuaweicloud.com`, each region has one; the global one is returned for a text that cannot be a region.
 *
 * Source: the table of the official SDK for Go, and the Terraform provider for other clouds.
 *
 * @category conversions
 * @since 0.1.0
 */
export const iamEndpoint = (region?: string, cloud: string = cloudOf(region)): string =>
  region !== undefined && (cloud === defaultCloud ? iamRegions.has(region) : canBeRegion(region))
    ? `https://iam.${region}.${cloud}`
    : `https://iam.${cloud}`
