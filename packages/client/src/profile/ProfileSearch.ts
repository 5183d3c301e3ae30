import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { CredentialsError } from "../Core.js"
import * as EcsMetadata from "../EcsMetadata.js"
import type { Problem } from "../LocalService.js"
import { type Machine, setVariable } from "./Machine.js"
import type { Profile, ProfileLookup, SkippedSource } from "./Profile.js"
import { metadataEndpoint, metadataSource, metadataVariable, problemOf } from "./ProfileCredentials.js"
import { fromCredentialsFile, fromKooCli } from "./ProfileFiles.js"
import {
  fromEnvironment,
  fromMetadata,
  fromPod,
  fromTerraform,
  withoutAgency,
  withTerraform
} from "./ProfileVariables.js"
import { isFinal } from "./Unsupported.js"

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
      onFailure: ({ _tag, reason }) =>
        _tag === "Unreadable"
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

/** Why the metadata service has no key. It is `unavailable` only if something accepts connections there. */
const skippedMetadata = ({ mayPass, reason }: Problem): SkippedSource => ({
  source: metadataSource,
  reason,
  ...(mayPass ? { unavailable: true } : {})
})

const metadata = ({ connect, environment }: Machine): Effect.Effect<ProfileLookup, never, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    const endpoint = metadataEndpoint(environment)
    const skip = (problem: Pick<SkippedSource, "reason" | "refusal">) =>
      fromMetadata(environment, Either.left({ source: metadataSource, ...problem }))
    if (Either.isLeft(endpoint)) return Effect.succeed(skip(endpoint.left))
    const unasked = skip({ reason: "not asked" })
    if (Either.isLeft(unasked) && isFinal(unasked.left)) return Effect.succeed(unasked)
    const reachable = connect === undefined ? Effect.void : connect(new URL(endpoint.right))
    return Effect.matchEffect(reachable, {
      onFailure: (reason) => Effect.succeed(skip({ reason: `${reason}; not an ECS` })),
      onSuccess: () =>
        Effect.match(EcsMetadata.findKey(endpoint.right), {
          onFailure: (problem) => fromMetadata(environment, Either.left(skippedMetadata(problem))),
          onSuccess: () =>
            fromMetadata(
              environment,
              Either.right({ source: metadataSource, credentials: { _tag: "EcsMetadata", source: endpoint.right } })
            )
        })
    })
  })

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

const brokenOf = (skipped: ReadonlyArray<SkippedSource>): ReadonlyArray<SkippedSource> =>
  skipped.filter(({ broken, passedOver }) => broken && !passedOver)

type Found = Omit<Resolved, "warnings">

/** `remote` are sources that are asked over the network, which is not done if a source before them is broken. */
const firstOf = <R = never>(
  machine: Machine,
  lookups: ReadonlyArray<Effect.Effect<ProfileLookup, never, R>>,
  remote: ReadonlyArray<Effect.Effect<ProfileLookup, never, R>> = [],
  skipped: ReadonlyArray<SkippedSource> = []
): Effect.Effect<Found, CredentialsError, R> => {
  const [lookup, ...rest] = lookups
  if (lookup === undefined) {
    const isRefused = brokenOf(skipped).length > 0
    return remote.length === 0 || isRefused
      ? Effect.fail(notFound("No credentials were found", skipped, defaultHint, isRefused))
      : firstOf(machine, remote, [], skipped)
  }
  return Effect.gen(function* () {
    const found = yield* lookup
    if (Either.isLeft(found)) {
      if (found.left.unavailable) return yield* unavailableNow(found.left, skipped)
      if (isFinal(found.left)) return yield* refused(found.left, skipped)
      return yield* firstOf(machine, rest, remote, [...skipped, found.left])
    }
    const profile = found.right
    const problem = yield* problemOf(profile.credentials, machine)
    const broken = brokenOf(skipped)
    if (problem === undefined) return broken.length === 0 ? { profile, skipped } : yield* notReached(profile, broken)
    const { reason, refusal } = problem
    const source = { source: profile.source, reason, broken: true }
    if (refusal !== undefined) return yield* refused({ ...source, refusal }, skipped)
    return yield* firstOf(machine, rest, remote, [...skipped, source])
  })
}

/** Looks up a profile by name: a section of the credentials file or a profile of KooCLI, but not both. */
const named = Effect.fnUntraced(function* (machine: Machine, name: string): Effect.fn.Return<Found, CredentialsError> {
  const found = yield* Effect.all([credentialsFile(machine, name), kooCli(machine, name)])
  const lookups = found.map((lookup) => withoutAgency(machine.environment, lookup))
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
 * ambiguous or cannot be read or parsed, that names half of what it needs, that is named and has no credentials, that would
 * not assume the agency of `HW_ASSUME_ROLE_AGENCY_NAME`, or that has unsupported settings which would change the identity, the
 * project or an endpoint, so that no other identity is used. Fails with `unavailable` if the metadata service has a fault that
 * may pass.
 *
 * @category operations
 * @since 0.1.0
 */
export const resolve = (
  machine: Machine,
  profile?: string
): Effect.Effect<Resolved, CredentialsError, HttpClient.HttpClient> => {
  /** Of a source other than Terraform's and the ECS. */
  const others = (lookup: Effect.Effect<ProfileLookup>) =>
    Effect.map(lookup, (found) => withoutAgency(machine.environment, found))
  return Effect.flatMap(
    profile === undefined
      ? firstOf<HttpClient.HttpClient>(
          machine,
          [
            others(Effect.succeed(fromEnvironment(machine.environment))),
            terraform(machine),
            others(basicCredentials(machine)),
            others(kooCli(machine))
          ],
          [metadata(machine), others(Effect.succeed(fromPod(machine.environment)))]
        )
      : typeof profile === "string"
        ? named(machine, profile)
        : Effect.fail(notFound("The profile name must be a string", [], "Give the name of a profile.")),
    (found) => Effect.map(warningsOf(machine, found.profile), (warnings) => ({ ...found, warnings }))
  )
}
