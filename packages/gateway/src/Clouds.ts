import type { HotspotSession } from "@hotspot-session/client"
import * as Cloud from "./Cloud.js"
import type { Elsewhere } from "./Options.js"
import type { CircuitBreaker } from "./protect/CircuitBreaker.js"

/** The clouds of a gateway: its own, and those where some projects are. */
export interface Clouds {
  /** Asks the cloud where the project is. */
  readonly ask: Cloud.Cloud
  /** What the cloud of a project is called; absent where it is the gateway's own and has no name. */
  readonly nameOf: (projectId: string) => string | undefined
  /** What the cloud of a project is called where it is not the gateway's own; absent where it is. */
  readonly elsewhere: (projectId: string) => string | undefined
  /** The circuit of each cloud, if there are any. The name is the metrics': absent where there is one cloud only. */
  readonly circuits: ReadonlyArray<{ readonly cloud: string | undefined; readonly breaker: CircuitBreaker }>
}

/** How the clouds are asked: each as if it were the only one. */
export interface Settings extends Omit<Cloud.Settings, "name" | "breaker"> {
  /** What the gateway's own is called. */
  readonly cloud: string | undefined
  /** By the ID of the project. */
  readonly elsewhere: ReadonlyMap<string, Elsewhere>
  readonly makeBreaker: () => CircuitBreaker | undefined
}

/** The clouds, one for each name. `client` asks the gateway's own. */
export const make = (client: HotspotSession.Service, settings: Settings): Clouds => {
  const own = settings.cloud ?? "own"
  const names = new Set([own, ...[...settings.elsewhere.values()].map(({ cloud }) => cloud)])
  const circuits: Array<Clouds["circuits"][number]> = []
  const byName = new Map<string, (client: HotspotSession.Service) => Cloud.Cloud>()
  const cloudOf = (cloud: string) => {
    const before = byName.get(cloud)
    if (before !== undefined) return before
    const name = names.size > 1 ? cloud : undefined
    const breaker = settings.makeBreaker()
    if (breaker !== undefined) circuits.push({ cloud: name, breaker })
    const made = Cloud.make({ ...settings, name, breaker })
    byName.set(cloud, made)
    return made
  }
  const home = cloudOf(own)(client)
  const others = new Map(
    [...settings.elsewhere].map(([id, { client, cloud }]) => [id, { name: cloud, ask: cloudOf(cloud)(client) }])
  )
  return {
    ask: (parameters, credentials) => (others.get(parameters.project_id)?.ask ?? home)(parameters, credentials),
    nameOf: (projectId) => others.get(projectId)?.name ?? settings.cloud,
    elsewhere: (projectId) => {
      const name = others.get(projectId)?.name
      return name === own ? undefined : name
    },
    circuits
  }
}
