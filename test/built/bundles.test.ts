import { spawnSync } from "node:child_process"
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** A user ID that does not exist; usable if the tests run as root and can run Node.js as that user. */
const unknownUser = { uid: 123_456, gid: 123_456 }
const canBeUnknownUser = process.getuid?.() === 0 && spawnSync(process.execPath, ["-v"], unknownUser).status === 0

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
      ["create", "--demo", "--enable", "--exit-sessions", "4", "--user", "u", "--yes"],
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

  const withoutUser = join(folder, "no-user.cjs")

  beforeAll(() => {
    copyFileSync(join(root, app, file), copy)
    // Simulates a system without an entry for the user.
    writeFileSync(
      withoutUser,
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
  const baseEnvironment = { PATH: process.env.PATH, HOTSPOT_SESSION_METADATA_ENDPOINT: "off", TZ: "UTC" }
  const options = { cwd: folder, encoding: "utf8", timeout: 20_000 } as const
  const inHome = { ...options, env: { ...baseEnvironment, HOME: folder } }
  /** Replaces what differs between runs. */
  const normalize = (text: string) => text.replace(/\b[0-9a-f]{32,}\b|hsg_\S+|~\/.*|\(?[\d.]+ ?m?s\b|:\d{4,5}\b/g, "…")
  const resultOf = ({ status, stderr, stdout }: ReturnType<typeof spawnSync>) => ({
    status,
    stdout: normalize(String(stdout)),
    stderr: normalize(String(stderr))
  })

  const [version, help] = [["--version"], ["--help"]]
  const all = [version, help, ...commands]
  const expected = new Map<ReadonlyArray<string>, ReturnType<typeof resultOf>>()
  beforeAll(() => {
    for (const args of all) expected.set(args, resultOf(spawnSync(process.execPath, [copy, ...args], inHome)))
  })

  it("prints only its version with --version", () => {
    const { status, stdout, stderr } = expected.get(version) ?? {}
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toMatch(new RegExp(`^(hotspot-session )?${current}( \\(node .*\\))?\n$`))
  })

  it("prints help on stdout with --help", () => {
    const { status, stdout, stderr } = expected.get(help) ?? {}
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
    expect(stdout).toMatch(/usage/i)
  })

  it("prints no stack trace for any command", () => {
    for (const { stderr } of expected.values()) expect(stderr).not.toMatch(/\bbug\b|^ +at /m)
  })

  it.skipIf(process.platform === "win32").each(environments)("behaves the same with %s", (_, environment) => {
    const inEnvironment = { ...options, env: { ...baseEnvironment, ...environment } }
    // All commands look for a home directory in the same way, so one environment is enough for most of them.
    for (const args of environment.HOME === undefined ? [version, ...commands] : commands.slice(0, 1)) {
      expect(resultOf(spawnSync(process.execPath, ["-r", withoutUser, copy, ...args], inEnvironment))).toEqual(
        expected.get(args)
      )
    }
  })

  it.skipIf(!canBeUnknownUser)("behaves the same for a user without an entry in the system", () => {
    const asUnknownUser = { ...options, ...unknownUser, env: baseEnvironment }
    for (const args of commands.slice(0, 2)) {
      expect(resultOf(spawnSync(process.execPath, [copy, ...args], asUnknownUser))).toEqual(expected.get(args))
    }
  })

  it.skipIf(process.platform === "win32")("behaves the same in a removed folder", () => {
    const removeFolder = `mkdir gone && cd gone && rmdir ../gone && exec "$@"`
    for (const args of commands.slice(0, 2)) {
      const argv = ["-c", removeFolder, "sh", process.execPath, copy, ...args]
      expect(resultOf(spawnSync("sh", argv, inHome))).toEqual(expected.get(args))
    }
  })

  it("starts with a shebang", () => {
    expect(readFileSync(copy, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/)
  })
})
