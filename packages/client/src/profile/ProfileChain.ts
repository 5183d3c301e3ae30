import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { CredentialsError, iamEndpoint } from "../Core.js"
import * as Credentials from "../Credentials.js"
import * as EcsMetadata from "../EcsMetadata.js"
import * as Iam from "../Iam.js"
import { fromCredentialsFile, fromKooCli } from "./Files.js"
import type { Environment, Profile, ProfileCredentials, ProfileLookup, SkippedSource } from "./Profile.js"
import { fromEnvironment, fromTerraform, withoutOthers, withTerraform } from "./ProfileVariables.js"
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
   * Text of a file; `None` if it does not exist. Fails with the reason if it cannot be read: the system's error code, such as
   * `EACCES`, or why it is no text.
   */
  readonly readFile: (path: string) => Effect.Effect<Option.Option<string>, string>
  /** Whether other users of the machine can read a file. Default: it is not known, and there are no warnings. */
  readonly isReadableByOthers?: (path: string) => Effect.Effect<boolean>
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

const setVariable = (environment: Environment, name: string): string | undefined => environment[name] || undefined

/** Looks up a profile in the file that a variable names, by default in a file below the home directory. */
const lookUpFile = (
  { environment, home, readFile }: Machine,
  variable: string | undefined,
  belowHome: string,
  parse: (text: string, path: string) => ProfileLookup
): Effect.Effect<ProfileLookup> => {
  const givenPath = variable === undefined ? undefined : setVariable(environment, variable)
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
  return givenPath !== undefined
    ? lookUp(givenPath)
    : Effect.flatMap(
        home,
        Option.match({
          onNone: () => Effect.succeed(skip("no home directory")),
          onSome: (directory) => lookUp(`${directory}/${belowHome}`)
        })
      )
}

const credentialsFile = (machine: Machine, section?: string) =>
  lookUpFile(machine, "HUAWEICLOUD_SDK_CREDENTIALS_FILE", ".huaweicloud/credentials", (text, path) =>
    fromCredentialsFile(text, path, section)
  )

const kooCli = (machine: Machine, name?: string) =>
  lookUpFile(machine, undefined, ".hcloud/config.json", (text, path) => fromKooCli(text, path, name))

/** The variables of Terraform, else the KooCLI profile that they name, or the current profile of the file that they name. */
const terraform = (machine: Machine): Effect.Effect<ProfileLookup> => {
  const { environment } = machine
  const variables = { name: setVariable(environment, "HW_PROFILE"), file: "HW_SHARED_CONFIG_FILE" }
  const isShared = variables.name !== undefined || setVariable(environment, variables.file) !== undefined
  const lookup = fromTerraform(environment)
  return Either.isLeft(lookup) && lookup.left.broken !== true && !isFinal(lookup.left) && isShared
    ? Effect.map(
        lookUpFile(machine, variables.file, ".hcloud/config.json", (text, path) =>
          fromKooCli(text, path, variables.name, "HW_PROFILE")
        ),
        (found) => withTerraform(environment, found)
      )
    : Effect.succeed(lookup)
}

/**
 * Rejects access keys of the official SDKs if the SDKs would use them at endpoints from their file of regions. That file is
 * not supported, so using the keys would call a different endpoint.
 */
const withBuiltInRegions = (
  machine: Machine,
  endpoint: string | undefined,
  lookup: Effect.Effect<ProfileLookup>
): Effect.Effect<ProfileLookup> =>
  Effect.flatMap(lookup, (found) => {
    const isOfSdk = Either.isRight(found) && found.right.credentials._tag === "AccessKey"
    if (!isOfSdk || endpoint !== undefined) return Effect.succeed(found)
    return lookUpFile(machine, "HUAWEICLOUD_SDK_REGIONS_FILE", ".huaweicloud/regions.yaml", (text, source) =>
      /^[^#\n]*\bworkspaceapp\b/im.test(text)
        ? Either.left({
            source,
            reason: "it sets endpoints of WorkspaceApp, which changes the endpoint and is not supported",
            refusal:
              "Set the variable HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_<region ID>, such as HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4, to the endpoint, and remove the service from the file."
          })
        : found
    ).pipe(Effect.map((regions) => (Either.isLeft(regions) && isFinal(regions.left) ? regions : found)))
  })

/** URL of the metadata service; `undefined` if it is disabled. */
const metadataEndpoint = (environment: Environment): string | undefined => {
  const endpoint = setVariable(environment, metadataVariable) ?? EcsMetadata.defaultEndpoint
  return endpoint === "off" ? undefined : endpoint
}

const metadataSource = "ECS metadata service"

const metadata = ({ environment }: Machine): Effect.Effect<ProfileLookup, never, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    const endpoint = metadataEndpoint(environment)
    const disabled = withoutOthers(
      environment,
      Either.left({ source: metadataSource, reason: `disabled by ${metadataVariable}` })
    )
    if (endpoint === undefined || (Either.isLeft(disabled) && isFinal(disabled.left))) return Effect.succeed(disabled)
    return Effect.scoped(Effect.flatMap(EcsMetadata.make(endpoint), ({ get }) => get)).pipe(
      Effect.match({
        onFailure: ({ reason }): ProfileLookup =>
          Either.left({ source: metadataSource, reason: reason.replace(/^.*? returned no credentials: /, "") }),
        onSuccess: (): ProfileLookup =>
          withoutOthers(
            environment,
            Either.right({ source: metadataSource, credentials: { _tag: "EcsMetadata", source: endpoint } })
          )
      })
    )
  })

