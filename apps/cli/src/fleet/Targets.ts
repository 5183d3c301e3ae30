import { type FileTarget, parseTargets } from "@hotspot-session/fleet/TargetFile"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { variables } from "@hotspot-session/settings/EnvironmentVariables"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import * as Effect from "effect/Effect"
import * as Io from "../Io.js"
import type { TargetsFlags } from "../options/FleetOptions.js"
import { readParsed } from "../ParsedFile.js"

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
      const found = yield* readParsed(targets, "targets", (text) =>
        parseTargets(text, {
          endpoint:
            endpoint !== undefined ? "given" : machine.environment[variables.endpoint] ? "unlessRegions" : undefined
        })
      )
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
