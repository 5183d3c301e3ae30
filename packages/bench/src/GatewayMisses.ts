import { checkResponse, startGateway } from "./GatewayLoad.js"
import { startUpstream, startWorker } from "./Processes.js"
import { type Measured, measureInRounds } from "./Rounds.js"
import { load, warmUp } from "./Wrk.js"

/** What is compared, the reference first. */
export const callers: Record<string, string> = {
  hotspotSessionToken: "the client alone, with a token",
  gateway: "`hotspot-session-http --cache off`, for the same token"
}

/** What a request costs that the gateway passes on, compared with the client's own call to the same server. */
export const measureMisses = async (
  root: string,
  options: { readonly rounds: number; readonly warmUp: number }
): Promise<Record<string, Measured>> => {
  const upstream = await startUpstream()
  const gateway = await startGateway(root, upstream, "--cache", "off")
  const client = await startWorker("hotspotSessionToken", upstream.origin)
  const cache = await checkResponse(gateway)
  if (/hit|stale/.test(cache)) throw new Error(`from the cache: ${cache}`)
  const page = { size: 100, lanes: 64 }
  await client.run({ ...page, calls: options.warmUp })
  await warmUp([gateway], options.warmUp)
  const measured = await measureInRounds(Object.keys(callers), options.rounds, (name) =>
    name === "gateway" ? load([gateway], 1) : client.run({ ...page, millis: 1000 })
  )
  client.stop()
  for (const { stop } of [gateway, upstream]) stop()
  return measured
}
