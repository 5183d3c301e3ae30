import { forEachTarget } from "@hotspot-session/fleet/EachTarget"
import { type PlannedTarget, plannedTarget } from "@hotspot-session/fleet/PlanDocument"
import type { ProjectPlan } from "@hotspot-session/fleet/ProjectPlan"
import { readPlan } from "@hotspot-session/fleet/ReadProject"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import * as Effect from "effect/Effect"
import type * as Http from "../Http.js"
import * as Io from "../Io.js"
import type { SpreadFlags } from "../options/FleetOptions.js"
import { type CommandError, jsonReport, textReport } from "../output/ErrorReport.js"
import { type Connect, knownOrigin, originOf, projectProgress, type TargetConnection } from "./ConnectFleet.js"
import type { DesiredRequest } from "./DesiredInput.js"

/** A target with its plan. */
export interface Planned {
  readonly target: DesiredRequest
  readonly connection: TargetConnection
  readonly plan: ProjectPlan
}

/** A target that could not be planned. */
export interface Unplanned {
  readonly target: DesiredRequest
  readonly connection: TargetConnection | undefined
  readonly error: CommandError
}

interface PlanFlags extends SpreadFlags {
  readonly output?: string | undefined
}

const placeOf = ({ endpoint, projectId, region }: TargetConnection) => ({
  endpoint,
  ...(region === undefined ? {} : { region }),
  project_id: projectId
})

export const storedTarget = ({ connection, plan, target }: Planned): PlannedTarget =>
  plannedTarget({ ...placeOf(connection), items: target.items }, plan)

/** A stored plan is for the place that it was made for. */
const checkPlace = (
  { stored }: DesiredRequest,
  { endpoint, region }: TargetConnection
): Effect.Effect<void, ConfigurationError> =>
  stored === undefined || (stored.endpoint === endpoint && stored.region === region)
    ? Effect.void
    : new ConfigurationError({
        message: `The plan was made for ${stored.endpoint}${stored.region === undefined ? "" : ` (${stored.region})`}, and this would be carried out at ${endpoint}${region === undefined ? "" : ` (${region})`}.`,
        hint: "Nothing was written. Use the endpoint and the region of the plan, or make a new one."
      })

/** Two targets of a file may be the same project, if the endpoint is that of the command line. */
const samePlace = (
  connected: Map<string, string>,
  { source = "" }: DesiredRequest,
  { endpoint, projectId }: TargetConnection
) =>
  Effect.suspend(() => {
    const key = `${endpoint} ${projectId}`
    const other = connected.get(key)
    connected.set(key, source)
    return other === undefined
      ? Effect.void
      : new ConfigurationError({
          message: `The target is the same project as another one (${other}): both are ${projectId} at ${endpoint}.`,
          hint: "Remove one of them, or omit the endpoint."
        })
  })

/** Reads and plans all targets, and reports those that fail. */
export const planTargets = Effect.fnUntraced(function* (
  targets: ReadonlyArray<DesiredRequest>,
  connect: Connect,
  { output, parallel = 4 }: PlanFlags
): Effect.fn.Return<
  { readonly planned: ReadonlyArray<Planned>; readonly failed: ReadonlyArray<Unplanned> },
  never,
  Http.Requirements | Io.Io
> {
  const io = yield* Io.Io
  const report = output === "json" ? jsonReport : textReport
  const show = projectProgress(io, targets.length)
  const connected = new Map<string, string>()
  const planned: Array<Planned> = []
  const failed: Array<Unplanned> = []
  const place = (target: DesiredRequest) =>
    Effect.tap(connect(target), (connection) =>
      Effect.zipRight(checkPlace(target, connection), samePlace(connected, target, connection))
    )
  const read = (connection: TargetConnection, { items }: DesiredRequest) => readPlan(connection, items)
  yield* show(0)
  yield* forEachTarget(targets, place, read, parallel, (one) =>
    Effect.gen(function* () {
      if ("error" in one) failed.push(one)
      else planned.push({ target: one.target, connection: one.connection, plan: one.value })
      yield* show(planned.length + failed.length)
      if ("error" in one) yield* io.note(report(one.error, knownOrigin(one), io.colours.stderr))
    })
  )
  return { planned, failed }
})

export const shownPlan = ({ connection, plan }: Planned) => ({ origin: originOf(connection), plan })
