// Runs every check. Prints one line per check, and the output of failed checks.
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tool = (path) => join(root, "node_modules", path)

const run = (args) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    const collect = (chunk) => {
      output += chunk
    }
    child.stdout.on("data", collect)
    child.stderr.on("data", collect)
    child.on("close", (code) => resolve({ ok: code === 0, output: output.trim() }))
  })

const check = async (title, args) => {
  const started = performance.now()
  const { ok, output } = await run(args)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`${ok ? "ok  " : "FAIL"}  ${title} (${seconds} s)\n`)
  if (!ok) {
    process.stdout.write(`${output}\n\n`)
    process.exitCode = 1
  }
  return ok
}

const style = () =>
  check("format and lint", [tool("@biomejs/biome/bin/biome"), "ci", "--colors=off", "--error-on-warnings", "."])

const imports = () =>
  check("import rules, cycles, declared dependencies", [
    tool("dependency-cruiser/bin/dependency-cruise.mjs"),
    ...["--config", ".dependency-cruiser.cjs", "--no-progress", "packages", "apps", "test"]
  ])

const types = () => check("types", [tool("typescript/bin/tsc"), "-b", "--pretty", "false"])

const effects = () =>
  check("Effect diagnostics", [
    tool("@effect/language-service/cli.js"),
    ...["diagnostics", "--project", "tsconfig.effect.json", "--format", "text"],
    ...["--strict", "--severity", "error,warning"]
  ])

const build = () => check("build", [join(root, "scripts/build.mjs")])

const built = () =>
  check("tests of the built files", [tool("vitest/vitest.mjs"), "run", "--project", "built", "--testTimeout=120000"])

const guards = () => check("guards generated from the schemas", [join(root, "scripts/guards.mjs")])

const schemas = () => check("JSON Schemas generated from the schemas", [join(root, "scripts/schemas.mjs")])

const exportsLists = () => check("exports of packages", [join(root, "scripts/exports.mjs")])

const reference = () => check("API reference", [tool("typedoc/bin/typedoc"), "--emit", "none"])

const pack = (folder) => check("packing", [join(root, "scripts/pack.mjs"), folder])

const readme = (folder) =>
  check("code in documents and comments, as users compile it", [join(root, "scripts/readme.mjs"), folder])

const packages = (folder) => check("packages as published", [join(root, "scripts/packages.mjs"), folder])

const commonjs = (folder) => check("packages by require, in CommonJS", [join(root, "scripts/commonjs.mjs"), folder])

const release = (folder) => check("what a release publishes", [join(root, "scripts/release.mjs"), "--dry-run", folder])

const published = async () => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-packages-"))
  try {
    if (await pack(folder))
      await Promise.all([
        readme(folder),
        packages(folder)
          .then(() => commonjs(folder))
          .then(() => release(folder))
      ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const inOrder = async () => {
  const typed = await types()
  if (typed) await guards()
  await effects()
  // A build would repeat the type errors.
  if (typed && (await build())) {
    await published()
    await built()
  } else process.stdout.write("skip  code in documents and comments, packages as published, tests of the built files\n")
}

// The steps of the first lane depend on each other; the second lane only reads sources.
await Promise.all([inOrder(), style().then(imports).then(exportsLists).then(schemas).then(reference)])
