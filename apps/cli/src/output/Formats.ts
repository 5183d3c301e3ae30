import { fieldText, originTexts, pick, type Row } from "./ConfigFields.js"
import type { FieldName, Format } from "./FormatNames.js"
import { fieldNames } from "./FormatNames.js"
import { printable, printableJson } from "./Printable.js"

/**
 * A format that is written as configurations arrive: head, rows and tail form one document, independent of the number and
 * grouping of the rows.
 */
export interface StreamFormat {
  /** Before the first rows; `others` are the fields of the response besides its items. */
  readonly head: (others: object) => string
  /** `before` is the number of earlier rows. */
  readonly rows: (rows: ReadonlyArray<Row>, before: number) => string
  /** `isWhole` says whether the listing is complete. */
  readonly tail: (count: number, isWhole: boolean) => string
}

interface FormatOptions {
  readonly fields?: ReadonlyArray<FieldName> | undefined
  /** Whether rows have columns for region and project. */
  readonly hasOrigin: boolean
  /** On a terminal, TSV and CSV contain no control characters. */
  readonly isTerminal: boolean
}

const noText = () => ""

/** The field that marks what was written before a later page failed. */
export const incomplete = "incomplete"

const ndjson = ({ fields }: FormatOptions): StreamFormat => ({
  head: noText,
  rows: (rows) =>
    rows
      .map(({ config, origin }) => {
        const shown = pick(config, fields)
        return `${printableJson(origin === undefined ? shown : { origin, ...shown })}\n`
      })
      .join(""),
  tail: (_, isWhole) => (isWhole ? "" : `${printableJson({ [incomplete]: true })}\n`)
})

/** One JSON object, like the response of the service. */
const json = ({ fields }: FormatOptions): StreamFormat => ({
  head: (others) => {
    const lines = Object.entries(others).map(([name, value]) => `  ${printableJson(name)}: ${printableJson(value)},\n`)
    return `{\n${lines.join("")}  "items": [`
  },
  rows: (rows, before) => {
    if (rows.length === 0) return ""
    // As the one field of an object, in whose place the document has its own: all rows take one call, and are indented.
    const text = printableJson({ items: rows.map(({ config }) => pick(config, fields)) }, 2)
    return `${before === 0 ? "" : ","}${text.slice('{\n  "items": ['.length, -"\n  ]\n}".length)}`
  },
  tail: (count, isWhole) => `${count === 0 ? "]" : "\n  ]"}${isWhole ? "" : `,\n  "${incomplete}": true`}\n}\n`
})

const cells = ({ config, origin }: Row, { fields = fieldNames, isTerminal }: FormatOptions): ReadonlyArray<string> => {
  const texts = [...(origin === undefined ? [] : originTexts(origin)), ...fields.map((name) => fieldText(config, name))]
  return isTerminal ? texts.map(printable) : texts
}

/** Controls, line separators, lone surrogates and byte order marks would end a line or a cell, or be lost. */
const unsafe = /[\\\p{Cc}\p{Cs}\u2028\u2029\ufeff]/gu

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" }

const escapeCell = (cell: string): string =>
  cell.replace(
    unsafe,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** A line of TSV. A cell is escaped like a string of JSON, but for quotes. */
export const tsvLine = (row: ReadonlyArray<string>): string => `${row.map(escapeCell).join("\t")}\n`

/** One line per configuration, without a header: for `cut`, `awk` and `while read`. */
const tsv = (options: FormatOptions): StreamFormat => ({
  head: noText,
  rows: (rows) => rows.map((row) => tsvLine(cells(row, options))).join(""),
  tail: noText
})

const csv = async (options: FormatOptions): Promise<StreamFormat> => {
  const { csvLines } = await import("./Csv.js")
  const titles = [...(options.hasOrigin ? ["region", "project"] : []), ...(options.fields ?? fieldNames)]
  return {
    head: () => csvLines([titles]),
    rows: (rows) => csvLines(rows.map((row) => cells(row, options))),
    tail: noText
  }
}

/** One YAML document, like the response of the service. */
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

const makers = { ndjson, json, tsv, csv, yaml }

/** The streaming form of a format; `undefined` for a table, whose column widths depend on all rows. */
export const streamFormat = async (format: Format, options: FormatOptions): Promise<StreamFormat | undefined> =>
  format === "table" ? undefined : makers[format](options)
