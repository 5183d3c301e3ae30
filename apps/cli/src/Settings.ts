import type * as HttpClient from "@effect/platform/HttpClient"
import {
  Credentials,
  type Environment,
  endpointOverride,
  Iam,
  type Profile,
  ProfileChain,
  resolveEndpoint,
  type SkippedSource,
  type SourcedValue
} from "@hotspot-session/client"
import {
  CredentialsError,
  type DecodeError,
  iamEndpoint,
  type ProjectLookupError,
  projectIdPattern,
  type RegionId,
  regionEndpoint,
  regionIds,
  type StatusError,
  TransportError
} from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { ConfigurationError } from "./CliError.js"
import type { TargetFlags } from "./commandLine/Invocation.js"
import { nearest } from "./commandLine/Nearest.js"
import { variables } from "./commandLine/Variables.js"

/** What is asked for, where, and as whom. */
export interface Asked extends TargetFlags {
  /** Where that is written, if not on the command line. */
  readonly from?: string | undefined
  /** Whether it is one of several regions: a project of the environment or of a profile is of one of them only. */
  readonly isOneOfSeveral?: boolean | undefined
}

/** Where the service is and what is asked there; each value with its origin. */
export interface Target {
  readonly projectId: SourcedValue<string> | undefined
  readonly region: SourcedValue<string> | undefined
  readonly endpoint: Either.Either<SourcedValue<string>, ConfigurationError>
  /** Whether the endpoint is one's own, of no region that is known. */
  readonly hasOwnEndpoint: boolean
  /** Whether the endpoint, or the region that it is of, was given at all. */
  readonly isGiven: boolean
  /** `undefined` where the endpoint is not a region's and nothing says which IAM belongs to it. */
  readonly iamEndpoint: Either.Either<SourcedValue<string> | undefined, ConfigurationError>
}

/** Everything that a command needs to reach the service. */
export interface Settings {
  readonly projectId: string
  readonly region?: string | undefined
  readonly endpoint: string
  readonly credentials: Credentials.Service
}

const flag = (name: string, value: string | undefined, from = `option ${name}`): SourcedValue<string> | undefined =>
  value === undefined ? undefined : { value, source: from }

const variable = (environment: Environment, name: string): SourcedValue<string> | undefined => {
  const value = environment[name]
  return value === undefined || value === "" ? undefined : { value, source: `environment variable ${name}` }
}

/** Whether it is the ID of a region that is known. */
export const isRegion = (text: string): text is RegionId => regionIds.some((region) => region === text)

const unknownRegion = ({ source, value }: SourcedValue<string>): ConfigurationError => {
  const meant = nearest(value, regionIds)
  return new ConfigurationError({
    message: `The region "${value}" (${source}) is not known.`,
    hint: `${meant === undefined ? "" : `Did you mean ${meant}? `}Known are ${regionIds.join(", ")}. For any other, give its --endpoint.`
  })
}

/** The endpoint of a region, which the official SDKs let a variable replace. */
const endpointOfRegion = (
  region: SourcedValue<string>,
  environment: Environment
): Either.Either<SourcedValue<string>, ConfigurationError> => {
  const inPlace = endpointOverride(region.value, environment)
  if (inPlace !== undefined) return Either.right(inPlace)
  if (!isRegion(region.value)) return Either.left(unknownRegion(region))
  return Either.right({ value: regionEndpoint(region.value), source: `region ${region.value}` })
}

const usable = (
  endpoint: SourcedValue<string>,
  what = "endpoint",
  advice = "Give the URL of the service, such as https://workspace.ap-southeast-1.myhuaweicloud.com, or a --region."
): Either.Either<SourcedValue<string>, ConfigurationError> =>
  Either.mapBoth(resolveEndpoint({ endpoint: endpoint.value }), {
    onRight: (value) => ({ ...endpoint, value }),
    onLeft: (error) =>
      new ConfigurationError({
        message: `The ${what} (${endpoint.source}) cannot be used: ${"message" in error ? error.message : String(error)}.`,
        hint: advice
      })
  })

const iamAdvice = "Give the URL of IAM, such as https://iam.ap-southeast-1.myhuaweicloud.com."

/** Where and what: the command line's values, else the environment's, else the profile's. */
export const locate = (flags: Asked, environment: Environment, profile: Profile | undefined): Target => {
  const region =
    flag("--region", flags.region, flags.from) ?? variable(environment, variables.region) ?? profile?.region
  // A region on the command line means its own endpoint, not the one that the environment has for another.
  const endpoint =
    flag("--endpoint", flags.endpoint) ??
    (flags.region === undefined ? variable(environment, variables.endpoint) : undefined)
  const found =
    endpoint !== undefined
      ? Either.right(endpoint)
      : region !== undefined
        ? endpointOfRegion(region, environment)
        : Either.left(
            new ConfigurationError({
              message: "No region and no endpoint is given.",
              hint: `Give --region or --endpoint, or set ${variables.region} or ${variables.endpoint}. Without an account, try --demo.`
            })
          )
  const iam =
    variable(environment, variables.iamEndpoint) ??
    profile?.iamEndpoint ??
    // Credentials for an endpoint of one's own are no business of the cloud's IAM.
    (endpoint === undefined
      ? { value: iamEndpoint(region?.value), source: region === undefined ? "default" : `region ${region.value}` }
      : undefined)
  return {
    projectId:
      flag("--project-id", flags.projectId, flags.from) ??
      (flags.isOneOfSeveral ? undefined : (variable(environment, variables.projectId) ?? profile?.projectId)),
    region,
    endpoint: Either.flatMap(found, usable),
    hasOwnEndpoint: endpoint !== undefined,
    isGiven: endpoint !== undefined || region !== undefined,
    iamEndpoint: iam === undefined ? Either.right(undefined) : usable(iam, "IAM endpoint", iamAdvice)
  }
}

