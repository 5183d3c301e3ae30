import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs"
import { dirname, join } from "node:path"

/** The folder of a package, resolved from another folder as Node does. */
const find = (name: string, folder: string): string | undefined => {
  const candidate = join(folder, "node_modules", name)
  if (existsSync(join(candidate, "package.json"))) return realpathSync(candidate)
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

/** Bytes and number of packages that installing these adds, computed from `node_modules`. */
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
