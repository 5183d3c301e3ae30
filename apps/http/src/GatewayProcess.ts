import type { AccessLog, AccessLogEntry } from "@hotspot-session/gateway/AccessLog"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { errorText } from "./CommandLine.js"

const write = (stream: NodeJS.WriteStream, text: string) => Effect.sync(() => void stream.write(text))

/** A line for the operator. */
export const tell = (line: string): Effect.Effect<void> => write(process.stderr, `${line}\n`)

/** What ends the command before it serves. */
export const fail = (exitCode: number, message: string, hint?: string): Effect.Effect<number> =>
  Effect.as(write(process.stderr, errorText(message, hint)), exitCode)

/** Text on stdout. */
export const print = (text: string): Effect.Effect<number> => Effect.as(write(process.stdout, text), ExitCode.ok)

/** A line of the log waits at most so long for others to be written with, in milliseconds. */
const maxWait = 50
const maxPending = 256
/** What a reader that is too slow, or has stopped, may leave unread; what comes then is lost. */
const maxUnread = 16 * 1024 * 1024

let pending: Array<AccessLogEntry> = []
let timer: NodeJS.Timeout | undefined

/** Writes what waits. */
export const flushAccessLog = (): void => {
  clearTimeout(timer)
  timer = undefined
  const entries = pending
  pending = []
  if (entries.length === 0 || process.stdout.writableLength >= maxUnread) return
  process.stdout.write(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""))
}

/** One JSON line on stdout for each request. Made when it is written: many in a row take less time than one by one. */
export const accessLog: AccessLog = (entry) => {
  pending.push(entry)
  if (pending.length >= maxPending) flushAccessLog()
  else timer ??= setTimeout(flushAccessLog, maxWait)
}

/** Runs the command and ends the process with its exit code. */
export const run = (command: Effect.Effect<number>): void => {
  // Who reads the log may go away; the gateway does not go with them.
  process.stdout.on("error", () => {})
  process.stderr.on("error", () => {})
  Effect.runCallback(command, {
    onExit: (exit) => {
      if (Exit.isFailure(exit)) process.stderr.write(errorText(`this is a bug: ${Cause.pretty(exit.cause)}`))
      const code = Exit.getOrElse(exit, () => ExitCode.bug)
      flushAccessLog()
      // A pipe may still hold lines, which exiting would lose.
      process.stdout.write("", () => process.exit(code))
    }
  })
}
