import type * as HttpClient from "@effect/platform/HttpClient"
import { ProfileChain } from "@hotspot-session/client"
import { CredentialsError } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import type { ConfigurationError } from "./ConfigurationError.js"
import { nearest, suggestion } from "./Nearest.js"
import { customEndpoint, findTarget, type TargetRequest } from "./Target.js"

/** Adds the nearest profile to the hint. */
const withSuggestion = (error: CredentialsError, profile: string | undefined): CredentialsError => {
  const others = error.attempted.flatMap(({ others = [] }) => others)
  const meant = profile === undefined ? undefined : nearest(profile, others)
  return meant === undefined
    ? error
    : new CredentialsError({ ...error, hint: `${suggestion(meant)}${error.hint ?? ""}`.trim() })
}

/** The profile to use. An invalid endpoint is reported before the lookup. */
export const findProfile = (
  request: TargetRequest,
  machine: ProfileChain.Machine
): Effect.Effect<ProfileChain.Resolved, ConfigurationError | CredentialsError, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    const target = findTarget(request, machine.environment, undefined)
    const found = Effect.mapError(ProfileChain.resolve(machine, request.profile, customEndpoint(target)), (error) =>
      withSuggestion(error, request.profile)
    )
    return target.isConfigured ? Effect.zipRight(target.endpoint, found) : found
  })
