import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { CredentialsError } from "../Core.js"
import * as Credentials from "../Credentials.js"
import * as EcsMetadata from "../EcsMetadata.js"
import { baseUrl } from "../Endpoint.js"
import type { Environment } from "../Environment.js"
import * as Iam from "../Iam.js"
import { type Machine, setVariable } from "./Machine.js"
import type { Profile, ProfileCredentials, SourcedValue } from "./Profile.js"

/**
 * Names the metadata service, or disables it.
 *
 * @internal
 */
export const metadataVariable = "HOTSPOT_SESSION_METADATA_ENDPOINT"

/**
 * The name of the metadata service.
 *
 * @internal
 */
export const metadataSource = "ECS metadata service"

/** A problem with credentials. Without a `refusal` the search continues. */
interface SkippedProblem {
  readonly reason: string
  readonly refusal?: string
}

/**
 * URL of the metadata service. Left if it is disabled, or not a URL.
 *
 * @internal
 */
export const metadataEndpoint = (environment: Environment): Either.Either<string, SkippedProblem> => {
  const endpoint = setVariable(environment, metadataVariable) ?? EcsMetadata.defaultEndpoint
  return endpoint === "off"
    ? Either.left({ reason: `disabled by ${metadataVariable}` })
    : Either.mapLeft(baseUrl(endpoint), (problem) => ({
        reason: `its endpoint (environment variable ${metadataVariable}) ${problem}`,
        refusal: `Set ${metadataVariable} to the URL of the service or to off, or unset it.`
      }))
}

/** Credentials that need no request. */
type FixedCredentials = Extract<ProfileCredentials, { readonly _tag: "Token" | "AccessKey" }>

const fixedCredentials = (credentials: FixedCredentials): Credentials.Service => {
  if (credentials._tag === "Token") return Credentials.token(credentials.token.value, credentials.token.source)
  const { accessKey, secretKey, securityToken } = credentials
  return Credentials.accessKey(
    { accessKey: accessKey.value, secretKey: secretKey.value, securityToken: securityToken?.value },
    accessKey.source
  )
}

/** Loaded on demand, because most programs use no token file. */
const readToken = Effect.fnUntraced(function* (
  machine: Pick<Machine, "readFile">,
  { source, value }: SourcedValue<string>
): Effect.fn.Return<Redacted.Redacted<string>, CredentialsError> {
  const TokenFile = yield* Effect.promise(() => import("./TokenFile.js"))
  return yield* TokenFile.read(machine, value, source)
})

/**
 * The problem with a profile's credentials, as far as it can be detected without sending them.
 *
 * @internal
 */
export const problemOf = (
  credentials: ProfileCredentials,
  machine: Machine
): Effect.Effect<SkippedProblem | undefined> => {
  const problemOfToken = (path: SourcedValue<string>) =>
    Effect.match(readToken(machine, path), {
      onFailure: ({ hint, reason }): SkippedProblem => ({ reason, ...(hint === undefined ? {} : { refusal: hint }) }),
      onSuccess: () => undefined
    })
  switch (credentials._tag) {
    case "EcsMetadata":
      return Effect.succeed(
        Either.match(metadataEndpoint(machine.environment), {
          onLeft: (problem) => ({ ...problem, reason: `it uses the ${metadataSource}: ${problem.reason}` }),
          onRight: () => undefined
        })
      )
    case "Agency":
      return problemOf(credentials.base, machine)
    case "Federation":
      return credentials.idToken._tag === "File" ? problemOfToken(credentials.idToken.path) : Effect.succeed(undefined)
    case "PodIdentity":
      return Effect.flatMap(
        Effect.promise(() => import("../PodIdentity.js")),
        ({ checkUri }) =>
          Either.match(checkUri(credentials.uri.value), {
            onLeft: (problem) =>
              Effect.succeed({
                reason: `the URL (${credentials.uri.source}) ${problem}`,
                refusal: "Correct the variable, or unset it."
              }),
            onRight: () => problemOfToken(credentials.tokenFile)
          })
      )
    case "Password":
      return Effect.succeed(undefined)
    default:
      return Effect.match(fixedCredentials(credentials).get, {
        onFailure: ({ reason }) => ({ reason }),
        onSuccess: () => undefined
      })
  }
}

/**
 * The options of `credentialsOf`.
 *
 * @category models
 * @since 0.1.0
 */
export interface CredentialsOptions {
  readonly projectId?: string | undefined
  /** Name of the project of a user's token, unless `projectId` is given. Default: the region's. */
  readonly projectName?: string | undefined
  readonly region?: string | undefined
  /** URL of IAM. */
  readonly iamEndpoint: string
  /** The machine of the chain, for its token files and the URL of its metadata service. */
  readonly machine: Pick<Machine, "environment" | "readFile">
}

/**
 * Whether IAM issues the credentials of a profile, so that secrets are sent to it.
 *
 * @internal
 */
export const areIssuedByIam = ({ _tag }: ProfileCredentials): boolean =>
  _tag === "Password" || _tag === "Federation" || _tag === "Agency"

/**
 * The credentials of a profile.
 *
 * Fails with a `CredentialsError` if a user's token would be for neither a project nor a region.
 *
 * @category operations
 * @since 0.1.0
 */
export const credentialsOf = (
  { credentials, source }: Pick<Profile, "credentials" | "source">,
  options: CredentialsOptions
): Effect.Effect<Credentials.Service, CredentialsError, HttpClient.HttpClient | Scope.Scope> => {
  const { iamEndpoint: endpoint, machine, projectId, projectName, region } = options
  switch (credentials._tag) {
    case "EcsMetadata":
      return EcsMetadata.make(Either.getOrUndefined(metadataEndpoint(machine.environment)))
    case "Password": {
      const name = projectName ?? region
      if (projectId === undefined && name === undefined) {
        return new CredentialsError({
          reason: `A token for the user of ${source} needs a project or a region`,
          hint: "Give the project ID or the region."
        })
      }
      return Iam.password({
        domainName: credentials.domainName.value,
        userName: credentials.userName.value,
        password: credentials.password.value,
        project: projectId === undefined ? { name: name ?? "" } : { id: projectId },
        endpoint,
        source
      })
    }
    // The modules below are loaded on demand, because most programs have other credentials.
    case "Federation": {
      const { idToken, idpId, lifetime } = credentials
      return Effect.flatMap(
        Effect.promise(() => import("../Federation.js")),
        ({ make }) =>
          make({
            idpId: idpId.value,
            idToken: idToken._tag === "Value" ? idToken.token.value : readToken(machine, idToken.path),
            endpoint,
            lifetime: lifetime?.value,
            source: idpId.source
          })
      )
    }
    case "PodIdentity":
      return Effect.flatMap(
        Effect.promise(() => import("../PodIdentity.js")),
        ({ make }) =>
          make({
            uri: credentials.uri.value,
            token: readToken(machine, credentials.tokenFile),
            source: credentials.uri.source
          })
      )
    case "Agency": {
      const { agencyName, base, domainId, domainName, lifetime } = credentials
      return Effect.flatMap(
        Effect.all([
          Effect.promise(() => import("../Agency.js")),
          credentialsOf({ credentials: base, source }, options)
        ]),
        ([{ make }, credentials]) =>
          Effect.provideService(
            make({
              agencyName: agencyName.value,
              domainName: domainName?.value,
              domainId: domainId?.value,
              endpoint,
              lifetime: lifetime?.value,
              source: agencyName.source
            }),
            Credentials.Credentials,
            credentials
          )
      )
    }
    default:
      return Effect.succeed(fixedCredentials(credentials))
  }
}
