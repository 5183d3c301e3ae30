import type * as HttpClient from "@effect/platform/HttpClient"
import { type Credentials, type Profile, ProfileChain } from "@hotspot-session/client"
import { type CredentialsError, iamEndpoint } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import { ConfigurationError } from "./ConfigurationError.js"
import { variables } from "./EnvironmentVariables.js"
import { usableProjectId } from "./ProjectLookup.js"
import type { SourcedValue } from "./SourcedValue.js"

/** What a profile's credentials are used for. */
interface CredentialsTarget {
  readonly projectId: SourcedValue | undefined
  readonly projectName?: string | undefined
  readonly region: string | undefined
  /** Absent if the endpoint or the region is not the cloud's and no IAM endpoint is set. */
  readonly iamEndpoint: SourcedValue | undefined
}

/** What is sent to IAM. */
const secretOf: Partial<Record<Profile["credentials"]["_tag"], readonly [what: string, secret: string]>> = {
  Password: ["the user's token", "the password is"],
  Federation: ["the key of the identity provider", "the ID token is"],
  Agency: ["the key of the agency", "credentials are"]
}

/** Whether IAM gets credentials of the profile, to issue others for them. */
export const areSentToIam = ({ credentials }: Profile): boolean => secretOf[credentials._tag] !== undefined

/**
 * The credentials of a profile. No secret is sent to the cloud's IAM for an endpoint that is not the cloud's, nor for a project
 * that cannot be one.
 */
export const credentialsFor = (
  { iamEndpoint: iam, projectId, projectName, region }: CredentialsTarget,
  profile: Profile,
  machine: ProfileChain.CredentialsOptions["machine"]
): Effect.Effect<Credentials.Service, ConfigurationError | CredentialsError, HttpClient.HttpClient | Scope.Scope> => {
  const [what, secret] = secretOf[profile.credentials._tag] ?? []
  return what !== undefined && iam === undefined
    ? new ConfigurationError({
        message: `No IAM endpoint is set for ${what} (${profile.source}).`,
        hint: `Set ${variables.iamEndpoint}: ${secret} not sent to the cloud's IAM for an endpoint that is not the cloud's.`
      })
    : Effect.flatMap(projectId === undefined ? Either.right(undefined) : usableProjectId(projectId), (projectId) =>
        ProfileChain.credentialsOf(profile, {
          projectId,
          projectName,
          region,
          iamEndpoint: iam?.value ?? iamEndpoint(region),
          machine
        })
      )
}
