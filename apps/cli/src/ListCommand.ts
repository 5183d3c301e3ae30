import { Credentials, HotspotSession } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { defaultLimit, maxLimit } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { ConfigurationError } from "./CliError.js"
import type { ListFlags } from "./CommandLine.js"
import type { CommandError } from "./ErrorReport.js"
import { type Io, write } from "./Io.js"
import { writers } from "./ListOutput.js"
import { resolveSettings, type Settings } from "./Settings.js"

const count = (number: number): string => `${number.toLocaleString("en")} configuration${number === 1 ? "" : "s"}`

/** How many there were, and how to see the rest where there may be one. */
const summary = (flags: ListFlags, found: number): string => {
  const pageIsFull = flags.all !== true && found >= (flags.limit ?? defaultLimit)
  if (!pageIsFull) return `${count(found)}\n`
  const next = (flags.offset ?? 0) + found
  return `${count(found)}; there may be more: --offset ${next} for the next ones, --all for every one\n`
}

const configurationError = (error: ConfigError): ConfigurationError =>
  new ConfigurationError({
    message: "message" in error ? `The endpoint cannot be used: ${error.message}.` : String(error)
  })

const clientLayer = ({ target, token }: Settings, flags: ListFlags) =>
  NodeHotspotSession.layer({ ...target, timeout: flags.timeout }).pipe(
    Layer.provide(Credentials.layerToken(token, "environment")),
    Layer.mapError(configurationError)
  )

const listFrom = (settings: Settings, flags: ListFlags, io: Io): Effect.Effect<void, CommandError> =>
  Effect.gen(function* () {
    const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession
    const { all, limit, offset, output, pageSize } = flags
    const start = { project_id: settings.projectId, ...(offset === undefined ? {} : { offset }) }
    const pages = all
      ? listHotspotSessionConfig.pages({ ...start, limit: pageSize ?? maxLimit })
      : Stream.fromEffect(listHotspotSessionConfig({ ...start, ...(limit === undefined ? {} : { limit }) }))
    const found = yield* writers[output](pages, io)
    yield* write(io.stderr, summary(flags, found))
  }).pipe(Effect.provide(clientLayer(settings, flags)))

/** Loaded only when it is asked for: it brings an HTTP server along. */
const startDemo = (flags: ListFlags) =>
  Effect.flatMap(
    Effect.promise(() => import("./Demo.js")),
    ({ demoSettings }) => demoSettings(flags)
  )

/** `hotspot-session list`. */
export const list = (flags: ListFlags, io: Io): Effect.Effect<void, CommandError> =>
  flags.demo
    ? Effect.scoped(Effect.flatMap(startDemo(flags), (settings) => listFrom(settings, flags, io)))
    : Effect.flatMap(resolveSettings(flags, io.environment), (settings) => listFrom(settings, flags, io))
