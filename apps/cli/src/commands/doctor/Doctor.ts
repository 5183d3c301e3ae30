import type { Profile } from "@hotspot-session/client"
import { clearTextUrls } from "@hotspot-session/settings/ClearText"
import { profileWarnings } from "@hotspot-session/settings/CredentialSources"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import { readRegions } from "@hotspot-session/settings/MachineRegions"
import type { ResolvedTarget } from "@hotspot-session/settings/ResolvedTarget"
import { findTarget } from "@hotspot-session/settings/Target"
import { findProfile } from "@hotspot-session/settings/TargetProfile"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
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

/** Runs every check whose prerequisites are met, even if others fail. */
const runChecks = Effect.fnUntraced(function* (flags: DoctorFlags) {
  const { machine, progress } = yield* Io.Io
  const checks: Array<Check> = []
  const add = (...more: ReadonlyArray<Check>) => Effect.sync(() => void checks.push(...more))
  const timeout = Duration.millis(flags.timeout ?? 10_000)

  const connection = yield* findConnection(flags, machine.environment)
  if (!flags.demo) yield* add(...(yield* checkTrust(machine.environment)))
  const found = flags.demo ? undefined : yield* Effect.either(findProfile(flags, machine))
  const foundProfile = found !== undefined && Either.isRight(found) ? found.right : undefined
  const profile = foundProfile?.profile
  const regions = foundProfile?.regions ?? (flags.demo ? undefined : yield* readRegions(machine))
  const target = findTarget(flags, machine.environment, profile, regions)
  const endpoint = flags.demo ? undefined : target.endpoint
  const iam = Option.getOrUndefined(Either.getRight(target.iamEndpoint))
  if (endpoint !== undefined && found !== undefined) {
    yield* add(
      Either.match(endpoint, {
        onLeft: ({ hint, message }) => failed("endpoint", message, hint),
        onRight: ({ configured, url }) => checkUrl("endpoint", url, configured.source)
      }),
      ...(iam === undefined || clearTextUrls([iam.value]).length === 0
        ? []
        : [checkUrl("IAM endpoint", iam.value, iam.source)]),
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
    )
  } else {
    yield* add(ok("endpoint", "the built-in emulator"), ok("credentials", "the emulator's token"))
  }

  const canResolve = found === undefined || Either.isRight(found)
  const resolved = canResolve
    ? yield* Effect.either(Effect.flatMap(resolveBy(foundProfile, machine, flags), (resolve) => resolve(flags)))
    : undefined
  const url =
    (resolved && Either.getOrUndefined(resolved)?.endpoint) ?? (endpoint && Either.getOrUndefined(endpoint)?.url)
  if (url === undefined) {
    yield* add(...["DNS", "connection", "clock"].map((check) => skipped(check, "no endpoint")))
  } else {
    yield* progress({ doing: `connecting to ${new URL(url).host}` })
    yield* add(...checkRoute("proxy", url, connection))
    if (iam !== undefined && endpoint !== undefined) yield* add(...checkRoute("IAM proxy", iam.value, connection))
    const dns = yield* checkDns(resolvedHost(url, connection))
    yield* add(dns)
    const connected =
      dns.status === "ok"
        ? yield* checkConnection(new URL(url), connection, machine.environment, timeout)
        : skipped("connection", "no address")
    yield* add(connected)
    yield* add(connected.status === "ok" ? yield* checkClock(url, timeout) : skipped("clock", "no connection"))
  }

  if (resolved === undefined) {
    yield* add(skipped("project", "no credentials to look it up with"), skipped("permission", "no credentials"))
  } else if (Either.isLeft(resolved)) {
    yield* add(failedBy("project", resolved.left), skipped("permission", "no project ID"))
  } else {
    // The demo ignores the environment's project.
    const configured = flags.demo && flags.projectId === undefined ? undefined : target.projectId
    const lookup =
      target.projectName === undefined ? "looked up by region" : `looked up by ${target.projectName.source}`
    const source = configured?.source ?? (flags.demo ? "the emulator's" : lookup)
    yield* add(ok("project", `${resolved.right.projectId} (${source})`))
    yield* add(yield* checkPermission(resolved.right, flags.timeout))
  }
  return checks as ReadonlyArray<Check>
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
