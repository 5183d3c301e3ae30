import { spawnSync } from "node:child_process"
import { once } from "node:events"
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { bundle, execute, newFolder } from "../support.js"

const list = (environment: Record<string, string>, cwd = process.cwd()) => {
  const { status, stdout } = spawnSync(process.execPath, [bundle, "list", "--demo", "-o", "json"], {
    cwd,
    encoding: "utf8",
    timeout: 20_000,
    env: { PATH: process.env["PATH"], ...environment }
  })
  return { status, stdout }
}

/** The files in a cache folder, without the subfolder that Node.js creates since 22.1. */
const contents = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => {
          const { ino, mtimeMs: time } = statSync(join(folder, name))
          return { name, time, ino, path: join(folder, name) }
        })
    : []

describe("the compile cache", () => {
  const plain = list({ NODE_DISABLE_COMPILE_CACHE: "1" })

  const caches = mkdtempSync(join(tmpdir(), "hotspot-session-"))
  beforeAll(() => void list({ NODE_COMPILE_CACHE: caches }))
  afterAll(() => rmSync(caches, { recursive: true, force: true }))

  /** A folder with a cache that a run has stored. */
  const filled = () => {
    const folder = newFolder()
    for (const { name, path } of contents(caches)) copyFileSync(path, join(folder, name))
    return folder
  }

  it("is stored in the user's cache folder with mode 0700, and reused", () => {
    const home = newFolder()
    const folder = join(home, ".cache/hotspot-session")
    expect(list({ HOME: home })).toEqual(plain)
    const first = contents(folder)
    expect(first.length).toBeGreaterThan(0)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(list({ HOME: home })).toEqual(plain)
    expect(contents(folder)).toEqual(first)
  })

  it("is stored without a warning of Node, however many parts a command loads", () => {
    const home = newFolder()
    const argv = ["create", "--demo", "--enable", "--exit-sessions", "3", "--dry-run", "--query", "length(@)"]
    const { stderr } = spawnSync(process.execPath, [bundle, ...argv], {
      encoding: "utf8",
      timeout: 20_000,
      env: { PATH: process.env["PATH"], HOME: home }
    })
    expect(contents(join(home, ".cache/hotspot-session")).length).toBeGreaterThan(10)
    expect(stderr).not.toContain("Warning")
  })

  it("has what the start needs, even if V8 drops code that has not run for long, and is accepted", () => {
    const [folder, preloads] = [newFolder(), newFolder()]
    const collect = join(preloads, "collect.cjs")
    // Runs before the cache is written.
    writeFileSync(collect, 'process.once("exit", () => require("node:vm").runInThisContext("gc")())')
    const flags = ["--expose-gc", "--stress-flush-code", "--require", collect]
    const run = (options: ReadonlyArray<string>) =>
      spawnSync(process.execPath, [...options, bundle, "list", "--demo", "-o", "json"], {
        timeout: 20_000,
        env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: folder }
      })
    run(flags)
    const stored = contents(folder)
    const sizeIn = (folder: string) =>
      contents(folder)
        .filter(({ name }) => name.startsWith("main-"))
        .reduce((size, { path }) => size + statSync(path).size, 0)
    expect(sizeIn(folder)).toBeGreaterThan(0.98 * sizeIn(caches))
    run(flags)
    expect(contents(folder)).toEqual(stored)
  })

  it("is stored or disabled according to the environment", () => {
    const [home, caches, configured] = [newFolder(), newFolder(), newFolder()]
    list({ HOME: home, XDG_CACHE_HOME: caches })
    expect(contents(join(caches, "hotspot-session")).length).toBeGreaterThan(0)
    list({ HOME: home, XDG_CACHE_HOME: caches, NODE_COMPILE_CACHE: configured })
    expect(contents(configured).length).toBeGreaterThan(0)
    list({ HOME: home, NODE_DISABLE_COMPILE_CACHE: "1" })
    expect(readdirSync(home)).toEqual([])
  })

  it("is rebuilt if it is damaged or from another build", () => {
    const folder = filled()
    for (const { path } of contents(folder)) writeFileSync(path, readFileSync(path).fill(7, 100))
    const damaged = contents(folder)
    writeFileSync(join(folder, "main-0123456789abcdef-v1.0.0-x64.v8"), "old")
    expect(list({ NODE_COMPILE_CACHE: folder })).toEqual(plain)
    expect(contents(folder).map(({ name }) => name)).toEqual(damaged.map(({ name }) => name))
    expect(contents(folder)).not.toEqual(damaged)
  })

  it.skipIf(process.platform === "win32")("is not read from a folder that others can write", () => {
    const folder = filled()
    for (const { path } of contents(folder)) writeFileSync(path, "no code")
    const planted = contents(folder)
    chmodSync(folder, 0o777)
    expect(list({ NODE_COMPILE_CACHE: folder })).toEqual(plain)
    expect(contents(folder)).toEqual(planted)
  })

  const renamed = (path: string) => {
    renameSync(path, `${path}.other`)
    return `${path}.other`
  }
  const untrusted: ReadonlyArray<readonly [string, (path: string) => unknown]> = [
    ["a file that others can write", (path) => chmodSync(path, 0o666)],
    ["a file of another user", (path) => chownSync(path, 12345, 12345)],
    ["a symbolic link", (path) => symlinkSync(renamed(path), path)],
    ["a file with several hard links", (path) => linkSync(path, `${path}.other`)],
    ["a pipe", (path) => renamed(path) && spawnSync("mkfifo", [path])]
  ]

  for (const [what, replace] of untrusted) {
    it.skipIf(process.platform === "win32" || (what.includes("user") && process.getuid?.() !== 0))(
      `is not read from ${what}`,
      () => {
        const folder = filled()
        const part = (prefix: string) => contents(folder).filter(({ name }) => name.startsWith(prefix))
        const [main] = part("main-")
        const front = part("front-")
        const path = main?.path ?? ""
        replace(path)
        expect(list({ NODE_COMPILE_CACHE: folder })).toEqual(plain)
        expect(part("front-")).toEqual(front)
        // It was written again, so the damaged file was not used.
        const { ino, mode, nlink, uid } = lstatSync(path)
        expect({ mode: mode & 0o777, nlink, uid, isNew: ino !== main?.ino }).toEqual({
          mode: 0o600,
          nlink: 1,
          uid: process.getuid?.(),
          isNew: true
        })
      }
    )
  }

  it.skipIf(process.getuid?.() !== 0)("is not stored in the home directory of another user", () => {
    const home = newFolder()
    mkdirSync(join(home, ".cache"))
    for (const folder of [home, join(home, ".cache")]) chownSync(folder, 12345, 12345)
    expect(list({ HOME: home })).toEqual(plain)
    expect(readdirSync(join(home, ".cache"))).toEqual([])
  })

  // Homes without a place for it are those of test/bundles.test.ts.
  it("is skipped without an error if it cannot be written", () => {
    expect(list({ NODE_COMPILE_CACHE: "/dev/null/nowhere" })).toEqual(plain)
  })

  it("is never stored relative to the working directory", () => {
    const cwd = newFolder()
    for (const name of ["home", "caches"]) mkdirSync(join(cwd, name))
    expect(list({ HOME: "home", XDG_CACHE_HOME: "caches" }, cwd)).toEqual(plain)
    expect(readdirSync(cwd, { recursive: true })).toEqual(["caches", "home"])
    const home = newFolder()
    expect(list({ HOME: home, XDG_CACHE_HOME: "caches" }, cwd)).toEqual(plain)
    expect(contents(join(home, ".cache/hotspot-session")).length).toBeGreaterThan(0)
  })
})

