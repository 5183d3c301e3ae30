import { checkResponse, startGateway } from "./GatewayLoad.js"
import { type Measured, measurePairs, type Started } from "./Pairs.js"
import { startServer, startUpstream, startWorker } from "./Processes.js"
import { load, warmUp } from "./Wrk.js"

/** What is compared, the reference first. */
export const callers: Record<string, string> = {
  hotspotSessionToken: "the client alone, with a token",
  proxy: "a bare proxy: `node:http`, `undici.request` and the bytes as they are",
  gateway: "`hotspot-session-http --cache off`, for the same token"
}

/** What a request costs that the gateway passes on, compared with the client's own call to the same server. */
export const measureMisses = async (
  root: string,
  options: { readonly pairs: number; readonly repeats: number; readonly warmUp: number }
): Promise<Record<string, Measured>> => {
  const upstream = await startUpstream()
  const page = { size: 100, lanes: 64 }
  const startClient = async () => {
    const { run, stop } = await startWorker("hotspotSessionToken", upstream.origin)
    await run({ ...page, calls: options.warmUp })
    return { measure: () => run({ ...page, millis: 1000 }), stop }
  }
  const startUncached = async () => {
    const gateway = await startGateway(root, upstream, "--cache", "off")
    const cache = await checkResponse(gateway)
    if (/hit|stale/.test(cache)) throw new Error(`from the cache: ${cache}`)
    await warmUp([gateway], options.warmUp)
    return { measure: () => load([gateway], 1), stop: gateway.stop }
  }
  const startProxy = async () => {
    const proxy = await startServer("peer", ["proxy", upstream.origin])
    await warmUp([proxy], options.warmUp)
    return { measure: () => load([proxy], 1), stop: proxy.stop }
  }
  const starts: Record<string, () => Promise<Started>> = { gateway: startUncached, proxy: startProxy }
  const measured = await measurePairs(Object.keys(callers), {
    pairs: (name) => (name === "gateway" ? options.pairs : 1),
    repeats: options.repeats,
    start: (name) => (starts[name] ?? startClient)()
  })
  upstream.stop()
  return measured
}
