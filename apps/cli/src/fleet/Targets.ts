import { type FileTarget, parseTargets, type TargetFileError } from "@hotspot-session/fleet/TargetFile"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { variables } from "@hotspot-session/settings/EnvironmentVariables"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Io from "../Io.js"
import type { TargetsFlags } from "../options/FleetOptions.js"

const fileError = (file: string, { hint, line, problem }: TargetFileError): ConfigurationError => {
  const start = line === undefined ? (file === "-" ? "Standard input" : file) : `${Io.nameOf(file)}, line ${line}`
  return new ConfigurationError({ message: `${start} ${problem}.`, hint })
}

/** A project of the environment or of a profile belongs to one region only. */
const requestOf = (file: string, { line, ...target }: FileTarget): TargetRequest => ({
  ...target,
  source: `${Io.nameOf(file)}, line ${line}`,
  isOneOfSeveral: target.region !== undefined
})

/** The projects of a command, in the order of the command line or the file. */
export const targetsOf = ({
  endpoint,
  profile,
  projectId = [],
  region = [],
  targets
}: TargetsFlags): Effect.Effect<ReadonlyArray<TargetRequest>, ConfigurationError, Io.Io> => {
  const common = { endpoint, profile }
  const withCommon = (requests: ReadonlyArray<TargetRequest>) => requests.map((one) => ({ ...common, ...one }))
  if (targets !== undefined) {
    return Effect.gen(function* () {
      const { machine } = yield* Io.Io
      const text = yield* Effect.mapError(
        Io.readText(targets),
        (reason) =>
          new ConfigurationError({
            message: `The targets cannot be read from ${Io.nameOf(targets)}: ${reason}.`,
            hint: "Use the path of a text file, or - for standard input."
          })
      )
      const parsed = parseTargets(text, {
        endpoint:
          endpoint !== undefined ? "given" : machine.environment[variables.endpoint] ? "unlessRegions" : undefined
      })
      const found = yield* Either.mapLeft(parsed, (error) => fileError(targets, error))
      return withCommon(found.map((target) => requestOf(targets, target)))
    })
  }
  if (projectId.length > 1) {
    return Effect.succeed(withCommon(projectId.map((id) => ({ projectId: id, region: region[0] }))))
  }
  if (region.length > 1) {
    return Effect.succeed(withCommon(region.map((id) => ({ region: id, isOneOfSeveral: true }))))
  }
  return Effect.succeed([{ ...common, projectId: projectId[0], region: region[0] }])
}
