import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { bundle, execute, newFolder } from "./support.js"

const list = (environment: Record<string, string>) => {
  const { status, stdout } = spawnSync(process.execPath, [bundle, "list", "--demo", "-o", "json"], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...environment }
  })
  return { status, stdout }
}

/** The files of the program. From 22.1 on Node keeps a folder of its own where `NODE_COMPILE_CACHE` says. */
const contents = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => ({ name, time: statSync(join(folder, name)).mtimeMs, path: join(folder, name) }))
    : []

describe("the compiled form of the program", () => {
  const plain = list({ NODE_DISABLE_COMPILE_CACHE: "1" })

  it("is kept in the user's cache folder, for this user only, and used again", () => {
    const home = newFolder()
    const folder = join(home, ".cache/hotspot-session")
    expect(list({ HOME: home })).toEqual(plain)
    const first = contents(folder)
    expect(first.length).toBeGreaterThan(0)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(list({ HOME: home })).toEqual(plain)
    expect(contents(folder)).toEqual(first)
  })

  it("is where the environment says, or nowhere", () => {
    const [home, caches, chosen] = [newFolder(), newFolder(), newFolder()]
    list({ HOME: home, XDG_CACHE_HOME: caches })
    expect(contents(join(caches, "hotspot-session")).length).toBeGreaterThan(0)
    list({ HOME: home, XDG_CACHE_HOME: caches, NODE_COMPILE_CACHE: chosen })
    expect(contents(chosen).length).toBeGreaterThan(0)
    list({ HOME: home, NODE_DISABLE_COMPILE_CACHE: "1" })
    expect(readdirSync(home)).toEqual([])
  })

  it("is made anew where it is damaged, or of another build", () => {
    const folder = newFolder()
    list({ NODE_COMPILE_CACHE: folder })
    for (const { path } of contents(folder)) writeFileSync(path, readFileSync(path).fill(7, 100))
    const damaged = contents(folder)
    writeFileSync(join(folder, "main-0123456789abcdef-v1.0.0-x64.v8"), "old")
    expect(list({ NODE_COMPILE_CACHE: folder })).toEqual(plain)
    expect(contents(folder).map(({ name }) => name)).toEqual(damaged.map(({ name }) => name))
    expect(contents(folder)).not.toEqual(damaged)
  })

  it.skipIf(process.platform === "win32")("is not taken from where others can write", () => {
    const folder = newFolder()
    list({ NODE_COMPILE_CACHE: folder })
    for (const { path } of contents(folder)) writeFileSync(path, "no code")
    const planted = contents(folder)
    chmodSync(folder, 0o777)
    expect(list({ NODE_COMPILE_CACHE: folder })).toEqual(plain)
    expect(contents(folder)).toEqual(planted)
  })

  it("is not missed where there is no place for it", () => {
    expect(list({ NODE_COMPILE_CACHE: "/dev/null/nowhere" })).toEqual(plain)
  })
})

describe("the parts of the program", () => {
  const good = { items: [{ id: "1", non_migrate_users: [] }] }

  /** The parts that a listing of an answer needs: those whose compiled form it keeps. */
  const needed = async (answer: unknown, options: ReadonlyArray<string>) => {
    const server = Http.createServer((_, response) => response.end(JSON.stringify(answer))).listen(0, "127.0.0.1")
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

  it("are loaded when they are used, and neither Schema nor streams for a page as it should be", async () => {
    expect(await needed(good, ["-o", "json"])).toEqual(["front", "main"])
    expect(await needed({ items: [{ id: null }] }, ["-o", "json"])).toEqual(["front", "main", "schema"])
    expect(await needed(good, ["-o", "json", "--all"])).toEqual(["front", "main", "stream"])
    expect(await needed(good, ["-o", "table"])).toEqual(["front", "main", "table"])
  })
})
