import { NodeMachine } from "@hotspot-session/client/node"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import { ExitCode } from "./ExitCode.js"
import { main } from "./Main.js"

/** Set by the build. */
declare const __VERSION__: string

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough, such as `head`, is no error.
  if (error.code === "EPIPE") process.exit(ExitCode.ok)
  process.stderr.write(`hotspot-session: standard output cannot be written: ${error.message}\n`)
  process.exit(ExitCode.output)
})
process.stderr.on("error", () => {})

const fiber = Effect.runFork(
  main(
    {
      argv: process.argv.slice(2),
      machine: NodeMachine.make(),
      stdout: process.stdout,
      stderr: process.stderr,
      columns: process.stdout.columns || 80
    },
    __VERSION__
  )
)

/** Milliseconds that the end may take after a signal. */
const longestEnd = 500

let signalled: ExitCode | undefined

const onSignal = (code: ExitCode) => () => {
  if (signalled !== undefined) process.exit(code)
  signalled = code
  // What is being written may wait for a reader that never comes.
  setTimeout(() => process.exit(code), longestEnd)
  fiber.unsafeInterruptAsFork(FiberId.none)
}

process.on("SIGINT", onSignal(ExitCode.interrupted))
process.on("SIGTERM", onSignal(ExitCode.terminated))

fiber.addObserver((exit) => process.exit(signalled ?? (Exit.isSuccess(exit) ? exit.value : ExitCode.bug)))
