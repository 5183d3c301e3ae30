import { NodeMachine } from "@hotspot-session/client/node"
import { planDocument } from "@hotspot-session/fleet/PlanDocument"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import { commonExitCode, connectFleet, knownOrigin } from "../../fleet/ConnectFleet.js"
import { readDesired } from "../../fleet/DesiredInput.js"
import { checkPlanFile, writePlanFile } from "../../fleet/PlanFile.js"
import { type Planned, planTargets, shownPlan, storedTarget, type Unplanned } from "../../fleet/PlanTargets.js"
import { readableText } from "../../fleet/ReadableText.js"
import * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { plural } from "../../output/Counts.js"
import { type CommandError, errorFields, exitCode } from "../../output/ErrorReport.js"
import { planSummary, planText } from "../../output/PlanReport.js"
import { printable, printableJson } from "../../output/Printable.js"
import { resolver } from "../../TargetResolver.js"
import type { OutputError } from "../../WriteErrors.js"
import type { PlanFlags } from "./PlanOptions.js"

const json = (document: object): string => `${printableJson(document, 2)}\n`

/** Targets that could not be planned have an error in place of their plan, so that the document is not a plan. */
const documentText = (
  planned: ReadonlyArray<Planned>,
  failed: ReadonlyArray<Unplanned>
): Effect.Effect<string, OutputError> => {
  const targets = planned.map(storedTarget)
  if (failed.length === 0) {
    return Effect.flatMap(planDocument(targets), (document) => readableText("plan", () => json(document)))
  }
  const errors = failed.map((one) => ({ ...knownOrigin(one), error: errorFields(one.error) }))
  return Effect.sync(() => json({ targets: [...targets, ...errors] }))
}

/** A path as one word of a POSIX shell. */
const shellWord = (path: string): string => {
  const word = path.startsWith("-") ? `./${path}` : path
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** `hotspot-session plan`. */
export const plan = (file: string, flags: PlanFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const pathOf = (path: string | undefined) =>
      path === undefined ? Effect.succeed(undefined) : NodeMachine.expandHome(path, io.machine.environment)
    const out = yield* pathOf(flags.out)
    yield* checkPlanFile(out, yield* Effect.forEach([file, flags.targets], pathOf))
    const targets = yield* readDesired(file, flags, { plans: false })
    const resolve = yield* resolver(flags, targets)
    const connect = yield* connectFleet(resolve, flags)
    const { failed, planned } = yield* planTargets(targets, connect, flags)
    const isStored = flags.output === "json" || out !== undefined
    const isWhole = failed.length === 0
    const text = isStored ? yield* documentText(planned, failed) : ""
    // First, because the reader of standard output may leave.
    if (out !== undefined && isWhole) yield* writePlanFile(out, text)
    yield* io.data(flags.output === "json" ? text : planText(planned.map(shownPlan), io.colours.stdout))
    if (planned.length > 0 || isWhole) yield* io.note(planSummary(planned.map((one) => one.plan)))
    if (!isWhole) {
      const lost = out === undefined ? "" : "; no plan was written"
      yield* io.note(`${failed.length} of ${plural(targets.length, "project")} could not be planned${lost}\n`)
      return commonExitCode([...planned.map(() => ExitCode.ok), ...failed.map(({ error }) => exitCode(error))])
    }
    if (out !== undefined) {
      const next = `the plan is in ${out}; hotspot-session apply ${shellWord(out)} carries it out`
      yield* io.note(`${printable(next)}\n`)
    }
    return planned.some((one) => one.plan.writes.length > 0) ? ExitCode.negative : ExitCode.ok
  }).pipe(Http.provide(flags, { showsRequests: false }))
