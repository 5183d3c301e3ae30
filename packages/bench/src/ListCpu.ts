import { join } from "node:path"
import { nodeVersions } from "./NodeVersions.js"
import { runNode, startUpstream } from "./Processes.js"
import { endedSeconds } from "./ProcessTimes.js"
import { temporaryFolder } from "./Programs.js"
import { listArguments } from "./Startup.js"
import { median } from "./Statistics.js"
import { accessKey, secretKey } from "./Subject.js"

/** CPU time of whole processes, in milliseconds. */
export interface ListCpu {
  /** Of `node -e 0`. */
  readonly node: number
  /** What `hotspot-session list` takes in addition. */
  readonly added: number
}

/** The system counts CPU time in steps of 10 ms, so several processes are measured at once. */
const processes = 8

const cpuMillis = (run: () => unknown, times: number): number => {
  const before = endedSeconds()
  for (let time = 0; time < times; time++) run()
  return ((endedSeconds() - before) * 1000) / times
}

/** The CPU time that `list` adds to `node -e 0`, by version of Node. */
export const measureList = async (
  root: string,
  options: { readonly rounds: number; readonly log: (text: string) => void }
): Promise<Record<string, ListCpu>> => {
  const upstream = await startUpstream()
  const measured: Record<string, ListCpu> = {}
  for (const { major, path } of nodeVersions()) {
    if (path === undefined) {
      options.log(`  Node ${major} skipped: not available through npx`)
      continue
    }
    const [home, remove] = temporaryFolder()
    const env = {
      ...{
        HUAWEICLOUD_SDK_AK: accessKey,
        HUAWEICLOUD_SDK_SK: secretKey,
        HOME: home,
        XDG_CACHE_HOME: join(home, "cache")
      },
      // Node 20 reads this file at each start, so that `node -e 0` would depend on it.
      NODE_EXTRA_CA_CERTS: undefined
    }
    const node = () => runNode(["-e", "0"], env, path)
    const list = () => runNode(listArguments(root, upstream.origin), env, path)
    // The first runs write the cache of compiled code.
    cpuMillis(list, 3)
    const rounds = Array.from({ length: options.rounds }, () => {
      const own = cpuMillis(node, processes)
      return { node: own, added: cpuMillis(list, processes) - own }
    })
    measured[major] = { node: median(rounds.map(({ node }) => node)), added: median(rounds.map(({ added }) => added)) }
    remove()
  }
  upstream.stop()
  return measured
}
