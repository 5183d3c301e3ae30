import type { SkippedSource } from "@hotspot-session/client"
import type { CredentialsError } from "@hotspot-session/core"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import { type ExplainedSetting, explainCredentials, explainTarget } from "@hotspot-session/settings/ExplainedSetting"
import { readRegions } from "@hotspot-session/settings/MachineRegions"
import { findTarget } from "@hotspot-session/settings/Target"
import { resolveProfile } from "@hotspot-session/settings/TargetProfile"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { explainConnection } from "../../Connection.js"
import * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import type { Colours } from "../../output/Colours.js"
import { printable, printableJson } from "../../output/Printable.js"
import { alignColumns } from "../../output/Table.js"
import type { ConfigFlags } from "./ConfigOptions.js"

const table = (
  settings: ReadonlyArray<ExplainedSetting>,
  skipped: ReadonlyArray<SkippedSource>,
  colours: Colours
): string => {
  const rows = settings.map(({ source, setting, value = "-" }) => [setting, value, source].map(printable))
  const rowsSkipped = skipped.map(({ reason, source }) => `  ${printable(source)}: ${printable(reason)}\n`)
  return `${alignColumns([["SETTING", "VALUE", "FROM"], ...rows], colours)}${
    rowsSkipped.length === 0 ? "" : `\nSkipped:\n${rowsSkipped.join("")}`
  }`
}

const json = (settings: ReadonlyArray<ExplainedSetting>, skipped: ReadonlyArray<SkippedSource>): string =>
  `${printableJson(
    {
      settings: settings.map(({ setting, source, value }) => ({ setting, value, origin: source })),
      passed_over: skipped.map(({ reason, source }) => ({ source, reason }))
    },
    2
  )}\n`

/**
 * `hotspot-session config`: prints the settings and their sources. The only request is to the ECS metadata service. Fails
 * after printing if there are credentials that cannot be used as intended, if the profile of `--profile` cannot be used, or if
 * that service has a fault that may pass.
 */
export const config = (flags: ConfigFlags): Effect.Effect<ExitCode, ConfigurationError | CredentialsError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const regions = yield* readRegions(io.machine)
    const found = yield* Effect.either(resolveProfile(io.machine, flags.profile))
    const profile = Either.isRight(found) ? found.right.profile : undefined
    const isNamed = flags.profile !== undefined
    const refusal =
      Either.isLeft(found) && (isNamed || found.left.refused || found.left.unavailable) ? found.left : undefined
    const skipped = refusal !== undefined ? [] : Either.isRight(found) ? found.right.skipped : found.left.attempted
    const target = findTarget(flags, io.machine.environment, profile, regions)
    const settings = [
      ...explainTarget(target),
      ...(yield* explainConnection(flags, io.machine.environment, {
        endpoint: Either.getOrUndefined(target.endpoint)?.url,
        iamEndpoint: Either.getOrUndefined(target.iamEndpoint)?.value
      })),
      ...(profile === undefined
        ? [{ setting: "credentials", source: Either.isLeft(found) ? found.left.reason : "" }]
        : explainCredentials(profile))
    ]
    if (Either.isRight(found)) {
      for (const warning of found.right.warnings) yield* io.note(`warning: ${printable(warning)}\n`)
    }
    yield* io.data(flags.output === "json" ? json(settings, skipped) : table(settings, skipped, io.colours.stdout))
    return refusal === undefined ? ExitCode.ok : yield* refusal
    // The metadata service is reached directly, whatever is set.
  }).pipe(Http.provide({ debug: flags.debug, demo: true }))
