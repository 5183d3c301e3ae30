import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { type Invocation, parse } from "./CommandLine.js"
import { config } from "./ConfigCommand.js"
import { type CommandError, exitCode, humanReport, jsonReport } from "./ErrorReport.js"
import { ExitCode } from "./ExitCode.js"
import { type Io, write } from "./Io.js"
import { list } from "./ListCommand.js"

const run = (invocation: Invocation, io: Io): Effect.Effect<void, CommandError> => {
  switch (invocation._tag) {
    case "Print":
      return write(io.stdout, invocation.text)
    case "List":
      return list(invocation.flags, io)
    case "Config":
      return config(invocation.flags, io)
    case "Emulator":
      return Effect.flatMap(
        Effect.promise(() => import("./EmulatorCommand.js")),
        ({ emulator }) => emulator(invocation.options, io)
      )
  }
}

/** Errors are reported in the format of the output, also where the command line itself is wrong. */
const wantsJson = (argv: ReadonlyArray<string>): boolean => /(^| )(-o ?|--output[= ])json( |$)/.test(argv.join(" "))

const bugReport = (cause: Cause.Cause<unknown>): string =>
  `hotspot-session: this is a bug of hotspot-session. Please report it with what follows.\n${Cause.pretty(cause)}\n`

/** Standard output is for data. */
const logsToStderr = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))

/** The program: does what the command line says and gives the exit code. */
export const main = (io: Io, version: string): Effect.Effect<ExitCode> =>
  parse(io.argv, version).pipe(
    Effect.flatMap((invocation) => run(invocation, io)),
    Effect.as<ExitCode>(ExitCode.ok),
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause)
        ? Effect.interrupt
        : Option.match(Cause.failureOption(cause), {
            onNone: () => Effect.as(write(io.stderr, bugReport(cause)), ExitCode.bug),
            onSome: (error) =>
              Effect.as(write(io.stderr, (wantsJson(io.argv) ? jsonReport : humanReport)(error)), exitCode(error))
          })
    ),
    Effect.provide(logsToStderr)
  )
