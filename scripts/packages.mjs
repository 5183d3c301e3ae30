// Checks every public package as it would be published. Uses the tarballs in the folder given as the first argument, or
// packs new ones. Requires a build.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, posix, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import ts from "typescript"
import { installInto } from "./consumer.mjs"
import { problemsOfInstalled, problemsOfNotices } from "./licences.mjs"
import { published, withTarballs } from "./pack.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const run = (command, args) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: "utf8" })
  return { ok: status === 0, output: `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trim(), stdout }
}

const targets = (exports) => (typeof exports === "string" ? [exports] : Object.values(exports ?? {}).flatMap(targets))

/** The relative links of a README that lead to no file of its package, as that of a page in another folder of the clone. */
const deadLinks = (readme, files) =>
  [...readme.matchAll(/\]\(([^)\s]+)/g)]
    .map(([, link]) => link)
    .filter((link) => !/^(?:[a-z]+:|#)/i.test(link))
    .filter((link) => !files.includes(posix.join("package", link.replace(/[?#].*$/, ""))))

const inspect = async (tarball) => {
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer }
  })
  const problems = messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
  const files = run("tar", ["-tzf", tarball]).stdout.trim().split("\n")

  const expected = ["LICENSE", "README.md", ...Object.values(pkg.bin ?? {}), ...[pkg.man ?? []].flat()]
  const notices = "dist/THIRD-PARTY-LICENSES"
  if (pkg.bin !== undefined) expected.push(notices)
  for (const file of expected) {
    if (!files.includes(`package/${file.replace(/^\.\//, "")}`)) problems.push(`${file} is not in the package`)
  }
  for (const link of deadLinks(run("tar", ["-xzOf", tarball, "package/README.md"]).stdout, files)) {
    problems.push(`README.md links to ${link}, which is not in the package`)
  }
  const { folder } = published.find(({ manifest }) => manifest.name === pkg.name) ?? {}
  if (folder === undefined) problems.push("it is not a public package of the workspace")
  else if (pkg.bin === undefined) problems.push(...problemsOfInstalled(join(root, folder)))
  if (pkg.license !== "MIT") problems.push(`its licence is ${pkg.license} instead of MIT`)
  if (files.includes(`package/${notices}`)) {
    problems.push(...problemsOfNotices(run("tar", ["-xzOf", tarball, `package/${notices}`]).stdout))
  }
  for (const target of targets(pkg.exports)) {
    // In the checkout, exports point to src; publishConfig replaces them.
    if (!/^\.\/(dist\/|schemas\/|package\.json$)/.test(target))
      problems.push(`exports point to ${target} instead of dist`)
  }
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = pkg
  for (const [name, range] of Object.entries({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    if (/hotspot-session/.test(name) && !published.some(({ manifest }) => manifest.name === name)) {
      problems.push(`it depends on ${name} ${range}, which is not published`)
    }
  }
  for (const kinds of [dependencies, devDependencies, optionalDependencies, peerDependencies]) {
    for (const [name, range] of Object.entries(kinds ?? {})) {
      if (/^(workspace|catalog|file|link):/.test(range)) problems.push(`it depends on ${name} as ${range}`)
    }
  }
  if (pkg.exports !== undefined) {
    const attw = run(process.execPath, [
      join(root, "node_modules/@arethetypeswrong/cli/dist/index.js"),
      ...[tarball, "--profile", "esm-only", "--no-definitely-typed", "--format", "ascii", "--no-color", "--no-emoji"]
    ])
    if (!attw.ok) problems.push(attw.output)
  }
  return { name: pkg.name, problems }
}

/** The errors in the declarations of the libraries, for users whose compiler checks those, too: without `skipLibCheck`. */
const problemsOfDeclarations = (tarballs) => {
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-declarations-"))
  try {
    const { hoisted } = installInto(folder, { root, tarballs, extra: ["@types/node"], transitive: [] })
    const files = readdirSync(hoisted, { recursive: true })
      .filter((name) => name.endsWith(".d.ts"))
      .map((name) => join(hoisted, name))
    const program = ts.createProgram(files, {
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts"],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      exactOptionalPropertyTypes: true,
      typeRoots: [join(folder, "node_modules/@types")],
      types: ["node"],
      noEmit: true
    })
    return files
      .map((file) => program.getSourceFile(file))
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
      .map(({ code, file, messageText, start }) => {
        const { line } = file.getLineAndCharacterOfPosition(start)
        const path = relative(join(hoisted, "node_modules"), file.fileName)
        return `${path}:${line + 1}: TS${code}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`
      })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await withTarballs(async (tarballs) => {
  for (const problem of problemsOfDeclarations(tarballs)) {
    process.stdout.write(`${problem}\n`)
    process.exitCode = 1
  }
  for (const tarball of tarballs) {
    const { name, problems } = await inspect(tarball)
    for (const problem of problems) process.stdout.write(`${name}: ${problem}\n`)
    if (problems.length > 0) process.exitCode = 1
  }
})
