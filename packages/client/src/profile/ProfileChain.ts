import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { CredentialsError, cloudEndpoint, cloudOf, iamEndpoint, regionIds } from "../Core.js"
import * as Credentials from "../Credentials.js"
import * as EcsMetadata from "../EcsMetadata.js"
import type { Environment } from "../Environment.js"
import * as Iam from "../Iam.js"
import * as Cloud from "./Cloud.js"
import { endpointOverride } from "./EndpointOverride.js"
import type { Profile, ProfileCredentials, ProfileLookup, SkippedSource, SourcedValue } from "./Profile.js"
import { fromCredentialsFile, fromKooCli } from "./ProfileFiles.js"
import { fromEnvironment, fromMetadata, fromPod, fromTerraform, withTerraform } from "./ProfileVariables.js"
import * as RegionsFile from "./RegionsFile.js"
import { isFinal } from "./Unsupported.js"

/**
 * The parts of the machine that a chain uses.
 *
 * @category models
 * @since 0.1.0
 */
export interface Machine {
  readonly environment: Environment
  /** The user's home directory, if there is one. */
  readonly home: Effect.Effect<Option.Option<string>>
  /**
   * Text of a file, whose path may begin with `~/`; `None` if it does not exist. Fails with the reason if it cannot be read: the system's error code, such as
   * `EACCES`, or why it is not text.
   */
  readonly readFile: (path: string) => Effect.Effect<Option.Option<string>, string>
  /** Whether other users of the machine can read a file. Default: it is not known, and there are no warnings. */
  readonly isReadableByOthers?: (path: string) => Effect.Effect<boolean>
  /**
   * Fails with the reason if no connection can be made to the host and port of a URL within a second. A machine that is no
   * ECS has no route to the metadata service, and often no answer that says so. Default: connections can be made.
   */
  readonly connect?: ((url: URL) => Effect.Effect<void, string>) | undefined
}

/**
 * The resolved profile, and the sources that were skipped before it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Resolved {
  readonly profile: Profile
  readonly skipped: ReadonlyArray<SkippedSource>
  /** What is unsafe about the source of the profile, as sentences without a full stop. */
  readonly warnings: ReadonlyArray<string>
}

const metadataVariable = "HOTSPOT_SESSION_METADATA_ENDPOINT"

const iamVariable = "HUAWEICLOUD_SDK_IAM_ENDPOINT"

const setVariable = (environment: Environment, name: string): string | undefined => environment[name] || undefined

/** A problem with credentials. Without a `refusal` the search continues. */
interface SkippedProblem {
  readonly reason: string
  readonly refusal?: string | undefined
}

/** The variables that select a profile, by its file or its name. */
interface Selectors {
  readonly file?: string
  readonly name?: string
}

/** Looks up a profile in the file that a variable names, by default in a file below the home directory. */
const lookUpFile = (
  { environment, home, readFile }: Machine,
  selectors: Selectors,
  belowHome: string,
  parse: (text: string, path: string) => ProfileLookup
): Effect.Effect<ProfileLookup> => {
  const givenPath = selectors.file === undefined ? undefined : setVariable(environment, selectors.file)
  const displayPath = givenPath ?? `~/${belowHome}`
  const skip = (reason: string, broken = givenPath !== undefined) =>
    Either.left<SkippedSource>({ source: displayPath, reason, ...(broken ? { broken } : {}) })
  const lookUp = (path: string) =>
    Effect.match(readFile(path), {
      onFailure: (reason) =>
        /^E[A-Z0-9_]+$|^unknown reason$/.test(reason)
          ? skip(`cannot be read: ${reason}`, true)
          : // Like a file that cannot be parsed.
            Either.left<SkippedSource>({
              source: displayPath,
              reason: `cannot be read: ${reason}`,
              refusal: "Correct the file; it must be text in UTF-8, or in UTF-16 with a byte order mark."
            }),
      onSuccess: Option.match({
        onNone: () => skip("file not found"),
        onSome: (text) =>
          Either.map(parse(text, displayPath), (profile): Profile => ({ ...profile, file: displayPath }))
      })
    })
  const found =
    givenPath !== undefined
      ? lookUp(givenPath)
      : Effect.flatMap(
          home,
          Option.match({
            onNone: () => Effect.succeed(skip("no home directory")),
            onSome: (directory) => lookUp(`${directory}/${belowHome}`)
          })
        )
  const set = [selectors.file, selectors.name].filter((name) => name !== undefined && setVariable(environment, name))
  return set.length === 0
    ? found
    : Effect.map(
        found,
        Either.mapLeft((skipped) => ({
          ...skipped,
          source: `${skipped.source} (environment variable${set.length === 1 ? "" : "s"} ${set.join(" and ")})`
        }))
      )
}