/** Credentials that need no request; `undefined` for a user and for the metadata service. */
const fixedCredentials = (credentials: ProfileCredentials): Credentials.Service | undefined => {
  switch (credentials._tag) {
    case "Token":
      return Credentials.token(credentials.token.value, credentials.token.source)
    case "AccessKey": {
      const { accessKey, secretKey, securityToken } = credentials
      return Credentials.accessKey(
        { accessKey: accessKey.value, secretKey: secretKey.value, securityToken: securityToken?.value },
        accessKey.source
      )
    }
    default:
      return undefined
  }
}

/** The problem with a profile's credentials, as far as it can be detected without sending them. */
const problemOf = ({ credentials }: Profile, environment: Environment): Effect.Effect<string | undefined> => {
  if (credentials._tag === "EcsMetadata" && metadataEndpoint(environment) === undefined) {
    return Effect.succeed(`it uses the ${metadataSource}, which is disabled by ${metadataVariable}`)
  }
  const fixed = fixedCredentials(credentials)
  return fixed === undefined
    ? Effect.succeed(undefined)
    : Effect.match(fixed.get, { onFailure: ({ reason }) => reason, onSuccess: () => undefined })
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

/** The error if the search ends at a source. It lists broken sources before it, because one of them may be the intended. */
const refused = (last: SkippedSource, skipped: ReadonlyArray<SkippedSource> = []): CredentialsError =>
  notFound(
    last.refusal === undefined ? "The credentials are ambiguous" : "The credentials cannot be used",
    [...skipped.filter(({ broken }) => broken), last],
    last.refusal ?? "Unset the credentials that you do not want to use.",
    true
  )

type Found = Omit<Resolved, "warnings">

const firstOf = <R>(
  environment: Environment,
  lookups: ReadonlyArray<Effect.Effect<ProfileLookup, never, R>>,
  skipped: ReadonlyArray<SkippedSource> = []
): Effect.Effect<Found, CredentialsError, R> => {
  const [lookup, ...rest] = lookups
  if (lookup === undefined) return Effect.fail(notFound("No credentials were found", skipped))
  return Effect.gen(function* () {
    const found = yield* lookup
    if (Either.isLeft(found)) {
      if (isFinal(found.left)) return yield* refused(found.left, skipped)
      return yield* firstOf(environment, rest, [...skipped, found.left])
    }
    const profile = found.right
    const problem = yield* problemOf(profile, environment)
    return problem === undefined
      ? { profile, skipped }
      : yield* firstOf(environment, rest, [...skipped, { source: profile.source, reason: problem, broken: true }])
  })
}

/** Looks up a profile by name: a section of the credentials file or a profile of KooCLI, but not both. */
const named = (machine: Machine, name: string, endpoint?: string): Effect.Effect<Found, CredentialsError> =>
  Effect.gen(function* () {
    const lookups = yield* Effect.all([
      withBuiltInRegions(machine, endpoint, credentialsFile(machine, name)),
      kooCli(machine, name)
    ])
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
        machine.environment,
        lookups.map((lookup) => Effect.succeed(lookup))
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
 * 1. the environment: `HOTSPOT_SESSION_AUTH_TOKEN`, or `HUAWEICLOUD_SDK_AK`, `_SK` and `_SECURITY_TOKEN`
 * 2. Terraform's: `HW_AUTH_TOKEN`, or `HW_ACCESS_KEY`, `HW_SECRET_KEY` and `HW_SECURITY_TOKEN`, or `HW_USER_NAME`,
 *    `HW_USER_PASSWORD` and `HW_DOMAIN_NAME`, or `HW_PROFILE`, else the current one, in `HW_SHARED_CONFIG_FILE`
 * 3. the section `basic` of `~/.huaweicloud/credentials`, or of `HUAWEICLOUD_SDK_CREDENTIALS_FILE`
 * 4. the current profile of KooCLI's `~/.hcloud/config.json`, if its keys are not encrypted
 * 5. the ECS metadata service, with a time limit of two seconds, at `HOTSPOT_SESSION_METADATA_ENDPOINT`, which `off` disables
 *
 * With `profile`, only the section of that name in the credentials file or the profile of that name of KooCLI.
 *
 * `endpoint` is the URL of the service, if it is not that of a region.
 *
 * Fails with a `CredentialsError` that lists each source and why it was skipped. Fails with `refused` at a source that is
 * ambiguous or cannot be parsed, or that has unsupported settings which would change the identity, the project or an
 * endpoint, such as an agency or Terraform's `HW_AUTH_URL`.
 *
 * @category operations
 * @since 0.1.0
 */
export const resolve = (
  machine: Machine,
  profile?: string,
  endpoint?: string
): Effect.Effect<Resolved, CredentialsError, HttpClient.HttpClient> =>
  Effect.flatMap(
    profile === undefined
      ? firstOf<HttpClient.HttpClient>(machine.environment, [
          withBuiltInRegions(machine, endpoint, Effect.succeed(fromEnvironment(machine.environment))),
          terraform(machine),
          withBuiltInRegions(machine, endpoint, credentialsFile(machine)),
          kooCli(machine),
          metadata(machine)
        ])
      : typeof profile === "string"
        ? named(machine, profile, endpoint)
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
  readonly region?: string | undefined
  /** URL of IAM. */
  readonly iamEndpoint: string
  /** The environment of the chain, for the URL of the metadata service. */
  readonly environment: Environment
}

/**
 * The credentials of a profile.
 *
 * Fails with a `CredentialsError` if a user's token would be for neither a project nor a region.
 *
 * @category operations
 * @since 0.1.0
 */
export const credentialsOf = (
  { credentials, source }: Profile,
  options: CredentialsOptions
): Effect.Effect<Credentials.Service, CredentialsError, HttpClient.HttpClient | Scope.Scope> => {
  const fixed = fixedCredentials(credentials)
  if (fixed !== undefined) return Effect.succeed(fixed)
  if (credentials._tag !== "Password") return EcsMetadata.make(metadataEndpoint(options.environment))
  const { projectId, region } = options
  if (projectId === undefined && region === undefined) {
    return new CredentialsError({
      reason: `A token for the user of ${source} needs a project or a region`,
      hint: "Give the project ID or the region."
    })
  }
  return Iam.password({
    domainName: credentials.domainName.value,
    userName: credentials.userName.value,
    password: credentials.password.value,
    project: projectId === undefined ? { name: region ?? "" } : { id: projectId },
    endpoint: options.iamEndpoint,
    source
  })
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
  /** URL of IAM. Default: `HUAWEICLOUD_SDK_IAM_ENDPOINT`, else the profile's, else the region's. */
  readonly iamEndpoint?: string | undefined
  /** URL of the service, if it is not that of a region. */
  readonly endpoint?: string | undefined
}

/**
 * The credentials of the machine, which `resolve` finds when the layer is built. Skipped sources with incomplete or invalid
 * settings, and files with secrets that others can read, are logged as warnings.
 *
 * Fails with a `CredentialsError` like `resolve` and `credentialsOf`.
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
    Effect.gen(function* () {
      const { profile, skipped, warnings } = yield* resolve(machine, options.profile, options.endpoint)
      for (const warning of warnings) yield* Effect.logWarning(warning)
      for (const { broken, reason, source } of skipped) {
        if (broken) yield* Effect.logWarning(`credentials of ${source} skipped: ${reason}`)
      }
      const region = options.region ?? profile.region?.value
      return yield* credentialsOf(profile, {
        projectId: options.projectId ?? profile.projectId?.value,
        region,
        iamEndpoint:
          options.iamEndpoint ??
          setVariable(machine.environment, "HUAWEICLOUD_SDK_IAM_ENDPOINT") ??
          profile.iamEndpoint?.value ??
          iamEndpoint(region),
        environment: machine.environment
      })
    })
  )
