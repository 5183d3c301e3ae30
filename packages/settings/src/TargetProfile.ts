import type * as HttpClient from "@effect/platform/HttpClient"
import { ProfileChain } from "@hotspot-session/client"
import { CredentialsError } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import type { ConfigurationError } from "./ConfigurationError.js"
import { nearest, suggestion } from "./Nearest.js"
import { findTarget, ownEndpoint, type TargetRequest } from "./Target.js"

/** Names the profile that was most likely meant. */
const withNearest = (error: CredentialsError, profile: string | undefined): CredentialsError => {
  const others = error.attempted.flatMap(({ others = [] }) => others)
  const meant = profile === undefined ? undefined : nearest(profile, others)
  return meant === undefined
    ? error
    : new CredentialsError({ ...error, hint: `${suggestion(meant)}${error.hint ?? ""}`.trim() })
}

/** The profile to use. What is given and wrong is told before anything is looked for. */
export const findProfile = (
  request: TargetRequest,
  machine: ProfileChain.Machine
): Effect.Effect<ProfileChain.Resolved, ConfigurationError | CredentialsError, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    const given = findTarget(request, machine.environment, undefined)
    const found = Effect.mapError(ProfileChain.resolve(machine, request.profile, ownEndpoint(given)), (error) =>
      withNearest(error, request.profile)
    )
    return given.isGiven ? Effect.zipRight(given.endpoint, found) : found
  })
