// Tries what runs in Node.js and in runtimes with Node's modules. Prints the results as JSON.
import { NodeHotspotSession, NodeHttp } from "@hotspot-session/client/node"
import { connect } from "@hotspot-session/client/promise"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect, Exit, Scope } from "effect"
import { clientOver, faces, tryAll, tryClient } from "./faces.mjs"

const tryEmulator = async () => {
  const scope = Effect.runSync(Scope.make())
  const { endpoint } = await Effect.runPromise(Scope.extend(Emulator.make({ count: 5 }), scope))
  const client = await connect({ endpoint, credentials: { token: Demo.token } })
  const { items } = await client.listHotspotSessionConfig({ project_id: Demo.projectId })
  await client.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
  if (items.length !== 5) throw new Error(`${items.length} configurations are listed`)
}

const results = await tryAll(
  {
    undici: (backends) => tryClient(clientOver(NodeHotspotSession.layerUndici()), backends),
    http: (backends) => tryClient(clientOver(NodeHttp.layer()), backends),
    ...faces,
    emulator: tryEmulator
  },
  JSON.parse(process.argv[2])
)
process.stdout.write(`${JSON.stringify(results)}\n`)
