// Bundles the programs in `bundles/` over the packed libraries, as docs/library.md describes it, and runs them against the
// emulator. The bundlers are not installed here, because nothing else needs them. Uses the tarballs in the folder given as the
// first argument, or packs new ones. Requires a build.
import { readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { rolldown } from "rolldown"
import { inPairs, npmInstall, run, withPrograms } from "./programs.mjs"

const packages = ["esbuild@0.28.2", "webpack@5.113.0", "@swc/core@1.16.22", "vite@8.3.8"]
const programs = ["undici", "http", "fetch", "promise", "gateway"]
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const jobs = [
  ...["esbuild", "webpack", "rolldown", "vite"].map((bundler) => ({ bundler, format: "esm", names: programs })),
  ...["esbuild", "webpack", "rolldown"].map((bundler) => ({ bundler, format: "cjs", names: ["undici"] })),
  { bundler: "esbuild", format: "esm", names: ["undici"], banner }
].map(({ names, ...job }) => ({
  ...job,
  bundles: names.map((program) => ({
    program,
    entry: `./${program}.mjs`,
    file: `${program}.${job.bundler}${job.banner === undefined ? "" : ".banner"}.${job.format === "esm" ? "mjs" : "cjs"}`,
    // Without a banner, its ES modules have no `require`, which undici needs.
    fallsBack: program === "undici" && job.bundler === "esbuild" && job.format === "esm" && job.banner === undefined
  }))
}))

/** Each makes one minified file of every program. */
const bundlersIn = async (folder, tools) => {
  const require = createRequire(join(tools, "package.json"))
  const esbuild = require("esbuild")
  const webpack = require("webpack")
  const Minimizer = require("minimizer-webpack-plugin")
  const vite = await import(pathToFileURL(join(tools, "node_modules/vite/dist/node/index.js")).href)
  const out = join(folder, "out")
  const each = (bundle) => async (job) => {
    for (const { entry, file } of job.bundles) await bundle({ ...job, entry, file })
  }
  return {
    esbuild: each(({ banner, entry, file, format }) =>
      esbuild.build({
        absWorkingDir: folder,
        entryPoints: [entry],
        outfile: join(out, file),
        bundle: true,
        platform: "node",
        minify: true,
        format,
        logLevel: "warning",
        ...(banner === undefined ? {} : { banner: { js: banner } })
      })
    ),
    webpack: ({ bundles, format }) =>
      new Promise((resolve, reject) => {
        const isModule = format === "esm"
        const options = {
          context: folder,
          entry: Object.fromEntries(bundles.map(({ entry, file }) => [file, { import: entry, filename: file }])),
          mode: "production",
          target: "node20",
          output: { path: out, ...(isModule ? { module: true, library: { type: "module" } } : {}) },
          experiments: { outputModule: isModule },
          module: { parser: { javascript: { dynamicImportMode: "eager" } } },
          // webpack's own takes four times as long.
          optimization: { minimizer: [new Minimizer({ minify: Minimizer.swcMinify, extractComments: false })] },
          performance: false
        }
        webpack(options, (error, stats) => {
          if (error !== null || stats.hasErrors()) reject(error ?? new Error(stats.toString("errors-only")))
          else resolve()
        })
      }),
    rolldown: each(async ({ entry, file, format }) => {
      const bundle = await rolldown({ cwd: folder, input: entry, platform: "node", logLevel: "silent" })
      await bundle.write({ file: join(out, file), format, minify: true, codeSplitting: false })
    }),
    vite: each(({ entry, file }) =>
      vite.build({
        root: folder,
        configFile: false,
        logLevel: "error",
        ssr: { noExternal: true },
        build: {
          ssr: entry,
          outDir: "out",
          emptyOutDir: false,
          minify: true,
          rollupOptions: { output: { entryFileNames: file, codeSplitting: false } }
        }
      })
    )
  }
}

const document = readFileSync(new URL("../docs/library.md", import.meta.url), "utf8")

/** The size in kB that the document's table has. */
const documented = (bundler, program) => {
  const row = document.split("\n").find((line) => line.toLowerCase().startsWith(`| ${bundler} `)) ?? ""
  return Number(row.split("|")[programs.indexOf(program) + 2])
}

/** What only undici contains. */
const mark = "UND_ERR_INVALID_RETURN_VALUE"

const kilobytesOf = (path) => Math.round(statSync(path).size / 1_000)

const problemOf = async (folder, bundler, { fallsBack, file, program }, endpoint) => {
  const path = join(folder, "out", file)
  const { code, stderr, stdout } = await run([process.execPath, path, endpoint], folder)
  if (code !== 0 || stdout.trim().split("\n").at(-1) !== "10") return `it fails\n${stdout}${stderr}`
  if (stdout.includes("node:http is used instead") !== fallsBack)
    return `it ${fallsBack ? "uses" : "cannot use"} undici`
  if (readFileSync(path, "utf8").includes(mark) !== (program === "undici")) {
    return program === "undici" ? "it has no undici" : "it contains undici"
  }
  const said = documented(bundler, program)
  return Math.abs(kilobytesOf(path) / said - 1) < 0.1 ? undefined : `docs/library.md says ${said} kB`
}

await withPrograms("scripts/bundles", async ({ programs: folder, servers, tools }) => {
  const installed = await npmInstall(tools, ...packages)
  if (installed.code !== 0) throw new Error(installed.stderr)
  const bundlers = await bundlersIn(folder, tools)
  await inPairs(jobs, async (job) => {
    await bundlers[job.bundler](job)
    for (const bundle of job.bundles) {
      const problem = await problemOf(folder, job.bundler, bundle, servers.endpoint)
      const kilobytes = kilobytesOf(join(folder, "out", bundle.file))
      process.stdout.write(`${problem === undefined ? "ok  " : "FAIL"}  ${bundle.file}: ${kilobytes} kB\n`)
      if (problem === undefined) continue
      process.stdout.write(`${problem}\n`)
      process.exitCode = 1
    }
  })
})
