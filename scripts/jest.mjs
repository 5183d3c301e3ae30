// Runs a test of the packed libraries with Jest, as docs/library.md describes it. Jest is not installed here, because nothing
// else needs it. Uses the tarballs in the folder given as the first argument, or packs new ones. Requires a build.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { installRuntime } from "./consumer.mjs"
import { withTarballs } from "./pack.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const jest = "jest@30.5.2"

const config = { testMatch: ["**/*.test.mjs"], moduleFileExtensions: ["mjs", "js", "cjs", "json"], transform: {} }

const test = `
import { ServiceUnavailable } from "@hotspot-session/client"
import { connect } from "@hotspot-session/client/promise"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect, Exit, Scope } from "effect"

const scope = Effect.runSync(Scope.make())
let emulator
let client
beforeAll(async () => {
  emulator = await Effect.runPromise(Scope.extend(Emulator.make({ count: 5 }), scope))
  client = await connect({ endpoint: emulator.endpoint, credentials: { token: Demo.token } })
})
afterAll(async () => {
  await client.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

test("lists", async () => {
  expect((await client.listHotspotSessionConfig({ project_id: Demo.projectId })).items).toHaveLength(5)
})
test("rejects", async () => {
  await Effect.runPromise(emulator.inject([{ kind: "status", status: 503, times: 9 }]))
  await expect(client.listHotspotSessionConfig({ project_id: Demo.projectId })).rejects.toThrow(ServiceUnavailable)
})
`

await withTarballs(async (tarballs) => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-jest-"))
  try {
    installRuntime(folder, { root, tarballs })
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, jest: config }))
    writeFileSync(join(folder, "client.test.mjs"), test)
    const windows = process.platform === "win32"
    const { status } = spawnSync(
      windows ? "npx.cmd" : "npx",
      ["-y", "--package", jest, "--", "jest", "--rootDir", "."],
      {
        cwd: folder,
        stdio: "inherit",
        env: { ...process.env, NODE_OPTIONS: "--experimental-vm-modules" },
        shell: windows
      }
    )
    process.exitCode = status ?? 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
