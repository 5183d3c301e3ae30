// Tries the packed libraries in other runtimes, against the emulator, and prints which face works in which. The runtimes come
// from npm and are not installed here, because nothing else needs them. Uses the tarballs in the folder given as the first
// argument, or packs new ones. Requires a build.
import { rmSync } from "node:fs"
import { join } from "node:path"
import { rolldown } from "rolldown"
import { commandIn, inPairs, npmInstall, run, withPrograms } from "./programs.mjs"

const columns = ["undici", "http", "fetch", "promise", "gateway", "emulator"]

/** The command of each runtime, given the folder where its package is installed. */
const runtimes = [
  ...["20", "22", "24", "26"].map((version) => ({
    name: `Node.js ${version}`,
    package: `node@${version}`,
    command: (tools) => [commandIn(tools, "node"), "node.mjs"]
  })),
  { name: "Bun", package: "bun@1.4.5", command: (tools) => [commandIn(tools, "bun"), "node.mjs"] },
  { name: "Deno", package: "deno@2.9.6", command: (tools) => [commandIn(tools, "deno"), "run", "-A", "node.mjs"] },
  {
    name: "workerd",
    package: "miniflare@4.20260426.0",
    command: (tools) => [
      process.execPath,
      "miniflare.mjs",
      join(tools, "node_modules/miniflare/dist/src/index.js"),
      "worker.bundle.mjs"
    ]
  }
]

/** The results of a runtime, or nothing if npm does not have it for this machine. */
const tryRuntime = async ({ programs, servers, tools }, { command, name, package: wanted }) => {
  const folder = join(tools, name.replace(" ", "-"))
  const installed = await npmInstall(folder, wanted)
  if (installed.code !== 0) {
    process.stdout.write(`skip  ${name}: npm cannot install ${wanted} here\n`)
    return undefined
  }
  const { stderr, stdout } = await run([...command(folder), JSON.stringify(servers)], programs)
  rmSync(folder, { recursive: true, force: true })
  try {
    return { name, results: JSON.parse(stdout.trim().split("\n").at(-1)) }
  } catch {
    return { name, results: { program: `${stdout}${stderr}` } }
  }
}

const bundleWorker = async (programs) => {
  const bundle = await rolldown({ input: join(programs, "worker.mjs"), platform: "browser", logLevel: "silent" })
  await bundle.write({ file: join(programs, "worker.bundle.mjs"), codeSplitting: false })
}

const print = (tried) => {
  const cell = (result) => (result === undefined ? "-" : result === "ok" ? "ok" : "FAIL")
  const row = (name, cells) =>
    process.stdout.write(
      `${name.padEnd(12)}${cells
        .map((text) => text.padEnd(9))
        .join("")
        .trimEnd()}\n`
    )
  row("", columns)
  for (const { name, results } of tried)
    row(
      name,
      columns.map((column) => cell(results[column]))
    )
  for (const { name, results } of tried) {
    for (const [face, result] of Object.entries(results)) {
      if (result === "ok") continue
      process.stdout.write(`FAIL  ${face} in ${name}: ${result}\n`)
      process.exitCode = 1
    }
  }
}

await withPrograms("scripts/runtimes", async (folders) => {
  await bundleWorker(folders.programs)
  const tried = await inPairs(runtimes, (runtime) => tryRuntime(folders, runtime))
  print(tried.filter((each) => each !== undefined))
})