/** The endpoint of a target, where it is of no region. */
export const ownEndpoint = ({ endpoint, hasOwnEndpoint }: Target): string | undefined =>
  hasOwnEndpoint ? Either.getOrUndefined(endpoint)?.value : undefined

/** Why sources were passed over that say something, but not well. */
export const warningsOf = (skipped: ReadonlyArray<SkippedSource>): ReadonlyArray<string> =>
  skipped.filter(({ broken }) => broken).map(({ reason, source }) => `${source} is passed over: ${reason}`)

type LookupError =
  | ConfigurationError
  | ProjectLookupError
  | StatusError
  | TransportError
  | DecodeError
  | CredentialsError

/** As often and as late as a call is tried again. */
const lookupRetries = Schedule.exponential("500 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(3)))

/** The project, which is looked up by its region where it is not given. */
const findProject = (
  { projectId, region }: Target,
  iam: SourcedValue<string> | undefined,
  credentials: Credentials.Service,
  timeout: Duration.Duration
): Effect.Effect<string, LookupError, HttpClient.HttpClient> => {
  if (projectId !== undefined) {
    return projectIdPattern.test(projectId.value)
      ? Effect.succeed(projectId.value)
      : Effect.fail(
          new ConfigurationError({
            message: `The project ID (${projectId.source}) cannot be one: "${projectId.value}".`,
            hint: "It must be 1 to 128 letters, digits, - or _."
          })
        )
  }
  if (region === undefined || iam === undefined) {
    const missing = region === undefined ? "region" : "IAM endpoint"
    const others = region === undefined ? variables.projectId : `${variables.projectId} or ${variables.iamEndpoint}`
    return Effect.fail(
      new ConfigurationError({
        message: `No project is given, and no ${missing} to look it up by.`,
        hint: `Give --project-id${region === undefined ? " or --region" : ""}, or set ${others}. Without an account, try --demo.`
      })
    )
  }
  return Iam.findProjectId({ region: region.value, endpoint: iam.value }).pipe(
    Effect.provideService(Credentials.Credentials, credentials),
    Effect.retry({ schedule: lookupRetries, while: ({ retryable }) => retryable }),
    Effect.timeoutFail({
      duration: timeout,
      onTimeout: () =>
        new TransportError({
          operation: "KeystoneListProjects",
          method: "GET",
          url: `${iam.value}/v3/projects`,
          reason: "deadline",
          detail: `IAM gave no project within ${Duration.format(timeout)}`
        })
    })
  )
}

/** Names the profile that was most likely meant. */
const withNearest = (error: CredentialsError, profile: string | undefined): CredentialsError => {
  const others = error.attempted.flatMap(({ others = [] }) => others)
  const meant = profile === undefined ? undefined : nearest(profile, others)
  return meant === undefined
    ? error
    : new CredentialsError({ ...error, hint: `Did you mean ${meant}? ${error.hint ?? ""}`.trim() })
}

/** The profile to use. What is given and wrong is told before anything is looked for. */
export const findProfile = (
  asked: Asked,
  machine: ProfileChain.Machine
): Effect.Effect<ProfileChain.Resolved, ConfigurationError | CredentialsError, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    const given = locate(asked, machine.environment, undefined)
    const found = Effect.mapError(ProfileChain.resolve(machine, asked.profile, ownEndpoint(given)), (error) =>
      withNearest(error, asked.profile)
    )
    return given.isGiven ? Effect.zipRight(given.endpoint, found) : found
  })

/** How long a call may take where nothing is said. */
export const defaultTimeout = Duration.minutes(2)

/** Everything that a command needs, from the command line, the environment and a profile. */
export const resolveSettings = (
  asked: Asked,
  profile: Profile,
  environment: Environment,
  timeout: Duration.Duration = defaultTimeout
): Effect.Effect<Settings, LookupError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const target = locate(asked, environment, profile)
    const endpoint = yield* target.endpoint
    const iam = yield* target.iamEndpoint
    if (profile.credentials._tag === "Password" && iam === undefined) {
      return yield* new ConfigurationError({
        message: `No IAM endpoint is given for the token of the user (${profile.source}).`,
        hint: `Set ${variables.iamEndpoint}: the password is not sent to the cloud's IAM for an endpoint that is not the cloud's.`
      })
    }
    const credentials = yield* ProfileChain.credentialsOf(profile, {
      projectId: target.projectId?.value,
      region: target.region?.value,
      iamEndpoint: iam?.value ?? iamEndpoint(target.region?.value),
      environment
    })
    const projectId = yield* findProject(target, iam, credentials, timeout)
    const region = target.hasOwnEndpoint ? undefined : target.region?.value
    return { projectId, region, endpoint: endpoint.value, credentials }
  })
