import { type Ratio, ratiosOf } from "./Ratios.js"
import { type Report, table } from "./Report.js"

/** The least and the greatest of the values. */
const range = (values: ReadonlyArray<number>): string => {
  const [least, greatest] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(2))
  return least === greatest ? `${least}` : `${least} to ${greatest}`
}

const distinct = (values: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(values)]

const rangesTable = (name: string, ratios: ReadonlyArray<Ratio>): string => {
  const columns = distinct(ratios.map(({ column }) => column))
  const cell = (row: string, column: string): string => {
    const values = ratios.filter((ratio) => ratio.row === row && ratio.column === column).map(({ value }) => value)
    return values.length === 0 ? "–" : range(values)
  }
  return table(
    [name, ...columns],
    distinct(ratios.map(({ row }) => row)).map((row) => [row, ...columns.map((column) => cell(row, column))])
  )
}

/** Tables in Markdown of the least and the greatest of each ratio in several runs. */
export const toRanges = (reports: ReadonlyArray<Report>): string => {
  const all = reports.flatMap(ratiosOf)
  return [
    `### Ranges over ${reports.length} runs`,
    ...distinct(all.map(({ table }) => table)).map((name) =>
      rangesTable(
        name,
        all.filter(({ table }) => table === name)
      )
    )
  ].join("\n\n")
}
