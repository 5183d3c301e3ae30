import { spawnSync } from "node:child_process"
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))

/** A user ID that does not exist, if the tests run as root and may run Node.js as that user. */
const stranger = { uid: 123_456, gid: 123_456 }
const canBeStranger = process.getuid?.() === 0 && spawnSync(process.execPath, ["-v"], stranger).status === 0

const region = ["--region", "ap-southeast-1"]

describe.each([
  {
    app: "apps/cli",
    file: "dist/hotspot-session.js",
    commands: [
      ["list", "--demo"],
      ["list", ...region],
      ["config"],
      ["doctor", ...region, "--timeout", "1ms"],
      ["diff", "--demo", "/dev/null"],
      ["emulator", "--port", "99999"],
      ["completion", "bash"]
    ]
  },
  {
    app: "apps/http",
    file: "dist/hotspot-session-http.js",
    commands: [
      ["--print-config", ...region],
      ["--new-api-key"],
      [...region, "--credentials", "own", "--host", "127.0.0.1", "--port", "0"],
      [...region, "--host", "192.0.2.1"]
    ]
  }
])("$app bundle, copied alone into an empty folder", ({ app, commands, file }) => {
  const { version: current } = JSON.parse(readFileSync(join(root, app, "package.json"), "utf8"))
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-bundle-"))
  const copy = join(folder, basename(file))

  const noUser = join(folder, "no-user.cjs")

  beforeAll(() => {
    copyFileSync(join(root, app, file), copy)
    // As where the system has no entry for the user.
    writeFileSync(
      noUser,
      `const os = require("node:os")
      os.homedir = os.userInfo = () => { throw new Error("uv_os_homedir returned ENOENT") }
      require("node:module").syncBuiltinESMExports()`
    )
    chmodSync(folder, 0o755)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const environments: ReadonlyArray<readonly [string, NodeJS.ProcessEnv]> = [
    ["no home", {}],
    ["an empty home", { HOME: "" }],
    ["a home that is not a folder", { HOME: "/dev/null" }],
    ["a home that cannot be written", { HOME: "/proc" }],
    ["no folder for temporary files", { HOME: "/nonexistent", TMPDIR: "/nonexistent", XDG_CACHE_HOME: "/nonexistent" }]
  ]
  const usual = { PATH: process.env.PATH, HOTSPOT_SESSION_METADATA_ENDPOINT: "off", TZ: "UTC" }
  const options = { cwd: folder, encoding: "utf8", timeout: 20_000 } as const
  const inHome = { ...options, env: { ...usual, HOME: folder } }
  /** What differs from run to run. */
  const steady = (text: string) => text.replace(/\b[0-9a-f]{32,}\b|hsg_\S+|~\/.*|\(?[\d.]+ ?m?s\b|:\d{4,5}\b/g, "…")
  const ended = ({ status, stderr, stdout }: ReturnType<typeof spawnSync>) => ({
    status,
    stdout: steady(String(stdout)),
    stderr: steady(String(stderr))
  })

  const [version, help] = [["--version"], ["--help"]]
  const all = [version, help, ...commands]
  const expected = new Map<ReadonlyArray<string>, ReturnType<typeof ended>>()
  beforeAll(() => {
    for (const args of all) expected.set(args, ended(spawnSync(process.execPath, [copy, ...args], inHome)))
  })

  it("prints its version and nothing else", () => {
    const { status, stdout, stderr } = expected.get(version) ?? {}
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toMatch(new RegExp(`^(hotspot-session )?${current}( \\(node .*\\))?\n$`))
  })

  it("prints help on stdout", () => {
    const { status, stdout, stderr } = expected.get(help) ?? {}
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toMatch(/usage/i)
  })

  it("fails with no command in a stack trace", () => {
    for (const { stderr } of expected.values()) expect(stderr).not.toMatch(/\bbug\b|^ +at /m)
  })

  it.skipIf(process.platform === "win32").each(environments)("does the same with %s", (_, environment) => {
    const inThat = { ...options, env: { ...usual, ...environment } }
    // What looks for a home is the same for all commands, so that one environment is enough for most of them.
    for (const args of environment.HOME === undefined ? [version, ...commands] : commands.slice(0, 1)) {
      expect(ended(spawnSync(process.execPath, ["-r", noUser, copy, ...args], inThat))).toEqual(expected.get(args))
    }
  })

  it.skipIf(!canBeStranger)("does the same for a user without an entry in the system", () => {
    const asStranger = { ...options, ...stranger, env: usual }
    for (const args of commands.slice(0, 2)) {
      expect(ended(spawnSync(process.execPath, [copy, ...args], asStranger))).toEqual(expected.get(args))
    }
  })

  it.skipIf(process.platform === "win32")("does the same in a folder that is gone", () => {
    const gone = `mkdir gone && cd gone && rmdir ../gone && exec "$@"`
    for (const args of commands.slice(0, 2)) {
      const argv = ["-c", gone, "sh", process.execPath, copy, ...args]
      expect(ended(spawnSync("sh", argv, inHome))).toEqual(expected.get(args))
    }
  })

  it("starts as a program of its own", () => {
    expect(readFileSync(copy, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/)
  })
})
