import type { Profile } from "@hotspot-session/client"
import type { CredentialsError } from "@hotspot-session/core"
import { clearTextUrls } from "@hotspot-session/settings/ClearText"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import type { ResolvedConnection } from "@hotspot-session/settings/Connection"
import { profileWarnings } from "@hotspot-session/settings/CredentialSources"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import { readRegions } from "@hotspot-session/settings/MachineRegions"
import type { ResolvedTarget } from "@hotspot-session/settings/ResolvedTarget"
import { findTarget, type Target } from "@hotspot-session/settings/Target"
import { type FoundProfile, findProfile } from "@hotspot-session/settings/TargetProfile"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { findConnection } from "../../Connection.js"
import * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { plural } from "../../output/Counts.js"
import { type CommandError, hintOf } from "../../output/ErrorReport.js"
import { printableJson } from "../../output/Printable.js"
import { clientFor, resolveBy } from "../../TargetResolver.js"
import type { DoctorFlags } from "./DoctorOptions.js"
import { type Check, failed, ok, report, skipped, warned } from "./DoctorReport.js"
import { checkClock, checkConnection, checkDns, checkRoute, checkTrust, resolvedHost } from "./NetworkChecks.js"

const failedBy = (check: string, error: CommandError): Check => failed(check, error.message, hintOf(error))

const kinds: Record<Profile["credentials"]["_tag"], string> = {
  Token: "a token",
  AccessKey: "an access key",
  Password: "an IAM user and password",
  EcsMetadata: "the agency of this ECS",
  Federation: "an identity provider and its ID token",
  PodIdentity: "the agent of this pod",
  Agency: "an agency"
}

/** A setting that is a URL. */
const checkUrl = (check: string, url: string, source: string): Check =>
  clearTextUrls([url]).length === 0
    ? ok(check, `${url} (${source})`)
    : warned(check, `${url} (${source}): credentials and responses are sent in clear text`, "Use https.")

const describe = (credentials: Profile["credentials"]): string =>
  credentials._tag === "Agency"
    ? `${kinds.Agency}, ${credentials.agencyName.value}, assumed with ${describe(credentials.base)}`
    : kinds[credentials._tag]

const sourceText = ({ source }: Profile): string => (source === "environment" ? "the environment" : source)

const checkPermission = (target: ResolvedTarget, timeout: number | undefined) =>
  Effect.flatMap(clientFor(target, timeout), ({ listHotspotSessionConfig }) =>
    listHotspotSessionConfig({ project_id: target.projectId, limit: 1 })
  ).pipe(
    Effect.match({
      onFailure: (error) => failedBy("permission", error),
      onSuccess: ({ items }) =>
        ok("permission", `configurations can be listed${items.length === 0 ? "; the project has none" : ""}`)
    })
  )

const checkCredentials = (found: Either.Either<FoundProfile, ConfigurationError | CredentialsError>): Check =>
  Either.match(found, {
    onLeft: (error) =>
      error._tag === "ConfigurationError"
        ? skipped("credentials", "not checked without an endpoint")
        : failed(
            "credentials",
            [error.reason, ...error.attempted.map(({ reason, source }) => `${source}: ${reason}`)].join("\n"),
            hintOf(error)
          ),
    onRight: (resolved) => {
      const { profile } = resolved
      const used = `${describe(profile.credentials)} from ${sourceText(profile)}`
      const warnings = profileWarnings(resolved)
      return warnings.length === 0
        ? ok("credentials", used)
        : warned(
            "credentials",
            [used, ...warnings].join("; "),
            warnings.length > resolved.warnings.length
              ? "Complete the skipped credentials, or remove them."
              : "Change the mode of the file, so that only you can read it."
          )
    }
  })

/** Where requests are sent. */
const checkEndpoints = ({ endpoint, iamEndpoint }: Target): ReadonlyArray<Check> => {
  const iam = Either.getOrUndefined(iamEndpoint)
  return [
    Either.match(endpoint, {
      onLeft: ({ hint, message }) => failed("endpoint", message, hint),
      onRight: ({ configured, url }) => checkUrl("endpoint", url, configured.source)
    }),
    ...(iam === undefined || clearTextUrls([iam.value]).length === 0
      ? []
      : [checkUrl("IAM endpoint", iam.value, iam.source)])
  ]
}

