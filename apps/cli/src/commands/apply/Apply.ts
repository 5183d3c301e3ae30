import { applyProject, hasUnseenCreate, type ProjectReport } from "@hotspot-session/fleet/ApplyProject"
import { forEachTarget } from "@hotspot-session/fleet/EachTarget"
import { storedPlan } from "@hotspot-session/fleet/PlanDocument"
import { driftBetween, isSamePlan, type ProjectPlan } from "@hotspot-session/fleet/ProjectPlan"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import {
  type Connect,
  commonExitCode,
  connectFleet,
  originOf,
  projectProgress,
  type TargetConnection
} from "../../fleet/ConnectFleet.js"
import { type DesiredRequest, readDesired } from "../../fleet/DesiredInput.js"
import { type Planned, planTargets, shownPlan } from "../../fleet/PlanTargets.js"
import * as Http from "../../Http.js"
import { type Interruption, nothingWritten } from "../../Interruption.js"
import * as Io from "../../Io.js"
import { repeatedWriteTimeout } from "../../options/WriteOptions.js"
import {
  type Applied,
  appliedFields,
  applySummary,
  type ShownWrite,
  shownFields,
  statesText,
  writesText
} from "../../output/ApplyReport.js"
import { digits, plural } from "../../output/Counts.js"
import { type CommandError, exitCode, jsonReport, textReport } from "../../output/ErrorReport.js"
import { driftText, planSummary, planText } from "../../output/PlanReport.js"
import { printableJson } from "../../output/Printable.js"
import { resolver } from "../../TargetResolver.js"
import { ChangedSincePlanned } from "../../WriteErrors.js"
import { confirm } from "../../write/Confirm.js"
import type { ApplyFlags } from "./ApplyOptions.js"

/** What was planned, and where it is to be done. */
type Planning = ReadonlyArray<Planned>

const writesOf = (planned: Planning): number => planned.reduce((sum, { plan }) => sum + plan.writes.length, 0)

const questionOf = (planned: Planning): string => {
  const projects = planned.filter(({ plan }) => plan.writes.length > 0).length
  return `Send ${plural(writesOf(planned), "write")} to ${plural(projects, "project")}?`
}

/** All targets as they are now. Fails if one of them cannot be planned, because all are verified before the first write. */
const planAll = Effect.fnUntraced(function* (
  targets: ReadonlyArray<DesiredRequest>,
  connect: Connect,
  flags: ApplyFlags
): Effect.fn.Return<Either.Either<Planning, ExitCode>, never, Http.Requirements | Io.Io> {
  const { note } = yield* Io.Io
  const { failed, planned } = yield* planTargets(targets, connect, flags)
  if (failed.length === 0) return Either.right(planned)
  yield* note(`${failed.length} of ${plural(targets.length, "project")} could not be planned; nothing was written\n`)
  // What could be planned once can be planned again, unless the project has changed.
  const isChange = (error: CommandError) => error._tag === "PlanError" && error.reason !== "incompleteUsers"
  if (targets.some(({ stored }) => stored !== undefined) && failed.every(({ error }) => isChange(error))) {
    yield* note("This changed since the plan. Plan again to see what there is to do now.\n")
    return Either.left(ExitCode.changed)
  }
  return Either.left(commonExitCode([...planned.map(() => ExitCode.ok), ...failed.map(({ error }) => exitCode(error))]))
})

/** Fails if the plan of any target is not the one that was shown. */
const checkUnchanged = Effect.fnUntraced(function* (shown: ReadonlyArray<ProjectPlan>, now: Planning) {
  const { colours, note } = yield* Io.Io
  const changed = now.flatMap(({ connection, plan }, index) => {
    const before = shown[index]
    return before === undefined || isSamePlan(before, plan)
      ? []
      : [{ origin: originOf(connection), changes: driftBetween(before, plan) }]
  })
  if (changed.length === 0) return
  for (const { changes, origin } of changed) yield* note(driftText(origin, changes, colours.stderr))
  return yield* new ChangedSincePlanned({
    targets: changed.map(({ changes, origin }) => ({ ...origin, changes })),
    message: `${digits(changed.length)} of ${plural(now.length, "project")} changed since the plan. Nothing was written anywhere.`,
    hint: "Plan again to see what there is to do now."
  })
})

const codeOf = ({ after, drift, error, writes }: ProjectReport): ExitCode => {
  const failed = writes.find(({ state }) => state === "failed" || state === "unknown")
  if (failed?.state === "unknown") return ExitCode.unknownOutcome
  if (failed?.error !== undefined) return exitCode(failed.error)
  if (error !== undefined) return exitCode(error)
  if (drift !== undefined) return ExitCode.changed
  return after !== undefined && Either.isRight(after) && after.right.writes.length === 0
    ? ExitCode.ok
    : ExitCode.negative
}

