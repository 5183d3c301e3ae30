import { FetchHttpClient } from "@effect/platform"
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { Console, Effect, Layer, Redacted } from "effect"

const client = HotspotSession.layer({ endpoint: process.argv[2] }).pipe(
  Layer.provide([Credentials.layerToken(Redacted.make("emulator-token")), FetchHttpClient.layer])
)

HotspotSession.HotspotSession.pipe(
  Effect.flatMap(({ listHotspotSessionConfig }) =>
    listHotspotSessionConfig({ project_id: "0123456789abcdef0123456789abcdef" })
  ),
  Effect.flatMap(({ items }) => Console.log(items.length)),
  Effect.provide(client),
  Effect.runPromise
)
