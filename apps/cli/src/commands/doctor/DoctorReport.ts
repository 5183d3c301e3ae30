import type { Colours } from "../../output/Colours.js"
import { printable } from "../../output/Printable.js"
import { padEnd } from "../../output/Width.js"

export interface Check {
  readonly check: string
  readonly status: "ok" | "warning" | "failed" | "skipped"
  readonly detail: string
  readonly fix?: string | undefined
}

export const ok = (check: string, detail: string): Check => ({ check, status: "ok", detail })
export const skipped = (check: string, detail: string): Check => ({ check, status: "skipped", detail })
export const failed = (check: string, detail: string, fix?: string): Check => ({ check, status: "failed", detail, fix })
export const warned = (check: string, detail: string, fix: string): Check => ({ check, status: "warning", detail, fix })

const marks = { ok: "ok", warning: "warning", failed: "FAILED", skipped: "skipped" } as const
const paints = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" } as const

export const report = (checks: ReadonlyArray<Check>, colours: Colours): string => {
  const width = checks.reduce((widest, { check }) => Math.max(widest, check.length), 0)
  const indent = " ".repeat(9 + width + 2)
  return checks
    .map(({ check, detail, fix, status }) => {
      const mark = colours[paints[status]](padEnd(marks[status], 7))
      const lines = detail.split("\n").map(printable).join(`\n${indent}  `)
      return `${mark}  ${padEnd(check, width)}  ${lines}\n${fix === undefined ? "" : `${indent}${colours.bold(printable(fix))}\n`}`
    })
    .join("")
}
