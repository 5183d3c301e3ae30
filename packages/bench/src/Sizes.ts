import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs"
import { dirname, join } from "node:path"

/** Where a package is found from a folder, as Node looks for it. */
const find = (name: string, folder: string): string | undefined => {
  const here = join(folder, "node_modules", name)
  if (existsSync(join(here, "package.json"))) return realpathSync(here)
  const parent = dirname(folder)
  return parent === folder ? undefined : find(name, parent)
}

const bytesUnder = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.name === "node_modules" || entry.name.startsWith(".")) return sum
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? bytesUnder(path) : entry.isFile() ? statSync(path).size : 0)
  }, 0)

interface Manifest {
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>
}

/** Bytes and number of packages that an installation of these brings, from what is installed here. */
export const installSize = (names: ReadonlyArray<string>, from: string): { bytes: number; packages: number } => {
  const seen = new Map<string, number>()
  const visit = (name: string, folder: string, optional: boolean): void => {
    const found = find(name, folder)
    if (found === undefined) {
      if (optional) return
      throw new Error(`${name} is not installed for ${folder}`)
    }
    if (seen.has(found)) return
    seen.set(found, bytesUnder(found))
    const manifest: Manifest = JSON.parse(readFileSync(join(found, "package.json"), "utf8"))
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, found, false)
    for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
      if (manifest.peerDependenciesMeta?.[peer]?.optional !== true) visit(peer, found, true)
    }
  }
  for (const name of names) visit(name, from, false)
  return { bytes: [...seen.values()].reduce((sum, bytes) => sum + bytes, 0), packages: seen.size }
}
