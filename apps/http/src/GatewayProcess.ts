import type { Readable, Writable } from "node:stream"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { errorText } from "./GatewayCommandLine.js"

/** What the command uses of its process: streams and signals. */
export class GatewayProcess extends Context.Reference<GatewayProcess>()("hotspot-session-http/GatewayProcess", {
  defaultValue: (): {
    readonly stdin: Readable
    readonly stdout: Writable
    readonly stderr: Writable
    readonly on: (signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void) => unknown
    readonly off: (signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void) => unknown
  } => process
}) {}

/** Calls `listener` for each of these signals until the scope closes. */
export const onSignals = (
  signals: ReadonlyArray<NodeJS.Signals>,
  listener: (signal: NodeJS.Signals) => void
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.flatMap(GatewayProcess, (gatewayProcess) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        for (const signal of signals) gatewayProcess.on(signal, listener)
      }),
      () =>
        Effect.sync(() => {
          for (const signal of signals) gatewayProcess.off(signal, listener)
        })
    )
  )

const write = (stream: "stdout" | "stderr", text: string): Effect.Effect<void> =>
  Effect.map(GatewayProcess, (gatewayProcess) => void gatewayProcess[stream].write(text))

export const printError = (text: string): Effect.Effect<void> => write("stderr", text)

/** Writes a line to stderr, for the operator. */
export const logLine = (line: string): Effect.Effect<void> => printError(`${line}\n`)

/** Reports an error that ends the command, and returns the exit code. */
export const fail = (exitCode: number, message: string, hint?: string): Effect.Effect<number> =>
  Effect.as(printError(errorText(message, hint)), exitCode)

/** All of standard input, as text; fails with the reason if it cannot be read, or has more than `maxBytes`. */
export const readStdin = (maxBytes: number): Effect.Effect<string, string> =>
  Effect.flatMap(GatewayProcess, ({ stdin }) =>
    Effect.tryPromise({
      try: async () => {
        const chunks: Array<Buffer> = []
        let size = 0
        for await (const chunk of stdin) {
          chunks.push(Buffer.from(chunk))
          size += chunk.length
          if (size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`)
        }
        return Buffer.concat(chunks).toString()
      },
      catch: (error) => (error instanceof Error ? error.message : String(error))
    })
  )

export const print = (text: string): Effect.Effect<number> => Effect.as(write("stdout", text), ExitCode.ok)

export const run = (command: Effect.Effect<number>): void => {
  // The gateway must survive the reader of its log.
  process.stdout.on("error", () => {})
  process.stderr.on("error", () => {})
  Effect.runCallback(command, {
    onExit: (exit) => {
      if (Exit.isFailure(exit)) process.stderr.write(errorText(`this is a bug: ${Cause.pretty(exit.cause)}`))
      const code = Exit.getOrElse(exit, () => ExitCode.bug)
      // Exiting would lose lines that a pipe has not taken yet.
      process.stdout.write("", () => process.exit(code))
    }
  })
}
