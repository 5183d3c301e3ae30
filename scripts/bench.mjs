// Bundles packages/bench with the workspace's packages but without their dependencies, and runs it.
import { spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, "packages/bench")
// Inside the package, so that external modules can be resolved.
const dir = join(folder, "node_modules/.cache/bench")

const { rolldown } = await import("rolldown")
const entry = (name) => [name, join(folder, `src/${name}.ts`)]
const build = await rolldown({
  input: Object.fromEntries(["main", "worker", "upstream", "peer", "micro", "stream", "loop", "sdkOnce"].map(entry)),
  platform: "node",
  resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  external: (id) => !/^[./]/.test(id) && !id.startsWith("@hotspot-session/")
})
await build.write({ dir, format: "esm" })
await build.close()

const { status } = spawnSync(process.execPath, [join(dir, "main.js"), root, ...process.argv.slice(2)], {
  stdio: "inherit"
})
process.exitCode = status ?? 1
