import { spawnSync } from "node:child_process"
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))

describe.each([
  { app: "apps/cli", file: "dist/hotspot-session.js" },
  { app: "apps/http", file: "dist/hotspot-session-http.js" }
])("$app bundle, copied alone into an empty folder", ({ app, file }) => {
  const { version } = JSON.parse(readFileSync(join(root, app, "package.json"), "utf8"))
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-bundle-"))
  const copy = join(folder, basename(file))

  beforeAll(() => copyFileSync(join(root, app, file), copy))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const run = (...args: ReadonlyArray<string>) =>
    spawnSync(process.execPath, [copy, ...args], { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH } })

  it("prints its version and nothing else", () => {
    const { status, stdout, stderr } = run("--version")
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toMatch(new RegExp(`^(hotspot-session )?${version}( \\(node .*\\))?\n$`))
  })

  it("prints help on stdout", () => {
    const { status, stdout, stderr } = run("--help")
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toMatch(/usage/i)
  })

  it("starts as a program of its own", () => {
    expect(readFileSync(copy, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/)
  })
})
