import type * as HttpClient from "@effect/platform/HttpClient"
import type { Credentials, Profile, ProfileChain } from "@hotspot-session/client"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConfigurationError } from "./ConfigurationError.js"
import type { MachineRegions } from "./MachineRegions.js"
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

/** Resolves a target from the command line, the machine and a profile. `check` is for the URLs that it is reached at. */
export const resolveTarget = Effect.fnUntraced(function* (
  request: TargetRequest,
  profile: Profile,
  machine: ProfileChain.Machine,
  regions: MachineRegions,
  check: (urls: ReadonlyArray<string>) => Effect.Effect<void, ConfigurationError>,
  timeout: Duration.Duration = defaultTimeout
): Effect.fn.Return<ResolvedTarget, LookupError, HttpClient.HttpClient | Scope.Scope> {
  const target = findTarget(request, machine.environment, profile, regions)
  const { url } = yield* target.endpoint
  const iam = yield* target.iamEndpoint
  yield* check(iam === undefined ? [url] : [url, iam.value])
  const credentials = yield* credentialsFor(
    {
      projectId: target.projectId,
      projectName: target.projectName?.value,
      region: target.region?.value,
      iamEndpoint: iam
    },
    profile,
    machine
  )
  const projectId = yield* findProject(target, iam, credentials, timeout)
  const region = target.hasCustomEndpoint ? undefined : target.region?.value
  return { projectId, region, endpoint: url, credentials }
})
