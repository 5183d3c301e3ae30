import { parse } from "./commandLine/CommandLine.js"
import { answersByCode, isWrite } from "./commandLine/Invocation.js"
import { coloursOf } from "./output/Colours.js"

/** Set by the build. */
declare const __VERSION__: string

process.stderr.on("error", () => {})

process.on("uncaughtException", (error) => {
  process.stderr.write(
    `hotspot-session: this is a bug in hotspot-session. Please report it with the following:\n${error.stack}\n`
  )
  process.exit(70)
})

const argv = process.argv.slice(2)
const { bold } = coloursOf(process.env, process.stdout.isTTY === true, argv.includes("--no-color") ? false : undefined)
const invocation = parse(argv, __VERSION__, { columns: process.stdout.columns || 80, heading: bold })

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader such as `head` may close the pipe early, which is not an error.
  const code = error.code === "EPIPE" ? 0 : 74
  if (code !== 0) process.stderr.write(`hotspot-session: standard output cannot be written: ${error.message}\n`)
  if (isWrite(invocation) || (code === 0 && answersByCode(invocation))) process.exitCode = code
  else process.exit(code)
})

// Help and the version load nothing else.
if (invocation._tag === "Print") process.stdout.write(invocation.text)
else void import("./Main.js").then(({ runMain }) => runMain(invocation))
