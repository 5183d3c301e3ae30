import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { entryPath, runNode, startUpstream, type Variables } from "./Processes.js"
import { endedSeconds } from "./ProcessTimes.js"
import { temporaryFolder } from "./Programs.js"
import { medians } from "./Statistics.js"
import { accessKey, secretKey } from "./Subject.js"

/** A command for many projects, and a bare loop that repeats its requests. */
export interface FleetCommand {
  readonly requests: number
  readonly millis: number
  /** Missing on systems that do not tell. */
  readonly cpuMillis: number
  /** Duration and CPU time as multiples of those of the loop in the same round; the medians of the rounds. */
  readonly ratio: number
  readonly cpuRatio: number
}

const projects = 1000
const parallel = 64

/** Runs a process to its end. */
const measureProcess = (args: ReadonlyArray<string>, env: Variables = {}) => {
  const cpu = endedSeconds()
  const start = performance.now()
  const stdout = runNode(args, env)
  return { millis: performance.now() - start, cpuMillis: (endedSeconds() - cpu) * 1000, stdout }
}

/** Whole processes that read 1,000 projects, 64 at a time, each compared with a loop over undici. */
export const measureFleets = async (root: string, rounds: number): Promise<Record<string, FleetCommand>> => {
  const upstream = await startUpstream()
  const [folder, remove] = temporaryFolder()
  const inFolder = (name: string, content: string): string => {
    const file = join(folder, name)
    writeFileSync(file, content)
    return file
  }
  const ids = Array.from({ length: projects }, (_, index) => index.toString(16).padStart(32, "0"))
  const targets = inFolder("fleet.txt", ids.map((id) => `${id}\n`).join(""))
  const env = {
    ...{ HUAWEICLOUD_SDK_AK: accessKey, HUAWEICLOUD_SDK_SK: secretKey },
    ...{ HOME: folder, XDG_CACHE_HOME: join(folder, "cache"), NODE_EXTRA_CA_CERTS: undefined }
  }
  const command = (...args: ReadonlyArray<string>) =>
    measureProcess(
      [
        ...[join(root, "apps/cli/dist/hotspot-session.js"), ...args],
        ...["--endpoint", `${upstream.origin}/fleet`, "--parallel", String(parallel)]
      ],
      env
    )
  const exportArguments = ["export", "--targets", targets]
  const state = inFolder("fleet.yaml", command(...exportArguments).stdout)
  const commands = {
    list: ["list", "--targets", targets, "-o", "ndjson"],
    export: exportArguments,
    plan: ["plan", state]
  }
  const requestedPaths = async (): Promise<ReadonlyArray<string>> =>
    (await (await fetch(`${upstream.origin}/requested`)).json()) as ReadonlyArray<string>
  const measured: Record<string, FleetCommand> = {}
  for (const [name, args] of Object.entries(commands)) {
    await requestedPaths()
    // The first run also writes the cache of compiled code.
    command(...args)
    const paths = await requestedPaths()
    if (paths.length < projects) throw new Error(`${name} made only ${paths.length} requests`)
    const file = inFolder("requests.json", JSON.stringify(paths))
    const loop = () =>
      measureProcess([entryPath("loop"), upstream.origin, file, String(parallel)], { NODE_EXTRA_CA_CERTS: undefined })
    loop()
    const all: Record<"millis" | "cpuMillis" | "ratio" | "cpuRatio", Array<number>> = {
      ...{ millis: [], cpuMillis: [], ratio: [], cpuRatio: [] }
    }
    for (let round = 0; round < rounds; round++) {
      const reference = loop()
      const { cpuMillis, millis } = command(...args)
      all.millis.push(millis)
      all.cpuMillis.push(cpuMillis)
      all.ratio.push(millis / reference.millis)
      all.cpuRatio.push(cpuMillis / reference.cpuMillis)
    }
    const { cpuMillis = 0, cpuRatio = 0, millis = 0, ratio = 0 } = medians(all)
    measured[name] = { requests: paths.length, millis, cpuMillis, ratio, cpuRatio }
  }
  upstream.stop()
  remove()
  return measured
}
