import { fieldText, originTexts, pick, type Row } from "./ConfigFields.js"
import type { FieldName, Format } from "./FormatNames.js"
import { fieldNames } from "./FormatNames.js"
import { printable, printableJson } from "./Printable.js"

/**
 * A format that is written while the configurations come: head, rows and tail, one after the other, are one document
 * however many rows there are and however they were grouped.
 */
export interface StreamFormat {
  /** Before the first rows; `others` is what the answer has beside its items. */
  readonly head: (others: object) => string
  /** `before` is the number of rows that came before these. */
  readonly rows: (rows: ReadonlyArray<Row>, before: number) => string
  /** `isWhole` is whether the listing did not end before its end. */
  readonly tail: (count: number, isWhole: boolean) => string
}

/** How a listing is written. */
export interface FormatOptions {
  readonly fields?: ReadonlyArray<FieldName> | undefined
  /** Whether rows say which project they are from. */
  readonly hasOrigin: boolean
  /** Whether a terminal shows it: then TSV and CSV hold no character that it would obey. */
  readonly isTerminal: boolean
}

const nothing = () => ""

/** The field of a document that says that it does not hold all that was asked for. */
export const incomplete = "incomplete"

/** One line a configuration. */
const ndjson = ({ fields }: FormatOptions): StreamFormat => ({
  head: nothing,
  rows: (rows) =>
    rows
      .map(({ config, origin }) => {
        const shown = pick(config, fields)
        return `${printableJson(origin === undefined ? shown : { origin, ...shown })}\n`
      })
      .join(""),
  tail: nothing
})

/** One JSON object, as the service answers it. */
const json = ({ fields }: FormatOptions): StreamFormat => ({
  head: (others) => {
    const lines = Object.entries(others).map(([name, value]) => `  ${printableJson(name)}: ${printableJson(value)},\n`)
    return `{\n${lines.join("")}  "items": [`
  },
  rows: (rows, before) =>
    rows
      .map(({ config }, index) => {
        const text = printableJson(pick(config, fields), 2).replace(/^/gm, "    ")
        return `${before + index === 0 ? "" : ","}\n${text}`
      })
      .join(""),
  tail: (count, isWhole) => `${count === 0 ? "]" : "\n  ]"}${isWhole ? "" : `,\n  "${incomplete}": true`}\n}\n`
})

const cells = ({ config, origin }: Row, { fields = fieldNames, isTerminal }: FormatOptions): ReadonlyArray<string> => {
  const texts = [...(origin === undefined ? [] : originTexts(origin)), ...fields.map((name) => fieldText(config, name))]
  return isTerminal ? texts.map(printable) : texts
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" }

/** Cells as a line of TSV: what would end a cell is written as a backslash and a letter. */
export const tsvLine = (row: ReadonlyArray<string>): string =>
  `${row.map((cell) => cell.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character)).join("\t")}\n`

/** One line a configuration, without a heading: for `cut`, `awk` and `while read`. */
const tsv = (options: FormatOptions): StreamFormat => ({
  head: nothing,
  rows: (rows) => rows.map((row) => tsvLine(cells(row, options))).join(""),
  tail: nothing
})

const csv = async (options: FormatOptions): Promise<StreamFormat> => {
  const { csvLines } = await import("./Csv.js")
  const titles = [...(options.hasOrigin ? ["region", "project"] : []), ...(options.fields ?? fieldNames)]
  return {
    head: () => csvLines([titles]),
    rows: (rows) => csvLines(rows.map((row) => cells(row, options))),
    tail: nothing
  }
}

/** One YAML document, as the service answers it. */
const yaml = async ({ fields }: FormatOptions): Promise<StreamFormat> => {
  const { yamlOf } = await import("./Yaml.js")
  const indented = (text: string) => text.replace(/^(?=.)/gm, "  ")
  return {
    head: (others) => (Object.keys(others).length === 0 ? "" : yamlOf(others)),
    rows: (rows, before) =>
      rows.length === 0
        ? ""
        : `${before === 0 ? "items:\n" : ""}${indented(yamlOf(rows.map(({ config }) => pick(config, fields))))}`,
    tail: (count, isWhole) => `${count === 0 ? "items: []\n" : ""}${isWhole ? "" : `${incomplete}: true\n`}`
  }
}

/** The format that is written while rows come; `undefined` for a table, which has to know them all. */
export const streamFormat = async (format: Format, options: FormatOptions): Promise<StreamFormat | undefined> => {
  switch (format) {
    case "table":
      return undefined
    case "ndjson":
      return ndjson(options)
    case "json":
      return json(options)
    case "tsv":
      return tsv(options)
    case "csv":
      return csv(options)
    case "yaml":
      return yaml(options)
  }
}
