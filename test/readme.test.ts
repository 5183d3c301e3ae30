import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
const folder = join(root, `node_modules/.cache/readme-${process.pid}`)

const installed = [
  ["@hotspot-session/core", "packages/core"],
  ["@hotspot-session/client", "packages/client"],
  ["@hotspot-session/emulator", "packages/emulator"],
  ["@hotspot-session/http", "apps/http"],
  ...["effect", "@effect", "vitest"].map((name) => [name, `apps/http/node_modules/${name}`] as const)
] as const

interface Block {
  /** Line of README.md on which the code begins. */
  readonly line: number
  readonly code: string
}

const blocksOf = (markdown: string): ReadonlyArray<Block> =>
  [...markdown.matchAll(/^```(?:ts|typescript)\b[^\n]*\n(.*?)^```/gms)].map((match) => ({
    line: markdown.slice(0, match.index).split("\n").length + 1,
    code: match[1] ?? ""
  }))

/** The errors of all blocks, each block a module of its own, with the README's line numbers. */
const typeErrors = (blocks: ReadonlyArray<Block>): ReadonlyArray<string> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // As a line number each file's name leads its errors back to the README.
  for (const { line, code } of blocks) writeFileSync(join(folder, `${line}.ts`), code)
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
  // What a user has installed: the packages of the workspace, and next to them what the gateway's own folder has.
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
    .split("\n")
    .filter((line) => line !== "")
    .map((line) =>
      line.replace(
        /^(\d+)\.ts\((\d+),(\d+)\)/,
        (_, start, row, column) => `README.md:${Number(start) + Number(row) - 1}:${column}`
      )
    )
  return status !== 0 && errors.length === 0 ? [`tsc ended with ${status}`] : errors
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it("has code that compiles", { timeout: 60_000 }, () => {
  const readme = readFileSync(join(root, "README.md"), "utf8")
  expect(blocksOf(readme)).not.toEqual([])
  // With a mistake added at its end, whose report shows that mistakes are found.
  const wrong = 'import { Limit } from "@hotspot-session/core"\nexport const limit: string = Limit\n'
  const line = readme.split("\n").length + 3
  expect(typeErrors(blocksOf(`${readme}\n\n\`\`\`ts\n${wrong}\`\`\`\n`))).toEqual([
    expect.stringMatching(`^README.md:${line + 1}:14: error TS2322:`)
  ])
})
