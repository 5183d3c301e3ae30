import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Server, startCommand, startServer, startUpstream } from "./Processes.js"
import { type Measured, measureInRounds, type Round } from "./Rounds.js"
import { checkPage } from "./SamplePage.js"
import { pathOf } from "./Subject.js"

/** The servers, the one of reference first. */
export const servers: Record<string, string> = {
  node: "raw `node:http`, bytes in memory",
  gateway: "`hotspot-session-http`, hits",
  fastifyBytes: "fastify, bytes in memory",
  fastifySchema: "fastify, response schema"
}

const connections = 64

/** Whether the load can be made. No generator on Node is used instead: it would be slower than the servers. */
export const hasWrk = (): boolean => spawnSync("wrk", ["-v"]).error === undefined

const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)

/** Processor time that a process has used, in seconds. Only Linux tells it of others. */
const cpuSeconds = (pid: number): number => {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return Number.NaN
  // The name of the program may hold spaces; it ends with the last parenthesis.
  const fields = readFileSync(file, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Asks for the page over all connections, a whole number of seconds. */
const load = ({ origin, pid }: Server, seconds: number): Round => {
  const before = cpuSeconds(pid)
  const { status, stderr, stdout } = spawnSync(
    "wrk",
    ["-t1", `-c${connections}`, `-d${seconds}s`, "-H", "X-Auth-Token: bench", `${origin}${pathOf(100)}`],
    { encoding: "utf8" }
  )
  const cpu = cpuSeconds(pid) - before
  if (status !== 0 || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk: ${stderr}${stdout}`)
  return {
    perSecond: number(stdout, /^Requests\/sec: +([\d.]+)/m),
    cpuMicros: (cpu * 1e6) / number(stdout, /^ +(\d+) requests in /m)
  }
}

const look = async ({ origin }: Server): Promise<Headers> => {
  const response = await fetch(`${origin}${pathOf(100)}`, { headers: { "x-auth-token": "bench" } })
  checkPage(await response.json(), 100)
  return response.headers
}

/** Cached answers of the bundled service, started as its users start it, next to servers that have the page in memory. */
export const measureGateway = async (
  root: string,
  options: { readonly rounds: number; readonly warmUp: number }
): Promise<Record<string, Measured>> => {
  const upstream = await startUpstream()
  const started = new Map<string, Server>()
  for (const name of Object.keys(servers)) {
    const server =
      name === "gateway"
        ? await startCommand(join(root, "apps/http/dist/hotspot-session-http.js"), [
            ...["--endpoint", upstream.origin, "--port", "0", "--rate-limit", "1000000/1s"]
          ])
        : await startServer("peer", [name])
    started.set(name, server)
    await look(server)
    // Until the compiler has done what it will do.
    load(server, options.warmUp)
  }
  const measured = await measureInRounds(Object.keys(servers), options.rounds, async (name) => {
    const server = started.get(name)
    if (server === undefined) throw new Error(`no server ${name}`)
    const headers = await look(server)
    if (name === "gateway" && !/^(hit|stale)$/.test(headers.get("x-cache") ?? "")) throw new Error("not from the cache")
    return load(server, 1)
  })
  for (const { stop } of [...started.values(), upstream]) stop()
  return measured
}
