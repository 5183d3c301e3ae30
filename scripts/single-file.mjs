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

/** The file's text. `chunks` are those of rolldown, the entry first. */
export const singleFile = (name, [entry, ...others]) => {
  const parts = {}
  let tail = "*/\n"
  for (const { code, fileName } of others) {
    const text = commentable(code)
    tail = `${text}\n${tail}`
    parts[basename(fileName, ".js")] = [tail.length, text.length]
  }
  const hash = createHash("sha256").update(tail).digest("hex").slice(0, 16)
  const front = basename(entry.fileName, ".js")
  const head = launcher
    .replace("__PARTS__", () => JSON.stringify(parts))
    .replaceAll("__HASH__", hash)
    .replaceAll("__NAME__", name)
    // The parts refer to what the entry has in common with them.
    .replace("new Map()", () => `new Map([[${JSON.stringify(front)}, module]])`)
  return `#!/usr/bin/env node\n${head}${ascii(entry.code).replace(/require\("(\.\/[^"]+)"\)/g, 'load("$1")')}\n/*\n${tail}`
}
