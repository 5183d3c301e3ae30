import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process"
import { openSync } from "node:fs"
import { devNull } from "node:os"
import { fileURLToPath } from "node:url"
import type { Result, Round } from "./worker.js"

/** The path of another entry of this package. */
export const entryPath = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url))

/** The next message of a process. Rejects if the process exits first. */
const nextMessage = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a process exited with ${code}`))
    child.once("exit", onExit)
    child.once("message", (value) => {
      child.off("exit", onExit)
      resolve(value)
    })
  })

/** A server in a separate process. */
export interface Server {
  readonly origin: string
  readonly pid: number
  readonly stop: () => void
}

/** Starts an entry of this package that sends the port it listens on. */
export const startServer = async (name: string, args: ReadonlyArray<string> = []): Promise<Server> => {
  const child = fork(entryPath(name), args)
  const port = await nextMessage(child)
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => child.disconnect() }
}

/** Starts the server that replaces the cloud. */
export const startUpstream = (): Promise<Server> => startServer("upstream")

/** Ends a process with this one. Unlike this package's own, other programs do not notice that this process has exited. */
export const killAtExit = (child: ChildProcess): void => {
  const kill = () => void child.kill()
  process.once("exit", kill)
  child.once("exit", () => process.off("exit", kill))
}

/** Starts a command that logs its origin to stderr, such as the gateway. Its stdout is discarded. */
export const startCommand = (file: string, args: ReadonlyArray<string>): Promise<Server> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", openSync(devNull, "w"), "pipe"] })
    killAtExit(child)
    let output = ""
    child.once("exit", (code) => reject(new Error(`${file} exited with ${code}: ${output}`)))
    child.stderr?.on("data", (chunk) => {
      output += chunk
      const origin = /^listening on (\S+)$/m.exec(output)?.[1]
      if (origin !== undefined) resolve({ origin, pid: child.pid ?? 0, stop: () => void child.kill() })
    })
  })

export interface Worker {
  readonly run: (round: Round) => Promise<Result>
  readonly stop: () => void
}

export const startWorker = async (
  name: string,
  origin: string,
  execArgv: ReadonlyArray<string> = []
): Promise<Worker> => {
  const child = fork(entryPath("worker"), [name, origin], { execArgv: [...execArgv] })
  await nextMessage(child)
  return {
    run: async (round) => {
      child.send(round)
      return (await nextMessage(child)) as Result
    },
    stop: () => child.disconnect()
  }
}

/** Variables of a process; `undefined` removes one that this process has. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Runs a Node process and returns its output. */
export const runNode = (args: ReadonlyArray<string>, env: Variables = {}, node = process.execPath): string => {
  const { status, stderr, stdout } = spawnSync(node, [...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1e8
  })
  if (status !== 0) throw new Error(`${args.join(" ")} exited with ${status}: ${stderr}`)
  return stdout
}

/** Runs another entry of this package and parses its output as JSON. */
export const runJson = (name: string, args: ReadonlyArray<string>, execArgv: ReadonlyArray<string> = []): unknown =>
  JSON.parse(runNode([...execArgv, entryPath(name), ...args]))
