import { spawnSync } from "node:child_process"
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
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

const blocksOf = (markdown: string, language: "ts" | "console"): ReadonlyArray<Block> =>
  [...markdown.matchAll(/^```(\w+)[^\n]*\n(.*?)^```/gms)]
    .filter((match) => match[1] === language)
    .map((match) => ({
      line: markdown.slice(0, match.index).split("\n").length + 1,
      code: match[2] ?? ""
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

const prompt = "$ hotspot-session "

/** What a terminal shows of a command: the prompt, then both streams in the order in which they were written. */
const shown = (command: string): string => {
  const file = join(folder, "shown.txt")
  mkdirSync(folder, { recursive: true })
  const both = openSync(file, "w")
  spawnSync(process.execPath, [join(root, "apps/cli/dist/hotspot-session.js"), ...command.split(" ")], {
    stdio: ["ignore", both, both],
    // Neither the settings nor the credentials of whoever runs the tests.
    // The format is the one of a terminal, as a reader would see it.
    env: {
      PATH: process.env["PATH"],
      HOTSPOT_SESSION_METADATA_ENDPOINT: "off",
      HOTSPOT_SESSION_OUTPUT: "table"
    }
  })
  closeSync(both)
  return `${prompt}${command}\n${readFileSync(file, "utf8")}`
}

/** Each console block as it stands in the README and as it is printed; a block is one command and what it prints. */
const consoles = (markdown: string) =>
  blocksOf(markdown, "console").map(({ code, line }) => {
    const [first = ""] = code.split("\n")
    return first.startsWith(prompt)
      ? { line, code, printed: shown(first.slice(prompt.length)) }
      : { line, code, printed: `a block of console begins with "${prompt}"` }
  })

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it("has code that compiles", { timeout: 60_000 }, () => {
  const readme = readFileSync(join(root, "README.md"), "utf8")
  expect(blocksOf(readme, "ts")).not.toEqual([])
  // With a mistake added at its end, whose report shows that mistakes are found.
  const wrong = 'import { Limit } from "@hotspot-session/core"\nexport const limit: string = Limit\n'
  const line = readme.split("\n").length + 3
  expect(typeErrors(blocksOf(`${readme}\n\n\`\`\`ts\n${wrong}\`\`\`\n`, "ts"))).toEqual([
    expect.stringMatching(`^README.md:${line + 1}:14: error TS2322:`)
  ])
})

it("shows what the command line prints", { timeout: 60_000 }, () => {
  const readme = readFileSync(join(root, "README.md"), "utf8")
  // The first thing that a reader sees is what `npm start` runs.
  expect(readme.split("\n").slice(0, 10)).toContain("$ hotspot-session list --demo")
  for (const { code, line, printed } of consoles(readme)) expect(code, `README.md:${line}`).toBe(printed)
  // With mistakes added at its end: another output, and a block that cannot be checked.
  const wrong = "```console\n$ hotspot-session --version\n9.9.9\n```\n```console\n$ ls\n```\n"
  expect(consoles(wrong).map(({ code, printed }) => code === printed)).toEqual([false, false])
})
