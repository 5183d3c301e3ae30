import { join } from "node:path"
import { hasNginx, startNginx } from "./Nginx.js"
import { type Measured, measurePairs } from "./Pairs.js"
import { type Server, startCommand, startServer, startUpstream } from "./Processes.js"
import { checkPage } from "./SamplePage.js"
import { pathOf } from "./Subject.js"
import { load } from "./Wrk.js"

/** The servers, the reference first. */
export const servers: Record<string, string> = {
  node: "raw `node:http`, bytes in memory",
  nodeHeaders: "the same with the headers of the gateway, a UUID and a line of a log",
  gateway: "`hotspot-session-http`, hits",
  nginx: "nginx, `proxy_cache`, hits",
  fastifyBytes: "fastify, bytes in memory",
  fastifySchema: "fastify, response schema"
}

/** Starts the bundled gateway as users start it, but without a limit of requests that the load would reach. */
export const startGateway = (root: string, upstream: Server, ...args: ReadonlyArray<string>): Promise<Server> =>
  startCommand(join(root, "apps/http/dist/hotspot-session-http.js"), [
    ...["--endpoint", upstream.origin, "--port", "0", "--rate-limit", "1000000/1s"],
    ...args
  ])

/** Requests the page once and checks it. Returns how the server's cache was used. */
export const checkResponse = async ({ origin }: Server, path = pathOf(100)): Promise<string> => {
  const response = await fetch(`${origin}${path}`, { headers: { "x-auth-token": "bench" } })
  checkPage(await response.json(), 100)
  return response.headers.get("x-cache")?.toLowerCase() ?? ""
}

/** Fails unless the server has the page in its cache. */
export const checkHit = async (server: Server): Promise<void> => {
  const cache = await checkResponse(server)
  if (!/^(hit|stale|updating)$/.test(cache)) throw new Error(`not from the cache: ${cache}`)
}

/** Cache hits of the bundled gateway and of nginx, and servers that have the page in memory. */
export const measureGateway = async (
  root: string,
  options: {
    readonly pairs: number
    readonly repeats: number
    readonly warmUp: number
    readonly log: (text: string) => void
  }
): Promise<Record<string, Measured>> => {
  const upstream = await startUpstream()
  const starts: Record<string, () => Promise<Server>> = {
    gateway: () => startGateway(root, upstream),
    nginx: () => startNginx(upstream.origin)
  }
  if (!hasNginx()) options.log("  nginx skipped: install it (Debian package `nginx`)")
  const names = Object.keys(servers).filter((name) => name !== "nginx" || hasNginx())
  const measured = await measurePairs(names, {
    pairs: (name) => (name === "gateway" ? options.pairs : 1),
    repeats: options.repeats,
    start: async (name) => {
      const server = await (starts[name]?.() ?? startServer("peer", [name]))
      await checkResponse(server)
      // Lets the compiler optimize.
      await load([server], options.warmUp)
      const measure = async () => {
        await (name in starts ? checkHit(server) : checkResponse(server))
        return load([server], 1)
      }
      return { measure, stop: server.stop }
    }
  })
  upstream.stop()
  return measured
}
