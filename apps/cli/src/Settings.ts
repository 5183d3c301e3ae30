import type { Target } from "@hotspot-session/client"
import { CredentialsError, type RegionId, regionIds } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { ConfigurationError } from "./CliError.js"
import { nearest } from "./Nearest.js"

/** The options that say what is asked, and where. */
export interface TargetFlags {
  readonly projectId?: string | undefined
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
}

/** Everything that a command needs to reach the service. */
export interface Settings {
  readonly projectId: string
  readonly target: Target
  readonly token: Redacted.Redacted<string>
}

/** The environment's variables that are read. An empty one counts as not set. */
export const variables = {
  projectId: "HUAWEICLOUD_SDK_PROJECT_ID",
  region: "HOTSPOT_SESSION_REGION",
  endpoint: "HOTSPOT_SESSION_ENDPOINT",
  token: "HOTSPOT_SESSION_AUTH_TOKEN"
} as const

type Environment = Readonly<Record<string, string | undefined>>

const read = (flag: string | undefined, environment: Environment, variable: string): string | undefined =>
  flag ?? (environment[variable] === "" ? undefined : environment[variable])

const isRegion = (text: string): text is RegionId => regionIds.some((region) => region === text)

const resolveRegion = (region: string): Either.Either<RegionId, ConfigurationError> => {
  if (isRegion(region)) return Either.right(region)
  const meant = nearest(region, regionIds)
  return Either.left(
    new ConfigurationError({
      message: `The region "${region}" is not known.`,
      hint: `${meant === undefined ? "" : `Did you mean ${meant}? `}Known are ${regionIds.join(", ")}. For any other, give its --endpoint.`
    })
  )
}

const resolveTarget = (flags: TargetFlags, environment: Environment): Either.Either<Target, ConfigurationError> => {
  // A region on the command line means its own endpoint, not the one that the environment has for another.
  const endpoint = flags.region === undefined ? read(flags.endpoint, environment, variables.endpoint) : flags.endpoint
  if (endpoint !== undefined) return Either.right({ endpoint })
  const region = read(flags.region, environment, variables.region)
  if (region !== undefined) return Either.map(resolveRegion(region), (region) => ({ region }))
  return Either.left(
    new ConfigurationError({
      message: "No region and no endpoint is given.",
      hint: `Give --region or --endpoint, or set ${variables.region} or ${variables.endpoint}. Without an account, try --demo.`
    })
  )
}

const required = (value: string | undefined, message: string, hint: string) =>
  value === undefined ? Either.left(new ConfigurationError({ message, hint })) : Either.right(value)

const resolveToken = (environment: Environment): Either.Either<Redacted.Redacted<string>, CredentialsError> => {
  const token = read(undefined, environment, variables.token)
  return token === undefined
    ? Either.left(
        new CredentialsError({
          reason: "There are no credentials",
          advice: `Set ${variables.token} to a token that IAM gave (the X-Subject-Token of its answer). Without an account, try --demo.`,
          attempted: [{ source: "environment", reason: `${variables.token} is not set` }]
        })
      )
    : Either.right(Redacted.make(token))
}

/** Settings from the command line, or else from the environment. */
export const resolveSettings = (
  flags: TargetFlags,
  environment: Environment
): Either.Either<Settings, ConfigurationError | CredentialsError> =>
  Either.gen(function* () {
    const projectId = yield* required(
      read(flags.projectId, environment, variables.projectId),
      "No project is given.",
      `Give --project-id or set ${variables.projectId}. Without an account, try --demo.`
    )
    const target = yield* resolveTarget(flags, environment)
    const token = yield* resolveToken(environment)
    return { projectId, target, token }
  })