/** A file that exists without the profile is no obstacle for others that may have it. */
const passingOver = (lookup: ProfileLookup): ProfileLookup =>
  Either.mapLeft(lookup, (skipped) => (skipped.others === undefined ? skipped : { ...skipped, passedOver: true }))

const fileVariable = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"

const credentialsFile = (machine: Machine, section?: string) =>
  lookUpFile(machine, { file: fileVariable }, ".huaweicloud/credentials", (text, path) =>
    fromCredentialsFile(text, path, section)
  )

/** The section `basic`. The usual file may have only others, which are for other tools; one that a variable names may not. */
const basicCredentials = (machine: Machine) =>
  setVariable(machine.environment, fileVariable) === undefined
    ? Effect.map(credentialsFile(machine), passingOver)
    : credentialsFile(machine)

const kooCli = (machine: Machine, name?: string) =>
  lookUpFile(machine, {}, ".hcloud/config.json", (text, path) => fromKooCli(text, path, name))

/** The variables of Terraform, else the KooCLI profile that they name, or the current profile of the file that they name. */
const terraform = (machine: Machine): Effect.Effect<ProfileLookup> => {
  const { environment } = machine
  const selectors = { file: "HW_SHARED_CONFIG_FILE", name: "HW_PROFILE" }
  const name = setVariable(environment, selectors.name)
  const isShared = name !== undefined || setVariable(environment, selectors.file) !== undefined
  const lookup = fromTerraform(environment)
  return Either.isLeft(lookup) && lookup.left.broken !== true && !isFinal(lookup.left) && isShared
    ? Effect.map(
        lookUpFile(machine, selectors, ".hcloud/config.json", (text, path) =>
          fromKooCli(text, path, name, selectors.name)
        ),
        // Variables that name a profile mean this one.
        (found) =>
          withTerraform(
            environment,
            Either.mapLeft(found, (skipped) => ({ ...skipped, broken: true, passedOver: false }))
          )
      )
    : Effect.succeed(lookup)
}

/** URL of the metadata service; `undefined` if it is disabled. */
const metadataEndpoint = (environment: Environment): string | undefined => {
  const endpoint = setVariable(environment, metadataVariable) ?? EcsMetadata.defaultEndpoint
  return endpoint === "off" ? undefined : endpoint
}

const metadataSource = "ECS metadata service"

/** Why the metadata service has no key. It is `unavailable` only if something accepts connections there. */
const skippedMetadata = ({ reason, unavailable }: CredentialsError): SkippedSource => ({
  source: metadataSource,
  reason: reason
    .replace(/^.*? returned no credentials: /, "")
    .replace(/^its endpoint/, `$& (environment variable ${metadataVariable})`),
  ...(unavailable ? { unavailable } : {})
})

