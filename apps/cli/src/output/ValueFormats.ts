import * as Predicate from "effect/Predicate"
import { type Colours, plain } from "./Colours.js"
import { csvLines } from "./Csv.js"
import type { Format } from "./FormatNames.js"
import { tsvLine } from "./Formats.js"
import { printable, printableJson } from "./Printable.js"
import { alignColumns } from "./Table.js"
import { yamlOf } from "./Yaml.js"

const cellOf = (value: unknown): string =>
  value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value)

/** A value as rows; only a list of objects has titles, the names of their fields. */
const tabular = (value: unknown) => {
  const items: ReadonlyArray<unknown> = Array.isArray(value) ? value : value === null ? [] : [value]
  if (items.length > 0 && items.every(Predicate.isRecord)) {
    const titles = [...new Set(items.flatMap(Object.keys))]
    return { titles, rows: items.map((item) => titles.map((title) => cellOf(item[title]))) }
  }
  return { rows: items.map((item) => (Array.isArray(item) ? item.map(cellOf) : [cellOf(item)])) }
}

/** On a terminal, the output contains no control characters. */
interface Terminal {
  readonly colours: Colours
  readonly isTerminal: boolean
}

const noTerminal: Terminal = { colours: plain, isTerminal: false }

export const renderValue = (value: unknown, format: Format, { colours, isTerminal }: Terminal = noTerminal): string => {
  const cells = (rows: ReadonlyArray<ReadonlyArray<string>>) =>
    isTerminal ? rows.map((row) => row.map(printable)) : rows
  switch (format) {
    case "json":
      return `${printableJson(value, 2)}\n`
    case "ndjson":
      return (Array.isArray(value) ? value : [value]).map((item) => `${printableJson(item)}\n`).join("")
    case "yaml":
      return yamlOf(value)
    case "tsv":
      return cells(tabular(value).rows).map(tsvLine).join("")
    case "csv": {
      const { rows, titles } = tabular(value)
      return csvLines(cells([...(titles === undefined ? [] : [titles]), ...rows]))
    }
    case "table": {
      const { rows, titles } = tabular(value)
      const shown = rows.map((row) => row.map(printable))
      return titles === undefined
        ? shown.map((row) => `${row.join("  ")}\n`).join("")
        : alignColumns([titles.map((title) => printable(title).toUpperCase()), ...shown], colours)
    }
  }
}
