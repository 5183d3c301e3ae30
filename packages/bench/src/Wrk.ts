import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Sample } from "./Pairs.js"
import type { Server } from "./Processes.js"
import { treeSeconds } from "./ProcessTimes.js"
import { findProgram } from "./Programs.js"
import { pathOf } from "./Subject.js"

const connections = 64

/** Whether the load generator `wrk` is installed. Generators that run on Node are slower than the servers. */
export const hasWrk = (): boolean => findProgram("wrk") !== undefined

const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)

/** Where the offsets of pages begin that nobody has requested: they are far enough from those of other runs. */
export const randomOffset = (): number => Math.floor(Math.random() * 2e9)

interface Load extends Sample {
  readonly requests: number
}

const run = async (origin: string, share: number, seconds: number, script: string | undefined) => {
  const { stdout } = await promisify(execFile)("wrk", [
    ...["-t1", `-c${connections / share}`, `-d${seconds}s`, "-H", "X-Auth-Token: bench"],
    ...(script === undefined ? [] : ["-s", script]),
    `${origin}${pathOf(100)}`,
    ...(script === undefined ? [] : ["--", String(randomOffset())])
  ])
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk: ${stdout}`)
  return {
    perSecond: number(stdout, /^Requests\/sec: +([\d.]+)/m),
    requests: number(stdout, /^ +(\d+) requests in /m)
  }
}

/** Requests the page from one or several servers, on 64 connections in all, for a whole number of seconds. */
export const load = async (servers: ReadonlyArray<Server>, seconds: number, script?: string): Promise<Load> => {
  const used = () => servers.reduce((sum, { pid }) => sum + treeSeconds(pid), 0)
  const before = used()
  const results = await Promise.all(servers.map(({ origin }) => run(origin, servers.length, seconds, script)))
  const cpu = used() - before
  const requests = results.reduce((sum, result) => sum + result.requests, 0)
  return {
    perSecond: results.reduce((sum, { perSecond }) => sum + perSecond, 0),
    cpuMicros: (cpu * 1e6) / requests,
    requests
  }
}

/** Requests the page until that many requests were made, so that the compiler optimizes. */
export const warmUp = async (servers: ReadonlyArray<Server>, requests: number, script?: string): Promise<void> => {
  for (let made = 0; made < requests; ) made += (await load(servers, 1, script)).requests
}

/** A script for wrk that requests another offset each time, of which no cache has the page. */
export const distinctPages = `
function init(args) offset = tonumber(args[1]) end
function request()
  offset = offset + 1
  return wrk.format("GET", "${pathOf(100, "")}" .. offset)
end
`
