import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process"
import { openSync } from "node:fs"
import { devNull } from "node:os"
import { fileURLToPath } from "node:url"
import type { Result, Round } from "./worker.js"

/** The path of another entry of this package. */
export const entryPath = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url))

/** The next message of a process; fails where it ends instead. */
const message = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a process ended with ${code}`))
    child.once("exit", onExit)
    child.once("message", (value) => {
      child.off("exit", onExit)
      resolve(value)
    })
  })

/** A server in a process of its own. */
export interface Server {
  readonly origin: string
  readonly pid: number
  readonly stop: () => void
}

/** Starts an entry of this package that tells on which port it listens. */
export const startServer = async (name: string, args: ReadonlyArray<string> = []): Promise<Server> => {
  const child = fork(entryPath(name), args)
  const port = await message(child)
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => child.disconnect() }
}

/** The cloud in place of which the clients and the gateway are measured. */
export const startUpstream = (): Promise<Server> => startServer("upstream")

/** Starts a command that says on stderr where it listens, such as the gateway. What it writes to stdout goes nowhere. */
export const startCommand = (file: string, args: ReadonlyArray<string>): Promise<Server> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", openSync(devNull, "w"), "pipe"] })
    // Unlike this package's own processes it does not notice that this one has ended.
    process.once("exit", () => child.kill())
    let said = ""
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}: ${said}`)))
    child.stderr?.on("data", (chunk) => {
      said += chunk
      const origin = /^listening on (\S+)$/m.exec(said)?.[1]
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
  await message(child)
  return {
    run: async (round) => {
      child.send(round)
      return (await message(child)) as Result
    },
    stop: () => child.disconnect()
  }
}

/** Runs a whole process of Node, and returns what it prints. */
export const runNode = (args: ReadonlyArray<string>, env: Record<string, string> = {}): string => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 1e8
  })
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`)
  return stdout
}

/** What another entry of this package prints, read as JSON. */
export const printed = (name: string, args: ReadonlyArray<string>, execArgv: ReadonlyArray<string> = []): unknown =>
  JSON.parse(runNode([...execArgv, entryPath(name), ...args]))
