// Packs the chunks of a CommonJS bundle into one file, in a comment of scripts/launcher.cjs.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { basename } from "node:path"

const launcher = readFileSync(new URL("launcher.cjs", import.meta.url), "utf8")

/** The end of the comment and of the function in the launcher. */
const end = "*/\n}"

/** Escapes characters outside ASCII, so that each character is one byte. The code must not have comments. */
const toAscii = (code) =>
  code.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Each node of a syntax tree, parents first. */
const nodesOf = function* (node) {
  if (node === null || typeof node !== "object") return
  if (typeof node.type === "string") yield node
  for (const child of Object.values(node)) yield* nodesOf(child)
}

/** The positions after the last character of each regular expression whose pattern ends with a star. */
const endsOfStars = (program) =>
  [...nodesOf(program)]
    .filter(({ regex }) => regex?.pattern.endsWith("*"))
    .map(({ end, regex }) => end - regex.flags.length - 1)

/**
 * Code for a comment, which must not have the end of one: after a regular expression that ends with a star, an empty group
 * changes nothing, and in a string, a template or a class of a regular expression the slash can be escaped.
 */
const escapeComment = (code, parse) => {
  const ends = [0, ...endsOfStars(parse(code)).sort((a, b) => a - b), code.length]
  const parts = ends.slice(1).map((end, index) => code.slice(ends[index], end))
  return parts.join("(?:)").replaceAll("*/", "*\\/")
}

const exportStatement =
  /Object\.defineProperty\(exports,("[^"]+"),\{enumerable:!0,get:function\(\)\{return ([\w$]+)\}\}\)/g

/** The names that the code reassigns, in any scope. */
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
 * Replaces the getters of constant exports with values, because creating hundreds of getters slows down the start. This is
 * safe because a chunk's exports are at its end.
 */
const withPlainExports = (code, parse) => {
  const assigned = assignedNames(parse(code))
  return code.replace(exportStatement, (getter, key, name) => (assigned.has(name) ? getter : `exports[${key}]=${name}`))
}

/**
 * Uses the modules of Node as they are. An object with a getter for each of their exports is needed only for a default
 * export.
 */
const withPlainBuiltins = (code) =>
  code.replace(/([\w$]+)=[\w$]+\.[\w$]+\(\1,1\);/g, (conversion, name) =>
    code.includes(`${name}.default`) ? conversion : ""
  )

/** A chunk and all chunks that it imports statically. */
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
  `{${chunks.map(({ code, fileName }) => `${JSON.stringify(fileName)}(exports,require,module){${withPlainBuiltins(withPlainExports(code, parse))}\n}`).join(",")}}`

/** The entry and all chunks that it imports statically. */
export const frontChunks = ([entry, ...others]) =>
  closure(entry, new Map(others.map((chunk) => [chunk.fileName, chunk])))

/** The chunks that the entry's dynamic import adds, which most runs need. */
export const usualChunks = (chunks) => {
  const [entry, ...others] = chunks
  const byName = new Map(others.map((chunk) => [chunk.fileName, chunk]))
  const front = frontChunks(chunks)
  const usual = new Set(entry.dynamicImports.flatMap((name) => [...closure(byName.get(name), byName)]))
  return [...usual].filter((chunk) => !front.has(chunk))
}

/** The groups of chunks that are compiled together: those of every run, those of most runs, and each of the others. */
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
 * The content of the file. `chunks` is rolldown's output, the entry first. The chunks named in `deferred` are loaded when
 * one of their exports is first used. `parse` returns the syntax tree of JavaScript code.
 */
export const singleFile = (name, chunks, deferred, parse) => {
  const isDeferred = ({ fileName }) => deferred.includes(basename(fileName, ".js"))
  const positions = {}
  const modules = {}
  let tail = end
  for (const script of scriptsOf(chunks, isDeferred)) {
    const text = escapeComment(toAscii(`(${definitions(script.chunks, parse)})`), parse)
    tail = `${text}\n${tail}`
    positions[script.name] = [tail.length, text.length]
    for (const { fileName } of script.chunks) modules[fileName] = script.name
  }
  const hash = createHash("sha256").update(tail).digest("hex").slice(0, 16)
  const head = launcher
    .replace("__SCRIPTS__", () => JSON.stringify(positions))
    .replace("__MODULES__", () => JSON.stringify(modules))
    .replace("__DEFERRED__", () => JSON.stringify(chunks.filter(isDeferred).map(({ fileName }) => fileName)))
    .replaceAll("__ENTRY__", chunks[0].fileName)
    .replaceAll("__HASH__", hash)
    .replaceAll("__NAME__", name)
  return `#!/usr/bin/env node\n${head.replace(`__PARTS__${end}`, () => `\n${tail}`)}`
}