const metadata = ({ connect, environment }: Machine): Effect.Effect<ProfileLookup, never, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    const endpoint = metadataEndpoint(environment)
    const skip = (reason: string) => fromMetadata(environment, Either.left({ source: metadataSource, reason }))
    const disabled = skip(`disabled by ${metadataVariable}`)
    if (endpoint === undefined || (Either.isLeft(disabled) && isFinal(disabled.left))) return Effect.succeed(disabled)
    const reachable = connect === undefined || !URL.canParse(endpoint) ? Effect.void : connect(new URL(endpoint))
    const key = Effect.scoped(Effect.flatMap(EcsMetadata.make(endpoint), ({ get }) => get))
    return Effect.matchEffect(reachable, {
      onFailure: (reason) => Effect.succeed(skip(`${reason}; not an ECS`)),
      onSuccess: () =>
        Effect.match(key, {
          onFailure: (error) => fromMetadata(environment, Either.left(skippedMetadata(error))),
          onSuccess: () =>
            fromMetadata(
              environment,
              Either.right({ source: metadataSource, credentials: { _tag: "EcsMetadata", source: endpoint } })
            )
        })
    })
  })

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
const readToken = (
  machine: Pick<Machine, "readFile">,
  { source, value }: SourcedValue<string>
): Effect.Effect<Redacted.Redacted<string>, CredentialsError> =>
  Effect.gen(function* () {
    const TokenFile = yield* Effect.promise(() => import("./TokenFile.js"))
    return yield* TokenFile.read(machine, value, source)
  })

