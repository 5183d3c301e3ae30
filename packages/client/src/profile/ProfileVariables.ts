import { cloudOf } from "@hotspot-session/core"
import * as Either from "effect/Either"
import type { Environment } from "../Environment.js"
import * as Agencies from "./Agencies.js"
import * as Cloud from "./Cloud.js"
import type { Profile, ProfileLookup, SourcedValue } from "./Profile.js"
import { fieldsOf, type Names, placeOf, profileOf } from "./ProfileFields.js"
import { refuseUnsupported } from "./Unsupported.js"

const variable = (name: string) => `environment variable ${name}`

const sdkNames: Names = {
  token: "HOTSPOT_SESSION_AUTH_TOKEN",
  accessKey: "HUAWEICLOUD_SDK_AK",
  secretKey: "HUAWEICLOUD_SDK_SK",
  securityToken: "HUAWEICLOUD_SDK_SECURITY_TOKEN",
  projectId: "HUAWEICLOUD_SDK_PROJECT_ID",
  region: "HOTSPOT_SESSION_REGION",
  iamEndpoint: "HUAWEICLOUD_SDK_IAM_ENDPOINT",
  idpId: "HUAWEICLOUD_SDK_IDP_ID",
  idTokenFile: "HUAWEICLOUD_SDK_ID_TOKEN_FILE"
}

/** The variables of the official SDKs, plus `HOTSPOT_SESSION_AUTH_TOKEN` and `_REGION`, which the SDKs lack. */
export const fromEnvironment = (environment: Environment): ProfileLookup =>
  profileOf("environment", fieldsOf(environment, variable), sdkNames)

const terraformNames: Names = {
  token: "HW_AUTH_TOKEN",
  accessKey: "HW_ACCESS_KEY",
  secretKey: "HW_SECRET_KEY",
  securityToken: "HW_SECURITY_TOKEN",
  userName: "HW_USER_NAME",
  password: "HW_USER_PASSWORD",
  domainName: "HW_DOMAIN_NAME",
  projectId: "HW_PROJECT_ID",
  region: "HW_REGION_NAME",
  idpId: "HW_ASSUME_ROLE_IDP_ID",
  idTokenFile: "HW_ASSUME_ROLE_ID_TOKEN_FILE",
  idToken: "HW_ASSUME_ROLE_ID_TOKEN"
}

const agencyNames: Agencies.Names = {
  agencyName: "HW_ASSUME_ROLE_AGENCY_NAME",
  domainName: "HW_ASSUME_ROLE_DOMAIN_NAME",
  domainId: "HW_ASSUME_ROLE_DOMAIN_ID",
  lifetime: "HW_ASSUME_ROLE_DURATION"
}

/** `HW_AUTH_URL` has the version of the API, which is part of each path here. */
const iamOfTerraform = ({ source, value }: SourcedValue<string>): Cloud.Address => ({
  source,
  value: value.replace(/\/+$/, "").replace(/\/v3(?:\.0)?$/, ""),
  namesCloud: true
})

/** The target that the variables set, on top of what the profile sets. */
const withTarget = (environment: Environment, profile: Profile): ProfileLookup => {
  const get = fieldsOf(environment, variable)
  const authUrl = get("HW_AUTH_URL")
  const cloud = get("HW_CLOUD")
  const problem = cloud === undefined ? undefined : Cloud.problemOf(cloud.value)
  if (problem !== undefined) {
    return Either.left({
      source: profile.source,
      reason: `HW_CLOUD ${problem}`,
      broken: true,
      refusal: "Set HW_CLOUD to the domain of the cloud, such as myhuaweicloud.eu, or unset it."
    })
  }
  const region = get("HW_REGION_NAME") ?? profile.region
  const regionCloud = cloudOf(region?.value)
  const profileCloud = cloudOf(profile.region?.value)
  if (cloud === undefined && profile.region !== undefined && regionCloud !== profileCloud) {
    return Either.left({
      source: profile.source,
      reason: `HW_REGION_NAME is a region of ${regionCloud}, but ${profile.region.source} is one of ${profileCloud}`,
      broken: true,
      refusal: "Select a profile of the cloud of HW_REGION_NAME, or set HW_CLOUD to the cloud of the profile."
    })
  }
  const projectName = get("HW_PROJECT_NAME")
  return Either.right({
    ...profile,
    projectId: get("HW_PROJECT_ID") ?? (projectName === undefined ? profile.projectId : undefined),
    projectName,
    ...placeOf(region),
    iamEndpoint: authUrl === undefined ? profile.iamEndpoint : iamOfTerraform(authUrl),
    ...(cloud === undefined ? {} : { cloud: { ...cloud, value: cloud.value.toLowerCase() } })
  })
}

