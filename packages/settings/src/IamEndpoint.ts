import type { Environment, Profile } from "@hotspot-session/client"
import { iamEndpoint } from "@hotspot-session/core"
import * as Either from "effect/Either"
import type { ConfigurationError } from "./ConfigurationError.js"
import { variables } from "./EnvironmentVariables.js"
import { unusable, usableUrl } from "./ResolvedEndpoint.js"
import { fromVariable, type SourcedValue } from "./SourcedValue.js"

/**
 * IAM's endpoint: the environment's, else the profile's, else the region's in the cloud of the profile. A custom endpoint has
 * no default, because its credentials must not be sent to the cloud's IAM.
 */
export const findIamEndpoint = (
  environment: Environment,
  profile: Profile | undefined,
  region: string | undefined,
  hasCustomEndpoint: boolean
): SourcedValue | undefined =>
  fromVariable(environment, variables.iamEndpoint) ??
  profile?.iamEndpoint ??
  (hasCustomEndpoint
    ? undefined
    : {
        value: iamEndpoint(region, profile?.cloud?.value),
        source: [region === undefined ? "default" : `region ${region}`, profile?.cloud?.source]
          .filter(Boolean)
          .join(", ")
      })

/** Validates an IAM endpoint and removes its trailing slash. */
export const usableIamEndpoint = (endpoint: SourcedValue): Either.Either<SourcedValue, ConfigurationError> =>
  Either.mapBoth(usableUrl(endpoint.value), {
    onRight: (value) => ({ ...endpoint, value }),
    onLeft: (reason) =>
      unusable(
        endpoint,
        "IAM endpoint",
        reason,
        "Use the URL of IAM, such as https://iam.ap-southeast-1.myhuaweicloud.com."
      )
  })
