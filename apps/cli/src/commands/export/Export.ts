import type { DesiredState, DesiredTarget } from "@hotspot-session/fleet/DesiredState"
import { forEachTarget } from "@hotspot-session/fleet/EachTarget"
import type { Omission } from "@hotspot-session/fleet/ExportedState"
import { readExport } from "@hotspot-session/fleet/ReadProject"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Effect from "effect/Effect"
import {
  commonExitCode,
  connectFleet,
  knownOrigin,
  originOf,
  projectProgress,
  type TargetConnection
} from "../../fleet/ConnectFleet.js"
import { readableText } from "../../fleet/ReadableText.js"
import { targetsOf } from "../../fleet/Targets.js"
import * as Http from "../../Http.js"
import * as Io from "../../Io.js"
import { countText, plural } from "../../output/Counts.js"
import { type CommandError, exitCode, jsonReport, textReport } from "../../output/ErrorReport.js"
import { originText } from "../../output/PlanReport.js"
import { printable, printableJson } from "../../output/Printable.js"
import { resolver } from "../../TargetResolver.js"
import type { OutputError } from "../../WriteErrors.js"
import type { ExportFlags } from "./ExportOptions.js"

const omissionText = (connection: TargetConnection, { config_id, field, reason }: Omission): string => {
  const what = [
    ...(config_id === undefined ? ["a configuration"] : [config_id]),
    ...(field === undefined ? [] : [field])
  ]
  return `left out: ${originText(originOf(connection))}, ${printable(`${what.join(", ")}: ${reason}`)}\n`
}

const render = (state: DesiredState, format: ExportFlags["output"]): Effect.Effect<string, OutputError> =>
  format === "json"
    ? readableText("export", () => `${printableJson(state, 2)}\n`)
    : Effect.flatMap(
        Effect.promise(() => import("../../output/Yaml.js")),
        ({ yamlOf }) => readableText("export", () => yamlOf(state, { isOwnFile: true }))
      )

/** `hotspot-session export`. Projects that cannot be read are left out, so that nothing of them is managed. */
export const exportState = (flags: ExportFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const targets = yield* targetsOf(flags)
    const resolve = yield* resolver(flags, targets, targets.length > 1 || flags.targets !== undefined)
    const connect = yield* connectFleet(resolve, flags)
    const show = projectProgress(io, targets.length)
    const report = flags.output === "json" ? jsonReport : textReport
    const exported: Array<DesiredTarget> = []
    const places = new Set<string>()
    let repeated = 0
    const codes: Array<ExitCode> = []
    const read = (connection: TargetConnection) => readExport(connection)
    yield* show(0)
    yield* forEachTarget(targets, connect, read, flags.parallel ?? 4, (one) =>
      Effect.gen(function* () {
        const error =
          "error" in one ? one.error : one.value.omissions.find((omission) => omission.error !== undefined)?.error
        codes.push(error === undefined ? ExitCode.ok : exitCode(error))
        yield* show(codes.length)
        if ("error" in one) {
          const origin = targets.length === 1 ? undefined : knownOrigin(one)
          return yield* io.note(report(one.error, origin, io.colours.stderr))
        }
        const { connection, value } = one
        const origin = originOf(connection)
        const place = JSON.stringify(origin)
        if (places.has(place)) {
          repeated++
          return yield* io.note(`left out: ${originText(origin)}, which is given twice\n`)
        }
        places.add(place)
        for (const omission of value.omissions) yield* io.note(omissionText(connection, omission))
        const { projectId: project_id, region } = connection
        exported.push({ ...(region === undefined ? {} : { region }), project_id, items: value.items })
      })
    )
    if (exported.length > 0) yield* io.data(yield* render({ version: 1, targets: exported }, flags.output))
    const count = exported.reduce((sum, { items }) => sum + items.length, 0)
    const total = targets.length - repeated
    const all = plural(total, "project")
    const where = exported.length === total ? all : `${exported.length} of ${all}`
    yield* io.note(`${countText(count)} in ${where}\n`)
    return commonExitCode(codes)
  }).pipe(Http.provide(flags, { showsRequests: flags.targets === undefined }))