describe("the parts of the program", () => {
  it("have no Effect in the one that parses the command line, which each start loads", () => {
    const program = readFileSync(bundle, "latin1").slice(0, -")()\n".length)
    const [, fromEnd = 0, length = 0] = /"front":\[(\d+),(\d+)\]/.exec(program)?.map(Number) ?? []
    const front = program.slice(program.length - fromEnd, program.length - fromEnd + length)
    expect(front).toContain("Did you mean")
    expect(front).not.toContain("effect/")
  })

  const validPage = { items: [{ id: "1", non_migrate_users: [] }] }

  /** The parts that listing a response loads, according to the compile cache. */
  const loadedParts = async (page: unknown, options: ReadonlyArray<string>) => {
    const server = Http.createServer((_, response) => response.end(JSON.stringify(page))).listen(0, "127.0.0.1")
    await once(server, "listening")
    const folder = newFolder()
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { code } = await Effect.runPromise(
      execute(["list", "--endpoint", endpoint, "--project-id", "p", ...options], {
        HOTSPOT_SESSION_AUTH_TOKEN: "token",
        NODE_COMPILE_CACHE: folder
      })
    )
    server.close()
    expect(code).toBe(0)
    return contents(folder).map(({ name }) => name.split("-")[0])
  }

  it("are loaded on first use; a valid page loads neither Schema nor streams", async () => {
    expect(await loadedParts(validPage, ["-o", "json"])).toEqual(["front", "main"])
    expect(await loadedParts({ items: [{ id: null }] }, ["-o", "json"])).toEqual(["front", "main", "rare", "schema"])
    expect(await loadedParts(validPage, ["-o", "json", "--all"])).toEqual(["front", "main"])
    expect(await loadedParts(validPage, ["-o", "table"])).toEqual(["front", "main", "table"])
  })
})
