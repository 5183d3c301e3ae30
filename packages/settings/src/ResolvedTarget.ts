import type * as HttpClient from "@effect/platform/HttpClient"
import type { Credentials, Environment, Profile } from "@hotspot-session/client"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { findProject, type LookupError } from "./ProjectLookup.js"
import { findTarget, type TargetRequest } from "./Target.js"
import { credentialsFor } from "./TargetCredentials.js"

/** What a call needs to reach the service. */
export interface ResolvedTarget {
  readonly projectId: string
  readonly region?: string | undefined
  readonly endpoint: string
  readonly credentials: Credentials.Service
}

const defaultTimeout = Duration.minutes(2)

/** Resolves a target from the command line, the environment and a profile. */
export const resolveTarget = (
  request: TargetRequest,
  profile: Profile,
  environment: Environment,
  timeout: Duration.Duration = defaultTimeout
): Effect.Effect<ResolvedTarget, LookupError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const target = findTarget(request, environment, profile)
    const { url } = yield* target.endpoint
    const iam = yield* target.iamEndpoint
    const credentials = yield* credentialsFor(
      { projectId: target.projectId?.value, region: target.region?.value, iamEndpoint: iam },
      profile,
      environment
    )
    const projectId = yield* findProject(target, iam, credentials, timeout)
    const region = target.hasCustomEndpoint ? undefined : target.region?.value
    return { projectId, region, endpoint: url, credentials }
  })
