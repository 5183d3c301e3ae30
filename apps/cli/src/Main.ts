import { isatty } from "node:tty"
import { NodeMachine } from "@hotspot-session/client/node"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { type CommandName, commandNames, commands } from "./commandLine/Commands.js"
import { answersByCode, type Invocation } from "./commandLine/Invocation.js"
import { list } from "./commands/list/List.js"
import * as Io from "./Io.js"
import {
  type CommandError,
  exitCode,
  jsonInterruption,
  jsonReport,
  textInterruption,
  textReport
} from "./output/ErrorReport.js"
import { formats, outputVariable } from "./output/FormatNames.js"
import { UsageError } from "./UsageError.js"

/** Loads the module of a command on demand, to start faster. */
const loading = <Module, A, E, R>(
  load: () => Promise<Module>,
  use: (module: Module) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.flatMap(Effect.promise(load), use)

const run = (invocation: Invocation): Effect.Effect<ExitCode, CommandError, Io.Io> => {
  switch (invocation._tag) {
    case "List":
      return list(invocation.flags)
    case "Config":
      return loading(
        () => import("./commands/config/Config.js"),
        ({ config }) => config(invocation.flags)
      )
    case "Create":
      return loading(
        () => import("./commands/create/Create.js"),
        ({ create }) => create(invocation.flags)
      )
    case "Update":
      return loading(
        () => import("./commands/update/Update.js"),
        ({ update }) => update(invocation.id, invocation.flags)
      )
    case "UsersList":
      return loading(
        () => import("./commands/users/UsersList.js"),
        ({ usersList }) => usersList(invocation.id, invocation.flags)
      )
    case "UsersAdd":
    case "UsersRemove":
      return loading(
        () => import("./commands/users/UsersChange.js"),
        ({ usersChange }) => usersChange(invocation._tag, invocation.id, invocation.flags)
      )
    case "Diff":
      return loading(
        () => import("./commands/diff/Diff.js"),
        ({ diff }) => diff(invocation.file, invocation.flags)
      )
    case "Export":
      return loading(
        () => import("./commands/export/Export.js"),
        ({ exportState }) => exportState(invocation.flags)
      )
    case "Plan":
      return loading(
        () => import("./commands/plan/Plan.js"),
        ({ plan }) => plan(invocation.file, invocation.flags)
      )
    case "Apply":
      return loading(
        () => import("./commands/apply/Apply.js"),
        ({ apply }) => apply(invocation.file, invocation.flags)
      )
    case "Doctor":
      return loading(
        () => import("./commands/doctor/Doctor.js"),
        ({ doctor }) => doctor(invocation.flags)
      )
    case "Emulator":
      return loading(
        () => import("./commands/emulator/EmulatorCommand.js"),
        ({ emulator }) => emulator(invocation.flags)
      )
    case "Completion":
      return loading(
        () => import("./commands/completion/Completion.js"),
        ({ completion }) => completion(invocation.shell, invocation.commands)
      )
    case "Man":
      return loading(
        () => import("./commands/man/Man.js"),
        ({ man }) => man(invocation.version)
      )
    case "Print":
      return Effect.flatMap(Io.Io, ({ data }) => Effect.as(data(invocation.text), ExitCode.ok))
    case "InvalidCommandLine":
      return new UsageError({ message: invocation.message, hint: invocation.hint })
  }
}

const colorOf = (invocation: Invocation): boolean | undefined =>
  "flags" in invocation ? invocation.flags.color : undefined

/** Whether the environment's output format applies: to what writes configurations and users, and to its usage errors. */
const usesOutputVariable = (invocation: Invocation): boolean => {
  const name = invocation._tag === "InvalidCommandLine" ? invocation.command : invocation._tag
  const isNamed = (command: CommandName) => command.replace(" ", "") === name?.replace(" ", "").toLowerCase()
  return (
    name === undefined ||
    commandNames.some((command) => isNamed(command) && commands[command].values?.["output"] === formats)
  )
}

/** Errors are reported in the output format, including usage errors. */
const reportsJson = (invocation: Invocation, environment: Io.ProcessIo["machine"]["environment"]): boolean => {
  const requested = "flags" in invocation && "output" in invocation.flags ? invocation.flags.output : undefined
  const format = requested ?? (usesOutputVariable(invocation) ? environment[outputVariable] : undefined)
  return format === "json" || format === "ndjson"
}

const bugReport = (cause: Cause.Cause<unknown>): string =>
  `hotspot-session: this is a bug in hotspot-session. Please report it with the following:\n${Cause.pretty(cause)}\n`

/** Whether what is to be shown is nested more deeply than the stack, or longer than a text can be. */
const isTooLarge = (cause: Cause.Cause<unknown>): boolean =>
  Option.exists(
    Cause.dieOption(cause),
    (defect) => defect instanceof RangeError && /call stack|string length/.test(defect.message)
  )

const tooLargeToShow = loading(
  () => import("./WriteErrors.js"),
  ({ OutputError }) =>
    Effect.succeed(
      new OutputError({
        message: "The result cannot be shown: something in it is nested too deeply, or it is too long.",
        hint: "Choose the fields that you need with --fields or --query, or another output format."
      })
    )
)

/** Like `Logger.replace`, but without a layer, which is slow to build. */
const logsToStderr = Effect.locallyWith(FiberRef.currentLoggers, (loggers) =>
  HashSet.add(HashSet.remove(loggers, Logger.defaultLogger), Logger.withConsoleError(Logger.logfmtLogger))
)

/** Runs the command and returns the exit code. */
export const main = (invocation: Invocation, processIo: Io.ProcessIo): Effect.Effect<ExitCode> =>
  Effect.gen(function* () {
    const io = yield* Io.make(processIo, colorOf(invocation))
    const isJson = reportsJson(invocation, processIo.machine.environment)
    const reportOf = (error: CommandError) => (isJson ? jsonReport : textReport)(error, undefined, io.colours.stderr)
    const reported = (error: CommandError) => Effect.as(io.note(reportOf(error)), exitCode(error))
    const reportInterruption = Effect.flatMap(Ref.get(io.interruption), (known) => {
      const interruption = Option.getOrElse(known, () => ({ message: "interrupted", text: "" }))
      return io.note(
        isJson ? jsonInterruption(interruption, processIo.interruptedCode()) : textInterruption(interruption)
      )
    })
    return yield* run(invocation).pipe(
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause)
          ? Effect.interrupt
          : Option.match(Cause.failureOption(cause), {
              onNone: () =>
                isTooLarge(cause)
                  ? Effect.flatMap(tooLargeToShow, reported)
                  : Effect.as(io.note(bugReport(cause)), ExitCode.bug),
              onSome: reported
            })
      ),
      Effect.onInterrupt(() => Effect.zipRight(reportInterruption, Effect.flatMap(Ref.get(io.lastData), io.data))),
      Effect.provideService(Io.Io, io)
    )
  }).pipe(Effect.scoped, logsToStderr)

