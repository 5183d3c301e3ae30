"use strict"
// Start-up of a command that is one file: what not every run needs lies at the file's end, as a comment. It is compiled
// when it is asked for, and V8's compiled form of it is kept in the user's cache folder.
{
  const fs = require("node:fs")
  const path = require("node:path")
  /** Of each script: where it begins, counted from the end of the file, and its length. */
  const scripts = __SCRIPTS__
  /** The script that defines a module. */
  const scriptOf = __MODULES__
  /** What is exported by modules that are loaded when something of them is used for the first time. */
  const deferred = __DEFERRED__
  const modules = {}
  const definitions = {}

  /** Compiled code is run, so that it must be from this user. Windows keeps other users out of a home by itself. */
  const user = process.geteuid?.()
  const isOurs = ({ mode, uid }) => user === undefined || (uid === user && (mode & 0o022) === 0)

  /** The system may not know the user, as in a container that runs as a number. */
  const homeFolder = () => {
    try {
      return process.env.HOME || process.env.USERPROFILE || require("node:os").userInfo().homedir
    } catch {
      return undefined
    }
  }

  /** Relative paths are ignored, as the XDG Base Directory Specification asks. */
  const cachesFolder = () => {
    const given = process.env.XDG_CACHE_HOME
    if (given && path.isAbsolute(given)) return given
    const home = homeFolder()
    return home && path.isAbsolute(home) ? path.join(home, ".cache") : undefined
  }

  /** Without a place there is no cache. */
  const cacheFile = (name) => {
    if (process.env.NODE_DISABLE_COMPILE_CACHE) return undefined
    const caches = cachesFolder()
    const folder = process.env.NODE_COMPILE_CACHE || (caches && path.join(caches, "__NAME__"))
    return folder && path.join(folder, `${name}-__HASH__-${process.version}-${process.arch}.v8`)
  }

  /**
   * V8 knows other versions, flags and sizes by itself, but crashes on a file that lost blocks. Four bytes of each 512
   * tell of those; a longer loop would be worth compiling to V8, which takes longer than all the rest of a start.
   */
  const checksum = (data) => {
    const words = new Int32Array(data.buffer, data.byteOffset, data.length >> 2)
    let sum = data.length
    for (let index = 0; index < words.length; index += 128) sum = (Math.imul(sum, 31) + words[index]) | 0
    return sum
  }

  const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = fs.constants

  /** The folder may be exchanged after it was looked at: what is read is checked once it is open. */
  const readOurs = (file) => {
    const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const stats = fs.fstatSync(fd)
      return stats.isFile() && stats.nlink === 1 && isOurs(stats) ? fs.readFileSync(fd) : undefined
    } finally {
      fs.closeSync(fd)
    }
  }

  const read = (file) => {
    try {
      if (!isOurs(fs.lstatSync(path.dirname(file)))) return undefined
      const kept = readOurs(file)
      if (kept === undefined) return undefined
      const data = kept.subarray(0, -4)
      return checksum(data) === kept.readInt32LE(data.length) ? data : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Makes a folder that is missing, but not in another user's: root who runs with that user's HOME would leave a folder
   * there that the user cannot use.
   */
  const makeFolder = (folder) => {
    if (fs.existsSync(folder)) return
    const { uid } = fs.statSync(path.dirname(folder))
    if (user === undefined || uid === user || uid === 0) fs.mkdirSync(folder, { mode: 0o700 })
  }

  /** Removes the files of other builds. Without a place to write, the next start is as slow as this one. */
  const keep = (file, name, script) => {
    const folder = path.dirname(file)
    const temporary = `${file}.${process.pid}.tmp`
    try {
      // Not recursively: where nothing can be made, as in /proc, Node would try for ever.
      for (const each of [path.dirname(folder), folder]) makeFolder(each)
      if (!isOurs(fs.lstatSync(folder))) return
      const data = script.createCachedData()
      const sum = Buffer.alloc(4)
      sum.writeInt32LE(checksum(data))
      // Containers that share a folder may share process IDs, too.
      fs.writeFileSync(temporary, Buffer.concat([data, sum]), { flag: "wx", mode: 0o600 })
      fs.renameSync(temporary, file)
      for (const other of fs.readdirSync(folder)) {
        if (other.startsWith(`${name}-`) && other.endsWith(".v8") && !other.includes("__HASH__")) {
          fs.rmSync(path.join(folder, other), { force: true })
        }
      }
    } catch {
      try {
        fs.rmSync(temporary)
      } catch {}
    }
  }

  /** Stays open: what is loaded later is of the same build, also where another one took the file's place meanwhile. */
  let file
  const sourceOf = (name) => {
    file ??= fs.openSync(__filename)
    const [fromEnd, length] = scripts[name]
    const bytes = Buffer.allocUnsafeSlow(length)
    fs.readSync(file, bytes, 0, length, fs.fstatSync(file).size - fromEnd)
    return bytes.latin1Slice().replaceAll("*\x01/", "*/")
  }

  const compile = (name, options) => new (require("node:vm").Script)(sourceOf(name), options)

  const define = (name) => {
    const file = cacheFile(name)
    const cachedData = file && read(file)
    const script = compile(name, { filename: `${__filename}/${name}`, cachedData })
    if (file && (cachedData === undefined || script.cachedDataRejected)) {
      process.once("exit", () => keep(file, name, script))
    }
    Object.assign(definitions, script.runInThisContext())
  }

  const run = (name) => {
    if (definitions[name] === undefined) define(scriptOf[name])
    // Effect looks at a stack trace while it loads, which takes V8 a while in a file of this size.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    try {
      definitions[name](modules[name].exports, load, modules[name])
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  }

  const runWhenUsed = (name) => {
    const { exports } = modules[name]
    const get = (key) => () => {
      for (const key of deferred[name]) delete exports[key]
      run(name)
      return exports[key]
    }
    for (const key of deferred[name]) Object.defineProperty(exports, key, { get: get(key), configurable: true })
  }

  const load = (id) => {
    const name = id.slice(2)
    if (!id.startsWith("./")) return require(id)
    if (modules[name] === undefined) {
      modules[name] = { exports: {} }
      if (name in deferred) runWhenUsed(name)
      else run(name)
    }
    return modules[name].exports
  }

  load("./__ENTRY__")
}
