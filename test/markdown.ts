import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

export const read = (file: string): string => readFileSync(join(root, file), "utf8")

/** The folders of the workspace's packages. */
export const members: ReadonlyArray<string> = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .map((name) => `${folder}/${name}`)
    .filter((member) => existsSync(join(root, member, "package.json")))
)

/** The entry pages, which link to each other. */
const pages: ReadonlyArray<string> = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
]

/** All documents of the repository. */
export const documents: ReadonlyArray<string> = [
  ...pages,
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...members.map((member) => `${member}/README.md`).filter((file) => existsSync(join(root, file)))
]

/** Markdown without its code blocks. */
export const withoutCode = (markdown: string): string => markdown.replace(/^```.*?^```/gms, "")

/** The headings of a document. */
export const headingsOf = (markdown: string): ReadonlyArray<string> =>
  [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) => text)

/** The texts in backticks. */
export const codeOf = (text: string): ReadonlyArray<string> =>
  [...withoutCode(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code)

export type Row = Readonly<Record<string, string>>

const cellsOf = (line: string): ReadonlyArray<string> =>
  line
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim())

/** The tables between a heading and the next one, each as rows keyed by the column names without backticks. */
export const tablesOf = (file: string, heading: string): ReadonlyArray<ReadonlyArray<Row>> => {
  const lines = withoutCode(read(file)).split("\n")
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, "") === heading)
  if (start < 0) throw new Error(`${file} has no heading "${heading}"`)
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line))
  const section = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length)
  return section
    .join("\n")
    .split(/\n(?!\|)/)
    .map((block) => block.split("\n").filter((line) => line.startsWith("|")))
    .filter((table) => table.length > 2)
    .map(([head = "", , ...rows]) => {
      const names = cellsOf(head).map((name) => name.replaceAll("`", ""))
      return rows.map((row) => Object.fromEntries(cellsOf(row).map((cell, index) => [names[index] ?? index, cell])))
    })
}

/** The first table below a heading. */
export const tableOf = (file: string, heading: string): ReadonlyArray<Row> => tablesOf(file, heading)[0] ?? []

/** A column of a table, without backticks. */
export const columnOf = (table: ReadonlyArray<Row>, name: string): ReadonlyArray<string> =>
  table.map((row) => (row[name] ?? "").replaceAll("`", ""))
