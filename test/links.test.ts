import { existsSync, readdirSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { expect, it } from "vitest"
import {
  codeOf,
  columnOf,
  documents,
  headingsOf,
  members,
  read,
  root,
  tableOf,
  tablesOf,
  withoutCode
} from "./markdown.js"

/** The anchors of a document's headings, generated as on GitHub: duplicates are numbered. */
const anchorsOf = (markdown: string): ReadonlySet<string> => {
  const anchors = new Set<string>()
  for (const heading of headingsOf(markdown)) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-")
    let unique = anchor
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`
    anchors.add(unique)
  }
  return anchors
}

/** The targets of a document's links and images, without those to other sites. */
const linksOf = (markdown: string): ReadonlyArray<string> =>
  [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))

/** The problem with a link, if there is one. */
const problemOf = (file: string, link: string): string | undefined => {
  const [path = "", anchor] = link.split("#")
  const target = path === "" ? file : normalize(join(dirname(file), path))
  if (target.startsWith("..") || !existsSync(join(root, target))) return `${file}: ${link} does not exist`
  if (anchor === undefined) return undefined
  return anchorsOf(read(target)).has(anchor) ? undefined : `${file}: ${link} has no such heading`
}

const problemsOf = (file: string, markdown: string): ReadonlyArray<string> =>
  linksOf(markdown).flatMap((link) => problemOf(file, link) ?? [])

it("each relative link and each anchor of a document has a target", () => {
  expect(documents.flatMap((file) => linksOf(read(file))).length).toBeGreaterThan(40)
  expect(documents.flatMap((file) => problemsOf(file, read(file)))).toEqual([])
  const wrong = "[a](gone.md) [b](cli.md#gone) [c](cli.md#exit-codes) [d](https://example.com/gone.md) ![e](gone.png)"
  expect(problemsOf("docs/library.md", wrong)).toHaveLength(3)
})

it("each page is linked from README.md", () => {
  const linked = linksOf(read("README.md")).map((link) => link.replace(/#.*$/, ""))
  expect(documents.filter((file) => file.startsWith("docs/") && !linked.includes(file))).toEqual([])
})

it("each page has one heading of the first level, and the README at most 200 lines", () => {
  for (const file of documents) expect(withoutCode(read(file)).match(/^# /gm), file).toHaveLength(1)
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(201)
})

const filesUnder = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file))

it("the architecture names packages, files and folders that exist", () => {
  const architecture = read("docs/architecture.md")
  const paths = codeOf(architecture).filter((code) => /^(?:packages|apps|scripts|test)\/\S*(?:\.\w+|\/)$/.test(code))
  expect(paths.length).toBeGreaterThan(40)
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  const sources = new Set(
    [...members.map((member) => `${member}/src`), "scripts"].flatMap(filesUnder).map((file) => file.split("/").at(-1))
  )
  const emulators = [...architecture.matchAll(/the emulator.s `(\w+\.ts)`/g)].map(
    ([, file = ""]) => `packages/emulator/src/${file}`
  )
  expect(emulators.length).toBeGreaterThan(0)
  expect(emulators.filter((path) => !existsSync(join(root, path)))).toEqual([])
  const named = codeOf(architecture).filter((code) => /^\w[\w-]*\.(?:ts|cjs|mjs)$/.test(code))
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !sources.has(name))).toEqual([])
  for (const [file, heading, column] of [
    ["docs/architecture.md", "Packages", "package"],
    ["CONTRIBUTING.md", "Imports", "from"]
  ] as const) {
    const listed = columnOf(tableOf(file, heading), column)
    expect(members.filter((member) => !listed.includes(member))).toEqual([])
  }
})

interface Manifest {
  readonly [field: string]: Readonly<Record<string, string>> | undefined
}

it("the architecture has a reason for each dependency", () => {
  const names = new Set(
    ["package.json", ...members.map((member) => `${member}/package.json`)].flatMap((file) => {
      const manifest: Manifest = JSON.parse(read(file))
      return ["dependencies", "peerDependencies", "devDependencies"].flatMap((field) =>
        Object.keys(manifest[field] ?? {})
      )
    })
  )
  const reasons = tablesOf("docs/architecture.md", "Dependencies").flat()
  const listed = new Set(reasons.flatMap(({ dependency = "" }) => codeOf(dependency)))
  const external = [...names].filter((name) => !/^@?hotspot-session/.test(name))
  expect(external.filter((name) => !listed.has(name))).toEqual([])
  expect([...listed].filter((name) => !names.has(name))).toEqual([])
})
