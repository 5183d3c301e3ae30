// The licences of what is published: of the packages that are bundled into the commands, and of those that are installed with
// the libraries.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { locate } from "./consumer.mjs"

/** Licences that permit use in any program, if their text is passed on. */
const allowed = new Set(["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0"])

/** Whether an SPDX expression can be satisfied: one of its alternatives has only allowed licences. */
const isAllowed = (expression) =>
  expression
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((alternative) => alternative.split(" AND ").every((licence) => allowed.has(licence.trim())))

const problemOf = (name, licence) =>
  isAllowed(licence ?? "")
    ? []
    : [`${name} has the licence ${licence ?? "(none)"}, which is not on the list of scripts/licences.mjs`]

const separator = `${"-".repeat(80)}\n`

/** The notices that are shipped with a bundle. Each entry is a name with its version, the licence, and its text. */
export const noticesOf = (entries) => {
  const texts = entries.map(
    ({ licence, name, text }) => `${name}\nLicence: ${licence ?? "see below"}\n${text === "" ? "" : `\n${text}\n`}`
  )
  return `This program contains the following packages.\n\n${separator}${texts.sort().join(`\n${separator}`)}`
}

/** The problems of the notices of a bundle. */
export const problemsOfNotices = (notices) => {
  const entries = notices.split(separator).slice(1)
  if (entries.length === 0) return ["the notices name no package"]
  return entries.flatMap((entry) => {
    const [, name, licence, text] = /^([^\n]*)\nLicence: ([^\n]*)\n(.*)$/s.exec(entry) ?? []
    return [...problemOf(name, licence), ...(text?.trim() ? [] : [`the notices have no licence text of ${name}`])]
  })
}

/** The problems of the packages that are installed with a package, which are not bundled. */
export const problemsOfInstalled = (folder) => {
  const seen = new Set()
  const visit = (path) => {
    if (seen.has(path)) return []
    seen.add(path)
    const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"))
    const { dependencies, name, optionalDependencies, peerDependencies, version } = manifest
    const needed = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
    const found = needed.map((dependency) => locate(dependency, path)).filter((found) => found !== undefined)
    return [...problemOf(`${name} ${version}`, manifest.license), ...found.flatMap(visit)]
  }
  return existsSync(folder) ? visit(folder) : []
}
