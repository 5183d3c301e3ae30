import { join } from "node:path"
import { entryPath, runNode, startUpstream } from "./Processes.js"
import { medians } from "./Statistics.js"
import { accessKey, projectId, secretKey } from "./Subject.js"

/** How many milliseconds a whole process takes. */
const wholeProcess = (args: ReadonlyArray<string>, env?: Record<string, string>): number => {
  const began = performance.now()
  runNode(args, env)
  return performance.now() - began
}

/** Whole processes, one after the other in each round, as multiples of `node -e 0` in the same round. */
export const measureStartup = async (root: string, rounds: number): Promise<Record<string, number>> => {
  const upstream = await startUpstream()
  const cli = join(root, "apps/cli/dist/hotspot-session.js")
  const keys = { HUAWEICLOUD_SDK_AK: accessKey, HUAWEICLOUD_SDK_SK: secretKey }
  const processes: Record<string, () => number> = {
    "`hotspot-session --version`": () => wholeProcess([cli, "--version"]),
    "`hotspot-session --help`": () => wholeProcess([cli, "--help"]),
    "`hotspot-session list`, signed, 100 configurations": () =>
      wholeProcess(
        [
          ...[cli, "list", "--endpoint", `${upstream.origin}/signed`, "--project-id", projectId],
          ...["--limit", "100", "-o", "json"]
        ],
        keys
      ),
    "official SDK core, the same call": () => wholeProcess([entryPath("sdkOnce"), upstream.origin])
  }
  const ratios: Record<string, Array<number>> = {}
  for (let round = -1; round < rounds; round++) {
    const floor = wholeProcess(["-e", "0"])
    for (const [name, run] of Object.entries(processes)) {
      const millis = run()
      if (round >= 0) ratios[name] = [...(ratios[name] ?? []), millis / floor]
    }
  }
  upstream.stop()
  return medians(ratios)
}
