import { Cloud, type Environment } from "@hotspot-session/client"
import * as Arr from "effect/Array"
import * as Either from "effect/Either"
import { ConfigurationError } from "./ConfigurationError.js"
import type { ResolvedEndpoint } from "./ResolvedEndpoint.js"
import type { SourcedValue } from "./SourcedValue.js"
import { findTarget, type TargetRequest } from "./Target.js"
import { areSentToIam } from "./TargetCredentials.js"
import type { FoundProfile } from "./TargetProfile.js"

/** A URL that the credentials are sent to. */
export interface DestinationUrl extends SourcedValue {
  readonly what: "endpoint" | "IAM endpoint"
}

/**
 * Where credentials are sent: the service, and the IAM that they are used at, if any. `source` is where the target comes from,
 * if not the command line.
 */
export const destinationsOf = (
  { configured, url }: ResolvedEndpoint,
  iamEndpoint: SourcedValue | undefined,
  source?: string
): ReadonlyArray<DestinationUrl> => {
  const sourced = (what: DestinationUrl["what"], value: string, ofUrl: string): DestinationUrl => ({
    what,
    value,
    source: source === undefined ? ofUrl : `${ofUrl}, ${source}`
  })
  return [
    sourced("endpoint", url, configured.source),
    ...(iamEndpoint === undefined ? [] : [sourced("IAM endpoint", iamEndpoint.value, iamEndpoint.source)])
  ]
}

const areOfTwoClouds = (one: DestinationUrl, other: DestinationUrl): boolean =>
  Cloud.mismatch({ endpoint: one, otherEndpoint: other }) !== undefined

const described = ({ source, value, what }: DestinationUrl): string => `the ${what} ${value} (${source})`

/** The distinct URLs. Fails if one credential would be sent to two known clouds. A host in no known cloud can belong to any. */
export const withinOneCloud = (
  destinations: ReadonlyArray<DestinationUrl>
): Either.Either<ReadonlyArray<DestinationUrl>, ConfigurationError> => {
  const distinct = Arr.dedupeWith(destinations, (one, other) => one.value === other.value)
  for (const [index, one] of distinct.entries()) {
    const other = distinct.slice(0, index).find((other) => areOfTwoClouds(other, one))
    if (other !== undefined) {
      return Either.left(
        new ConfigurationError({
          message: `Credentials are not sent to two clouds: ${described(other)} and ${described(one)}.`,
          hint: "Use the projects of each cloud separately, with credentials of that cloud."
        })
      )
    }
  }
  return Either.right(distinct)
}

const haveSameDestinations = (one: TargetRequest, other: TargetRequest): boolean =>
  one.region === other.region &&
  one.endpoint === other.endpoint &&
  (one.projectId === undefined) === (other.projectId === undefined) &&
  one.isOneOfSeveral === other.isOneOfSeveral

/** The same for the credentials of several targets, of which thousands may be in a few regions. */
export const targetsWithinOneCloud = (
  requests: ReadonlyArray<TargetRequest>,
  environment: Environment,
  { profile, regions }: Pick<FoundProfile, "profile" | "regions">
): Either.Either<ReadonlyArray<DestinationUrl>, ConfigurationError> =>
  withinOneCloud(
    Arr.dedupeWith(requests, haveSameDestinations).flatMap((request) => {
      const { endpoint, iamEndpoint, projectId } = findTarget(request, environment, profile, regions)
      // Nothing is sent for a target that cannot be resolved.
      if (Either.isLeft(endpoint) || Either.isLeft(iamEndpoint)) return []
      const usesIam = projectId === undefined || areSentToIam(profile)
      return destinationsOf(endpoint.right, usesIam ? iamEndpoint.right : undefined, request.source)
    })
  )
