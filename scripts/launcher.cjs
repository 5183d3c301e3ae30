"use strict"
// Start-up of a command that is one file: what most runs do not need lies at the file's end as a comment, in parts that
// are compiled when they are asked for, and V8's compiled form of them is kept in the user's cache folder.
const load = (() => {
  const fs = require("node:fs")
  const path = require("node:path")
  /** Of each part: where it begins, counted from the end of the file, and its length. */
  const parts = __PARTS__
  const loaded = new Map()
  let text

  const compile = (name, options) => {
    text ??= fs.readFileSync(__filename, "latin1")
    const [fromEnd, length] = parts[name]
    const source = text.slice(text.length - fromEnd, text.length - fromEnd + length).replaceAll("*\x01/", "*/")
    const { Script } = require("node:vm")
    return new Script(`(function (exports, require, module) {${source}\n})`, options)
  }

  const folder = () => {
    const home = require("node:os").homedir()
    const caches = process.env.XDG_CACHE_HOME || path.join(home, ".cache")
    return process.env.NODE_COMPILE_CACHE || path.join(caches, "__NAME__")
  }

  /** Compiled code is run: it is read only from a folder that is ours, where no other user could have put it. */
  const isOurs = (folder) => {
    const { mode, uid } = fs.lstatSync(folder)
    return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0)
  }

  const cacheFile = (name) => {
    if (process.env.NODE_DISABLE_COMPILE_CACHE) return undefined
    try {
      return path.join(folder(), `${name}-__HASH__-${process.version}-${process.arch}.v8`)
    } catch {
      return undefined
    }
  }

  const read = (file) => {
    try {
      return isOurs(path.dirname(file)) ? fs.readFileSync(file) : undefined
    } catch {
      return undefined
    }
  }

  /** Files of other builds go. Without a place to write, the next start is as slow as this one. */
  const keep = (file, name, script) => {
    const folder = path.dirname(file)
    const temporary = `${file}.${process.pid}.tmp`
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
      if (!isOurs(folder)) return
      fs.writeFileSync(temporary, script.createCachedData(), { mode: 0o600 })
      fs.renameSync(temporary, file)
      for (const other of fs.readdirSync(folder)) {
        if (other.startsWith(`${name}-`) && other.endsWith(".v8") && !other.includes("__HASH__")) {
          fs.rmSync(path.join(folder, other), { force: true })
        }
      }
    } catch {
      fs.rmSync(temporary, { force: true })
    }
  }

  return (id) => {
    const name = path.basename(id, ".js")
    if (!id.startsWith("./")) return require(id)
    if (loaded.has(name)) return loaded.get(name).exports
    const part = { exports: {} }
    loaded.set(name, part)
    const file = cacheFile(name)
    const cachedData = file && read(file)
    const script = compile(name, { filename: `${__filename}/${name}`, cachedData })
    if (file !== undefined && (cachedData === undefined || script.cachedDataRejected)) {
      process.once("exit", () => keep(file, name, script))
    }
    script.runInThisContext()(part.exports, load, part)
    return part.exports
  }
})()
