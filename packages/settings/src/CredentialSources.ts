import type { ProfileChain, ProfileCredentials } from "@hotspot-session/client"
import { variables } from "./EnvironmentVariables.js"

/** The credentials chain for the help, in lines of at most 70 columns. */
export const credentialSources = `  1. ${variables.token}; or HUAWEICLOUD_SDK_IDP_ID and
     HUAWEICLOUD_SDK_ID_TOKEN_FILE; or HUAWEICLOUD_SDK_AK,
     HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_SECURITY_TOKEN
  2. Terraform's HW_AUTH_TOKEN; HW_ASSUME_ROLE_IDP_ID and
     HW_ASSUME_ROLE_ID_TOKEN_FILE; HW_ACCESS_KEY and HW_SECRET_KEY;
     HW_USER_NAME and HW_USER_PASSWORD; or HW_PROFILE; for the
     agency of HW_ASSUME_ROLE_AGENCY_NAME, if it is set
  3. [basic] in ~/.huaweicloud/credentials
  4. the current profile of KooCLI, unless its keys are encrypted
  5. the agency of the ECS that this runs on
  6. the agent of the pod: HC_CONTAINER_CREDENTIALS_FULL_URI
`

export const credentialsKinds: Readonly<Record<ProfileCredentials["_tag"], string>> = {
  Token: "token",
  AccessKey: "access key",
  Password: "IAM user",
  EcsMetadata: "agency of this ECS",
  Federation: "identity provider",
  PodIdentity: "pod identity",
  Agency: "agency"
}

/**
 * A warning for each source that was passed over although it has settings, and those
 * about the source that was found.
 */
export const profileWarnings = ({
  skipped,
  warnings
}: Omit<ProfileChain.Resolved, "profile">): ReadonlyArray<string> => [
  ...skipped.filter(({ broken }) => broken).map(({ reason, source }) => `${source} is skipped: ${reason}`),
  ...warnings
]
