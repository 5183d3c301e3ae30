import { hasUnseenCreate, type ProjectReport, type WriteState } from "@hotspot-session/fleet/ApplyProject"
import type { PlannedWrite } from "@hotspot-session/fleet/ProjectPlan"
import * as Either from "effect/Either"
import type { Origin } from "../Origin.js"
import { settingChangeText, settingsText } from "./ChangeReport.js"
import type { Colours } from "./Colours.js"
import { plural } from "./Counts.js"
import { type CommandError, errorFields } from "./ErrorReport.js"
import { originText } from "./PlanReport.js"
import { printable } from "./Printable.js"

/** A project and what was done to it. */
export interface Applied {
  readonly origin: Origin
  readonly report: ProjectReport
}

/** A write, and what is known about it; `begun` is one that was sent, and whose outcome is not known yet. */
export interface ShownWrite {
  readonly write: PlannedWrite
  readonly state: WriteState | "begun"
}

const writeText = (write: PlannedWrite, created: string | undefined): string => {
  const id = ("id" in write ? write.id : undefined) ?? created ?? "it"
  switch (write.write) {
    case "create":
      return `create ${created ?? "a configuration"} with ${settingsText(write.settings)}, ${plural(write.users.length, "user")}`
    case "update":
      return `update ${id}: ${settingChangeText(write.from, write.to)}`
    case "addUsers":
      return `add or rename ${plural(write.users.length, "user")} of ${id}`
    case "removeUsers":
      return `remove ${plural(write.users.length, "user")} of ${id}`
  }
}

const stateWords: Readonly<Record<ShownWrite["state"], string>> = {
  done: "done",
  failed: "failed",
  unknown: "may be done",
  begun: "may be done",
  not_begun: "not begun"
}

const paints = { done: "green", failed: "red", unknown: "yellow", begun: "yellow", not_begun: "dim" } as const

/** A line for each write of a project. */
export const writesText = (
  origin: Origin,
  writes: ReadonlyArray<ShownWrite>,
  colours: Colours,
  created?: string
): string =>
  writes
    .map(({ state, write }) => {
      const word = colours[paints[state]](stateWords[state].padEnd(11))
      return `${word}  ${originText(origin)}  ${printable(writeText(write, created))}\n`
    })
    .join("")

/** What is known about the writes of a project, as JSON. */
export const shownFields = (origin: Origin, writes: ReadonlyArray<ShownWrite>): object => ({
  ...origin,
  writes: writes.map(({ state, write }) => ({ ...write, state: state === "begun" ? "unknown" : state }))
})

/** How many writes are in each state. */
export const statesText = (writes: ReadonlyArray<Pick<ShownWrite, "state">>): string =>
  (["done", "failed", "unknown", "begun", "not_begun"] as const)
    .map((state) => [writes.filter((one) => one.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state], index) => `${index === 0 ? plural(count, "write") : count} ${stateWords[state]}`)
    .join(", ")

export const applySummary = (applied: ReadonlyArray<Applied>): string =>
  `${statesText(applied.flatMap(({ report }) => report.writes))}, in ${plural(applied.length, "project")}\n`

const errorOf = (error: CommandError | undefined) => (error === undefined ? {} : { error: errorFields(error) })

/**
 * A project as JSON. `remaining` are the changes that a reading after the last write still found; with `unseen_create`, another
 * apply may create a second configuration.
 */
export const appliedFields = ({ origin, report }: Applied): object => {
  const { after, created, drift, error, existing, writes } = report
  return {
    ...origin,
    writes: writes.map(({ error, state, write }) => ({ ...write, state, ...errorOf(error) })),
    ...(created === undefined ? {} : { created }),
    ...(drift === undefined ? {} : { drift }),
    ...errorOf(error),
    ...(existing === undefined ? {} : { existing }),
    ...(after === undefined
      ? {}
      : Either.isRight(after)
        ? { items: after.right.observed, remaining: after.right.changes }
        : { read_back_error: errorFields(after.left) }),
    ...(hasUnseenCreate(report) ? { unseen_create: true } : {})
  }
}
