import type { Environment, Profile } from "@hotspot-session/client"
import * as Either from "effect/Either"
import { ConfigurationError } from "./ConfigurationError.js"
import { variables } from "./EnvironmentVariables.js"
import { findIamEndpoint, usableIamEndpoint } from "./IamEndpoint.js"
import {
  endpointError,
  endpointToUse,
  type ResolvedEndpoint,
  resolveOwnEndpoint,
  resolveRegion
} from "./ResolvedEndpoint.js"
import { fromOption, fromVariable, type SourcedValue } from "./SourcedValue.js"

/** What is asked for, where, and as whom. */
export interface TargetRequest {
  readonly projectId?: string | undefined
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly profile?: string | undefined
  /** Where project and region are written, if not on the command line. */
  readonly source?: string | undefined
  /** Whether it is one of several regions: a project of the environment or of a profile is of one of them only. */
  readonly isOneOfSeveral?: boolean | undefined
}

/** Where the service is and what is asked there; each value with its source. */
export interface Target {
  readonly projectId: SourcedValue | undefined
  readonly region: SourcedValue | undefined
  readonly endpoint: Either.Either<ResolvedEndpoint, ConfigurationError>
  /** Whether the endpoint is one's own, of no region that is known. */
  readonly hasOwnEndpoint: boolean
  /** Whether the endpoint, or the region that it is of, was given at all. */
  readonly isGiven: boolean
  /** `undefined` where the endpoint is not a region's and nothing says which IAM belongs to it. */
  readonly iamEndpoint: Either.Either<SourcedValue | undefined, ConfigurationError>
}

const nothingGiven = () =>
  new ConfigurationError({
    message: "No region or endpoint is set.",
    hint: `Use --region or --endpoint, or set ${variables.region} or ${variables.endpoint}. Without an account, try --demo.`
  })

/** Where and what: the command line's values, else the environment's, else the profile's. */
export const findTarget = (request: TargetRequest, environment: Environment, profile: Profile | undefined): Target => {
  const region =
    fromOption("region", request.region, request.source) ??
    fromVariable(environment, variables.region) ??
    profile?.region
  const endpoint = endpointToUse(
    { region: request.region, endpoint: fromOption("endpoint", request.endpoint) },
    fromVariable(environment, variables.endpoint)
  )
  const resolved =
    endpoint !== undefined
      ? Either.mapLeft(resolveOwnEndpoint(endpoint), endpointError)
      : region !== undefined
        ? Either.mapLeft(resolveRegion(region, environment), endpointError)
        : Either.left(nothingGiven())
  const iam = findIamEndpoint(environment, profile, region?.value, endpoint !== undefined)
  return {
    projectId:
      fromOption("project-id", request.projectId, request.source) ??
      (request.isOneOfSeveral ? undefined : (fromVariable(environment, variables.projectId) ?? profile?.projectId)),
    region,
    endpoint: resolved,
    hasOwnEndpoint: endpoint !== undefined,
    isGiven: endpoint !== undefined || region !== undefined,
    iamEndpoint: iam === undefined ? Either.right(undefined) : usableIamEndpoint(iam)
  }
}

/** The endpoint of a target, where it is of no region. */
export const ownEndpoint = ({ endpoint, hasOwnEndpoint }: Target): string | undefined =>
  hasOwnEndpoint ? Either.getOrUndefined(endpoint)?.url : undefined
