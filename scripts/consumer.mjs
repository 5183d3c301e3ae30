// Installs the packages into folders outside the workspace, as in users' projects. Copies instead of linking, because
// TypeScript names a type by the real path of the file that declares it.
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))

/** The folder of a package that code in a folder imports, or `undefined` for an optional peer that is not installed. */
export const locate = (name, folder) => {
  const candidate = join(folder, "node_modules", name)
  if (existsSync(join(candidate, "package.json"))) return realpathSync(candidate)
  return dirname(folder) === folder ? undefined : locate(name, dirname(folder))
}

const isNeeded = (path) => /(\.d\.[cm]?ts|package\.json)$/.test(path) || statSync(path).isDirectory()

/** Copies the declarations of installed packages and of their dependencies, side by side like npm. */
const makeCopy = (modules) => {
  const versions = new Map()
  const copy = (name, from, dependent) => {
    const source = locate(name, from)
    if (source === undefined) return
    const { version, dependencies, peerDependencies, optionalDependencies } = readJson(join(source, "package.json"))
    const top = join(modules, name)
    const target = (versions.get(top) ?? version) === version ? top : join(dependent, "node_modules", name)
    if (versions.has(target)) return
    versions.set(target, version)
    cpSync(source, target, {
      recursive: true,
      filter: (path) => !path.slice(source.length).includes("node_modules") && isNeeded(path)
    })
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })) {
      copy(dependency, source, target)
    }
  }
  return (names, from) => {
    for (const name of names) copy(name, from, modules)
  }
}

const unpack = (tarball, folder) => {
  mkdirSync(folder, { recursive: true })
  const { status, stderr } = spawnSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"])
  if (status !== 0) throw new Error(`${tarball} could not be unpacked: ${stderr}`)
}

/** The libraries among the tarballs. Commands have no exports. */
const unpackLibraries = (folder, tarballs) =>
  tarballs
    .map((tarball, index) => {
      const path = join(folder, "unpacked", String(index))
      unpack(tarball, path)
      return { path, manifest: readJson(join(path, "package.json")) }
    })
    .filter(({ manifest }) => manifest.exports !== undefined)

const link = (target, path) => {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path, "junction")
}

/**
 * Installs the libraries among the tarballs twice, with their dependencies and the `extra` packages:
 *
 * - `hoisted`, like npm: every package is at the top level
 * - `isolated`, like pnpm: a package finds only its dependencies, and the top level has only the user's direct
 *   dependencies, which are all libraries except `transitive`
 */
export const installInto = (folder, { root, tarballs, extra, transitive }) => {
  const modules = join(folder, "node_modules")
  const hoisted = join(folder, "hoisted")
  const isolated = join(folder, "isolated")
  const libraries = unpackLibraries(folder, tarballs)
  const names = libraries.map(({ manifest }) => manifest.name)
  const storeOf = (name) => join(isolated, "node_modules/.store", name, "node_modules")
  const copyInstalled = makeCopy(modules)
  for (const { manifest, path } of libraries) {
    const { name } = manifest
    cpSync(path, join(hoisted, "node_modules", name), { recursive: true })
    cpSync(path, join(storeOf(name), name), { recursive: true })
    if (!transitive.includes(name)) link(join(storeOf(name), name), join(isolated, "node_modules", name))
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const ours = dependencies.filter((dependency) => names.includes(dependency))
    for (const dependency of ours) link(join(storeOf(dependency), dependency), join(storeOf(name), dependency))
    copyInstalled(
      dependencies.filter((dependency) => !names.includes(dependency)),
      join(root, "packages", name.split("/")[1])
    )
  }
  copyInstalled(extra, root)
  return { hoisted, isolated, manifests: libraries.map(({ manifest }) => manifest) }
}

/** Installs the libraries among the tarballs with the files of their dependencies, to be run. */
export const installRuntime = (folder, { root, tarballs }) => {
  const modules = join(folder, "node_modules")
  const libraries = unpackLibraries(folder, tarballs)
  const names = libraries.map(({ manifest }) => manifest.name)
  for (const { manifest, path } of libraries) {
    cpSync(path, join(modules, manifest.name), { recursive: true })
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const source = locate(dependency, join(root, "packages", manifest.name.split("/")[1]))
      if (names.includes(dependency) || source === undefined || existsSync(join(modules, dependency))) continue
      link(source, join(modules, dependency))
    }
  }
  return libraries.map(({ manifest }) => manifest)
}
