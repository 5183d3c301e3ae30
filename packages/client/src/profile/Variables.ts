import { fieldsOf, type Names, profileOf } from "./Fields.js"
import type { Environment, Look, Profile } from "./Profile.js"

const variable = (name: string) => `environment variable ${name}`

const sdkNames: Names = {
  token: "HOTSPOT_SESSION_AUTH_TOKEN",
  accessKey: "HUAWEICLOUD_SDK_AK",
  secretKey: "HUAWEICLOUD_SDK_SK",
  securityToken: "HUAWEICLOUD_SDK_SECURITY_TOKEN",
  projectId: "HUAWEICLOUD_SDK_PROJECT_ID",
  region: "HOTSPOT_SESSION_REGION",
  iamEndpoint: "HUAWEICLOUD_SDK_IAM_ENDPOINT"
}

/** The variables of the official SDKs, and `HOTSPOT_SESSION_AUTH_TOKEN` and `_REGION` for what those lack. */
export const fromEnvironment = (environment: Environment): Look =>
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
  region: "HW_REGION_NAME"
}

/** A profile that Terraform's `HW_PROFILE` names, with what other variables of Terraform's say instead. */
export const withTerraform = (environment: Environment, profile: Profile): Profile => {
  const get = fieldsOf(environment, variable)
  return {
    ...profile,
    projectId: get("HW_PROJECT_ID") ?? profile.projectId,
    region: get("HW_REGION_NAME") ?? profile.region
  }
}

/** The variables of the Terraform provider. */
export const fromTerraform = (environment: Environment): Look =>
  profileOf("Terraform's environment", fieldsOf(environment, variable), terraformNames)
