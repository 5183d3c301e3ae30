import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process"
import { chownSync, mkdtempSync, rmSync } from "node:fs"
import { type AddressInfo, connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { killAtExit, type Server } from "./Processes.js"

/** The first of these commands that is installed. */
export const findProgram = (...commands: ReadonlyArray<string>): string | undefined =>
  commands.find((command) => spawnSync(command, ["-v"]).error === undefined)

/** A new folder and a function that removes it. */
export const temporaryFolder = (): readonly [folder: string, remove: () => void] => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-bench-"))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once("exit", remove)
  return [
    folder,
    () => {
      process.off("exit", remove)
      remove()
    }
  ]
}

/** The number of the user `nobody`, as whom the superuser runs other programs. */
const nobody = 65534

/** Gives a folder to whom other programs run as, and returns the options that run them so. */
const unprivileged = (folder: string): SpawnOptions => {
  if (process.getuid?.() !== 0) return {}
  chownSync(folder, nobody, nobody)
  return { uid: nobody, gid: nobody }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("error", () => resolve(false))
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
  })

/** Waits up to ten seconds until a process accepts connections. */
const untilItAccepts = async (child: ChildProcess, port: number, output: () => string): Promise<void> => {
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    if (await accepts(port)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${child.spawnfile} does not listen on port ${port}: ${output()}`)
}

/** Starts a program that listens on a free port and keeps its files in a folder of its own, which is removed at the end. */
export const startProgram = async (
  command: string,
  args: (port: number, folder: string) => ReadonlyArray<string>
): Promise<Server> => {
  const [folder, remove] = temporaryFolder()
  const port = await freePort()
  let output = ""
  const child = spawn(command, args(port, folder), { stdio: ["ignore", "pipe", "pipe"], ...unprivileged(folder) })
  killAtExit(child)
  child.once("exit", remove)
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      output += chunk
    })
  }
  await untilItAccepts(child, port, () => output)
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => void child.kill() }
}
