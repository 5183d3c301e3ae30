import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { NodeMachine } from "@hotspot-session/client/node"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import { Effect } from "effect"
import { onTestFinished } from "vitest"
import { parse } from "../src/commandLine/CommandLine.js"
import { main } from "../src/Main.js"

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

class MemoryStream extends Writable {
  text = ""
  /** Called after every write. */
  onWritten = () => {}
  /** Delays every write. */
  ready: Promise<void> | undefined
  override _write(chunk: Buffer, _encoding: string, done: () => void) {
    this.text += chunk.toString()
    this.onWritten()
    if (this.ready === undefined) done()
    else void this.ready.then(done)
  }
}

/** Excludes the settings of the user who runs the tests, and the metadata service of an ECS. */
const baseEnvironment = { HOME: "/nonexistent", HOTSPOT_SESSION_METADATA_ENDPOINT: "off" }

interface RunOptions {
  readonly columns?: number
  /** Whether the streams are terminals. */
  readonly isTerminal?: boolean
  /** A function is called when standard input is opened. */
  readonly stdin?: string | Uint8Array | (() => string)
  /** Called when standard output is written to, which then is not read before something is written to standard error. */
  readonly onBlocked?: () => void
  /** Whether standard input is a terminal, at which `stdin` is typed. Standard error then is one, too. */
  readonly answers?: boolean
}

/** Runs the program in this process, and interrupts it when an effect ends. */
export const runUntil = (
  stop: Effect.Effect<void>,
  argv: ReadonlyArray<string>,
  environment: Record<string, string> = {},
  { answers = false, columns = 80, isTerminal = false, onBlocked, stdin = "" }: RunOptions = {}
): Effect.Effect<Ended> =>
  Effect.gen(function* () {
    const stdout = new MemoryStream()
    const stderr = new MemoryStream()
    if (onBlocked !== undefined) {
      stdout.onWritten = () => {
        stdout.ready ??= new Promise((resolve) => {
          stderr.onWritten = resolve
        })
        onBlocked()
      }
    }
    const program = main(parse(argv, "1.2.3", { columns, heading: (text) => text }), {
      machine: NodeMachine.make({ ...baseEnvironment, ...environment }),
      stdin: () => Readable.from([typeof stdin === "function" ? stdin() : stdin]),
      isStdinTerminal: () => answers,
      stdout: { stream: stdout, isTerminal, columns },
      stderr: { stream: stderr, isTerminal: isTerminal || answers, columns },
      onOutputError: Effect.never,
      interruptedCode: () => ExitCode.hungUp
    })
    const code = yield* Effect.raceFirst(program, Effect.as(stop, null))
    return { code, stdout: stdout.text, stderr: stderr.text }
  })

/** Runs the program in this process. */
export const run = (
  argv: ReadonlyArray<string>,
  environment?: Record<string, string>,
  options?: RunOptions
): Effect.Effect<Ended> => runUntil(Effect.never, argv, environment, options)

export const bundle = fileURLToPath(new URL("../dist/hotspot-session.js", import.meta.url))

/** Runs the bundle as a process; `during` may interact with it. */
export const execute = (
  argv: ReadonlyArray<string>,
  environment: Record<string, string> = {},
  during: (child: ReturnType<typeof spawn>) => void = () => {}
): Effect.Effect<Ended & { readonly signal: string | null }> =>
  Effect.async((resume) => {
    const child = spawn(process.execPath, [bundle, ...argv], {
      env: { PATH: process.env["PATH"], ...baseEnvironment, ...environment }
    })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.on("close", (code, signal) => resume(Effect.succeed({ code, signal, stdout, stderr })))
    during(child)
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Replaces ports and request IDs, which differ between runs. */
export const normalize = (text: string): string =>
  text
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replace(/\b[0-9a-f]{32}\b(?!\/hotspot)/g, (id) => (id === "0123456789abcdef0123456789abcdef" ? id : "REQUEST_ID"))

/** A temporary folder for the current test. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A temporary file for the current test. */
export const newFile = (content: string | Uint8Array, mode = 0o600): string => {
  const path = join(newFolder(), "file")
  writeFileSync(path, content, { mode })
  return path
}