/** Whether the endpoint can be reached. */
const checkNetwork = Effect.fnUntraced(function* (
  url: string | undefined,
  iamUrl: string | undefined,
  connection: ResolvedConnection | undefined,
  timeout: Duration.Duration
) {
  if (url === undefined) return ["DNS", "connection", "clock"].map((check) => skipped(check, "no endpoint"))
  const { machine, progress } = yield* Io.Io
  yield* progress({ doing: `connecting to ${new URL(url).host}` })
  const dns = yield* checkDns(resolvedHost(url, connection))
  const connected =
    dns.status === "ok"
      ? yield* checkConnection(new URL(url), connection, machine.environment, timeout)
      : skipped("connection", "no address")
  return [
    ...checkRoute("proxy", url, connection),
    ...(iamUrl === undefined ? [] : checkRoute("IAM proxy", iamUrl, connection)),
    dns,
    connected,
    connected.status === "ok" ? yield* checkClock(url, timeout) : skipped("clock", "no connection")
  ]
})

/** Whether the project is known and can be read. `resolved` is `undefined` without credentials. */
const checkProject = Effect.fnUntraced(function* (
  resolved: Either.Either<ResolvedTarget, CommandError> | undefined,
  target: Target,
  flags: DoctorFlags
) {
  if (resolved === undefined) {
    return [skipped("project", "no credentials to look it up with"), skipped("permission", "no credentials")]
  }
  if (Either.isLeft(resolved)) {
    return [failedBy("project", resolved.left), skipped("permission", "no project ID")]
  }
  // The demo ignores the environment's project.
  const configured = flags.demo && flags.projectId === undefined ? undefined : target.projectId
  const lookup = target.projectName === undefined ? "looked up by region" : `looked up by ${target.projectName.source}`
  const source = configured?.source ?? (flags.demo ? "the emulator's" : lookup)
  return [
    ok("project", `${resolved.right.projectId} (${source})`),
    yield* checkPermission(resolved.right, flags.timeout)
  ]
})

/** Runs every check whose prerequisites are met, even if others fail. */
const runChecks = Effect.fnUntraced(function* (flags: DoctorFlags) {
  const { machine } = yield* Io.Io
  const { environment } = machine
  const connection = yield* findConnection(flags, environment)
  const trust = flags.demo ? [] : yield* checkTrust(environment)
  const found = flags.demo ? undefined : yield* Effect.either(findProfile(flags, machine))
  const profile = found && Either.getOrUndefined(found)
  const regions = profile?.regions ?? (flags.demo ? undefined : yield* readRegions(machine))
  const target = findTarget(flags, environment, profile?.profile, regions)
  const settings =
    found === undefined
      ? [ok("endpoint", "the built-in emulator"), ok("credentials", "the emulator's token")]
      : [...checkEndpoints(target), checkCredentials(found)]

  const resolved =
    found !== undefined && Either.isLeft(found)
      ? undefined
      : yield* Effect.either(Effect.flatMap(resolveBy(profile, machine, flags), (resolve) => resolve(flags)))
  const configured = flags.demo ? undefined : target
  const network = yield* checkNetwork(
    (resolved && Either.getOrUndefined(resolved)?.endpoint) ??
      (configured && Either.getOrUndefined(configured.endpoint)?.url),
    configured && Either.getOrUndefined(configured.iamEndpoint)?.value,
    connection,
    Duration.millis(flags.timeout ?? 10_000)
  )
  return [...trust, ...settings, ...network, ...(yield* checkProject(resolved, target, flags))]
})

export const doctor = (flags: DoctorFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const checks = yield* runChecks(flags)
    yield* io.data(flags.output === "json" ? `${printableJson({ checks }, 2)}\n` : report(checks, io.colours.stdout))
    const count = (wanted: Check["status"]) => checks.filter(({ status }) => status === wanted).length
    const [problems, warnings] = [count("failed"), count("warning")]
    const found = problems === 0 ? "no problems found" : `${plural(problems, "problem")} found`
    yield* io.note(`${found}${warnings === 0 ? "" : `, and ${plural(warnings, "warning")}`}\n`)
    return problems === 0 ? ExitCode.ok : ExitCode.negative
  }).pipe(Http.provide(flags))
