import { iamEndpoint } from "@hotspot-session/core"
import * as Either from "effect/Either"
import type { Fields } from "./Fields.js"
import type { ProfileLookup } from "./Profile.js"

/** What credentials can come from. */
export type SourceKind = "environment" | "terraform" | "credentialsFile" | "kooCli" | "metadata"

/** Settings that the tools that own a source understand, and that would be ignored here. */
interface UnsupportedSetting {
  readonly sources: ReadonlyArray<SourceKind>
  readonly names: ReadonlyArray<string>
  /** What they change about a call. */
  readonly changes: "the identity" | "the project" | "the IAM endpoint" | "the endpoints of the cloud"
  readonly advice: string
  /** Settings that win over them, and are supported. */
  readonly unless?: ReadonlyArray<string>
  /** Settings without which they have no effect. */
  readonly onlyWith?: ReadonlyArray<string>
  /** Whether they are credentials themselves, so that the source has some even where it has no others. */
  readonly areCredentials?: boolean
  /** Whether such a value says what is done anyway. */
  readonly isDefault?: (value: string, get: (name: string) => string | undefined) => boolean
}

const agencyAdvice =
  "Set HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_SECURITY_TOKEN to a temporary access key of the agency"
const federationAdvice =
  "Set HOTSPOT_SESSION_AUTH_TOKEN to a token, or HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK to an access key"

/**
 * All settings that change who calls, which project is meant or where requests are sent, and that are not supported.
 *
 * Left out is what changes none of that here: an account's ID beside an access key, which only global services need, the
 * enterprise project, TLS, retries and the algorithm of signatures. So are the variables of OpenStack that the Terraform
 * provider reads where its own are not set, unless they win over or complete its own credentials.
 *
 * Source: the providers of the official SDKs for Python and Go, the schema of the Terraform provider and its reading of
 * KooCLI's file, and KooCLI's user guide.
 */
const unsupportedSettings: ReadonlyArray<UnsupportedSetting> = [
  {
    sources: ["environment"],
    names: ["HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE"],
    changes: "the identity",
    advice: `${federationAdvice}, and unset the variables of the identity provider.`,
    areCredentials: true
  },
  {
    sources: ["terraform"],
    names: ["HW_ASSUME_ROLE_IDP_ID", "HW_ASSUME_ROLE_ID_TOKEN", "HW_ASSUME_ROLE_ID_TOKEN_FILE"],
    changes: "the identity",
    advice: `${federationAdvice}; both win over Terraform's variables.`,
    areCredentials: true
  },
  {
    // Without credentials of its own, the Terraform provider assumes the role with those of the ECS.
    sources: ["terraform", "metadata"],
    names: ["HW_ASSUME_ROLE_AGENCY_NAME", "HW_ASSUME_ROLE_DOMAIN_NAME", "HW_ASSUME_ROLE_DOMAIN_ID", "OS_AGENCY_NAME"],
    changes: "the identity",
    advice: `${agencyAdvice}, which wins over Terraform's variables.`
  },
  {
    sources: ["terraform"],
    names: ["OS_AUTH_TOKEN"],
    changes: "the identity",
    advice: "Set HW_AUTH_TOKEN to the token and unset the access key and the password, or unset OS_AUTH_TOKEN.",
    unless: ["HW_AUTH_TOKEN"]
  },
  {
    sources: ["terraform"],
    names: ["HW_USER_ID", "OS_USER_ID"],
    changes: "the identity",
    advice: "Set HW_USER_NAME to the user's name, and unset the ID.",
    onlyWith: ["HW_USER_PASSWORD"],
    areCredentials: true
  },
  {
    sources: ["terraform"],
    names: ["HW_DOMAIN_ID", "OS_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID"],
    changes: "the identity",
    advice: "Set HW_DOMAIN_NAME to the account's name.",
    onlyWith: ["HW_USER_PASSWORD"],
    unless: ["HW_DOMAIN_NAME"],
    areCredentials: true
  },
  {
    sources: ["terraform"],
    names: ["HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME", "OS_PROJECT_ID", "OS_TENANT_ID"],
    changes: "the project",
    advice: "Set HW_PROJECT_ID to the project's ID.",
    unless: ["HW_PROJECT_ID"],
    // The project of a region has the region's name.
    isDefault: (value, get) => value === get("HW_REGION_NAME")
  },
  {
    sources: ["terraform"],
    names: ["HW_AUTH_URL", "OS_AUTH_URL"],
    changes: "the IAM endpoint",
    advice: "Set HUAWEICLOUD_SDK_IAM_ENDPOINT to that URL without /v3.",
    unless: ["HUAWEICLOUD_SDK_IAM_ENDPOINT"],
    isDefault: (value, get) => value.replace(/(?::443)?(?:\/v3)?\/?$/, "") === iamEndpoint(get("HW_REGION_NAME"))
  },
  {
    sources: ["terraform"],
    names: ["HW_CLOUD"],
    changes: "the endpoints of the cloud",
    advice: "Unset it, and set HOTSPOT_SESSION_ENDPOINT and HUAWEICLOUD_SDK_IAM_ENDPOINT to the cloud's own endpoints.",
    isDefault: (value) => value === "myhuaweicloud.com"
  },
  {
    sources: ["credentialsFile"],
    names: ["idp_id", "id_token_file"],
    changes: "the identity",
    advice: "Write an access key, ak and sk, in place of the identity provider.",
    areCredentials: true
  },
  {
    sources: ["kooCli"],
    names: ["agencyName", "agencyDomainName", "agencyDomainId"],
    changes: "the identity",
    advice: `Choose another profile. ${agencyAdvice} to act as that agency.`
  },
  {
    sources: ["metadata"],
    names: [
      "HC_CONTAINER_CREDENTIALS_FULL_URI",
      "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE",
      "HUAWEICLOUD_OIDC_AGENCY_URN"
    ],
    changes: "the identity",
    advice: `${federationAdvice}, or unset the variables to act as the agency of this ECS.`,
    areCredentials: true
  }
]

/**
 * Refuses what a source gives where one of its settings that is not supported would change who calls, the project or the
 * endpoints: to ignore it would be to act as someone else, or elsewhere.
 *
 * `where` follows a setting's name, such as ` in [basic]`.
 */
export const refuseUnsupported = (
  kind: SourceKind,
  fields: Fields,
  lookup: ProfileLookup,
  where = ""
): ProfileLookup => {
  if (Either.isLeft(lookup) && (lookup.left.ambiguous === true || lookup.left.refusal !== undefined)) return lookup
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
          .map(({ changes, names }) => {
            const verb = names.length === 1 ? "is" : "are"
            return `${names.join(" and ")}${where} ${verb} set, which changes ${changes} and is not supported`
          })
          .join("; "),
        refusal: found.map(({ advice }) => advice).join(" ")
      })
}
