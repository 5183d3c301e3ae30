import { Cloud, Destination, type Environment, type Profile } from "@hotspot-session/client"
import * as Either from "effect/Either"
import { ConfigurationError } from "./ConfigurationError.js"
import { variables } from "./EnvironmentVariables.js"
import { usableIamEndpoint } from "./IamEndpoint.js"
import type { MachineRegions } from "./MachineRegions.js"
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
  /** The name of the project, if it is looked up by another name than the region's. */
  readonly projectName?: SourcedValue | undefined
  readonly region: SourcedValue | undefined
  readonly endpoint: Either.Either<ResolvedEndpoint, ConfigurationError>
  /** Whether the endpoint is custom, without a region. */
  readonly hasCustomEndpoint: boolean
  /** Whether an endpoint or a region is set. */
  readonly isConfigured: boolean
  /** `undefined` if the endpoint or the region is not the cloud's and no IAM endpoint is set. */
  readonly iamEndpoint: Either.Either<SourcedValue | undefined, ConfigurationError>
}

/** A file has the region in place of an option. */
const missingEndpoint = ({ source }: TargetRequest) =>
  new ConfigurationError({
    message: "No region or endpoint is set.",
    hint: `${source === undefined ? "Use --region or --endpoint" : `Write the region in ${source}, use --endpoint`}, or set ${variables.region} or ${variables.endpoint}. Without an account, try --demo.`
  })

/** The endpoint, unless the service, IAM and the cloud of the credentials do not belong together. */
export const withinCloud = (
  endpoint: ResolvedEndpoint,
  iamEndpoint: SourcedValue | undefined,
  profile: Profile
): Either.Either<ResolvedEndpoint, ConfigurationError> => {
  const { source } = endpoint.configured
  const mismatch = Cloud.mismatch({ endpoint: { value: endpoint.url, source }, iamEndpoint, profile })
  return mismatch === undefined
    ? Either.right(endpoint)
    : Either.left(
        new ConfigurationError({
          message: `Credentials are not sent to another cloud: ${mismatch}.`,
          hint: `Set the endpoint, the IAM endpoint and the cloud to those of one cloud: ${variables.endpoint} or --endpoint, ${variables.iamEndpoint} or HW_AUTH_URL, and HW_CLOUD.`
        })
      )
}

/**
 * The command line's values, else the environment's, else the profile's. `regions` is the file of regions; without it, none
 * is used.
 */
export const findTarget = (
  request: TargetRequest,
  environment: Environment,
  profile: Profile | undefined,
  regions?: MachineRegions
): Target => {
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
        ? Either.mapLeft(resolveRegion(region, environment, { regions, cloud: profile?.cloud }), endpointError)
        : Either.left(missingEndpoint(request))
  const iam = Destination.iamEndpointOf({
    environment,
    profile,
    region: region?.value,
    hasCustomEndpoint: endpoint !== undefined
  })
  const projectId =
    fromOption("project-id", request.projectId, request.source) ??
    (request.isOneOfSeveral ? undefined : (fromVariable(environment, variables.projectId) ?? profile?.projectId))
  return {
    projectId,
    projectName: projectId === undefined && !request.isOneOfSeveral ? profile?.projectName : undefined,
    region,
    // The profile may name another cloud, and IAM there.
    endpoint:
      profile === undefined ? resolved : Either.flatMap(resolved, (resolved) => withinCloud(resolved, iam, profile)),
    hasCustomEndpoint: endpoint !== undefined,
    isConfigured: endpoint !== undefined || region !== undefined,
    iamEndpoint: iam === undefined ? Either.right(undefined) : usableIamEndpoint(iam)
  }
}
