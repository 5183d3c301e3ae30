import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { NodeHttp } from "@hotspot-session/client/node"
import { Console, Effect, Layer, Redacted } from "effect"

const client = HotspotSession.layer({ endpoint: process.argv[2] }).pipe(
  Layer.provide([Credentials.layerToken(Redacted.make("emulator-token")), NodeHttp.layer()])
)

HotspotSession.HotspotSession.pipe(
  Effect.flatMap(({ listHotspotSessionConfig }) =>
    listHotspotSessionConfig({ project_id: "0123456789abcdef0123456789abcdef" })
  ),
  Effect.flatMap(({ items }) => Console.log(items.length)),
  Effect.provide(client),
  NodeRuntime.runMain
)
