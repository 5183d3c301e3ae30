import type { Change } from "@hotspot-session/fleet/Changes"
import type { ProjectPlan, Unmanaged } from "@hotspot-session/fleet/ProjectPlan"
import type { Origin } from "../Origin.js"
import { describedConfig, fieldText, userText } from "./ChangeReport.js"
import type { Colours } from "./Colours.js"
import { originTexts } from "./ConfigFields.js"
import { plural } from "./Counts.js"
import { printable } from "./Printable.js"
import { limited } from "./WriteReport.js"

/** What is to be done to a project, and where it is. */
interface ShownPlan {
  readonly origin: Origin
  readonly plan: ProjectPlan
}

type Paint = "green" | "red" | "yellow" | "dim"

type Line = readonly [text: string, paint: Paint]

const painted = (texts: ReadonlyArray<string>, paint: Paint): ReadonlyArray<Line> =>
  texts.map((text) => [`  ${text}`, paint])

const changeLines = (change: Change): ReadonlyArray<Line> => {
  if (change.change !== "changed") {
    const users = change.config.non_migrate_users
    return [
      [`+ ${change.config.id ?? "(new)"}  ${describedConfig(change.config)}`, "green"],
      ...painted(
        users.map((user) => `+ user ${userText(user)}`),
        "green"
      )
    ]
  }
  const { added, changed, removed } = change.non_migrate_users
  const fields = Object.entries(change.fields).map(fieldText).join(", ")
  const renamed = changed.map(
    ({ from, to }) => `~ user ${from.user_name ?? "-"} -> ${to.user_name ?? "-"} (${to.user_id ?? "-"})`
  )
  return [
    [`~ ${change.id}${fields === "" ? "" : `  ${fields}`}`, "yellow"],
    ...painted(
      added.map((user) => `+ user ${userText(user)}`),
      "green"
    ),
    ...painted(renamed, "yellow"),
    ...painted(
      removed.map((user) => `- user ${userText(user)}`),
      "red"
    )
  ]
}

const isWhole = ({ fields }: Unmanaged): boolean => fields === undefined

const unmanagedLines = (unmanaged: ReadonlyArray<Unmanaged>): ReadonlyArray<Line> =>
  limited(
    unmanaged.filter(isWhole).map(({ id }) => `? ${id ?? "(no id)"}  not in the file`),
    "configuration"
  ).map((text) => [text, "dim"])

export const originText = (origin: Origin): string => printable(originTexts(origin).join(" "))

const linesText = (lines: ReadonlyArray<Line>, colours: Colours): string =>
  lines.map(([text, paint]) => `  ${colours[paint](printable(text))}\n`).join("")

/** What will be done, project by project; projects for which there is nothing to say are left out. */
export const planText = (plans: ReadonlyArray<ShownPlan>, colours: Colours): string =>
  plans
    .map(({ origin, plan }) => {
      const lines = [...plan.changes.flatMap(changeLines), ...unmanagedLines(plan.unmanaged)]
      return lines.length === 0 ? "" : `${colours.bold(originText(origin))}\n${linesText(lines, colours)}`
    })
    .join("")

/** Changes of a project that others made. */
export const driftText = (origin: Origin, changes: ReadonlyArray<Change>, colours: Colours): string =>
  `${colours.bold(originText(origin))}\n${linesText(
    changes.flatMap(
      (change): ReadonlyArray<Line> =>
        change.change === "removed"
          ? [[`- ${change.config.id ?? "(no id)"}  ${describedConfig(change.config)}`, "red"]]
          : changeLines(change)
    ),
    colours
  )}`

/** How many of what, without those of which there are none. */
const counts = (...parts: ReadonlyArray<readonly [count: number, noun: string, done: string]>): string =>
  parts
    .filter(([count]) => count > 0)
    .map(([count, noun, done]) => `${plural(count, noun)} ${done}`)
    .join(", ")

const total = <A>(items: ReadonlyArray<A>, countOf: (item: A) => number): number =>
  items.reduce((sum, item) => sum + countOf(item), 0)

/** The number of changes by kind, and what is not managed. */
export const planSummary = (plans: ReadonlyArray<ProjectPlan>): string => {
  const changes = plans.flatMap((plan) => plan.changes)
  const edits = changes.flatMap((change) => (change.change === "changed" ? [change.non_migrate_users] : []))
  const unmanaged = plans.flatMap((plan) => plan.unmanaged)
  const changed = plans.filter((plan) => plan.changes.length > 0).length
  const done = counts(
    [changes.filter(({ change }) => change === "added").length, "configuration", "to create"],
    [
      changes.filter((change) => change.change === "changed" && Object.keys(change.fields).length > 0).length,
      "configuration",
      "to update"
    ],
    [total(edits, ({ added }) => added.length), "user", "to add"],
    [total(edits, ({ changed }) => changed.length), "user", "to rename"],
    [total(edits, ({ removed }) => removed.length), "user", "to remove"]
  )
  const left = counts(
    [unmanaged.filter(isWhole).length, "configuration", "not in the file"],
    [total(unmanaged, ({ fields = [] }) => fields.length), "field", "not managed"]
  )
  const where =
    changed === plans.length ? plural(plans.length, "project") : `${changed} of ${plural(plans.length, "project")}`
  return `${done === "" ? `nothing to change in ${plural(plans.length, "project")}` : `${done}, in ${where}`}${left === "" ? "" : `; ${left}`}\n`
}
