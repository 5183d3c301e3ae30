// Compiles the ts code of README.md, docs/ and the packages' own READMEs as their readers would, and says what is wrong
// with it by the lines of these files.
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, `node_modules/.cache/readme-${process.pid}`)

/** What a user has installed: the packages of the workspace, and next to them what the gateway's own folder has. */
const installed = [
  ["@hotspot-session/core", "packages/core"],
  ["@hotspot-session/client", "packages/client"],
  ["@hotspot-session/emulator", "packages/emulator"],
  ["@hotspot-session/gateway", "packages/gateway"],
  ["@hotspot-session/fleet", "packages/fleet"],
  ...["effect", "@effect", "vitest"].map((name) => [name, `packages/gateway/node_modules/${name}`])
]

const documents = [
  ...[
    ".",
    "packages/core",
    "packages/client",
    "packages/emulator",
    "packages/gateway",
    "packages/fleet",
    "apps/cli",
    "apps/http"
  ].map((path) => join(path, "README.md")),
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name))
]

/** Each block's code, where it is, and the line on which it begins. */
const blocksOf = (document, markdown) =>
  [...markdown.matchAll(/^```ts[^\n]*\n(.*?)^```/gms)].map((match) => ({
    document,
    line: markdown.slice(0, match.index).split("\n").length + 1,
    code: match[1]
  }))

/** The errors of all blocks, each block a module of its own. */
const errorsOf = (blocks) => {
  mkdirSync(folder, { recursive: true })
  // By the number in each file's name its errors lead back to the README.
  for (const [index, { code }] of blocks.entries()) writeFileSync(join(folder, `${index}.ts`), code)
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
  const modules = join(folder, "node_modules")
  mkdirSync(join(modules, "@hotspot-session"), { recursive: true })
  for (const [name, path] of installed) symlinkSync(join(root, path), join(modules, name), "junction")
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: {
        noEmit: true,
        composite: false,
        declaration: false,
        declarationMap: false,
        // A snippet may show a value without using it.
        noUnusedLocals: false,
        typeRoots: [join(root, "node_modules/@types")]
      },
      include: ["*.ts"]
    })
  )
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", folder, "--pretty", "false"],
    { cwd: folder, encoding: "utf8" }
  )
  const errors = stdout
    .trim()
    // What belongs to an error is indented.
    .split(/\n(?!\s)/)
    .filter((line) => line !== "")
    .map((line) =>
      line.replace(/^(\d+)\.ts\((\d+),(\d+)\)/, (_, index, row, column) => {
        const { document, line } = blocks[Number(index)]
        return `${document}:${line + Number(row) - 1}:${column}`
      })
    )
  return status !== 0 && errors.length === 0 ? [`tsc ended with ${status}`] : errors
}

const blocks = documents.flatMap((document) => blocksOf(document, readFileSync(join(root, document), "utf8")))
// A mistake, whose report shows that mistakes are found.
const wrong = 'import { Limit } from "@hotspot-session/core"\nexport const limit: string = Limit\n'
const isExpected = (error) => error.startsWith("mistake:2:14: error TS2322:")

let errors = []
try {
  errors = errorsOf([...blocks, { document: "mistake", line: 1, code: wrong }])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const complaints = errors.filter((error) => !isExpected(error))
if (!errors.some(isExpected)) complaints.push("a mistake in the code of a README would not be found")
for (const complaint of complaints) process.stdout.write(`${complaint}\n`)
process.exitCode = complaints.length === 0 ? 0 : 1
