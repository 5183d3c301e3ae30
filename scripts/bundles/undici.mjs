import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Console, Effect, Layer, Logger, LogLevel, Redacted } from "effect"

const client = NodeHotspotSession.layer({ endpoint: process.argv[2] }).pipe(
  Layer.provide(Credentials.layerToken(Redacted.make("emulator-token")))
)

HotspotSession.HotspotSession.pipe(
  Effect.flatMap(({ listHotspotSessionConfig }) =>
    listHotspotSessionConfig({ project_id: "0123456789abcdef0123456789abcdef" })
  ),
  Effect.flatMap(({ items }) => Console.log(items.length)),
  Effect.provide(client),
  // Tells if undici cannot be used.
  Logger.withMinimumLogLevel(LogLevel.Debug),
  NodeRuntime.runMain
)
