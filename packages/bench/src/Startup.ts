import { join } from "node:path"
import { entryPath, runNode, startUpstream } from "./Processes.js"
import { medians } from "./Statistics.js"
import { accessKey, projectId, secretKey } from "./Subject.js"

/** Runs a process to its exit and returns how many milliseconds it took. */
const timeProcess = (args: ReadonlyArray<string>, env?: Record<string, string>): number => {
  const start = performance.now()
  runNode(args, env)
  return performance.now() - start
}

/** A listing of 100 configurations. */
export const listArguments = (root: string, upstream: string): ReadonlyArray<string> => [
  ...[join(root, "apps/cli/dist/hotspot-session.js"), "list", "--endpoint", `${upstream}/signed`],
  ...["--project-id", projectId, "--limit", "100", "-o", "json"]
]

/** Durations of whole processes, as multiples of `node -e 0` in the same round. */
export const measureStartup = async (root: string, rounds: number): Promise<Record<string, number>> => {
  const upstream = await startUpstream()
  const cli = join(root, "apps/cli/dist/hotspot-session.js")
  const keys = { HUAWEICLOUD_SDK_AK: accessKey, HUAWEICLOUD_SDK_SK: secretKey }
  const processes: Record<string, () => number> = {
    "`hotspot-session --version`": () => timeProcess([cli, "--version"]),
    "`hotspot-session --help`": () => timeProcess([cli, "--help"]),
    "`hotspot-session list`, signed, 100 configurations": () => timeProcess(listArguments(root, upstream.origin), keys),
    "official SDK core, the same call": () => timeProcess([entryPath("sdkOnce"), upstream.origin])
  }
  const ratios: Record<string, Array<number>> = {}
  for (let round = -1; round < rounds; round++) {
    const baseline = timeProcess(["-e", "0"])
    for (const [name, run] of Object.entries(processes)) {
      const millis = run()
      if (round >= 0) ratios[name] = [...(ratios[name] ?? []), millis / baseline]
    }
  }
  upstream.stop()
  return medians(ratios)
}