/**
 * Credentials as Terraform uses them: with the target and the agency of its variables, and rejected for the same unsupported
 * settings as they are.
 */
export const withTerraform = (environment: Environment, lookup: ProfileLookup): ProfileLookup => {
  const get = fieldsOf(environment, variable)
  return refuseUnsupported("terraform", get, lookup).pipe(
    Either.flatMap((profile) => withTarget(environment, profile)),
    (found) => Agencies.withAgency(get, agencyNames, found)
  )
}

export const fromTerraform = (environment: Environment): ProfileLookup =>
  withTerraform(environment, profileOf("Terraform's environment", fieldsOf(environment, variable), terraformNames))

/** The variables of Terraform that name an agency, which it assumes as that of the ECS if it has no other credentials. */
const agencyVariables = (environment: Environment): ReadonlyArray<string> => {
  const get = fieldsOf(environment, variable)
  const { agencyName, domainId, domainName } = agencyNames
  return [agencyName, domainName, domainId].filter((name) => get(name) !== undefined)
}

/** Credentials that are not Terraform's, rejected if its variables name an agency: they would not assume it. */
export const withoutAgency = (environment: Environment, lookup: ProfileLookup): ProfileLookup => {
  const names = agencyVariables(environment)
  return Either.filterOrLeft(
    lookup,
    () => names.length === 0,
    ({ source }) => ({
      source,
      reason: `${names[0]} is set, which is for the credentials of Terraform or of the ECS`,
      broken: true,
      refusal: `Unset ${names.join(" and ")} to use these credentials without that agency, or remove them and set HW_ACCESS_KEY and HW_SECRET_KEY to the key that assumes it.`
    })
  )
}

/** The agency of the ECS, rejected if a variable selects other credentials. */
export const fromMetadata = (environment: Environment, lookup: ProfileLookup): ProfileLookup => {
  const checked = refuseUnsupported("metadata", fieldsOf(environment, variable), lookup)
  return agencyVariables(environment).length === 0 ? checked : withTerraform(environment, checked)
}

const podNames = {
  uri: "HC_CONTAINER_CREDENTIALS_FULL_URI",
  tokenFile: "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"
} as const

/** The agent of a pod. */
export const fromPod = (environment: Environment): ProfileLookup => {
  const get = fieldsOf(environment, variable)
  const [uri, tokenFile] = [get(podNames.uri), get(podNames.tokenFile)]
  const source = "pod identity"
  if (uri === undefined && tokenFile === undefined) {
    return Either.left({ source, reason: `${podNames.uri} and ${podNames.tokenFile} not set` })
  }
  if (uri === undefined || tokenFile === undefined) {
    const [set, missing] = uri === undefined ? [podNames.tokenFile, podNames.uri] : [podNames.uri, podNames.tokenFile]
    return Either.left({
      source,
      reason: `${set} is set, but ${missing} is not`,
      broken: true,
      refusal: `Set ${missing} too, or unset ${set}.`
    })
  }
  return Either.right({ source, credentials: { _tag: "PodIdentity", uri, tokenFile } })
}
