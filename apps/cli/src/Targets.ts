import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { variables } from "@hotspot-session/settings/EnvironmentVariables"
import { isRegion } from "@hotspot-session/settings/ResolvedEndpoint"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ListFlags } from "./commandLine/Invocation.js"
import * as Io from "./Io.js"

/** A line of a file of targets. */
interface Line {
  readonly words: ReadonlyArray<string>
  /** Where it is written, for people. */
  readonly source: string
}

/** Empty lines and what follows a # are left out. */
const linesOf = (text: string, file: string): ReadonlyArray<Line> =>
  text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, index) => ({
      words: line
        .replace(/(^|\s)#.*$/, "")
        .split(/\s+/)
        .filter((word) => word !== ""),
      source: `${file === "-" ? "standard input" : file}, line ${index + 1}`
    }))
    .filter(({ words }) => words.length > 0)

/** Whether lines name regions: an endpoint that the environment has for another one is not for these. */
const nameRegions = (lines: ReadonlyArray<Line>): boolean =>
  lines.some(({ words: [first = "", second] }) => second !== undefined || isRegion(first))

/** What lines ask for: `REGION`, `REGION PROJECT-ID`, or `PROJECT-ID` where an endpoint is given. */
const parseTargets = (
  lines: ReadonlyArray<Line>,
  file: string,
  hasEndpoint: boolean
): Effect.Effect<ReadonlyArray<TargetRequest>, ConfigurationError> =>
  Effect.gen(function* () {
    const targets: Array<TargetRequest> = []
    for (const { source, words } of lines) {
      const [first, second] = words
      if (words.length > (hasEndpoint ? 1 : 2)) {
        return yield* new ConfigurationError({
          message: `${source} has ${words.length} words.`,
          hint: hasEndpoint
            ? "With an endpoint, write one project ID on each line."
            : "Write a region on each line, and the ID of a project after it where the region has several."
        })
      }
      const target: TargetRequest = hasEndpoint
        ? { projectId: first, source }
        : { region: first, projectId: second, source, isOneOfSeveral: true }
      const same = targets.find(({ projectId, region }) => projectId === target.projectId && region === target.region)
      if (same !== undefined) {
        return yield* new ConfigurationError({
          message: `${source} asks for the same as line ${same.source?.split(" ").at(-1)}.`,
          hint: "Leave one of them out."
        })
      }
      targets.push(target)
    }
    if (targets.length === 0) {
      return yield* new ConfigurationError({
        message: `${file === "-" ? "Standard input" : file} names no target.`,
        hint: "Write a region on each line, and the ID of a project after it where the region has several."
      })
    }
    return targets
  })

const readTargets = (file: string): Effect.Effect<string, ConfigurationError, Io.Io> =>
  Effect.gen(function* () {
    const { input, machine } = yield* Io.Io
    const text = file === "-" ? Effect.asSome(input) : machine.readFile(file)
    return yield* Effect.flatMap(
      text,
      Option.match({ onNone: () => Effect.fail("there is no such file"), onSome: Effect.succeed })
    )
  }).pipe(
    Effect.mapError(
      (reason) =>
        new ConfigurationError({
          message: `The targets cannot be read from ${file === "-" ? "standard input" : file}: ${reason}.`,
          hint: "Give the path of a text file, or - for standard input."
        })
    )
  )

/** The projects that a listing asks for, in the order in which they are given. */
export const targetsOf = ({
  endpoint,
  profile,
  projectId = [],
  region = [],
  targets
}: ListFlags): Effect.Effect<ReadonlyArray<TargetRequest>, ConfigurationError, Io.Io> => {
  const common = { endpoint, profile }
  const withCommon = (requests: ReadonlyArray<TargetRequest>) => requests.map((one) => ({ ...common, ...one }))
  if (targets !== undefined) {
    return Effect.gen(function* () {
      const { machine } = yield* Io.Io
      const lines = linesOf(yield* readTargets(targets), targets)
      const hasEndpoint = endpoint !== undefined || (!!machine.environment[variables.endpoint] && !nameRegions(lines))
      return withCommon(yield* parseTargets(lines, targets, hasEndpoint))
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
