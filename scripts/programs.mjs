// Runs programs over the packed libraries, in a folder outside the workspace.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { installRuntime } from "./consumer.mjs"
import { withTarballs } from "./pack.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === "win32"

export const run = async ([command, ...args], cwd) => {
  const child = spawn(command, args, { cwd, shell: windows, stdio: ["ignore", "pipe", "pipe"] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
  return { code, stdout, stderr }
}

/** Installs packages into a folder of their own, where they find none of the workspace's. */
export const npmInstall = (folder, ...packages) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), '{ "private": true }')
  const options = ["--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock"]
  return run([windows ? "npm.cmd" : "npm", "install", ...options, ...packages], folder)
}

/** The path of a command that is installed in a folder. */
export const commandIn = (folder, name) => join(folder, "node_modules/.bin", windows ? `${name}.cmd` : name)

const startServers = async (folder) => {
  const child = spawn(process.execPath, ["servers.mjs"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] })
  const [line] = await once(child.stdout, "data")
  const stop = async () => {
    child.stdin.end()
    await once(child, "close")
  }
  return { servers: JSON.parse(String(line)), stop }
}

/** Uses a folder with the packed libraries and the programs of a folder here, one for tools, and the servers of `servers.mjs`. */
export const withPrograms = (sources, use) =>
  withTarballs(async (tarballs) => {
    const folder = mkdtempSync(join(tmpdir(), "hotspot-session-programs-"))
    const programs = join(folder, "programs")
    try {
      installRuntime(programs, { root, tarballs })
      writeFileSync(join(programs, "package.json"), '{ "private": true }')
      cpSync(join(root, sources), programs, { recursive: true })
      cpSync(join(root, "scripts/servers.mjs"), join(programs, "servers.mjs"))
      const { servers, stop } = await startServers(programs)
      try {
        await use({ programs, tools: join(folder, "tools"), servers })
      } finally {
        await stop()
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

/** At most two at a time. The results are in order. */
export const inPairs = async (all, use) => {
  const results = []
  const waiting = [...all.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await use(next[1])
  }
  await Promise.all([work(), work()])
  return results
}
