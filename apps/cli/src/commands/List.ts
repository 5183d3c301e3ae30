import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import { resolver } from "../Calls.js"
import { ConfigurationError } from "../CliError.js"
import { type Format, formats, type ListFlags } from "../commandLine/Invocation.js"
import { alternatives } from "../commandLine/Values.js"
import { variables } from "../commandLine/Variables.js"
import { ExitCode } from "../ExitCode.js"
import * as Http from "../Http.js"
import * as Io from "../Io.js"
import { listOne } from "../listing/ListOne.js"
import { makeQuery } from "../listing/Query.js"
import type { CommandError } from "../output/ErrorReport.js"
import { targetsOf } from "../Targets.js"

/** The format of the command line, else of the environment, else one for people or for programs. */
const formatOf = (
  { output }: ListFlags,
  { isTerminal, machine }: Io.Service
): Effect.Effect<Format, ConfigurationError> => {
  const usual = machine.environment[variables.output] || undefined
  const known = formats.find((format) => format === usual)
  if (output !== undefined) return Effect.succeed(output)
  if (usual === undefined) return Effect.succeed(isTerminal ? "table" : "tsv")
  return known === undefined
    ? new ConfigurationError({
        message: `There is no format "${usual}" (environment variable ${variables.output}).`,
        hint: `Set it to ${alternatives(formats)}, or give -o.`
      })
    : Effect.succeed(known)
}

/** `hotspot-session list`. */
export const list = (flags: ListFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const format = yield* formatOf(flags, io)
    const query = flags.query === undefined ? undefined : yield* makeQuery(flags.query)
    const hasEndpoint = flags.endpoint !== undefined || !!io.machine.environment[variables.endpoint]
    const targets = yield* targetsOf(flags, hasEndpoint)
    const [first = {}] = targets
    const resolve = yield* resolver(flags, first)
    if (targets.length > 1 || flags.targets !== undefined) {
      const { listSeveral } = yield* Effect.promise(() => import("../listing/ListSeveral.js"))
      return yield* listSeveral(targets, resolve, flags, format, query)
    }
    const settings = yield* resolve(first)
    if (flags.watch !== undefined) {
      const { watch } = yield* Effect.promise(() => import("../listing/Watch.js"))
      return yield* watch(settings, { ...flags, watch: flags.watch })
    }
    yield* listOne(settings, flags, format, query)
    return ExitCode.ok
  }).pipe(
    // Without a layer, which a command that makes one call notices: it takes longer to build than the client.
    Effect.provideServiceEffect(HttpClient.HttpClient, Http.make(flags.debug)),
    Effect.scoped
  )
