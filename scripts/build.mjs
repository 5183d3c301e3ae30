// Builds the libraries with tsc, and each command as one file. With --bundles, builds only commands whose inputs changed.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { basename, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { noticesOf } from "./licences.mjs"
import { frontChunks, singleFile, usualChunks } from "./single-file.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(root, "node_modules/.cache/build")

const hashbang = "#!/usr/bin/env node"

const bundles = [
  { app: "apps/cli", name: "hotspot-session.js", format: "cjs", manual: ["hotspot-session.1", "man"] },
  { app: "apps/http", name: "hotspot-session-http.js", format: "esm", manual: ["hotspot-session-http.1", "--man"] }
]

const projects = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .map((name) => join(root, folder, name))
    .filter((project) => existsSync(join(project, "package.json")))
)

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))

const filesUnder = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : []

/** Writes atomically, because tests may read the file at the same time. */
const writeAtomically = (file, content, mode) => {
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, content, { mode })
  renameSync(temporary, file)
}

const fingerprint = () => {
  const hash = createHash("sha256")
  const files = [
    join(root, "pnpm-lock.yaml"),
    ...filesUnder(join(root, "scripts")),
    ...projects.flatMap((project) => [join(project, "package.json"), ...filesUnder(join(project, "src"))])
  ]
  for (const file of files) {
    if (existsSync(file)) hash.update(relative(root, file)).update("\0").update(readFileSync(file))
  }
  return hash.digest("hex")
}

/** The folder of the installed package that a module belongs to. */
const packageFolder = (module) => {
  const [before, after] = module.split(/[\\/]node_modules[\\/](?!.*[\\/]node_modules[\\/])/)
  if (after === undefined) return undefined
  const parts = after.split(/[\\/]/)
  return join(before, "node_modules", ...parts.slice(0, after.startsWith("@") ? 2 : 1))
}

const notices = (modules) => {
  const folders = [...new Set(modules.map(packageFolder).filter((folder) => folder !== undefined))]
  return noticesOf(
    folders.map((folder) => {
      const { name, version, license } = readJson(join(folder, "package.json"))
      const files = readdirSync(folder).filter((entry) => /^(licen[cs]e|copying|notice)/i.test(entry))
      const text = files.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n")
      return { name: `${name} ${version}`, licence: license, text }
    })
  )
}

/**
 * Stubs that load a module of Node on first use, because it is slow to load and most runs do not need it: TLS for an http
 * endpoint, DNS for an address, and child processes, which commander uses for executable subcommands.
 */
const lazyBuiltins = {
  "node:https": `export const request = (...options) => builtin().request(...options)
    export function Agent(...options) { return new (builtin().Agent)(...options) }`,
  "node:dns": "export const lookup = (...options) => builtin().lookup(...options)",
  "node:child_process": `export const spawn = (...options) => builtin().spawn(...options)
    export const exec = (...options) => builtin().exec(...options)`
}

const lazyBuiltinsPlugin = {
  name: "lazy-builtins",
  resolveId: (id) => (id in lazyBuiltins ? `\0lazy:${id}` : undefined),
  load: (id) => {
    const name = id.replace("\0lazy:", "")
    return name === id ? undefined : `const builtin = () => process.getBuiltinModule("${name}")\n${lazyBuiltins[name]}`
  }
}

/**
 * The same results with fewer calls, because code that runs only at the start is interpreted, and V8 would compile what is
 * called hundreds of times: rotations of SHA-256, and unique numbers compared in pairs.
 */
const replacements = [
  [/@noble[\\/]hashes[\\/]sha2\.js$/, /\brotr\((\w+), (\d+)\)/g, "(($1 << (32 - $2)) | ($1 >>> $2))"],
  [
    /effect[\\/]dist[\\/]esm[\\/]internal[\\/]metric[\\/]boundaries\.js$/,
    "Arr.dedupe",
    "numbers => [...new Set(numbers)]"
  ]
]

const replacementsPlugin = {
  name: "replacements",
  transform: (code, id) => {
    const [, pattern, replacement] = replacements.find(([module]) => module.test(id)) ?? []
    if (pattern === undefined) return undefined
    const replaced = code.replace(pattern, replacement)
    if (replaced === code) throw new Error(`${id} has nothing that matches ${pattern}`)
    return replaced
  }
}

