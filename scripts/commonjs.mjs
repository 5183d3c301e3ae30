// Loads every entry of the packed libraries by `require`, as programs in CommonJS do, and runs one with promises against the
// emulator. Uses the tarballs in the folder given as the first argument, or packs new ones. Requires a build.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { installRuntime } from "./consumer.mjs"
import { withTarballs } from "./pack.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The code of a program. Redis is optional, so its entry is not loaded. */
const programOf = (manifests) => {
  const entries = manifests.flatMap(({ exports, name }) =>
    Object.keys(exports)
      .filter((subpath) => !/package\.json|[Rr]edis/.test(subpath))
      .map((subpath) => `${name}${subpath.slice(1)}`)
  )
  return `
const assert = require("node:assert")
for (const entry of ${JSON.stringify(entries)}) assert(Object.keys(require(entry)).length >= 0, entry)
const { Effect, Exit, Scope } = require("effect")
const { ServiceUnavailable } = require("@hotspot-session/client")
const { connect } = require("@hotspot-session/client/promise")
const { Demo, Emulator } = require("@hotspot-session/emulator")

const main = async () => {
  const scope = Effect.runSync(Scope.make())
  const emulator = await Effect.runPromise(Scope.extend(Emulator.make({ count: 150 }), scope))
  const client = await connect({ endpoint: emulator.endpoint, credentials: { token: Demo.token } })
  let count = 0
  for await (const { id } of client.listHotspotSessionConfig.items({ project_id: Demo.projectId })) count += id === "" ? 0 : 1
  assert.strictEqual(count, 150)
  await Effect.runPromise(emulator.inject([{ kind: "status", status: 503, times: 9 }]))
  await assert.rejects(client.listHotspotSessionConfig({ project_id: Demo.projectId }), ServiceUnavailable)
  await client.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
}

main()
`
}

await withTarballs(async (tarballs) => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-commonjs-"))
  try {
    const manifests = installRuntime(folder, { root, tarballs })
    writeFileSync(join(folder, "main.cjs"), programOf(manifests))
    const { status, stdout, stderr } = spawnSync(process.execPath, ["main.cjs"], { cwd: folder, encoding: "utf8" })
    // A warning, such as one of an experimental feature, would be the user's to read.
    if (status === 0 && stderr === "") return
    process.stdout.write(`${stdout}${stderr}`)
    process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
