import type { Environment, Profile } from "@hotspot-session/client"
import * as Either from "effect/Either"
import { ConfigurationError } from "./ConfigurationError.js"
import { variables } from "./EnvironmentVariables.js"
import { findIamEndpoint, usableIamEndpoint } from "./IamEndpoint.js"
import {
  endpointError,
  endpointToUse,
  type ResolvedEndpoint,
  resolveCustomEndpoint,
  resolveRegion
} from "./ResolvedEndpoint.js"
import { fromOption, fromVariable, type SourcedValue } from "./SourcedValue.js"

export interface TargetRequest {
  readonly projectId?: string | undefined
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly profile?: string | undefined
  /** The source of project and region, if not the command line. */
  readonly source?: string | undefined
  /** Whether it is one of several regions. Then the project of the environment or of a profile is ignored, because it belongs to one region. */
  readonly isOneOfSeveral?: boolean | undefined
}

/** Project, region and endpoints, each with its source. */
export interface Target {
  readonly projectId: SourcedValue | undefined
  readonly region: SourcedValue | undefined
  readonly endpoint: Either.Either<ResolvedEndpoint, ConfigurationError>
  /** Whether the endpoint is custom, without a region. */
  readonly hasCustomEndpoint: boolean
  /** Whether an endpoint or a region is set. */
  readonly isConfigured: boolean
  /** `undefined` if the endpoint is custom and no IAM endpoint is set. */
  readonly iamEndpoint: Either.Either<SourcedValue | undefined, ConfigurationError>
}

const missingEndpoint = () =>
  new ConfigurationError({
    message: "No region or endpoint is set.",
    hint: `Use --region or --endpoint, or set ${variables.region} or ${variables.endpoint}. Without an account, try --demo.`
  })

/** The command line's values, else the environment's, else the profile's. */
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
      ? Either.mapLeft(resolveCustomEndpoint(endpoint), endpointError)
      : region !== undefined
        ? Either.mapLeft(resolveRegion(region, environment), endpointError)
        : Either.left(missingEndpoint())
  const iam = findIamEndpoint(environment, profile, region?.value, endpoint !== undefined)
  return {
    projectId:
      fromOption("project-id", request.projectId, request.source) ??
      (request.isOneOfSeveral ? undefined : (fromVariable(environment, variables.projectId) ?? profile?.projectId)),
    region,
    endpoint: resolved,
    hasCustomEndpoint: endpoint !== undefined,
    isConfigured: endpoint !== undefined || region !== undefined,
    iamEndpoint: iam === undefined ? Either.right(undefined) : usableIamEndpoint(iam)
  }
}

export const customEndpoint = ({ endpoint, hasCustomEndpoint }: Target): string | undefined =>
  hasCustomEndpoint ? Either.getOrUndefined(endpoint)?.url : undefined