/** An unknown outcome must not be lost among others. */
const codeOfAll = (applied: ReadonlyArray<Applied>): ExitCode => {
  const codes = applied.map(({ report }) => codeOf(report))
  return codes.includes(ExitCode.unknownOutcome) ? ExitCode.unknownOutcome : commonExitCode(codes)
}

/** Explains what went wrong with a project. */
const explain = Effect.fnUntraced(function* ({ origin, report }: Applied, output: ApplyFlags["output"]) {
  const { colours, note } = yield* Io.Io
  const { after, drift, error, existing, writes } = report
  const reportOf = output === "json" ? jsonReport : textReport
  const tell = (error: CommandError) => note(reportOf(error, origin, colours.stderr))
  for (const { error, state } of writes) {
    if (error === undefined) continue
    if (state === "done") yield* note("warning: this was done, but its response cannot be read:\n")
    yield* tell(error)
  }
  if (error !== undefined) yield* tell(error)
  if (existing !== undefined) {
    const ids = existing.map(({ id }) => id ?? "(no id)").join(", ")
    yield* note(existing.length === 0 ? "the project has no configuration yet\n" : `the project has ${ids} now\n`)
  }
  if (drift !== undefined) {
    yield* note("changed since the plan, so that nothing more was written:\n")
    yield* note(driftText(origin, drift, colours.stderr))
  }
  if (after === undefined) return
  if (Either.isLeft(after)) {
    yield* note("warning: all was written, but the project cannot be read back:\n")
    yield* tell(after.left)
  } else if (after.right.writes.length > 0) {
    const what = hasUnseenCreate(report)
      ? "the configuration that was created is not listed yet"
      : "the project differs from what was written; to be done again"
    yield* note(`warning: ${what}:\n`)
    yield* note(planText([{ origin, plan: after.right }], colours.stderr))
  }
})

/** What is known of several writes: an unknown outcome must not be lost among others. */
const outcomeOf = (writes: ReadonlyArray<ShownWrite>) => {
  const has = (...states: ReadonlyArray<ShownWrite["state"]>) => writes.some(({ state }) => states.includes(state))
  return has("begun", "unknown") ? "unknown" : has("done") ? "done" : "not_done"
}

/** Carries out all plans, and ends with a report. If it is interrupted, it says what was done, and what may have been. */
const applyAll = Effect.fnUntraced(function* (
  planned: Planning,
  flags: ApplyFlags,
  report: (applied: ReadonlyArray<Applied>) => Effect.Effect<ExitCode>
): Effect.fn.Return<ExitCode, never, Http.Requirements | Io.Io> {
  const io = yield* Io.Io
  const changed = planned.filter(({ plan }) => plan.writes.length > 0)
  const shown = changed.map(({ plan }) => plan.writes.map((write): ShownWrite => ({ state: "not_begun", write })))
  const applied: Array<Applied> = []
  /** The projects that list what was created in them. */
  const listed = new Set<number>()
  const show = projectProgress(io, changed.length)
  const options = { writeTimeout: flags.timeout ?? repeatedWriteTimeout }
  const interrupted = (): Interruption => {
    const isBegun = ({ state }: ShownWrite) => state !== "not_begun"
    const lines = changed.map(({ connection }, index) =>
      writesText(originOf(connection), (shown[index] ?? []).filter(isBegun), io.colours.stderr)
    )
    const left = shown.flat().filter((write) => !isBegun(write)).length
    const rest = left === 0 ? "" : `${plural(left, "write")} not begun\n`
    const isCreate = ({ state, write }: ShownWrite) =>
      write.write === "create" && (state === "begun" || state === "unknown" || state === "done")
    const mayBeCreated = shown.some((writes, index) => !listed.has(index) && writes.some(isCreate))
    const hint = againText(planned, mayBeCreated)
    return {
      message: `interrupted: ${statesText(shown.flat())}`,
      hint,
      fields: {
        outcome: outcomeOf(shown.flat()),
        targets: changed.map(({ connection }, index) => shownFields(originOf(connection), shown[index] ?? []))
      },
      text: `interrupted:\n${lines.join("")}${rest}${hint}\n`
    }
  }
  const targets = changed.map((one, index) => ({ ...one, index }))
  const carryOut = forEachTarget(
    targets,
    ({ connection }) => Effect.succeed(connection),
    (connection, { index, plan, target }) =>
      applyProject(connection, target.items, plan, {
        ...options,
        onWrite: (step, state) =>
          Effect.sync(() => {
            const write = plan.writes[step]
            if (write !== undefined) shown[index]?.splice(step, 1, { state, write })
          })
        // The command line has already rejected an invalid time limit.
      }).pipe(Effect.orDie),
    flags.parallel ?? 4,
    (one) =>
      Effect.gen(function* () {
        // What is connected already cannot fail.
        if ("error" in one) return
        const result = { origin: originOf(one.connection), report: one.value }
        applied.push(result)
        if (!hasUnseenCreate(one.value)) listed.add(one.target.index)
        yield* show(applied.length)
        if (flags.output !== "json") {
          yield* io.data(writesText(result.origin, one.value.writes, io.colours.stdout, one.value.created))
        }
        yield* explain(result, flags.output)
      })
  )
  return yield* show(0).pipe(
    Effect.zipRight(carryOut),
    Effect.zipRight(Effect.suspend(() => report(applied))),
    Io.whenInterrupted(interrupted)
  )
})

