/**
 * Generates the JSON Schemas of the files of packages/fleet, so that editors complete and check them.
 *
 * Checks the files; with --write, generates them.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"
import { JSONSchema } from "effect"
import { rolldown } from "rolldown"

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

/** The sources as one file, because Node 20 does not read TypeScript. */
const bundled = async (source, file) => {
  const bundle = await rolldown({ input: path(source), external: /^(effect|@effect)\// })
  await bundle.write({ file: path(file) })
  await bundle.close()
  return import(pathToFileURL(path(file)).href)
}

const { DesiredState, PlanDocument } = await bundled(
  "../packages/fleet/src/index.ts",
  "../node_modules/.cache/schemas.mjs"
)

const folder = path("../packages/fleet/schemas/")

const schemas = { "desired-state.json": DesiredState, "plan.json": PlanDocument }

const read = (file) => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

/** Without the IDs of Effect's own schemas: an ID that occurs twice is an error, and nothing refers to them. */
const withoutIds = (key, value) => (key === "$id" ? undefined : value)

for (const [name, schema] of Object.entries(schemas)) {
  const text = `${JSON.stringify(JSONSchema.make(schema), withoutIds, 2)}\n`
  if (process.argv.includes("--write")) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(folder + name, text)
  } else if (read(folder + name) !== text) {
    process.stderr.write(`${name} differs from its schema; run node scripts/schemas.mjs --write to update it\n`)
    process.exitCode = 1
  }
}
