import type * as HttpClient from "@effect/platform/HttpClient"
import { type Credentials, type Environment, type Profile, ProfileChain } from "@hotspot-session/client"
import { type CredentialsError, iamEndpoint } from "@hotspot-session/core"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ConfigurationError } from "./ConfigurationError.js"
import { variables } from "./EnvironmentVariables.js"
import type { SourcedValue } from "./SourcedValue.js"

/** What a profile's credentials are used for. */
interface CredentialsTarget {
  readonly projectId: string | undefined
  readonly region: string | undefined
  /** Absent if the endpoint is custom and no IAM endpoint is set. */
  readonly iamEndpoint: SourcedValue | undefined
}

/** The credentials of a profile. A password is not sent to the cloud's IAM for an endpoint that is not the cloud's. */
export const credentialsFor = (
  { iamEndpoint: iam, projectId, region }: CredentialsTarget,
  profile: Profile,
  environment: Environment
): Effect.Effect<Credentials.Service, ConfigurationError | CredentialsError, HttpClient.HttpClient | Scope.Scope> =>
  profile.credentials._tag === "Password" && iam === undefined
    ? new ConfigurationError({
        message: `No IAM endpoint is set for the user's token (${profile.source}).`,
        hint: `Set ${variables.iamEndpoint}: the password is not sent to the cloud's IAM for an endpoint that is not the cloud's.`
      })
    : ProfileChain.credentialsOf(profile, {
        projectId,
        region,
        iamEndpoint: iam?.value ?? iamEndpoint(region),
        environment
      })