/** What to do about what is left. A configuration that is created but not listed yet would be created again. */
const againText = (planned: Planning, mayBeCreated: boolean): string => {
  const isStored = planned.some(({ target }) => target.stored !== undefined)
  if (mayBeCreated) {
    const again = isStored ? "plan or apply this again" : "run the command again"
    return `Do not ${again} before the list shows the new configuration, or it is certain that there is none: it would create a second one, and the API has no operation that deletes one.`
  }
  return `${isStored ? "Make a new plan to see" : "Run the command again to do"} what is left. What is done is not done again.`
}

/** `hotspot-session apply`. */
export const apply = (file: string, flags: ApplyFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const targets = yield* readDesired(file, flags, { plans: true })
    const resolve = yield* resolver(flags, targets)
    const connect = yield* connectFleet(resolve, flags)
    const writeDocument = (applied: ReadonlyArray<Applied>) =>
      flags.output === "json" ? io.data(`${printableJson({ targets: applied.map(appliedFields) }, 2)}\n`) : Effect.void

    const stored = targets.flatMap(({ stored }) => (stored === undefined ? [] : [storedPlan(stored)]))
    const first = yield* planAll(targets, connect, flags)
    if (Either.isLeft(first)) return first.left
    let planned = first.right
    // A stored plan was shown when it was made.
    if (stored.length > 0) yield* checkUnchanged(stored, planned)
    yield* io.note(planText(planned.map(shownPlan), io.colours.stderr))
    yield* io.note(planSummary(planned.map(({ plan }) => plan)))
    if (writesOf(planned) === 0) {
      yield* writeDocument([])
      return ExitCode.ok
    }
    if (planned.some(({ plan }) => plan.writes.some(({ write }) => write === "create"))) {
      yield* io.note("The API has no operation that deletes a configuration.\n")
    }
    if (flags.dryRun === true) {
      yield* writeDocument(
        planned.map(({ connection, plan }) => ({
          origin: originOf(connection),
          report: { writes: plan.writes.map((write) => ({ write, state: "not_begun" })) }
        }))
      )
      yield* io.note("dry run: nothing was written\n")
      return ExitCode.ok
    }
    if (flags.yes !== true) {
      const input = file === "-" || flags.targets === "-" ? "a file" : undefined
      if (!(yield* confirm(questionOf(planned), "the changes", input))) {
        yield* io.note("nothing was written\n")
        return ExitCode.negative
      }
      // The state may have changed while the question was open.
      const connections = new Map<TargetRequest, TargetConnection>(
        planned.map(({ connection, target }) => [target, connection])
      )
      const reconnect: Connect = (target) => {
        const connection = connections.get(target)
        return connection === undefined ? connect(target) : Effect.succeed(connection)
      }
      const now = yield* planAll(targets, reconnect, flags)
      if (Either.isLeft(now)) return now.left
      yield* checkUnchanged(
        planned.map(({ plan }) => plan),
        now.right
      )
      planned = now.right
    }
    return yield* applyAll(planned, flags, (applied) =>
      Effect.gen(function* () {
        yield* writeDocument(applied)
        yield* io.note(applySummary(applied))
        const code = codeOfAll(applied)
        const isUnseen = applied.some(({ report }) => hasUnseenCreate(report))
        if (code !== ExitCode.ok) yield* io.note(`${againText(planned, isUnseen)}\n`)
        return code
      })
    )
  }).pipe(
    Http.provide(flags, { showsRequests: false }),
    Io.whenInterrupted(() => nothingWritten())
  )
