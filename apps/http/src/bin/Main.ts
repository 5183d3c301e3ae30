import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as Cause from "effect/Cause"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { AccessLog } from "../AccessLog.js"
import { NodeHotspotSessionHttp } from "../node.js"
import { exitCodes } from "./ExitCodes.js"

const write = (stream: NodeJS.WriteStream, line: string) => Effect.sync(() => void stream.write(`${line}\n`))

/** A line for the operator. */
export const tell = (line: string): Effect.Effect<void> => write(process.stderr, line)

/** One JSON line on stdout for each request. */
export const accessLog: AccessLog = (entry) => Effect.suspend(() => write(process.stdout, JSON.stringify(entry)))

/** Logs on stderr, one JSON line each: stdout is the access log's. */
const logger = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.jsonLogger))

/** The exit code of the first signal. Both are left to the system afterwards, so that a second one ends at once. */
const signalled = Effect.async<number>((resume) => {
  const forget = () => {
    process.off("SIGINT", onInterrupt)
    process.off("SIGTERM", onTerminate)
  }
  const onInterrupt = () => {
    forget()
    resume(Effect.succeed(exitCodes.interrupted))
  }
  const onTerminate = () => {
    forget()
    resume(Effect.succeed(0))
  }
  process.on("SIGINT", onInterrupt)
  process.on("SIGTERM", onTerminate)
})

const whyNot = ({ cause }: HttpServerError.ServeError): string => {
  const { code, message } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : { code: "", message: "" }
  switch (code) {
    case "EADDRINUSE":
      return "the port is in use. Stop what uses it, or choose another with --port (0 takes a free one)."
    case "EACCES":
      return "the port needs more rights. Choose one above 1023 with --port."
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "this machine has no such address. Check --host."
    default:
      return message
  }
}

/**
 * Runs the gateway until a signal ends it, and gives the exit code. The layer is released, which drains the server, before
 * the code is given.
 */
export const serve = (
  gateway: Layer.Layer<NodeHotspotSessionHttp.Server, HttpServerError.ServeError | ConfigError>,
  where: string
): Effect.Effect<number> =>
  Layer.build(gateway).pipe(
    Effect.tap((context) => tell(`listening on ${Context.get(context, NodeHotspotSessionHttp.Server).url}`)),
    Effect.zipRight(Effect.never),
    Effect.scoped,
    Effect.raceFirst(signalled),
    Effect.catchAll((error) =>
      error._tag === "ServeError"
        ? Effect.as(tell(`error: cannot listen on ${where}: ${whyNot(error)}`), exitCodes.cannotListen)
        : Effect.as(tell(`error: ${error.message}`), exitCodes.configuration)
    ),
    Effect.provide(logger)
  )

/** Runs the command and ends the process with its exit code. */
export const run = (command: Effect.Effect<number>): void => {
  // Who reads the log may go away; the gateway does not go with them.
  process.stdout.on("error", () => {})
  process.stderr.on("error", () => {})
  Effect.runCallback(command, {
    onExit: (exit) => {
      if (Exit.isFailure(exit)) process.stderr.write(`error: this is a bug: ${Cause.pretty(exit.cause)}\n`)
      const code = Exit.getOrElse(exit, () => exitCodes.defect)
      // A pipe may still hold lines, which exiting would lose.
      process.stdout.write("", () => process.exit(code))
    }
  })
}
