import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigurationError } from "./CliError.js"
import type { ListFlags } from "./commandLine/Invocation.js"
import * as Io from "./Io.js"
import type { Asked } from "./Settings.js"

/**
 * The lines of a file of targets: `REGION`, `REGION PROJECT-ID`, or `PROJECT-ID` where an endpoint is given. Empty lines
 * and what follows a # are left out.
 */
const parseTargets = (
  text: string,
  file: string,
  hasEndpoint: boolean
): Effect.Effect<ReadonlyArray<Asked>, ConfigurationError> =>
  Effect.gen(function* () {
    const targets: Array<Asked> = []
    for (const [index, line] of text
      .replace(/^\uFEFF/, "")
      .split(/\r?\n/)
      .entries()) {
      const words = line
        .replace(/(^|\s)#.*$/, "")
        .split(/\s+/)
        .filter((word) => word !== "")
      const from = `${file === "-" ? "standard input" : file}, line ${index + 1}`
      const [first, second] = words
      if (first === undefined) continue
      if (words.length > (hasEndpoint ? 1 : 2)) {
        return yield* new ConfigurationError({
          message: `${from} has ${words.length} words.`,
          hint: hasEndpoint
            ? "With an endpoint, write one project ID on each line."
            : "Write a region on each line, and the ID of a project after it where the region has several."
        })
      }
      const target: Asked = hasEndpoint
        ? { projectId: first, from }
        : { region: first, projectId: second, from, isOneOfSeveral: true }
      const same = targets.find(({ projectId, region }) => projectId === target.projectId && region === target.region)
      if (same !== undefined) {
        return yield* new ConfigurationError({
          message: `${from} asks for the same as line ${same.from?.split(" ").at(-1)}.`,
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
export const targetsOf = (
  { endpoint, profile, projectId = [], region = [], targets }: ListFlags,
  hasEndpoint: boolean
): Effect.Effect<ReadonlyArray<Asked>, ConfigurationError, Io.Io> => {
  const common = { endpoint, profile }
  const withCommon = (asked: ReadonlyArray<Asked>) => asked.map((one) => ({ ...common, ...one }))
  if (targets !== undefined) {
    return readTargets(targets).pipe(
      Effect.flatMap((text) => parseTargets(text, targets, hasEndpoint)),
      Effect.map(withCommon)
    )
  }
  if (projectId.length > 1) {
    return Effect.succeed(withCommon(projectId.map((id) => ({ projectId: id, region: region[0] }))))
  }
  if (region.length > 1) {
    return Effect.succeed(withCommon(region.map((id) => ({ region: id, isOneOfSeveral: true }))))
  }
  return Effect.succeed([{ ...common, projectId: projectId[0], region: region[0] }])
}
