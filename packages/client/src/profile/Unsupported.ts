import { iamEndpoint } from "@hotspot-session/core"
import * as Either from "effect/Either"
import type { ProfileLookup, SkippedSource } from "./Profile.js"
import type { Fields } from "./ProfileFields.js"

type SourceKind = "terraform" | "metadata"

/** Settings that the tool behind a source supports and this library does not. */
interface UnsupportedSetting {
  readonly sources: ReadonlyArray<SourceKind>
  readonly names: ReadonlyArray<string>
  /** What the settings change about a call. Default: the identity. */
  readonly changes?: "the project" | "the IAM endpoint"
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

/**
 * All unsupported settings that change the identity, the project or where requests are sent.
 *
 * Settings that change none of these are left out: an account ID next to an access key, which only global services need, the
 * enterprise project, TLS, retries and the signature algorithm. The OpenStack variables that the Terraform provider reads if
 * its own are not set are also left out, unless they override or complete its own credentials.
 *
 * Source: the providers of the official SDKs for Python and Go, and the schema of the Terraform provider.
 */
const unsupportedSettings: ReadonlyArray<UnsupportedSetting> = [
  {
    sources: ["terraform", "metadata"],
    names: ["OS_AGENCY_NAME"],
    hint: "Unset it, and set HW_ASSUME_ROLE_AGENCY_NAME and HW_ASSUME_ROLE_DOMAIN_NAME to act as the agency."
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
    names: ["OS_PROJECT_ID", "OS_TENANT_ID"],
    changes: "the project",
    hint: "Set HW_PROJECT_ID to the project's ID.",
    unless: ["HW_PROJECT_ID"]
  },
  {
    sources: ["terraform"],
    names: ["OS_PROJECT_NAME", "OS_TENANT_NAME"],
    changes: "the project",
    hint: "Set HW_PROJECT_NAME to the project's name, or HW_PROJECT_ID to its ID.",
    unless: ["HW_PROJECT_ID", "HW_PROJECT_NAME"],
    // The project of a region has the region's name.
    isDefault: (value, get) => value === get("HW_REGION_NAME")
  },
  {
    sources: ["terraform"],
    names: ["OS_AUTH_URL"],
    changes: "the IAM endpoint",
    hint: "Set HW_AUTH_URL to that URL.",
    unless: ["HW_AUTH_URL", "HUAWEICLOUD_SDK_IAM_ENDPOINT"],
    isDefault: (value, get) => value.replace(/(?::443)?(?:\/v3)?\/?$/, "") === iamEndpoint(get("HW_REGION_NAME"))
  },
  {
    sources: ["metadata"],
    names: ["HUAWEICLOUD_OIDC_AGENCY_URN"],
    hint: "Set HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE, or unset the variable to act as the agency of this ECS.",
    areCredentials: true
  }
]

/** Whether the search ends at this source. */
export const isFinal = ({ ambiguous, refusal, unavailable }: SkippedSource): boolean =>
  ambiguous === true || unavailable === true || refusal !== undefined

/**
 * Rejects the profile of a source that has an unsupported setting which would change the identity, the project or the
 * endpoints. Ignoring the setting would act as a different user or in a different place.
 */
export const refuseUnsupported = (kind: SourceKind, fields: Fields, lookup: ProfileLookup): ProfileLookup => {
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
            return `${names.join(" and ")} ${verb} set, which changes ${changes} and is not supported`
          })
          .join("; "),
        refusal: found.map(({ hint }) => hint).join(" ")
      })
}