/** The problem with a profile's credentials, as far as it can be detected without sending them. */
const problemOf = (credentials: ProfileCredentials, machine: Machine): Effect.Effect<SkippedProblem | undefined> => {
  const problemOfToken = (path: SourcedValue<string>) =>
    Effect.match(readToken(machine, path), {
      onFailure: ({ hint, reason }): SkippedProblem => ({ reason, refusal: hint }),
      onSuccess: () => undefined
    })
  switch (credentials._tag) {
    case "EcsMetadata":
      return Effect.succeed(
        metadataEndpoint(machine.environment) === undefined
          ? { reason: `it uses the ${metadataSource}, which is disabled by ${metadataVariable}` }
          : undefined
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

const defaultHint =
  "Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK to an access key, or HOTSPOT_SESSION_AUTH_TOKEN to a token, or write an access key to ~/.huaweicloud/credentials."

const notFound = (
  reason: string,
  sources: ReadonlyArray<SkippedSource>,
  hint = defaultHint,
  refused = false
): CredentialsError =>
  new CredentialsError({
    reason,
    hint,
    ...(refused ? { refused } : {}),
    attempted: sources.map(({ others, reason, source }) => ({
      source,
      reason,
      ...(others === undefined ? {} : { others })
    }))
  })

/** The error if the search ends because a source cannot be asked now. */
const unavailableNow = (last: SkippedSource, skipped: ReadonlyArray<SkippedSource>): CredentialsError =>
  new CredentialsError({
    ...notFound(
      `The ${last.source} cannot be used now`,
      [...skipped.filter(({ broken }) => broken), last],
      `Try again. To use no credentials of an ECS, set ${metadataVariable} to off.`
    ),
    transient: true,
    unavailable: true
  })

/** The error if the search ends at a source. It lists broken sources before it, because one of them may be the intended. */
const refused = (last: SkippedSource, skipped: ReadonlyArray<SkippedSource> = []): CredentialsError =>
  notFound(
    last.refusal === undefined ? "The credentials are ambiguous" : "The credentials cannot be used",
    [...skipped.filter(({ broken }) => broken), last],
    last.refusal ?? "Unset the credentials that you do not want to use.",
    true
  )

/** The error if there are credentials, but a source before them is broken. */
const notReached = ({ source }: Profile, broken: ReadonlyArray<SkippedSource>): CredentialsError =>
  notFound(
    `The credentials of ${source} are not used, because of a source that takes precedence`,
    broken,
    "Correct it, or remove it to use the others, which may have another identity.",
    true
  )

type Found = Omit<Resolved, "warnings">

const firstOf = <R>(
  machine: Machine,
  lookups: ReadonlyArray<Effect.Effect<ProfileLookup, never, R>>,
  skipped: ReadonlyArray<SkippedSource> = []
): Effect.Effect<Found, CredentialsError, R> => {
  const [lookup, ...rest] = lookups
  if (lookup === undefined) return Effect.fail(notFound("No credentials were found", skipped))
  return Effect.gen(function* () {
    const found = yield* lookup
    if (Either.isLeft(found)) {
      if (found.left.unavailable) return yield* unavailableNow(found.left, skipped)
      if (isFinal(found.left)) return yield* refused(found.left, skipped)
      return yield* firstOf(machine, rest, [...skipped, found.left])
    }
    const profile = found.right
    const problem = yield* problemOf(profile.credentials, machine)
    const broken = skipped.filter(({ broken, passedOver }) => broken && !passedOver)
    if (problem === undefined) return broken.length === 0 ? { profile, skipped } : yield* notReached(profile, broken)
    const { reason, refusal } = problem
    const source = { source: profile.source, reason, broken: true }
    if (refusal !== undefined) return yield* refused({ ...source, refusal }, skipped)
    return yield* firstOf(machine, rest, [...skipped, source])
  })
}

/** Looks up a profile by name: a section of the credentials file or a profile of KooCLI, but not both. */
const named = (machine: Machine, name: string): Effect.Effect<Found, CredentialsError> =>
  Effect.gen(function* () {
    const lookups = yield* Effect.all([credentialsFile(machine, name), kooCli(machine, name)])
    const final = lookups.filter(Either.isLeft).find(({ left }) => isFinal(left))
    if (final !== undefined) {
      return yield* new CredentialsError({ ...refused(final.left), reason: `The profile ${name} cannot be used` })
    }
    if (lookups.every(Either.isRight)) {
      const sources = lookups.map((lookup) => Either.merge(lookup).source).join(" and in ")
      return yield* notFound(
        `The profile ${name} is ambiguous`,
        [{ source: `profile ${name}`, reason: `it exists in ${sources}` }],
        "Rename one of them.",
        true
      )
    }
    return yield* Effect.mapError(
      firstOf(
        machine,
        lookups.map((lookup) => Effect.succeed(passingOver(lookup)))
      ),
      (error) => {
        const others = error.attempted.flatMap(({ others = [] }) => others)
        return new CredentialsError({
          ...error,
          reason: `The profile ${name} cannot be used`,
          ...(others.length === 0 ? {} : { hint: `Known profiles: ${others.join(", ")}.` })
        })
      }
    )
  })

/** Only a file with secrets matters; an agency has none. */
const warningsOf = (
  { isReadableByOthers = () => Effect.succeed(false) }: Machine,
  { credentials, file }: Profile
): Effect.Effect<ReadonlyArray<string>> =>
  file === undefined || credentials._tag === "EcsMetadata"
    ? Effect.succeed([])
    : Effect.map(isReadableByOthers(file), (isReadable) => (isReadable ? [exposedFile(file)] : []))

/**
 * The warning about a file with secrets that others can read, as a sentence without a full stop.
 *
 * @category messages
 * @since 0.1.0
 */
export const exposedFile = (path: string): string =>
  `${path} has secrets and can be read by other users of this machine; run chmod 600 ${path}`

/**
 * Finds the profile to use: the first source that has credentials. Settings that belong to them, such as a project, are
 * taken from the same source. In order:
 *
 * 1. the environment: `HOTSPOT_SESSION_AUTH_TOKEN`, or `HUAWEICLOUD_SDK_IDP_ID` and `_ID_TOKEN_FILE`, or
 *    `HUAWEICLOUD_SDK_AK`, `_SK` and `_SECURITY_TOKEN`
 * 2. Terraform's: `HW_AUTH_TOKEN`, or `HW_ASSUME_ROLE_IDP_ID` and `_ID_TOKEN` or `_ID_TOKEN_FILE`, or `HW_ACCESS_KEY`,
 *    `HW_SECRET_KEY` and `HW_SECURITY_TOKEN`, or `HW_USER_NAME`, `HW_USER_PASSWORD` and `HW_DOMAIN_NAME`, or `HW_PROFILE`,
 *    else the current one, in `HW_SHARED_CONFIG_FILE`; with the agency of `HW_ASSUME_ROLE_AGENCY_NAME`
 * 3. the section `basic` of `~/.huaweicloud/credentials`, or of `HUAWEICLOUD_SDK_CREDENTIALS_FILE`
 * 4. the current profile of KooCLI's `~/.hcloud/config.json`, if its keys are not encrypted; with its agency
 * 5. the ECS metadata service, with a time limit of 3.5 seconds, at `HOTSPOT_SESSION_METADATA_ENDPOINT`, which `off`
 *    disables; with the agency of `HW_ASSUME_ROLE_AGENCY_NAME`
 * 6. the agent of a pod: `HC_CONTAINER_CREDENTIALS_FULL_URI` and `HC_CONTAINER_AUTHORIZATION_TOKEN_FILE`
 *
 * With `profile`, only the section of that name in the credentials file or the profile of that name of KooCLI.
 *
 * Fails with a `CredentialsError` that lists each source and why it was skipped. Fails with `refused` at a source that is
 * ambiguous or cannot be read or parsed, that names half of what it needs, or that has unsupported settings which would change
 * the identity, the project or an endpoint, so that no other identity is used. Fails with `unavailable` if the metadata service
 * has a fault that may pass.
 *
 * @category operations
 * @since 0.1.0
 */
export const resolve = (
  machine: Machine,
  profile?: string
): Effect.Effect<Resolved, CredentialsError, HttpClient.HttpClient> =>
  Effect.flatMap(
    profile === undefined
      ? firstOf<HttpClient.HttpClient>(machine, [
          Effect.succeed(fromEnvironment(machine.environment)),
          terraform(machine),
          basicCredentials(machine),
          kooCli(machine),
          metadata(machine),
          Effect.succeed(fromPod(machine.environment))
        ])
      : typeof profile === "string"
        ? named(machine, profile)
        : Effect.fail(notFound("The profile name must be a string", [], "Give the name of a profile.")),
    (found) => Effect.map(warningsOf(machine, found.profile), (warnings) => ({ ...found, warnings }))
  )

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

/** Whether IAM issues the credentials of a profile, so that secrets are sent to it. */
const areIssuedByIam = ({ _tag }: ProfileCredentials): boolean =>
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
      return EcsMetadata.make(metadataEndpoint(machine.environment))
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

/**
 * The settings of `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Name of a profile. Default: the profile of the first source that has credentials. */
  readonly profile?: string | undefined
  /** Project of a user's token. Default: the profile's, else the region's. */
  readonly projectId?: string | undefined
  readonly region?: string | undefined
  /** URL of IAM. Default: `HUAWEICLOUD_SDK_IAM_ENDPOINT`, else the profile's, else that of the region and the cloud. */
  readonly iamEndpoint?: string | undefined
  /** URL of the service, if it is not that of a region. */
  readonly endpoint?: string | undefined
}

/**
 * Credentials and the endpoint of the service that they are used at.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  readonly credentials: Credentials.Service
  /** The given one, else that of the region on this machine; `undefined` if the region is not known. */
  readonly endpoint: string | undefined
}

/** The endpoint of a region: the machine's own, else that of the cloud that the source of the credentials names. */
const endpointOf = (
  machine: Machine,
  region: string | undefined,
  cloud: string | undefined
): Effect.Effect<SourcedValue<string> | undefined, CredentialsError> =>
  Effect.gen(function* () {
    if (region === undefined) return undefined
    const regionsFile = yield* Effect.mapError(
      RegionsFile.read(machine),
      ({ hint, message }) => new CredentialsError({ reason: message, hint, refused: true })
    )
    const override = endpointOverride(region, machine.environment, regionsFile)
    if (override !== undefined) return override
    const source = `region ${region}`
    if (cloud !== undefined && cloud !== cloudOf()) return { value: cloudEndpoint(region, cloud), source }
    return regionIds.some((id) => id === region) ? { value: cloudEndpoint(region, cloudOf()), source } : undefined
  })

/**
 * Finds the credentials of the machine, like `resolve`, and the endpoint of the service. Sources that are passed over
 * and files with secrets that others can read are logged as warnings.
 *
 * Fails with a `CredentialsError` like `resolve` and `credentialsOf`, if the file of regions cannot be used, and if secrets
 * would go to another cloud: the credentials, IAM and the service must be of one, and for an endpoint that is given, so must
 * be that of IAM if it issues the credentials.
 *
 * @category operations
 * @since 0.1.0
 */
export const connection = (
  machine: Machine,
  options: Options = {}
): Effect.Effect<Connection, CredentialsError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const { profile, skipped, warnings } = yield* resolve(machine, options.profile)
    for (const warning of warnings) yield* Effect.logWarning(warning)
    for (const { broken, reason, source } of skipped) {
      if (broken) yield* Effect.logWarning(`credentials of ${source} skipped: ${reason}`)
    }
    const sourced = (name: string, value: string | undefined) =>
      value === undefined ? undefined : { value, source: `option ${name}` }
    const region = options.region ?? profile.region?.value
    const given = sourced("endpoint", options.endpoint)
    const endpoint = given ?? (yield* endpointOf(machine, region, profile.cloud?.value))
    const ofVariable = setVariable(machine.environment, iamVariable)
    const iam =
      sourced("iamEndpoint", options.iamEndpoint) ??
      (ofVariable === undefined ? undefined : { value: ofVariable, source: `environment variable ${iamVariable}` }) ??
      profile.iamEndpoint ??
      (given === undefined
        ? { value: iamEndpoint(region, profile.cloud?.value), source: `region ${region ?? "of none"}` }
        : undefined)
    if (iam === undefined && areIssuedByIam(profile.credentials)) {
      return yield* new CredentialsError({
        reason: `No IAM endpoint is set for the credentials of ${profile.source}`,
        hint: `Give iamEndpoint, or set ${iamVariable}: secrets are not sent to the cloud's IAM for an endpoint that is given.`,
        refused: true
      })
    }
    const mismatch = endpoint === undefined ? undefined : Cloud.mismatch({ endpoint, iamEndpoint: iam, profile })
    if (mismatch !== undefined) {
      return yield* new CredentialsError({
        reason: `The credentials of ${profile.source} are not sent: ${mismatch}`,
        hint: "Set the endpoint, the IAM endpoint and the cloud to those of one cloud.",
        refused: true
      })
    }
    const credentials = yield* credentialsOf(profile, {
      projectId: options.projectId ?? profile.projectId?.value,
      projectName: profile.projectName?.value,
      region,
      iamEndpoint: iam?.value ?? iamEndpoint(region),
      machine
    })
    return { credentials, endpoint: endpoint?.value }
  })

/**
 * The credentials of the machine, which `resolve` finds when the layer is built.
 *
 * Fails with a `CredentialsError` like `connection`.
 *
 * @example
 * ```ts
 * import { HotspotSession, ProfileChain } from "@hotspot-session/client"
 * import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
 * import { Layer } from "effect"
 *
 * // Like NodeHotspotSession.layerMachine, with another HttpClient.
 * const client = HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *   Layer.provide(ProfileChain.layer(NodeMachine.make(), { region: "ap-southeast-1" })),
 *   Layer.provide(NodeHotspotSession.layerHttpClient())
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  machine: Machine,
  options: Options = {}
): Layer.Layer<Credentials.Credentials, CredentialsError, HttpClient.HttpClient> =>
  Layer.scoped(
    Credentials.Credentials,
    Effect.map(connection(machine, options), ({ credentials }) => credentials)
  )
