import type * as HttpClient from "@effect/platform/HttpClient"
import { type Environment, ProfileChain } from "@hotspot-session/client"
import { CredentialsError, cloudOf } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import type { ConfigurationError } from "./ConfigurationError.js"
import { type MachineRegions, noRegions, readRegions } from "./MachineRegions.js"
import { nearest, suggestion } from "./Nearest.js"
import { findTarget, type Target, type TargetRequest } from "./Target.js"

/** Adds the nearest profile to the hint. */
const withSuggestion = (profile: string | undefined) => (error: CredentialsError) => {
  const others = error.attempted.flatMap(({ others = [] }) => others)
  const meant = profile === undefined ? undefined : nearest(profile, others)
  return meant === undefined
    ? error
    : new CredentialsError({ ...error, hint: `${suggestion(meant)}${error.hint ?? ""}`.trim() })
}

/** Finds the profile to use; an error suggests the nearest to the one that is named. */
export const resolveProfile = (
  machine: ProfileChain.Machine,
  profile: string | undefined
): Effect.Effect<ProfileChain.Resolved, CredentialsError, HttpClient.HttpClient> =>
  Effect.mapError(ProfileChain.resolve(machine, profile), withSuggestion(profile))

/** A profile, and what else the machine sets. */
export interface FoundProfile extends ProfileChain.Resolved {
  readonly regions: MachineRegions
}

/** A region of a cloud that only the source of the credentials names. */
const mayBeOfOtherCloud = ({ hasCustomEndpoint, region }: Target, environment: Environment): boolean =>
  !hasCustomEndpoint && (Boolean(environment["HW_CLOUD"]) || cloudOf(region?.value) !== cloudOf())

/** The profile to use. An invalid endpoint is reported before the lookup. */
export const findProfile = Effect.fnUntraced(function* (
  request: TargetRequest,
  machine: ProfileChain.Machine
): Effect.fn.Return<FoundProfile, ConfigurationError | CredentialsError, HttpClient.HttpClient> {
  const { environment } = machine
  // Reading a file is slow to load.
  const { hasCustomEndpoint } = findTarget(request, environment, undefined)
  const regions = hasCustomEndpoint ? noRegions : yield* readRegions(machine)
  const target = findTarget(request, environment, undefined, regions)
  if (target.isConfigured && !mayBeOfOtherCloud(target, environment)) yield* target.endpoint
  const found = yield* resolveProfile(machine, request.profile)
  return { ...found, regions }
})

/** The profile for several targets, each of which is validated separately. */
export const findSharedProfile = (
  profile: string | undefined,
  machine: ProfileChain.Machine
): Effect.Effect<FoundProfile, CredentialsError, HttpClient.HttpClient> =>
  Effect.zipWith(resolveProfile(machine, profile), readRegions(machine), (found, regions) => ({
    ...found,
    regions
  }))
