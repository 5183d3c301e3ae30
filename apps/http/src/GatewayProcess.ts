import type { Readable, Writable } from "node:stream"
import { text } from "node:stream/consumers"
import type { AccessLog, AccessLogEntry } from "@hotspot-session/gateway/AccessLog"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { errorText } from "./GatewayCommandLine.js"

/** Where the command reads and writes, except for its logs. */
export class Streams extends Context.Reference<Streams>()("hotspot-session-http/Streams", {
  defaultValue: (): Readonly<Record<"stdout" | "stderr", Writable> & Record<"stdin", Readable>> => process
}) {}

const write = (stream: "stdout" | "stderr", text: string): Effect.Effect<void> =>
  Effect.map(Streams, (streams) => void streams[stream].write(text))

export const printError = (text: string): Effect.Effect<void> => write("stderr", text)

/** Writes a line to stderr, for the operator. */
export const logLine = (line: string): Effect.Effect<void> => printError(`${line}\n`)

/** Reports an error that ends the command, and returns the exit code. */
export const fail = (exitCode: number, message: string, hint?: string): Effect.Effect<number> =>
  Effect.as(printError(errorText(message, hint)), exitCode)

/** All of standard input, as text. */
export const readStdin: Effect.Effect<string> = Effect.flatMap(Streams, ({ stdin }) =>
  Effect.promise(() => text(stdin))
)

export const print = (text: string): Effect.Effect<number> => Effect.as(write("stdout", text), ExitCode.ok)

/** How long a line of the log may wait to be written together with others, in milliseconds. */
const maxWait = 50
const maxPending = 256
/** If a reader leaves more bytes than this unread, further lines are dropped. */
const maxUnread = 16 * 1024 * 1024

let pending: Array<AccessLogEntry> = []
let timer: NodeJS.Timeout | undefined
let lost = 0

/** How many lines of the access log could not be written. */
export const lostLogEntries = (): number => lost

export const flushAccessLog = (): void => {
  clearTimeout(timer)
  timer = undefined
  const entries = pending
  pending = []
  if (entries.length === 0) return
  if (process.stdout.writableLength >= maxUnread) {
    lost += entries.length
    return
  }
  process.stdout.write(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), (error) => {
    if (error) lost += entries.length
  })
}

/** Writes one JSON line on stdout for each request. Lines are serialized in batches, which is faster. */
export const accessLog: AccessLog = (entry) => {
  pending.push(entry)
  if (pending.length >= maxPending) flushAccessLog()
  else timer ??= setTimeout(flushAccessLog, maxWait)
}

export const run = (command: Effect.Effect<number>): void => {
  // The gateway must survive the reader of its log.
  process.stdout.on("error", () => {})
  process.stderr.on("error", () => {})
  Effect.runCallback(command, {
    onExit: (exit) => {
      if (Exit.isFailure(exit)) process.stderr.write(errorText(`this is a bug: ${Cause.pretty(exit.cause)}`))
      const code = Exit.getOrElse(exit, () => ExitCode.bug)
      flushAccessLog()
      // Exiting would lose lines that a pipe has not taken yet.
      process.stdout.write("", () => process.exit(code))
    }
  })
}
