import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { bundle, newFolder } from "./support.js"

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