/** Records the static importers of each module. */
const recordImporters = (importers) => ({
  name: "importers",
  buildEnd() {
    for (const id of this.getModuleIds()) importers.set(id, this.getModuleInfo(id)?.importers ?? [])
  }
})

/**
 * Modules that most runs do not use: for example, the models are used only for responses that the guards do not accept.
 * They and their exclusive dependencies are loaded on first use.
 */
const deferred = {
  table: [/[\\/]apps[\\/]cli[\\/]src[\\/]output[\\/](Table|Width)\.ts$/],
  stream: [
    /[\\/]effect[\\/]dist[\\/]esm[\\/](internal[\\/])?(channel|core-stream|sink|stream|mailbox|groupBy|Channel|Sink|Stream)\.js$/,
    /[\\/]effect[\\/]dist[\\/]esm[\\/]internal[\\/](channel|stream)[\\/]/
  ],
  rare: [
    /[\\/]effect[\\/]dist[\\/]esm[\\/](Micro|Cause|ScheduleIntervals?)\.js$/,
    /[\\/]effect[\\/]dist[\\/]esm[\\/]internal[\\/](blockedRequests|metric[\\/]state|schedule[\\/]intervals)\.js$/,
    /[\\/]platform[\\/]dist[\\/]esm[\\/](Cookies|HttpTraceContext|FileSystem)\.js$/,
    /[\\/]platform-node-shared[\\/]dist[\\/]esm[\\/]NodeStream\.js$/,
    /[\\/]packages[\\/]\w+[\\/]src[\\/](StatusError|CallError|ErrorCategory|ErrorContext|FetchFailure|ProxyError|ResponseText|Response|Scrub|TargetFile|TransportFailure|profile[\\/]RegionsFile)\.ts$/,
    /[\\/]apps[\\/]cli[\\/]src[\\/](Query|output[\\/]ErrorReport)\.ts$/
  ],
  schema: [
    /[\\/]effect[\\/]dist[\\/]esm[\\/](ParseResult|Schema|SchemaAST)\.js$/,
    /[\\/]platform[\\/]dist[\\/]esm[\\/](Error|HttpClientError)\.js$/,
    /[\\/]packages[\\/]client[\\/]src[\\/](EcsMetadata|Iam|ReadError|profile[\\/]ProfileFiles)\.ts$/,
    /[\\/]packages[\\/]core[\\/]src[\\/](ConfigId|ErrorBody|HotspotSessionMigrationConfig|Issue|Limit|\w+Models|Offset|ProjectId|RegionId|StrictResponses|UserInfo)\.ts$/
  ]
}

/** The modules that match, and those that only they import. */
const withExclusiveDependencies = (patterns, among, importersOf) => {
  const found = new Set([...among].filter((id) => patterns.some((pattern) => pattern.test(id))))
  let size
  do {
    size = found.size
    for (const id of among) {
      const importers = importersOf(id).filter((importer) => among.has(importer))
      if (importers.length > 0 && importers.every((importer) => found.has(importer))) found.add(id)
    }
  } while (found.size > size)
  return found
}

/**
 * Generates chunks, with one for everything that the entry's dynamic import needs: modules in the same chunk use each other
 * without the overhead of exports.
 */
const generateParts = async (generate, importersOf) => {
  const options = { chunkFileNames: "[name].js", comments: false }
  const chunks = await generate(options)
  const modulesOf = (subset) => new Set([...subset].flatMap(({ modules }) => Object.keys(modules)))
  const front = modulesOf(frontChunks(chunks))
  const usual = modulesOf(usualChunks(chunks))
  const groups = Object.entries(deferred).map(([name, patterns]) => {
    const found = withExclusiveDependencies(patterns, usual, importersOf)
    return { name, test: (id) => found.has(id), priority: 2, includeDependenciesRecursively: false }
  })
  return generate({
    ...options,
    codeSplitting: {
      groups: [
        { name: "front", test: (id) => front.has(id), priority: 3 },
        ...groups,
        { name: "main", test: (id) => usual.has(id), priority: 1 }
      ]
    }
  })
}

/** The manual page, which the command itself prints. */
const manualPage = (file, argument) => {
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" }
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, argument], { encoding: "utf8", env })
  if (status !== 0) throw new Error(`The manual page cannot be printed: ${stderr}`)
  return stdout
}

