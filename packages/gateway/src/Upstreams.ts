import type { HotspotSession } from "@hotspot-session/client"
import type { Circuits } from "./Circuits.js"
import type { RemoteProject } from "./GatewayOptions.js"
import * as Upstream from "./Upstream.js"

/** The upstreams of a gateway: the default one, and those of remote projects. */
export interface Upstreams {
  /** Calls the upstream of the project that the values name. */
  readonly call: Upstream.CallUpstream
  /** The name of a project's upstream; absent if it is the default one and unnamed. */
  readonly nameOf: (projectId: string) => string | undefined
  /** What identifies a project's upstream among those of all gateways; absent if it is the default one. */
  readonly remoteIdOf: (projectId: string) => string | undefined
  /** The circuits of each upstream, if enabled. `label` is that of the upstream in metrics. */
  readonly circuits: ReadonlyArray<{ readonly label: () => string | undefined; readonly circuits: Circuits }>
  /** Replaces the remote projects. Upstreams that are known keep their circuits. */
  readonly replace: (remoteProjects: ReadonlyMap<string, RemoteProject>) => void
}

/** The settings of all upstreams; each has its own circuits and its own limit of calls. */
export interface Settings extends Omit<Upstream.Settings, "name" | "label" | "circuits"> {
  readonly upstream: string | undefined
  /** By project ID. */
  readonly remoteProjects: ReadonlyMap<string, RemoteProject>
  readonly makeCircuits: () => Circuits | undefined
}

/** One upstream for each name. `client` calls the default one. */
export const make = (client: HotspotSession.Service, settings: Settings): Upstreams => {
  const defaultName = settings.upstream ?? "own"
  const names = new Set([defaultName, ...[...settings.remoteProjects.values()].map(({ upstream }) => upstream)])
  const all: Array<Upstreams["circuits"][number]> = []
  const byName = new Map<string, (client: HotspotSession.Service) => Upstream.CallUpstream>()
  const upstreamOf = (name: string) => {
    const existing = byName.get(name)
    if (existing !== undefined) return existing
    // Others may be added while the gateway runs. None is removed, so that a label never disappears.
    const label = () => (names.size > 1 ? name : undefined)
    const circuits = settings.makeCircuits()
    if (circuits !== undefined) all.push({ label, circuits })
    const upstream = Upstream.make({ ...settings, name, label, circuits })
    byName.set(name, upstream)
    return upstream
  }
  const callDefault = upstreamOf(defaultName)(client)
  const remoteOf = (remoteProjects: Settings["remoteProjects"]) =>
    new Map(
      [...remoteProjects].map(([id, { address, client, upstream }]) => [
        id,
        {
          name: upstream,
          id: address === undefined ? upstream : `${upstream} ${address}`,
          call: upstreamOf(upstream)(client)
        }
      ])
    )
  let remote = remoteOf(settings.remoteProjects)
  return {
    call: (operation, values, ...others) =>
      (remote.get(values.project_id)?.call ?? callDefault)(operation, values, ...others),
    nameOf: (projectId) => remote.get(projectId)?.name ?? settings.upstream,
    remoteIdOf: (projectId) => {
      const id = remote.get(projectId)?.id
      return id === defaultName ? undefined : id
    },
    circuits: all,
    replace: (remoteProjects) => {
      for (const { upstream } of remoteProjects.values()) names.add(upstream)
      remote = remoteOf(remoteProjects)
    }
  }
}
