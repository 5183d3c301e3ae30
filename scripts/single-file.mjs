// Packs the chunks of a CommonJS bundle into one file, with scripts/launcher.cjs in front.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { basename } from "node:path"

const launcher = readFileSync(new URL("launcher.cjs", import.meta.url), "utf8")

/** The same JavaScript in ASCII, so that each character is one byte. The code has no comments. */
const ascii = (code) =>
  code.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Escapes code for a comment; the launcher unescapes it. */
const commentable = (code) => ascii(code).replaceAll("*/", "*\x01/")

const exportStatement =
  /Object\.defineProperty\(exports,("[^"]+"),\{enumerable:!0,get:function\(\)\{return ([\w$]+)\}\}\)/g

/** The names that code assigns to other than where it declares them, whatever their scope. */
const assignedNames = (program) => {
  const names = new Set()
  const visit = (node, isTarget) => {
    if (node === null || typeof node !== "object") return
    if (isTarget && node.type === "Identifier") names.add(node.name)
    for (const [key, child] of Object.entries(node)) {
      const assigns = /^(Assignment|Update)Expression$|^For(In|Of)Statement$/.test(node.type)
      visit(child, isTarget || (assigns && (key === "left" || key === "argument")))
    }
  }
  visit(program.body, false)
  return names
}

/**
 * Replaces the getters of constant exports by values, because V8 would have to create hundreds of getters. The exports are
 * at the end of a chunk.
 */
const withPlainExports = (code, parse) => {
  const assigned = assignedNames(parse(code))
  return code.replace(exportStatement, (getter, key, name) => (assigned.has(name) ? getter : `exports[${key}]=${name}`))
}

/** The chunks that a chunk imports statically, including itself. */
const closure = (chunk, byName, found = new Set()) => {
  found.add(chunk)
  for (const name of chunk.imports) {
    const imported = byName.get(name)
    if (imported !== undefined && !found.has(imported)) closure(imported, byName, found)
  }
  return found
}

/** An object of functions, each of which defines a module. */
const definitions = (chunks, parse) =>
  `{${chunks.map(({ code, fileName }) => `${JSON.stringify(fileName)}(exports,require,module){${withPlainExports(code, parse)}\n}`).join(",")}}`

/** The static imports of the entry, including itself. */
export const frontChunks = ([entry, ...others]) =>
  closure(entry, new Map(others.map((chunk) => [chunk.fileName, chunk])))

/** The further chunks of the entry's dynamic import, which most runs need. */
export const usualChunks = (chunks) => {
  const [entry, ...others] = chunks
  const byName = new Map(others.map((chunk) => [chunk.fileName, chunk]))
  const front = frontChunks(chunks)
  const usual = new Set(entry.dynamicImports.flatMap((name) => [...closure(byName.get(name), byName)]))
  return [...usual].filter((chunk) => !front.has(chunk))
}

/** The chunks that are compiled together: those of every run, those of most runs, and each other one separately. */
const scriptsOf = (chunks, isDeferred) => {
  const front = frontChunks(chunks)
  const usual = new Set(usualChunks(chunks).filter((chunk) => !isDeferred(chunk)))
  return [
    { name: "front", chunks: [...front] },
    { name: "main", chunks: [...usual] },
    ...chunks
      .filter((chunk) => !usual.has(chunk) && !front.has(chunk))
      .map((chunk) => ({ name: basename(chunk.fileName, ".js"), chunks: [chunk] }))
  ]
}

/**
 * The file's text. `chunks` are those of rolldown, the entry first; those of the names `deferred` are loaded when
 * something of them is used for the first time. `parse` gives the syntax tree of JavaScript.
 */
export const singleFile = (name, chunks, deferred, parse) => {
  const isDeferred = ({ fileName }) => deferred.includes(basename(fileName, ".js"))
  const places = {}
  const modules = {}
  let tail = "*/\n"
  for (const script of scriptsOf(chunks, isDeferred)) {
    const text = commentable(`(${definitions(script.chunks, parse)})`)
    tail = `${text}\n${tail}`
    places[script.name] = [tail.length, text.length]
    for (const { fileName } of script.chunks) modules[fileName] = script.name
  }
  const hash = createHash("sha256").update(tail).digest("hex").slice(0, 16)
  const head = launcher
    .replace("__SCRIPTS__", () => JSON.stringify(places))
    .replace("__MODULES__", () => JSON.stringify(modules))
    .replace("__DEFERRED__", () =>
      JSON.stringify(Object.fromEntries(chunks.filter(isDeferred).map(({ exports, fileName }) => [fileName, exports])))
    )
    .replaceAll("__ENTRY__", chunks[0].fileName)
    .replaceAll("__HASH__", hash)
    .replaceAll("__NAME__", name)
  return `#!/usr/bin/env node\n${head}/*\n${tail}`
}
