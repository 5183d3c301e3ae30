// Installs the dependencies if they are missing or outdated, so that only Node.js and npm are required.
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, "node_modules/.installed")
const lock = join(root, "node_modules/.installing")
const staleLockMs = 10_000

const projects = [
  root,
  ...["packages", "apps"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => join(root, folder, name))
      .filter((project) => existsSync(join(project, "package.json")))
  )
]

/** A hash of everything an install depends on; editing a script or a description requires no new install. */
const fingerprint = () => {
  const hash = createHash("sha256")
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) hash.update(readFileSync(join(root, file)))
  for (const project of projects) {
    const { packageManager, bin, dependencies, devDependencies, peerDependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(project, "package.json"), "utf8")
    )
    hash.update(
      JSON.stringify([
        project.slice(root.length),
        packageManager,
        bin,
        dependencies,
        devDependencies,
        peerDependencies,
        optionalDependencies
      ])
    )
  }
  return hash.digest("hex")
}

const isFresh = () =>
  existsSync(stamp) &&
  projects.every((project) => existsSync(join(project, "node_modules"))) &&
  readFileSync(stamp, "utf8") === fingerprint()

/** Acquires the lock, so that only one install runs at a time, or takes it over from a process that died. */
const acquire = async () => {
  mkdirSync(dirname(lock), { recursive: true })
  for (;;) {
    try {
      mkdirSync(lock)
      return
    } catch (error) {
      if (error.code !== "EEXIST") throw error
    }
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > staleLockMs) rmSync(lock, { recursive: true, force: true })
    else await sleep(200)
  }
}

const release = () => rmSync(lock, { recursive: true, force: true })

const install = (version) =>
  new Promise((resolve) => {
    const env = { ...process.env }
    // An outer `npx -p node@24 npm test` sets these, which would make the inner npx run something else.
    for (const name of ["npm_config_package", "npm_config_call"]) delete env[name]
    const windows = process.platform === "win32"
    const child = spawn(
      windows ? "npx.cmd" : "npx",
      [
        ...["-y", "--package", `pnpm@${version}`, "--", "pnpm"],
        // A rerun after an interrupted install must not prompt, because there may be no terminal.
        ...["install", "--frozen-lockfile", "--config.confirmModulesPurge=false"]
      ],
      { cwd: root, env, shell: windows, stdio: ["ignore", "pipe", "pipe"] }
    )
    let output = ""
    child.stdout.on("data", (chunk) => {
      output += chunk
    })
    child.stderr.on("data", (chunk) => {
      output += chunk
    })
    const heartbeat = setInterval(() => {
      try {
        utimesSync(lock, new Date(), new Date())
      } catch {}
    }, staleLockMs / 10)
    const stop = (signal) => {
      child.kill(signal)
      release()
      process.exit(signal === "SIGINT" ? 130 : 143)
    }
    process.once("SIGINT", stop).once("SIGTERM", stop)
    const done = (code, detail = "") => {
      clearInterval(heartbeat)
      process.off("SIGINT", stop).off("SIGTERM", stop)
      resolve({ code, output: output + detail })
    }
    child.on("error", (error) => done(127, error.message))
    child.on("close", (code, signal) => done(code ?? 1, signal ? `terminated by ${signal}` : ""))
  })

const main = async () => {
  if (isFresh()) return 0
  await acquire()
  try {
    if (isFresh()) return 0
    rmSync(stamp, { force: true })
    process.stderr.write("Installing dependencies…\n")
    const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager.split("@")[1]
    const { code, output } = await install(version)
    if (code !== 0) {
      process.stderr.write(
        `${output.trimEnd()}\n\nCannot install the dependencies (exit code ${code}); the output is above.\n` +
          "Installing needs npx on the PATH and access to the npm registry. After changing a package.json, update\n" +
          `the lockfile with: npx -y pnpm@${version} install\n`
      )
      return 1
    }
    writeFileSync(stamp, fingerprint())
    return 0
  } finally {
    release()
  }
}

process.exitCode = await main()