const bundle = async ({ app, name, format, manual }) => {
  const { rolldown } = await import("rolldown")
  const { parseAst } = await import("rolldown/parseAst")
  const started = performance.now()
  const folder = join(root, app)
  const dist = join(folder, "dist")
  const importers = new Map()
  const build = await rolldown({
    input: join(folder, "src/bin.ts"),
    platform: "node",
    // A command is never imported, so modules can be moved between chunks freely.
    preserveEntrySignatures: "allow-extension",
    treeshake: { propertyReadSideEffects: false },
    plugins: format === "cjs" ? [lazyBuiltinsPlugin, replacementsPlugin, recordImporters(importers)] : [],
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    transform: {
      target: "node20",
      define: {
        __VERSION__: JSON.stringify(readJson(join(folder, "package.json")).version),
        // Effect would load Node's `performance` only to place the process's clock in time, to less than a millisecond.
        ...(format === "cjs" ? { performance: "undefined" } : {})
      }
    }
  })
  const generate = async (options) => {
    const { output } = await build.generate({
      format,
      // Stack traces and error reports show the names of functions and classes. `output.keepNames` would also keep those that
      // other modules have, by a call for each, which takes longer at the start than anything else of a module.
      minify: {
        compress: { keepNames: { function: true, class: true } },
        mangle: { keepNames: true },
        codegen: { removeWhitespace: true }
      },
      ...options
    })
    return output
  }
  const chunks =
    format === "cjs"
      ? await generateParts(generate, (id) => importers.get(id) ?? [])
      : await generate({ codeSplitting: false, banner: hashbang })
  await build.close()
  const bundled = new Set(chunks.map(({ fileName }) => fileName))
  const external = chunks
    .flatMap(({ dynamicImports, imports }) => [...imports, ...dynamicImports])
    .filter((id) => !bundled.has(id) && !isBuiltin(id))
  if (external.length > 0) throw new Error(`${name} imports modules that are not bundled: ${external.join(", ")}`)
  const code =
    format === "cjs" ? singleFile(basename(name, ".js"), chunks, Object.keys(deferred), parseAst) : chunks[0].code
  mkdirSync(dist, { recursive: true })
  if (format === "cjs") writeAtomically(join(dist, "package.json"), '{ "type": "commonjs" }\n')
  const included = chunks
    .flatMap(({ modules }) => Object.entries(modules))
    .filter(([, module]) => module.renderedLength > 0)
  writeAtomically(join(dist, "THIRD-PARTY-LICENSES"), notices(included.map(([id]) => id)))
  writeAtomically(join(dist, name), code, 0o755)
  const [page, argument] = manual
  writeAtomically(join(dist, page), manualPage(join(dist, name), argument))
  const kilobytes = Math.round(Buffer.byteLength(code) / 1000)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  return `${app}/dist/${name}: ${kilobytes} kB in ${seconds} s`
}

const bundleStale = async ({ report }) => {
  const current = fingerprint()
  for (const entry of bundles) {
    const stamp = join(cache, entry.name)
    const file = join(root, entry.app, "dist", entry.name)
    if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, "utf8") === current) continue
    try {
      const line = await bundle(entry)
      if (report) process.stderr.write(`${line}\n`)
      mkdirSync(cache, { recursive: true })
      writeAtomically(stamp, current)
    } catch (error) {
      // A stale bundle must not be run or tested by mistake.
      rmSync(file, { force: true })
      process.stderr.write(`${entry.app}/dist/${entry.name} could not be built:\n${error.message}\n`)
      process.exitCode = 1
    }
  }
}

/** Removes the output of deleted sources, which would otherwise be published. */
const removeOrphans = () => {
  for (const project of projects) {
    const bundled = bundles.find(({ app }) => join(root, app) === project)
    for (const file of filesUnder(join(project, "dist"))) {
      const [, stem] = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(relative(join(project, "dist"), file)) ?? []
      if (stem === undefined || `${stem}.js` === bundled?.name) continue
      if (!existsSync(join(project, "src", `${stem}.ts`))) rmSync(file)
    }
  }
}

const libraries = () => {
  const started = performance.now()
  removeOrphans()
  const { status } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", ...projects], {
    stdio: ["ignore", 2, 2]
  })
  if (status !== 0) process.exit(1)
  process.stderr.write(`libraries in ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
}

const onlyBundles = process.argv.includes("--bundles")
if (!onlyBundles) {
  libraries()
  rmSync(cache, { recursive: true, force: true })
}
await bundleStale({ report: !onlyBundles })
