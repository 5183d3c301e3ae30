// Bundles programs over the packed libraries with esbuild, as docs/library.md describes it, and runs them against the
// emulator. esbuild is not installed here, because nothing else needs it. Uses the tarballs in the folder given as the first
// argument, or packs new ones. Requires a build.
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { installRuntime } from "./consumer.mjs"
import { withTarballs } from "./pack.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const esbuild = "esbuild@0.28.2"
const project = "0123456789abcdef0123456789abcdef"
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const effectProgram = (layer) => `
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Effect, Layer, Redacted } from "effect"

const endpoint = process.argv[2]
const credentials = Credentials.layerToken(Redacted.make("emulator-token"))
Effect.flatMap(HotspotSession.HotspotSession, ({ listHotspotSessionConfig }) =>
  listHotspotSessionConfig({ project_id: "${project}" })
).pipe(
  Effect.provide(${layer}),
  Effect.runPromise
).then(({ items }) => console.log(items.length))
`

const programs = {
  undici: effectProgram("NodeHotspotSession.layer({ endpoint }).pipe(Layer.provide(credentials))"),
  http: effectProgram(
    "HotspotSession.layer({ endpoint }).pipe(Layer.provide([credentials, NodeHotspotSession.layerHttpClient()]))"
  ),
  promise: `
import { connect } from "@hotspot-session/client/promise"

connect({ endpoint: process.argv[2], credentials: { token: "emulator-token" } }).then(async (client) => {
  const { items } = await client.listHotspotSessionConfig({ project_id: "${project}" })
  console.log(items.length)
  await client.close()
})
`
}

/** Prints its address, and runs until its input ends. */
const emulator = `
import { Emulator } from "@hotspot-session/emulator"
import { Console, Effect } from "effect"

const closed = Effect.async((resume) => process.stdin.resume().once("end", () => resume(Effect.void)))
Emulator.make().pipe(
  Effect.flatMap(({ endpoint }) => Effect.zipRight(Console.log(endpoint), closed)),
  Effect.scoped,
  Effect.runPromise
)
`

const bundles = [
  { program: "undici", format: "cjs", file: "undici.cjs", options: [] },
  { program: "undici", format: "esm", file: "undici.mjs", options: [`--banner:js=${banner}`] },
  { program: "http", format: "esm", file: "http.mjs", options: [] },
  { program: "promise", format: "esm", file: "promise.mjs", options: [] }
]

const bundle = (folder, { file, format, options, program }) => {
  const args = [
    join(folder, `${program}.mjs`),
    "--bundle",
    "--platform=node",
    "--minify",
    `--format=${format}`,
    ...options
  ]
  // Not in the folder, where npx would follow the links to the workspace.
  const { status, stderr } = spawnSync(
    "npx",
    [
      "-y",
      "--package",
      esbuild,
      "--",
      "esbuild",
      ...args,
      `--outfile=${join(folder, "out", file)}`,
      "--log-level=warning"
    ],
    { cwd: tmpdir(), encoding: "utf8" }
  )
  if (status !== 0) throw new Error(stderr)
}

const run = async (folder, { file }, endpoint) => {
  const child = spawn(process.execPath, [join("out", file), endpoint], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"]
  })
  const printed = (await text(child.stdout)).trim()
  const kilobytes = Math.round(statSync(join(folder, "out", file)).size / 1_000)
  process.stdout.write(`${printed === "3" ? "ok  " : "FAIL"}  ${file}: ${kilobytes} kB\n`)
  if (printed !== "3") process.exitCode = 1
}

await withTarballs(async (tarballs) => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-bundles-"))
  try {
    installRuntime(folder, { root, tarballs })
    for (const [name, code] of Object.entries({ ...programs, emulator }))
      writeFileSync(join(folder, `${name}.mjs`), code)
    for (const each of bundles) bundle(folder, each)
    const server = spawn(process.execPath, ["emulator.mjs"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] })
    const [endpoint] = await once(server.stdout, "data")
    for (const each of bundles) await run(folder, each, String(endpoint).trim())
    server.stdin.end()
    await once(server, "close")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
