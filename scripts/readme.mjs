// Compiles the ts code in documents and in the sources' comments as users do: against the packed libraries, outside the
// workspace, with declarations. Also compiles a use of each public value. Reports errors with the lines of the original
// files. Requires a build.
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { installInto } from "./consumer.mjs"
import { published, withTarballs } from "./pack.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const filesIn = (folder, ending) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))

const documents = ["README.md", ...filesIn("docs", ".md"), ...published.map(({ folder }) => `${folder}/README.md`)]
const sources = published.flatMap(({ folder }) => filesIn(join(folder, "src"), ".ts"))

const read = (file) => readFileSync(join(root, file), "utf8")

const lineOf = (text, index) => text.slice(0, index).split("\n").length

/** The code blocks of a document, with the line and column at which each starts. */
const blocksOf = (document) => {
  const text = read(document)
  return [...text.matchAll(/^```ts[^\n]*\n(.*?)^```/gms)].map((match) => ({
    document,
    line: lineOf(text, match.index) + 1,
    column: 0,
    code: match[1]
  }))
}

const examplesOf = (document) => {
  const text = read(document)
  return [...text.matchAll(/^( *\* ?)```ts\n(.*?)^ *\* ?```/gms)].map((match) => ({
    document,
    line: lineOf(text, match.index) + 1,
    column: match[1].length,
    code: match[2].replaceAll(/^ *\* ?/gm, "")
  }))
}

/** The declarations of a block that are not exported. */
const declaredIn = (code) => [
  ...[...code.matchAll(/^(?:const|class|function|async function) (\w+)/gm)].map((match) => match[1]),
  ...[...code.matchAll(/^const \{ ([^}]+) \}/gm)].flatMap((match) => match[1].split(/, /))
]

/** Exports all declarations of a block, because TypeScript checks declarations of exports only. */
const withExports = (block) => ({ ...block, code: `${block.code}\nexport { ${declaredIn(block.code).join(", ")} }\n` })

/** The type of a value, the result of a function and the members of a service must all be nameable. */
const helpers = `
export declare const returned: <A>(value: A) => A extends (...args: any) => infer R ? R : never
export declare const served: <A>(value: A) => A extends { readonly Service: infer S } ? { [K in keyof S]: S[K] } : never
`
const uses = (name, value) => `export const ${name} = ${value}
export const ${name}_returned = returned(${value})
export const ${name}_served = served(${value})
`

/** The public values that a module declares. */
const declared = (file) =>
  [
    ...readFileSync(file, "utf8").matchAll(
      /(?:^\/\*\*((?:(?!\*\/).)*)\*\/\n)?^export declare (?:const|function|class) (\w+)/gms
    )
  ]
    .filter(([, comment = ""]) => !comment.includes("@internal"))
    .map((match) => match[2])

/** The names of the values and modules that an entry exports. */
const reexported = (file) => {
  const text = readFileSync(file, "utf8")
  const names = [...text.matchAll(/^export \{([^}]*)\}/gm)]
    .flatMap((match) => match[1].split(","))
    .map((specifier) => specifier.trim().split(" as ").at(-1))
    .filter((name) => name !== "" && !name.startsWith("type "))
  const members = [...text.matchAll(/^export \* as (\w+) from "(.*)\.js"/gm)].flatMap(([, namespace, path]) =>
    declared(join(dirname(file), `${path}.d.ts`)).map((name) => `${namespace}.${name}`)
  )
  return [...names, ...members]
}

/** For each entry of a library, a module that uses all its exports. */
const valuesOf = (folder) => (manifest) =>
  Object.entries(manifest.exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([subpath, { types }]) => {
      const name = join(manifest.name, subpath).replaceAll("\\", "/")
      const file = join(folder, "node_modules", manifest.name, types)
      const values = new Set([...declared(file), ...reexported(file)])
      return {
        document: `the exports of ${name}`,
        line: 0,
        column: 0,
        code: `import * as entry from "${name}"; import { returned, served } from "./helpers.js"\n${[...values]
          .map((value) => uses(value.replace(".", "_"), `entry.${value}`))
          .join("")}`
      }
    })

const compilerOptions = {
  ...JSON.parse(read("tsconfig.base.json")).compilerOptions,
  composite: false,
  declarationMap: false,
  sourceMap: false,
  plugins: [],
  noEmit: true,
  // A snippet may show a value without using it.
  noUnusedLocals: false
}
const nodeNext = { module: "NodeNext", moduleResolution: "NodeNext" }
const bundler = { module: "ESNext", moduleResolution: "Bundler" }

