import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import { targetsOf } from "../../fleet/Targets.js"
import * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { outputFormat } from "../../OutputFormat.js"
import type { CommandError } from "../../output/ErrorReport.js"
import { type Format, outputVariable } from "../../output/FormatNames.js"
import { makeQuery } from "../../Query.js"
import { resolver } from "../../TargetResolver.js"
import { listOne } from "./ListOne.js"
import { type ListFlags, watchFormats } from "./ListOptions.js"

/** The format of the listing; changes have fewer. */
const formatOf = (flags: ListFlags, io: Io.Service): Effect.Effect<Format, ConfigurationError> =>
  Effect.filterOrFail(
    outputFormat(flags, io),
    (format) =>
      flags.watch === undefined ||
      flags.output !== undefined ||
      !io.machine.environment[outputVariable] ||
      watchFormats.includes(format),
    (format) =>
      new ConfigurationError({
        message: `Changes cannot be shown as ${format} (environment variable ${outputVariable}).`,
        hint: "With --watch, use -o ndjson, or -o table for text."
      })
  )

export const list = (flags: ListFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const format = yield* formatOf(flags, io)
    const query = flags.query === undefined ? undefined : yield* makeQuery(flags.query)
    const targets = yield* targetsOf(flags)
    const [first = {}] = targets
    const isOfSeveral = targets.length > 1 || flags.targets !== undefined
    const resolve = yield* resolver(flags, targets, isOfSeveral)
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
  }).pipe(Http.provide(flags, { showsRequests: flags.targets === undefined }))
