import { Credentials, HotspotSession, isLastPage } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { defaultLimit, maxLimit } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ListFlags } from "./CommandLine.js"
import type { CommandError } from "./ErrorReport.js"
import { type Io, write } from "./Io.js"
import { writers } from "./ListOutput.js"
import { printable } from "./Printable.js"
import { resolveSettings, type Settings } from "./Settings.js"

const count = (number: number): string => `${number.toLocaleString("en")} configuration${number === 1 ? "" : "s"}`

/** How many there were, and how to see the rest where there may be one. */
const summary = (flags: ListFlags, found: number): string => {
  if (flags.all === true || isLastPage(found, flags.limit ?? defaultLimit)) return `${count(found)}\n`
  const next = (flags.offset ?? 0) + found
  return `${count(found)}; there may be more: --offset ${next} for the next ones, --all for every one\n`
}

const listFrom = (settings: Settings, flags: ListFlags, io: Io) =>
  Effect.gen(function* () {
    for (const warning of settings.warnings) yield* write(io.stderr, `warning: ${printable(warning)}\n`)
    const { listHotspotSessionConfig } = yield* HotspotSession.make({
      endpoint: settings.endpoint,
      timeout: flags.timeout
    }).pipe(
      Effect.provideService(Credentials.Credentials, settings.credentials),
      // An endpoint that cannot be one was refused before.
      Effect.orDie
    )
    const { all, limit, offset, output, pageSize } = flags
    const start = { project_id: settings.projectId, ...(offset === undefined ? {} : { offset }) }
    const pages = all
      ? listHotspotSessionConfig.pages({ ...start, limit: pageSize ?? maxLimit })
      : Stream.fromEffect(listHotspotSessionConfig({ ...start, ...(limit === undefined ? {} : { limit }) }))
    const found = yield* writers[output](pages, io)
    yield* write(io.stderr, summary(flags, found))
  })

/** Loaded only when it is asked for: it brings an HTTP server along. */
const startDemo = (flags: ListFlags) =>
  Effect.flatMap(
    Effect.promise(() => import("./Demo.js")),
    ({ demoSettings }) => demoSettings(flags)
  )

/** `hotspot-session list`. */
export const list = (flags: ListFlags, io: Io): Effect.Effect<void, CommandError> =>
  Effect.gen(function* () {
    const settings = flags.demo ? yield* startDemo(flags) : yield* resolveSettings(flags, io.machine)
    yield* listFrom(settings, flags, io)
  }).pipe(Effect.scoped, Effect.provide(NodeHotspotSession.layerHttpClient()))
