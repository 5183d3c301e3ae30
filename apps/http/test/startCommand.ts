import { type ChildProcess, spawn } from "node:child_process"
import { EventEmitter } from "node:events"
import { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { GatewayProcess } from "../src/GatewayProcess.js"
import { main } from "../src/Main.js"

const file = fileURLToPath(new URL("../dist/hotspot-session-http.js", import.meta.url))

const children: Array<ChildProcess> = []

/** Stops the processes that are still running. */
export const endProcesses = () => {
  for (const child of children) child.kill("SIGKILL")
}

/** The API key that the command generated and printed. */
export const keyOf = (stderr: string): string =>
  /^no keys are configured: the API key of this run is (hsg_[\w-]{32})$/m.exec(stderr)?.[1] ?? "none"

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

interface Output {
  stdout: string
  stderr: string
}

/** `url` is where the command listens; it rejects with the output if the command ends before. */
const started = (output: Output, stderr: EventEmitter, ended: Promise<Ended>) => {
  const url = new Promise<string>((resolve, reject) => {
    stderr.on("data", () => {
      const found = /^listening on (http:\S+)$/m.exec(output.stderr)?.[1]
      if (found !== undefined) resolve(found)
    })
    ended.then(({ stderr }) => reject(new Error(stderr)), reject)
  })
  url.catch(() => {})
  return { ended, url, output }
}

/** Starts the command in this process; `kill` sends a signal to it alone. */
export const startCommand = (args: ReadonlyArray<string>, environment: Record<string, string> = {}, input = "") => {
  const signals = new EventEmitter()
  const output: Output = { stdout: "", stderr: "" }
  const into = (name: keyof Output) =>
    new Writable({
      write(chunk, _encoding, done) {
        output[name] += chunk
        signals.emit("data")
        done()
      }
    })
  const ended = Effect.runPromise(
    Effect.provideService(main(args, environment), GatewayProcess, {
      stdin: Readable.from([input]),
      stdout: into("stdout"),
      stderr: into("stderr"),
      on: (signal, listener) => signals.on(signal, listener),
      off: (signal, listener) => signals.off(signal, listener)
    })
  ).then((code): Ended => ({ code, signal: null, ...output }))
  return { ...started(output, signals, ended), kill: (signal: NodeJS.Signals) => signals.emit(signal, signal) }
}

/** Runs the command in this process to its end. */
export const runCommand = (args: ReadonlyArray<string>, environment: Record<string, string> = {}, input = "") =>
  startCommand(args, environment, input).ended

/** Runs the command as a process. */
export const startProcess = (args: ReadonlyArray<string>, environment: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [file, ...args], { env: { PATH: process.env["PATH"], ...environment } })
  children.push(child)
  const output: Output = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk
  })
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, ...output }))
  )
  return { ...started(output, child.stderr, ended), child, kill: (signal: NodeJS.Signals) => child.kill(signal) }
}
