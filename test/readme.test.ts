import { Readable, Writable } from "node:stream"
import { NodeMachine } from "@hotspot-session/client/node"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { parse } from "../apps/cli/src/commandLine/CommandLine.js"
import { main } from "../apps/cli/src/Main.js"
import { documents, read } from "./markdown.js"

const { version } = JSON.parse(read("apps/cli/package.json"))

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
const outputOf = async (command: string): Promise<string> => {
  let output = ""
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output += chunk
      done()
    }
  })
  const terminal = { stream, isTerminal: false, columns: 80 }
  const invocation = parse(wordsOf(command), version, { columns: 80, heading: (text) => text })
  await Effect.runPromise(
    main(invocation, {
      // Excludes the settings and credentials of the user who runs the tests, and selects the format of a terminal.
      machine: NodeMachine.make({ HOTSPOT_SESSION_METADATA_ENDPOINT: "off", HOTSPOT_SESSION_OUTPUT: "table" }),
      stdin: () => Readable.from([""]),
      isStdinTerminal: () => false,
      onOutputError: Effect.never,
      interruptedCode: () => 130,
      stdout: terminal,
      stderr: terminal
    })
  )
  return `${prompt}${command}\n${output}`
}

/** Each console block, a command and its output, as documented and as printed. */
const checkedBlocks = (markdown: string) =>
  Promise.all(
    consoleBlocksOf(markdown).map(async ({ code, line }) => {
      const [first = ""] = code.split("\n")
      return first.startsWith(prompt)
        ? { line, code, printed: await outputOf(first.slice(prompt.length)) }
        : { line, code, printed: `a console block must start with "${prompt}"` }
    })
  )

it("console blocks equal the output of the command line", async () => {
  // The README starts with the command that `npm start` runs.
  expect(read("README.md").split("\n").slice(0, 10)).toContain("$ hotspot-session list --demo")
  const blocks = await Promise.all(
    documents.map(async (file) => (await checkedBlocks(read(file))).map((block) => ({ file, ...block })))
  )
  expect(blocks.flat().length).toBeGreaterThan(4)
  for (const { code, file, line, printed } of blocks.flat()) expect(code, `${file}:${line}`).toBe(printed)
  // The check itself must detect wrong output and a block that cannot be checked.
  const wrong = "```console\n$ hotspot-session --version\n9.9.9\n```\n```console\n$ ls\n```\n"
  expect((await checkedBlocks(wrong)).map(({ code, printed }) => code === printed)).toEqual([false, false])
})
