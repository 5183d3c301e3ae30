import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import { didYouMean } from "@hotspot-session/settings/Nearest"
import * as Effect from "effect/Effect"
import { resolver } from "../../Calls.js"
import * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { alternatives } from "../../options/OptionValues.js"
import type { CommandError } from "../../output/ErrorReport.js"
import { type Format, formats, outputVariable } from "../../output/FormatNames.js"
import { listOne } from "./ListOne.js"
import { type ListFlags, watchFormats } from "./ListOptions.js"
import { targetsOf } from "./ListTargets.js"
import { makeQuery } from "./Query.js"

/** The format of the command line, else of the environment, else a table on a terminal and TSV elsewhere. */
const formatOf = (
  { output, watch }: ListFlags,
  { isTerminal, machine }: Io.Service
): Effect.Effect<Format, ConfigurationError> => {
  const fallback = machine.environment[outputVariable] || undefined
  if (output !== undefined) return Effect.succeed(output)
  if (fallback === undefined) return Effect.succeed(isTerminal ? "table" : "tsv")
  const known = formats.find((format) => format === fallback)
  const from = `(environment variable ${outputVariable})`
  if (known === undefined) {
    return new ConfigurationError({
      message: `The output format "${fallback}" ${from} is not known.`,
      hint: `${didYouMean(fallback, formats)}Set it to ${alternatives(formats)}, or use -o.`
    })
  }
  return watch === undefined || watchFormats.includes(known)
    ? Effect.succeed(known)
    : new ConfigurationError({
        message: `Changes cannot be shown as ${known} ${from}.`,
        hint: "With --watch, use -o ndjson, or -o table for text."
      })
}

export const list = (flags: ListFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const format = yield* formatOf(flags, io)
    const query = flags.query === undefined ? undefined : yield* makeQuery(flags.query)
    const targets = yield* targetsOf(flags)
    const [first = {}] = targets
    const isOfSeveral = targets.length > 1 || flags.targets !== undefined
    const resolve = yield* resolver(flags, isOfSeveral ? undefined : first)
    if (isOfSeveral) {
      const { listSeveral } = yield* Effect.promise(() => import("./ListSeveral.js"))
      return yield* listSeveral(targets, resolve, flags, format, query)
    }
    const target = yield* resolve(first)
    if (flags.watch !== undefined) {
      const { watch } = yield* Effect.promise(() => import("./Watch.js"))
      return yield* watch(target, { ...flags, output: format, watch: flags.watch })
    }
    yield* listOne(target, flags, format, query)
    return ExitCode.ok
  }).pipe(Http.provide(flags.debug))
