// Packs the chunks of a CommonJS bundle into one file, with scripts/launcher.cjs in front.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { basename } from "node:path"

const launcher = readFileSync(new URL("launcher.cjs", import.meta.url), "utf8")

/** The same JavaScript, which holds no comments, with one byte a character. */
const ascii = (code) =>
  code.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** As it can lie in a comment; the launcher undoes it. */
const commentable = (code) => ascii(code).replaceAll("*/", "*\x01/")

/** The chunks that a chunk loads at once, itself the last. */
const closure = (chunk, byName, found = new Set()) => {
  for (const name of chunk.imports) {
    const imported = byName.get(name)
    if (imported !== undefined && !found.has(imported)) closure(imported, byName, found)
  }
  return found.add(chunk)
}

/** An object of functions, each of which defines a module. */
const definitions = (chunks) =>
  `{${chunks.map(({ code, fileName }) => `${JSON.stringify(fileName)}(exports,require,module){${code}\n}`).join(",")}}`

/** What the entry needs at once, itself included. */
export const frontChunks = ([entry, ...others]) =>
  closure(entry, new Map(others.map((chunk) => [chunk.fileName, chunk])))

/** What the entry's own dynamic import needs beyond that, as most runs do. */
export const usualChunks = (chunks) => {
  const [entry, ...others] = chunks
  const byName = new Map(others.map((chunk) => [chunk.fileName, chunk]))
  const front = frontChunks(chunks)
  const usual = new Set(entry.dynamicImports.flatMap((name) => [...closure(byName.get(name), byName)]))
  return [...usual].filter((chunk) => !front.has(chunk))
}

/** The chunks that are compiled together: what every run needs, what most do, and each other one by itself. */
const scriptsOf = (chunks) => {
  const front = frontChunks(chunks)
  const usual = new Set(usualChunks(chunks))
  return [
    { name: "front", chunks: [...front] },
    { name: "main", chunks: [...usual] },
    ...chunks
      .filter((chunk) => !usual.has(chunk) && !front.has(chunk))
      .map((chunk) => ({ name: basename(chunk.fileName, ".js"), chunks: [chunk] }))
  ]
}

/** The file's text. `chunks` are those of rolldown, the entry first. */
export const singleFile = (name, chunks) => {
  const places = {}
  const modules = {}
  let tail = "*/\n"
  for (const script of scriptsOf(chunks)) {
    const text = commentable(`(${definitions(script.chunks)})`)
    tail = `${text}\n${tail}`
    places[script.name] = [tail.length, text.length]
    for (const { fileName } of script.chunks) modules[fileName] = script.name
  }
  const hash = createHash("sha256").update(tail).digest("hex").slice(0, 16)
  const head = launcher
    .replace("__SCRIPTS__", () => JSON.stringify(places))
    .replace("__MODULES__", () => JSON.stringify(modules))
    .replaceAll("__ENTRY__", chunks[0].fileName)
    .replaceAll("__HASH__", hash)
    .replaceAll("__NAME__", name)
  return `#!/usr/bin/env node\n${head}/*\n${tail}`
}
