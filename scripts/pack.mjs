// Packs every public package as it would be published, into the folder given as the first argument. Requires a build.
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))

/** The published packages: their folders, relative to the root, and their package.json. */
export const published = ["packages", "apps"]
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
  .filter((folder) => existsSync(join(root, folder, "package.json")))
  .map((folder) => ({ folder, manifest: readJson(join(root, folder, "package.json")) }))
  .filter(({ manifest }) => manifest.private !== true)

const tarballsIn = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".tgz"))
    .map((name) => join(folder, name))

const pack = (destination) => {
  const pnpm = readJson(join(root, "package.json")).packageManager
  const windows = process.platform === "win32"
  const { status, stdout, stderr, error } = spawnSync(
    windows ? "npx.cmd" : "npx",
    [
      ...["-y", "--package", pnpm, "--", "pnpm", "-r"],
      ...published.flatMap(({ manifest }) => ["--filter", manifest.name]),
      ...["pack", "--pack-destination", destination]
    ],
    { cwd: root, encoding: "utf8", shell: windows }
  )
  if (status !== 0) throw new Error(`pnpm pack failed:\n${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`)
}

/** Uses the tarballs in the folder given as the first argument, which several scripts can share, or packs new ones. */
export const withTarballs = async (use) => {
  const given = process.argv[2]
  if (given !== undefined) return use(tarballsIn(given))
  const folder = mkdtempSync(join(tmpdir(), "hotspot-session-packages-"))
  try {
    pack(folder)
    return await use(tarballsIn(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) pack(process.argv[2])