/** Writes a user's project in which each block is a separate module. */
const writeProject = (folder, blocks) => {
  const modules = blocks.map((block, index) => ({ ...block, file: join(folder, `${index}.ts`).replaceAll("\\", "/") }))
  for (const { code, file } of modules) writeFileSync(file, code)
  writeFileSync(join(folder, "helpers.d.ts"), helpers)
  // TypeScript names the user's dependencies by their links instead of the links' targets.
  const names = readdirSync(join(folder, "node_modules/@hotspot-session"))
  const dependencies = Object.fromEntries(names.map((name) => [`@hotspot-session/${name}`, "*"]))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", dependencies }))
  return modules
}

/** The errors of the programs, and the planted mistakes that the compiler did not report. */
const problemsOf = async (folder, resolution, programs) => {
  const child = spawn(process.execPath, [join(root, "scripts/compile.mjs")], {
    cwd: folder,
    stdio: ["pipe", "pipe", "inherit"]
  })
  child.stdin.end(
    JSON.stringify({
      compilerOptions: { ...compilerOptions, ...resolution },
      programs: programs.map((modules) => modules.map(({ file }) => file))
    })
  )
  const errors = JSON.parse(await text(child.stdout))
  const modules = new Map(programs.flat().map((module) => [module.file, module]))
  const isOf = (error, { expected, file }) => error.file === file && error.text.startsWith(expected)
  const mistakes = [...modules.values()].filter(({ expected }) => expected !== undefined)
  return [
    ...errors
      .filter((error) => !mistakes.some((mistake) => isOf(error, mistake)))
      .map(({ column, file, line, text }) => {
        const module = modules.get(file)
        if (module === undefined) return `${file ?? "the options"}: ${text}`
        return `${module.document}:${module.line + line - 1}:${module.column + column}: ${text}`
      }),
    ...mistakes
      .filter((mistake) => !errors.some((error) => isOf(error, mistake)))
      .map(({ document }) => `${document} is not detected`)
  ]
}

/** Adds a package with a type that only `export * as` exports, which users' declarations cannot name. */
const addUnnameable = (folder) => {
  const target = join(folder, "node_modules/unnameable")
  mkdirSync(target, { recursive: true })
  const files = {
    "package.json": JSON.stringify({ name: "unnameable", type: "module", exports: { ".": "./index.js" } }),
    "index.js": "",
    "index.d.ts": 'export * as Hidden from "./hidden.js"\nexport * as Maker from "./maker.js"\n',
    "hidden.d.ts": "export interface Hidden { readonly hidden: true }\n",
    "maker.d.ts": 'export declare const make: () => import("./hidden.js").Hidden\n'
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(target, name), text)
}

// Planted mistakes, to prove that the check detects mistakes.
const wrong = {
  document: "a wrong type",
  line: 1,
  column: 0,
  code: 'import { Limit } from "@hotspot-session/core"\nexport const limit: string = Limit\n',
  expected: "error TS2322:"
}
const unnameable = {
  document: "a type without a name",
  line: 1,
  column: 0,
  code: 'import { Maker } from "unnameable"\nexport const hidden = Maker.make()\n',
  expected: "error TS2742:"
}

/** The packages that are installed with the client. */
const transitive = ["@hotspot-session/core"]

const problems = await withTarballs(async (tarballs) => {
  // The real path, which TypeScript reports.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "hotspot-session-user-")))
  try {
    const extra = ["@effect/vitest", "vitest", "@types/node"]
    const { hoisted, isolated, manifests } = installInto(folder, { root, tarballs, extra, transitive })
    addUnnameable(hoisted)
    addUnnameable(isolated)
    const blocks = [...documents.flatMap(blocksOf), ...sources.flatMap(examplesOf)].map(withExports)
    const values = manifests.flatMap(valuesOf(hoisted))
    const direct = manifests.filter(({ name }) => !transitive.includes(name)).flatMap(valuesOf(hoisted))
    const byNpm = writeProject(hoisted, [...values, wrong, unnameable, ...blocks])
    const byPnpm = writeProject(isolated, [...direct, unnameable])
    const runs = await Promise.all([
      // TypeScript can name a type through any module of a program, so each module is a separate program: together, they
      // would provide names that a user's program need not have.
      problemsOf(folder, nodeNext, [byNpm.slice(values.length), ...byPnpm.map((module) => [module])]),
      problemsOf(folder, bundler, [byNpm])
    ])
    // If TypeScript changes the format of declarations, no exports would be found.
    const hasExports = values.some(({ code }) => code.includes("NodeHotspotSession_layerMachine_returned"))
    return [...runs.flat(), ...(hasExports ? [] : ["no exports found in the packages' declarations"])]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
for (const problem of new Set(problems)) process.stdout.write(`${problem}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
