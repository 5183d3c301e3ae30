// Publishes the packages to npm's registry: builds, packs and checks them, and publishes these tarballs. With --dry-run, prints
// what would be published instead. Uses the tarballs in a folder given as an argument, which have been checked.
import { spawnSync } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { published } from "./pack.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const changesets = join(root, "node_modules/@changesets/cli/bin.js")

class Problem extends Error {}

const capture = (command, args, cwd = root) => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (status !== 0)
    throw new Problem(`${command} ${args[0]} failed:\n${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`)
  return stdout
}

const run = (command, ...args) => {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: "inherit" })
  if (status !== 0) throw new Problem(error?.message ?? `${command} ${args.join(" ")} failed with exit code ${status}`)
}

const script = (name, ...args) => run(process.execPath, join(root, "scripts", name), ...args)

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))

/** Whether `npx changeset version` would change something. */
const hasPending = readdirSync(join(root, ".changeset")).some((name) => name.endsWith(".md") && name !== "README.md")

/** A copy of what changesets read and write, after `changeset version`. */
const versionedCopy = (folder) => {
  const members = ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`)
  )
  for (const name of ["package.json", "pnpm-workspace.yaml", ".changeset"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  for (const member of members.filter((member) => existsSync(join(root, member, "package.json")))) {
    mkdirSync(join(folder, member), { recursive: true })
    for (const name of ["package.json", "CHANGELOG.md"]) {
      if (existsSync(join(root, member, name))) cpSync(join(root, member, name), join(folder, member, name))
    }
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction")
  capture(process.execPath, [changesets, "version"], folder)
}

/** The part of a package's changelog on a version. */
const changesOf = (folder, { name, version }) => {
  const file = join(folder, "CHANGELOG.md")
  const text = existsSync(file) ? readFileSync(file, "utf8") : ""
  const changes = text.split(/^## /m).find((part) => part.startsWith(`${version}\n`))
  if (changes === undefined) throw new Problem(`${name} ${version} has no changelog: run npx changeset`)
  return changes.slice(version.length).trim()
}

/** What would be released from a checkout, in the order in which packages depend on each other. */
const releasesIn = (checkout) => {
  const releases = published.map(({ folder }) => {
    const manifest = readJson(join(checkout, folder, "package.json"))
    return { ...manifest, changes: changesOf(join(checkout, folder), manifest) }
  })
  const versions = new Set(releases.map(({ version }) => version))
  if (versions.size !== 1) throw new Problem(`the packages have different versions: ${[...versions].join(", ")}`)
  const names = releases.map(({ name }) => name)
  const ordered = new Set()
  const add = (release) => {
    const { dependencies = {} } = release
    for (const name of names.filter((name) => name in dependencies)) add(releases[names.indexOf(name)])
    ordered.add(release)
  }
  releases.forEach(add)
  return [...ordered]
}

const kilobytes = (bytes) => `${Math.ceil(bytes / 1000)} kB`

const contentsOf = (tarball) => {
  const entries = capture("tar", ["-tvzf", tarball])
    .trim()
    .split("\n")
    .map((line) => /^\S+ +\S+ +(\d+) .* package\/(.*)$/.exec(line) ?? [])
  const counts = new Map()
  for (const [, , path = ""] of entries) {
    const [top, ...rest] = path.split("/")
    const key = rest.length === 0 ? top : `${top}/`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const unpacked = entries.reduce((sum, [, size]) => sum + Number(size), 0)
  const files = [...counts].map(([name, count]) => (name.endsWith("/") ? `${name} ${count} files` : name)).sort()
  return `${kilobytes(statSync(tarball).size)}, unpacked ${kilobytes(unpacked)}: ${files.join(", ")}`
}

/** The tarball of each package and its version, by name. */
const tarballsIn = (folder) =>
  new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith(".tgz"))
      .map((file) => join(folder, file))
      .map((file) => {
        const { name, version } = JSON.parse(capture("tar", ["-xzOf", file, "package/package.json"]))
        return [name, { file, version }]
      })
  )

const print = (line) => process.stdout.write(`${line}\n`)

const printPlan = (releases, tarballs) => {
  const extra = [...tarballs.keys()].filter((name) => !releases.some((release) => release.name === name))
  if (extra.length > 0) throw new Problem(`not to be published: ${extra.join(", ")}`)
  for (const { changes, name, version } of releases) {
    const tarball = tarballs.get(name)
    if (tarball === undefined) throw new Problem(`${name} has not been packed`)
    if (!hasPending && tarball.version !== version)
      throw new Problem(`${name} ${version} is packed as ${tarball.version}`)
    print(`${name}@${version}\n  ${contentsOf(tarball.file)}\n${changes.replace(/^(?=.)/gm, "  ")}\n`)
  }
}

const isPublished = ({ name, version }) =>
  spawnSync("npm", ["view", `${name}@${version}`, "version"], { cwd: tmpdir(), encoding: "utf8" }).stdout.trim() ===
  version

const publish = (releases, tarballs) => {
  for (const release of releases) {
    // A release that failed halfway can be run again.
    if (isPublished(release)) print(`${release.name}@${release.version} is published already`)
    else run("npm", "publish", tarballs.get(release.name).file, "--access", "public")
  }
  run(process.execPath, changesets, "tag")
  print("Published and tagged. Push the tags: git push --follow-tags")
}

const release = (isDryRun, given) => {
  if (!isDryRun && hasPending) throw new Problem("there are pending changesets: run npx changeset version, and commit")
  if (!isDryRun && capture("git", ["status", "--porcelain"]) !== "") throw new Problem("there are uncommitted changes")
  const temporary = mkdtempSync(join(tmpdir(), "hotspot-session-release-"))
  try {
    const copy = join(temporary, "checkout")
    if (hasPending) versionedCopy(copy)
    const releases = releasesIn(hasPending ? copy : root)
    const packed = given ?? join(temporary, "packages")
    if (given === undefined) {
      script("build.mjs")
      script("pack.mjs", packed)
      for (const check of ["packages.mjs", "commonjs.mjs", "readme.mjs"]) script(check, packed)
    }
    const tarballs = tarballsIn(packed)
    printPlan(releases, tarballs)
    if (isDryRun)
      print(`dry run: nothing was published${hasPending ? "; the versions are those after npx changeset version" : ""}`)
    else publish(releases, tarballs)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { "dry-run": { type: "boolean", default: false } }
  })
  release(values["dry-run"], positionals[0])
} catch (error) {
  if (!(error instanceof Problem) && !error.code?.startsWith("ERR_PARSE_ARGS")) throw error
  process.stderr.write(`release: ${error.message}\n`)
  process.exitCode = 1
}
