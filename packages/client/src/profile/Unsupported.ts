import { iamEndpoint } from "@hotspot-session/core"
import * as Either from "effect/Either"
import type { ProfileLookup, SkippedSource } from "./Profile.js"
import type { Fields } from "./ProfileFields.js"

export type SourceKind = "environment" | "terraform" | "credentialsFile" | "kooCli" | "metadata"

/** Settings that the tool behind a source supports and this library does not. */
interface UnsupportedSetting {
  readonly sources: ReadonlyArray<SourceKind>
  readonly names: ReadonlyArray<string>
  /** What the settings change about a call. Default: the identity. */
  readonly changes?: "the project" | "the IAM endpoint" | "the endpoints of the cloud"
  readonly hint: string
  /** Supported settings that take precedence. */
  readonly unless?: ReadonlyArray<string>
  /** Settings without which they have no effect. */
  readonly onlyWith?: ReadonlyArray<string>
  /** Whether they are credentials themselves, so that the source has credentials even without others. */
  readonly areCredentials?: boolean
  /** Whether a value equals the default and changes nothing. */
  readonly isDefault?: (value: string, get: (name: string) => string | undefined) => boolean
}

const agencyHint =
  "Set HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_SECURITY_TOKEN to a temporary access key of the agency"
const federationHint =
  "Set HOTSPOT_SESSION_AUTH_TOKEN to a token, or HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK to an access key"

/**
 * All unsupported settings that change the identity, the project or where requests are sent.
 *
 * Settings that change none of these are left out: an account ID next to an access key, which only global services need, the
 * enterprise project, TLS, retries and the signature algorithm. The OpenStack variables that the Terraform provider reads if
 * its own are not set are also left out, unless they override or complete its own credentials.
 *
 * Source: the providers of the official SDKs for Python and Go, the schema of the Terraform provider and its parser of
 * KooCLI's file, and KooCLI's user guide.
 */
const unsupportedSettings: ReadonlyArray<UnsupportedSetting> = [
  {
    sources: ["environment"],
    names: ["HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE"],
    hint: `${federationHint}, and unset the variables of the identity provider.`,
    areCredentials: true
  },
  {
    sources: ["terraform"],
    names: ["HW_ASSUME_ROLE_IDP_ID", "HW_ASSUME_ROLE_ID_TOKEN", "HW_ASSUME_ROLE_ID_TOKEN_FILE"],
    hint: `${federationHint}; both take precedence over Terraform's variables.`,
    areCredentials: true
  },
  {
    // Without its own credentials, the Terraform provider assumes the role with those of the ECS.
    sources: ["terraform", "metadata"],
    names: ["HW_ASSUME_ROLE_AGENCY_NAME", "HW_ASSUME_ROLE_DOMAIN_NAME", "HW_ASSUME_ROLE_DOMAIN_ID", "OS_AGENCY_NAME"],
    hint: `${agencyHint}, which takes precedence over Terraform's variables.`
  },
  {
    sources: ["terraform"],
    names: ["OS_AUTH_TOKEN"],
    hint: "Set HW_AUTH_TOKEN to the token and unset the access key and the password, or unset OS_AUTH_TOKEN.",
    unless: ["HW_AUTH_TOKEN"]
  },
  {
    sources: ["terraform"],
    names: ["HW_USER_ID", "OS_USER_ID"],
    hint: "Set HW_USER_NAME to the user's name, and unset the ID.",
    onlyWith: ["HW_USER_PASSWORD"],
    areCredentials: true
  },
  {
    sources: ["terraform"],
    names: ["HW_DOMAIN_ID", "OS_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID"],
    hint: "Set HW_DOMAIN_NAME to the account's name.",
    onlyWith: ["HW_USER_PASSWORD"],
    unless: ["HW_DOMAIN_NAME"],
    areCredentials: true
  },
  {
    sources: ["terraform"],
    names: ["HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME", "OS_PROJECT_ID", "OS_TENANT_ID"],
    changes: "the project",
    hint: "Set HW_PROJECT_ID to the project's ID.",
    unless: ["HW_PROJECT_ID"],
    // The project of a region has the region's name.
    isDefault: (value, get) => value === get("HW_REGION_NAME")
  },
  {
    sources: ["terraform"],
    names: ["HW_AUTH_URL", "OS_AUTH_URL"],
    changes: "the IAM endpoint",
    hint: "Set HUAWEICLOUD_SDK_IAM_ENDPOINT to that URL without /v3.",
    unless: ["HUAWEICLOUD_SDK_IAM_ENDPOINT"],
    isDefault: (value, get) => value.replace(/(?::443)?(?:\/v3)?\/?$/, "") === iamEndpoint(get("HW_REGION_NAME"))
  },
  {
    sources: ["terraform"],
    names: ["HW_CLOUD"],
    changes: "the endpoints of the cloud",
    hint: "Unset it, and set HOTSPOT_SESSION_ENDPOINT and HUAWEICLOUD_SDK_IAM_ENDPOINT to the cloud's own endpoints.",
    isDefault: (value) => value === "myhuaweicloud.com"
  },
  {
    sources: ["credentialsFile"],
    names: ["idp_id", "id_token_file"],
    hint: "Write an access key, ak and sk, instead of the identity provider.",
    areCredentials: true
  },
  {
    sources: ["kooCli"],
    names: ["agencyName", "agencyDomainName", "agencyDomainId"],
    hint: `Select another profile. ${agencyHint} to act as that agency.`
  },
  {
    sources: ["metadata"],
    names: [
      "HC_CONTAINER_CREDENTIALS_FULL_URI",
      "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE",
      "HUAWEICLOUD_OIDC_AGENCY_URN"
    ],
    hint: `${federationHint}, or unset the variables to act as the agency of this ECS.`,
    areCredentials: true
  }
]

/** Whether the search ends at this source. */
export const isFinal = ({ ambiguous, refusal }: SkippedSource): boolean => ambiguous === true || refusal !== undefined

/**
 * Rejects the profile of a source that has an unsupported setting which would change the identity, the project or the
 * endpoints. Ignoring the setting would act as a different user or in a different place.
 *
 * `location` is appended to the name of a setting, such as ` in [basic]`.
 */
export const refuseUnsupported = (
  kind: SourceKind,
  fields: Fields,
  lookup: ProfileLookup,
  location = ""
): ProfileLookup => {
  if (Either.isLeft(lookup) && isFinal(lookup.left)) return lookup
  const get = (name: string) => fields(name)?.value
  const isSet = (name: string) => get(name) !== undefined
  const found = unsupportedSettings.flatMap((setting) => {
    const { areCredentials = false, isDefault = () => false, onlyWith = [], sources, unless = [] } = setting
    const applies =
      sources.includes(kind) &&
      (areCredentials || Either.isRight(lookup)) &&
      onlyWith.every(isSet) &&
      !unless.some(isSet)
    const names = applies
      ? setting.names.filter((name) => {
          const value = get(name)
          return value !== undefined && !isDefault(value, get)
        })
      : []
    return names.length === 0 ? [] : [{ ...setting, names }]
  })
  return found.length === 0
    ? lookup
    : Either.left({
        source: Either.merge(lookup).source,
        reason: found
          .map(({ changes = "the identity", names }) => {
            const verb = names.length === 1 ? "is" : "are"
            return `${names.join(" and ")}${location} ${verb} set, which changes ${changes} and is not supported`
          })
          .join("; "),
        refusal: found.map(({ hint }) => hint).join(" ")
      })
}