/** How long the program may take to exit after a signal, in milliseconds. */
const quitTimeout = 500

const sinkOf = (stream: NodeJS.WriteStream): Io.Sink => ({
  stream,
  isTerminal: stream.isTTY === true,
  columns: stream.columns || 80
})

/** Runs the program as this process, and exits. */
export const runMain = (invocation: Invocation): void => {
  const environment = { ...process.env }
  // Node would warn that certificates are not verified, which they always are.
  delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]
  let signalled: ExitCode | undefined
  const fiber = Effect.runFork(
    main(invocation, {
      machine: NodeMachine.make(environment),
      stdin: Io.openStdin,
      isStdinTerminal: () => isatty(0),
      stdout: sinkOf(process.stdout),
      stderr: sinkOf(process.stderr),
      onOutputError: answersByCode(invocation) ? Effect.void : Effect.never,
      interruptedCode: () => signalled ?? ExitCode.interrupted
    })
  )
  const onSignal = (code: ExitCode) => () => {
    if (signalled !== undefined) process.exit(code)
    signalled = code
    // A pending write may wait for a reader forever.
    setTimeout(() => process.exit(code), quitTimeout)
    fiber.unsafeInterruptAsFork(FiberId.none)
  }
  process.on("SIGHUP", onSignal(ExitCode.hungUp))
  process.on("SIGINT", onSignal(ExitCode.interrupted))
  process.on("SIGTERM", onSignal(ExitCode.terminated))
  fiber.addObserver((exit) => {
    const code = signalled ?? (Exit.isSuccess(exit) ? exit.value : ExitCode.bug)
    // Set if the output of a successful command could not be written.
    process.exit(code === ExitCode.ok ? process.exitCode : code)
  })
}
