// Checks the exports of packages. With --write, generates publishConfig.exports, which points to the build output, from
// exports, which points to the sources.
import { readFileSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { published } from "./pack.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const publishedFrom = (exports) =>
  Object.fromEntries(
    Object.entries(exports).map(([subpath, target]) => {
      const stem = /^\.\/src\/(.*)\.ts$/.exec(target)?.[1]
      return [subpath, stem === undefined ? target : { types: `./dist/${stem}.d.ts`, default: `./dist/${stem}.js` }]
    })
  )

const statementsOf = (file) =>
  ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true).statements

const isExported = (statement) => statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true

const nameOf = (statement) => (statement.name ?? statement.declarationList.declarations[0].name).getText()

const hasTag = (statement, ...names) => ts.getJSDocTags(statement).some(({ tagName }) => names.includes(tagName.text))

/** The exports of a module that have none of the tags. Only the first overload of a function is documented. */
const exportsWithout = (file, ...tags) => {
  const exported = statementsOf(file).filter(isExported)
  const tagged = exported.filter((statement) => hasTag(statement, ...tags)).map(nameOf)
  return [...new Set(exported.map(nameOf))].filter((name) => !tagged.includes(name))
}

/** The exports of a module that nothing is said about. Each half of a schema and its type has its own text. */
const withoutText = (file) => {
  const exported = statementsOf(file).filter(isExported)
  const isOverload = (statement) =>
    ts.isFunctionDeclaration(statement) &&
    exported.find((other) => ts.isFunctionDeclaration(other) && nameOf(other) === nameOf(statement)) !== statement
  const hasText = (statement) =>
    ts.getJSDocCommentsAndTags(statement).some((node) => ts.isJSDoc(node) && ts.getTextOfJSDocComment(node.comment))
  return exported.filter((statement) => !isOverload(statement) && !hasText(statement)).map(nameOf)
}

/** The constructors and layers of a module without an example. */
const withoutExample = (file) => {
  const isMade = (statement) =>
    ts
      .getJSDocTags(statement)
      .some(({ comment, tagName }) => tagName.text === "category" && /^(constructors|layers)$/.test(comment))
  const exported = statementsOf(file).filter(isExported)
  return exported.filter((statement) => isMade(statement) && !hasTag(statement, "example")).map(nameOf)
}

/** The files that a module re-exports, and whether as a namespace. */
const reexportsOf = (file) =>
  statementsOf(file)
    .filter((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier?.text.startsWith("."))
    .map(({ exportClause, moduleSpecifier }) => ({
      file: join(dirname(file), moduleSpecifier.text.replace(/\.js$/, ".ts")),
      isNamespace: exportClause === undefined || ts.isNamespaceExport(exportClause)
    }))

/** A module is public if all its exports are. An entry may also re-export single names of a private module. */
const isPublic = (file) => exportsWithout(file, "category").length === 0

const problemsOf = (folder, { exports, publishConfig }) => {
  const problems = []
  if (JSON.stringify(publishConfig.exports) !== JSON.stringify(publishedFrom(exports))) {
    problems.push("publishConfig.exports differs from exports; run node scripts/exports.mjs --write to update it")
  }
  if (Object.keys(exports).some((subpath) => subpath.includes("*"))) {
    return ["exports has a pattern; list the public modules, so that the others stay private"]
  }
  const modules = Object.entries(exports)
    .filter(([, target]) => target.startsWith("./src/"))
    .map(([subpath, target]) => ({ subpath, target, file: join(folder, target) }))
  for (const { file, subpath, target } of modules) {
    const reexported = reexportsOf(file)
    for (const module of reexported) {
      if (modules.some((other) => other.file === module.file)) continue
      if (!module.isNamespace && !isPublic(module.file)) continue
      problems.push(`${subpath} exports what is in ${basename(module.file)}, which has no subpath`)
    }
    if (reexported.length > 0) continue
    if (subpath !== `./${basename(target, ".ts")}`) problems.push(`${subpath} is not named after ${target}`)
    for (const name of exportsWithout(file, "category", "internal")) {
      problems.push(`${name} in ${target} has neither @category nor @internal`)
    }
    for (const name of exportsWithout(file, "since", "internal")) problems.push(`${name} in ${target} has no @since`)
    for (const name of withoutText(file)) problems.push(`${name} in ${target} has no description`)
    for (const name of withoutExample(file)) problems.push(`${name} in ${target} has no @example`)
  }
  return problems
}

for (const { folder, manifest } of published) {
  // Commands have no exports.
  if (manifest.exports === undefined) continue
  const path = join(root, folder)
  if (process.argv.includes("--write")) {
    manifest.publishConfig.exports = publishedFrom(manifest.exports)
    writeFileSync(join(path, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
  }
  for (const problem of problemsOf(path, manifest)) {
    process.stdout.write(`${manifest.name}: ${problem}\n`)
    process.exitCode = 1
  }
}
