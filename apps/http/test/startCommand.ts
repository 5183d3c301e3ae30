import { type ChildProcess, spawn } from "node:child_process"
import { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { Streams } from "../src/GatewayProcess.js"
import { main } from "../src/Main.js"

const file = fileURLToPath(new URL("../dist/hotspot-session-http.js", import.meta.url))

const children: Array<ChildProcess> = []

/** Stops the commands that are still running. */
export const endCommands = () => {
  for (const child of children) child.kill("SIGKILL")
}

/** The API key that the command generated and printed. */
export const keyOf = (stderr: string): string =>
  /^no keys are configured: the API key of this run is (hsg_[\w-]{32})$/m.exec(stderr)?.[1] ?? "none"

/** Runs the command in this process, if it serves nothing. */
export const runCommand = async (args: ReadonlyArray<string>, environment: Record<string, string> = {}, input = "") => {
  const output = { stdout: "", stderr: "" }
  const into = (name: keyof typeof output) =>
    new Writable({
      write(chunk, _encoding, done) {
        output[name] += chunk
        done()
      }
    })
  const streams = { stdin: Readable.from([input]), stdout: into("stdout"), stderr: into("stderr") }
  const code = await Effect.runPromise(Effect.provideService(main(args, environment), Streams, streams))
  return { code, ...output }
}

/** Runs the command as a process. `url` is where it listens; it rejects with the output if the command does not start. */
export const startCommand = (args: ReadonlyArray<string>, environment: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [file, ...args], { env: { PATH: process.env["PATH"], ...environment } })
  children.push(child)
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk
  })
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, ...output }))
  )
  const url = new Promise<string>((resolve, reject) => {
    child.stderr.on("data", () => {
      const found = /^listening on (http:\S+)$/m.exec(output.stderr)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.on("close", () => reject(new Error(output.stderr)))
  })
  url.catch(() => {})
  return { child, ended, url, output }
}
