import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { checkHit, checkResponse, startGateway } from "./GatewayLoad.js"
import { type Measured, measurePairs } from "./Pairs.js"
import { type Server, startUpstream } from "./Processes.js"
import { findProgram, startProgram, temporaryFolder } from "./Programs.js"
import { pathOf } from "./Subject.js"
import { distinctPages, load, randomOffset, warmUp } from "./Wrk.js"

/** Groups of gateways, the reference first. */
export const groups: Record<string, string> = {
  alone: "1 process without Redis",
  one: "1 process with Redis",
  two: "2 processes that share a Redis"
}

export const hasRedis = (): boolean => findProgram("redis-server") !== undefined

/** A Redis that writes nothing to disk and, like a cache, removes the oldest when it has 256 MB. */
const startRedis = (): Promise<Server> =>
  startProgram("redis-server", (port, folder) => [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"],
    ...["--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"]
  ])

/** Fails unless the gateway gets a page from the cloud that was never requested before. */
const checkMiss = async (gateway: Server): Promise<void> => {
  const cache = await checkResponse(gateway, pathOf(100, randomOffset()))
  if (cache !== "miss") throw new Error(`not a miss: ${cache}`)
}

/** Hits, and misses of the cache and of Redis, of gateways that share a Redis. CPU time is that of the gateways. */
export const measureRedis = async (
  root: string,
  options: { readonly pairs: number; readonly repeats: number; readonly warmUp: number }
): Promise<Record<string, Record<string, Measured>>> => {
  const [folder, remove] = temporaryFolder()
  const script = join(folder, "distinct.lua")
  writeFileSync(script, distinctPages)
  const upstream = await startUpstream()
  const redis = await startRedis()
  const startOne = (group: string): Promise<Server> =>
    startGateway(
      root,
      upstream,
      ...(group === "alone" ? [] : ["--redis-url", redis.origin.replace("http:", "redis:"), "--redis-prefix", group])
    )
  const startGroup = async (group: string): Promise<ReadonlyArray<Server>> =>
    group === "two" ? [await startOne(group), await startOne(group)] : [await startOne(group)]
  const loads = {
    hits: async (group: ReadonlyArray<Server>) => {
      for (const gateway of group) {
        // After a long time without requests, the first one calls the cloud.
        await checkResponse(gateway)
        await checkHit(gateway)
      }
      return load(group, 1)
    },
    misses: async (group: ReadonlyArray<Server>) => {
      for (const gateway of group) await checkMiss(gateway)
      return load(group, 1, script)
    }
  }
  const measure = (kind: keyof typeof loads) =>
    measurePairs(Object.keys(groups), {
      pairs: () => options.pairs,
      repeats: options.repeats,
      start: async (name) => {
        const group = await startGroup(name)
        await warmUp(group, options.warmUp, kind === "misses" ? script : undefined)
        const stop = () => {
          for (const gateway of group) gateway.stop()
        }
        return { measure: () => loads[kind](group), stop }
      }
    })
  const measured = { hits: await measure("hits"), misses: await measure("misses") }
  for (const { stop } of [redis, upstream]) stop()
  remove()
  return measured
}
