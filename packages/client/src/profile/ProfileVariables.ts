import * as Either from "effect/Either"
import type { Environment, Profile, ProfileLookup } from "./Profile.js"
import { fieldsOf, type Names, profileOf } from "./ProfileFields.js"
import { refuseUnsupported, type SourceKind } from "./Unsupported.js"

const variable = (name: string) => `environment variable ${name}`

const fromVariables = (kind: SourceKind, environment: Environment, source: string, names: Names): ProfileLookup => {
  const fields = fieldsOf(environment, variable)
  return refuseUnsupported(kind, fields, profileOf(source, fields, names))
}

const sdkNames: Names = {
  token: "HOTSPOT_SESSION_AUTH_TOKEN",
  accessKey: "HUAWEICLOUD_SDK_AK",
  secretKey: "HUAWEICLOUD_SDK_SK",
  securityToken: "HUAWEICLOUD_SDK_SECURITY_TOKEN",
  projectId: "HUAWEICLOUD_SDK_PROJECT_ID",
  region: "HOTSPOT_SESSION_REGION",
  iamEndpoint: "HUAWEICLOUD_SDK_IAM_ENDPOINT"
}

/** The variables of the official SDKs, plus `HOTSPOT_SESSION_AUTH_TOKEN` and `_REGION`, which the SDKs lack. */
export const fromEnvironment = (environment: Environment): ProfileLookup =>
  fromVariables("environment", environment, "environment", sdkNames)

const terraformNames: Names = {
  token: "HW_AUTH_TOKEN",
  accessKey: "HW_ACCESS_KEY",
  secretKey: "HW_SECRET_KEY",
  securityToken: "HW_SECURITY_TOKEN",
  userName: "HW_USER_NAME",
  password: "HW_USER_PASSWORD",
  domainName: "HW_DOMAIN_NAME",
  projectId: "HW_PROJECT_ID",
  region: "HW_REGION_NAME"
}

/**
 * A KooCLI profile as Terraform uses it: overridden by Terraform's variables, and rejected for the same unsupported settings
 * as they are.
 */
export const withTerraform = (environment: Environment, lookup: ProfileLookup): ProfileLookup => {
  const get = fieldsOf(environment, variable)
  return refuseUnsupported(
    "terraform",
    get,
    Either.map(
      lookup,
      (profile): Profile => ({
        ...profile,
        projectId: get("HW_PROJECT_ID") ?? profile.projectId,
        region: get("HW_REGION_NAME") ?? profile.region
      })
    )
  )
}

export const fromTerraform = (environment: Environment): ProfileLookup =>
  fromVariables("terraform", environment, "Terraform's environment", terraformNames)

/** The agency of the ECS, rejected if a variable selects other credentials. */
export const withoutOthers = (environment: Environment, lookup: ProfileLookup): ProfileLookup =>
  refuseUnsupported("metadata", fieldsOf(environment, variable), lookup)
