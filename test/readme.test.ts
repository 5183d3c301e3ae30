import { spawnSync } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { documents, read, root } from "./markdown.js"

const folder = mkdtempSync(join(tmpdir(), "readme-"))

interface Block {
  /** The line in the document on which it starts. */
  readonly line: number
  readonly code: string
}

const consoleBlocksOf = (markdown: string): ReadonlyArray<Block> =>
  [...markdown.matchAll(/^```console\n(.*?)^```/gms)].map((match) => ({
    line: markdown.slice(0, match.index).split("\n").length + 1,
    code: match[1] ?? ""
  }))

const prompt = "$ hotspot-session "

/** The words of a command, split at spaces outside quotes as in a shell. */
const wordsOf = (command: string): ReadonlyArray<string> =>
  [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"))

/** The terminal output of a command: the prompt, then both streams in the order of writing. */
const outputOf = (command: string): string => {
  const file = join(folder, "shown.txt")
  const both = openSync(file, "w")
  spawnSync(process.execPath, [join(root, "apps/cli/dist/hotspot-session.js"), ...wordsOf(command)], {
    stdio: ["ignore", both, both],
    // Excludes the settings and credentials of the user who runs the tests, and selects the format of a terminal.
    env: {
      PATH: process.env["PATH"],
      HOTSPOT_SESSION_METADATA_ENDPOINT: "off",
      HOTSPOT_SESSION_OUTPUT: "table"
    }
  })
  closeSync(both)
  return `${prompt}${command}\n${readFileSync(file, "utf8")}`
}

/** Each console block, a command and its output, as documented and as printed. */
const checkedBlocks = (markdown: string) =>
  consoleBlocksOf(markdown).map(({ code, line }) => {
    const [first = ""] = code.split("\n")
    return first.startsWith(prompt)
      ? { line, code, printed: outputOf(first.slice(prompt.length)) }
      : { line, code, printed: `a console block must start with "${prompt}"` }
  })

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it("console blocks equal the output of the command line", { timeout: 120_000 }, () => {
  // The README starts with the command that `npm start` runs.
  expect(read("README.md").split("\n").slice(0, 10)).toContain("$ hotspot-session list --demo")
  const blocks = documents.flatMap((file) => checkedBlocks(read(file)).map((block) => ({ file, ...block })))
  expect(blocks.length).toBeGreaterThan(4)
  for (const { code, file, line, printed } of blocks) expect(code, `${file}:${line}`).toBe(printed)
  // The check itself must detect wrong output and a block that cannot be checked.
  const wrong = "```console\n$ hotspot-session --version\n9.9.9\n```\n```console\n$ ls\n```\n"
  expect(checkedBlocks(wrong).map(({ code, printed }) => code === printed)).toEqual([false, false])
})
