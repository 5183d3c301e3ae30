import type * as HttpClient from "@effect/platform/HttpClient"
import { Credentials, Iam, RetryPolicy } from "@hotspot-session/client"
import {
  type CallError,
  type CredentialsError,
  type DecodeError,
  type ProjectLookupError,
  projectIdPattern,
  type StatusError,
  TransportError
} from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { ConfigurationError } from "./ConfigurationError.js"
import { variables } from "./EnvironmentVariables.js"
import type { SourcedValue } from "./SourcedValue.js"
import type { Target } from "./Target.js"

export type LookupError =
  | ConfigurationError
  | ProjectLookupError
  | StatusError
  | TransportError
  | DecodeError
  | CredentialsError

/** Retries a lookup like a call of the client; the timeout of the command bounds it. */
const withRetries = <A, E extends ProjectLookupError | CallError, R>(
  lookup: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const { decide } = RetryPolicy.make()
  const attempt = (attempts: number): Effect.Effect<A, E, R> =>
    Effect.catchAll(lookup, (error) =>
      error._tag === "ProjectLookupError"
        ? Effect.fail(error)
        : Effect.flatMap(decide({ error, attempts, elapsed: Duration.zero, freshCredentials: false }), (decision) =>
            decision._tag === "Stop" ? Effect.fail(error) : Effect.delay(attempt(attempts + 1), decision.delay)
          )
    )
  return attempt(1)
}

export const usableProjectId = (projectId: SourcedValue): Either.Either<string, ConfigurationError> =>
  projectIdPattern.test(projectId.value)
    ? Either.right(projectId.value)
    : Either.left(
        new ConfigurationError({
          message: `The project ID (${projectId.source}) is not valid: "${projectId.value}".`,
          hint: "It must be 1 to 128 letters, digits, - or _."
        })
      )

/** The configured project, or the project of the configured name, or that of the region. */
export const findProject = (
  { projectId, projectName, region }: Pick<Target, "projectId" | "projectName" | "region">,
  iam: SourcedValue | undefined,
  credentials: Credentials.Service,
  timeout: Duration.Duration
): Effect.Effect<string, LookupError, HttpClient.HttpClient> => {
  if (projectId !== undefined) return usableProjectId(projectId)
  if (region === undefined || iam === undefined) {
    const missing = region === undefined ? "region" : "IAM endpoint"
    const others = region === undefined ? variables.projectId : `${variables.projectId} or ${variables.iamEndpoint}`
    return new ConfigurationError({
      message: `No project ID is set, and no ${missing} to look it up by.`,
      hint: `Use --project-id${region === undefined ? " or --region" : ""}, or set ${others}. Without an account, try --demo.`
    })
  }
  return Iam.findProjectId({ region: region.value, name: projectName?.value, endpoint: iam.value }).pipe(
    Effect.provideService(Credentials.Credentials, credentials),
    withRetries,
    Effect.timeoutFail({
      duration: timeout,
      onTimeout: () =>
        new TransportError({
          operation: "KeystoneListProjects",
          method: "GET",
          url: `${iam.value}/v3/projects`,
          reason: "deadline",
          detail: `IAM did not return a project within ${Duration.format(timeout)}`
        })
    })
  )
}
