// Starts a command that is a single file. Code that not every run needs is in the comment at the end of this function. It
// is compiled on first use, and V8's compiled form of it is cached in the user's cache folder.
"use strict"
;(function launch() {
  const fs = require("node:fs")
  const path = require("node:path")
  /** The position of each script, counted from the end of this function, and its length. */
  const scripts = __SCRIPTS__
  /** The script that defines each module. */
  const scriptOf = __MODULES__
  /** The modules that are loaded when one of their exports is first used. */
  const deferred = __DEFERRED__
  const modules = {}
  const definitions = {}

  /** Compiled code is executed, so it must be this user's. On Windows, other users have no access to a home directory. */
  const user = process.geteuid?.()
  const isTrusted = ({ mode, uid }) => user === undefined || (uid === user && (mode & 0o022) === 0)

  /** The system may not know the user, for example in a container that runs with a numeric ID. */
  const homeFolder = () => {
    try {
      return process.env.HOME || process.env.USERPROFILE || require("node:os").userInfo().homedir
    } catch {
      return undefined
    }
  }

  /** Relative paths are ignored, as the XDG Base Directory Specification requires. */
  const cachesFolder = () => {
    const given = process.env.XDG_CACHE_HOME
    if (given && path.isAbsolute(given)) return given
    const home = homeFolder()
    return home && path.isAbsolute(home) ? `${home}/.cache` : undefined
  }

  /** The cache file of a script, or `undefined` if there is no cache folder. */
  const cacheFile = (name) => {
    if (process.env.NODE_DISABLE_COMPILE_CACHE) return undefined
    const caches = cachesFolder()
    const folder = process.env.NODE_COMPILE_CACHE || (caches && `${caches}/__NAME__`)
    return folder && `${folder}/${name}-__HASH__-${process.version}-${process.arch}.v8`
  }

  /**
   * V8 detects other versions, flags and sizes itself, but crashes on a file that lost blocks. Four bytes of each 1,024 are
   * enough to detect lost blocks; V8 would optimize a longer loop, which takes longer than the rest of the start.
   */
  const checksum = (data) => {
    const words = new Int32Array(data.buffer, data.byteOffset, data.length >> 2)
    let sum = data.length
    for (let index = 0; index < words.length; index += 256) sum = (Math.imul(sum, 31) + words[index]) | 0
    return sum
  }

  const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = fs.constants

  /** Checks the file after opening it, because the folder may have been replaced after it was checked. */
  const readTrusted = (file) => {
    const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const stats = fs.fstatSync(fd)
      return stats.isFile() && stats.nlink === 1 && isTrusted(stats) ? fs.readFileSync(fd) : undefined
    } finally {
      fs.closeSync(fd)
    }
  }

  const read = (file) => {
    try {
      const cached = isTrusted(fs.lstatSync(path.dirname(file))) ? readTrusted(file) : undefined
      if (cached === undefined) return undefined
      const data = cached.subarray(0, -4)
      return checksum(data) === cached.readInt32LE(data.length) ? data : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Creates a missing folder, but not in a folder of another user: root running with that user's HOME would leave a
   * folder there that the user cannot use.
   */
  const makeFolder = (folder) => {
    if (fs.existsSync(folder)) return
    const { uid } = fs.statSync(path.dirname(folder))
    if (user === undefined || uid === user || uid === 0) fs.mkdirSync(folder, { mode: 0o700 })
  }

  /** Writes the cache file and removes those of other builds. If it cannot be written, the next start is not faster. */
  const store = (file, name, script) => {
    const folder = path.dirname(file)
    const temporary = `${file}.${process.pid}.tmp`
    try {
      // Not recursively: if no folder can be created, as in /proc, Node would retry forever.
      for (const each of [path.dirname(folder), folder]) makeFolder(each)
      if (!isTrusted(fs.lstatSync(folder))) return
      const data = script.createCachedData()
      const sum = Buffer.alloc(4)
      sum.writeInt32LE(checksum(data))
      // Containers that share a folder may have the same process IDs.
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

  /** V8 has this text already, and copies neither it nor slices of it. */
  const text = launch.toString()
  const sourceOf = (name) => {
    const [fromEnd, length] = scripts[name]
    return text.slice(-fromEnd, length - fromEnd)
  }

  /** Write the cache files of the scripts that had none; one listener for all, because Node warns of more than ten. */
  const uncached = []

  const define = (name) => {
    const file = cacheFile(name)
    const cachedData = file && read(file)
    const script = new (require("node:vm").Script)(sourceOf(name), { filename: `${__filename}/${name}`, cachedData })
    if (file && (cachedData === undefined || script.cachedDataRejected)) {
      if (uncached.push(() => store(file, name, script)) === 1) {
        const { setFlagsFromString } = require("node:v8")
        // In a long run, V8 would drop what only the start uses, which each later start would then compile.
        setFlagsFromString("--no-flush-bytecode")
        process.once("exit", () => {
          // V8 rejects a cache that was made with other flags, so this run also writes those of parts that it loads later.
          setFlagsFromString("--flush-bytecode")
          for (const storeOne of uncached) storeOne()
        })
      }
    }
    Object.assign(definitions, script.runInThisContext())
  }

  const run = (name) => {
    if (definitions[name] === undefined) define(scriptOf[name])
    // Effect captures a stack trace while it loads, which is slow in a file of this size.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    try {
      definitions[name](modules[name].exports, load, modules[name])
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  }

  /** The prototype is asked for what the module has not defined yet. */
  const runOnFirstUse = (name) => {
    const { exports } = modules[name]
    const get = (_, key) => {
      Object.setPrototypeOf(exports, null)
      run(name)
      return exports[key]
    }
    Object.setPrototypeOf(exports, new Proxy({}, { get }))
  }

  const load = (id) => {
    const name = id.slice(2)
    if (!id.startsWith("./")) return require(id)
    if (modules[name] === undefined) {
      modules[name] = { exports: {} }
      if (deferred.includes(name)) runOnFirstUse(name)
      else run(name)
    }
    return modules[name].exports
  }

  load("./__ENTRY__")
  /*__PARTS__*/
})()
