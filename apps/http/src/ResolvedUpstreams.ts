import {
  Credentials,
  Destination,
  type Environment,
  HotspotSession,
  type Profile,
  ProfileChain
} from "@hotspot-session/client"
import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
import type { RegionId } from "@hotspot-session/core"
import { layerNoCredentials } from "@hotspot-session/gateway/Gateway"
import type { RemoteProject } from "@hotspot-session/gateway/GatewayOptions"
import { clearTextUrls, clearTextWarning } from "@hotspot-session/settings/ClearText"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { clientOptions } from "@hotspot-session/settings/Connection"
import { profileWarnings } from "@hotspot-session/settings/CredentialSources"
import { readRegions } from "@hotspot-session/settings/MachineRegions"
import { type ResolvedEndpoint, regionOf } from "@hotspot-session/settings/ResolvedEndpoint"
import { withinCloud } from "@hotspot-session/settings/Target"
import { credentialsFor } from "@hotspot-session/settings/TargetCredentials"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { version } from "./GatewayCommandLine.js"
import { endpointOfRegion, type GatewaySettings } from "./GatewaySettings.js"
import * as Parsers from "./Parsers.js"

/** A project in another region than the gateway's own, and its endpoint. */
export interface RemoteEndpoint {
  readonly projectId: string
  readonly region: RegionId
  readonly endpoint: ResolvedEndpoint
}

/** The endpoints and credentials of the gateway's upstreams. */
export interface Upstreams {
  readonly endpoint: ResolvedEndpoint
  /** The region of its own endpoint, if it belongs to one. */
  readonly region: RegionId | undefined
  readonly remoteEndpoints: ReadonlyArray<RemoteEndpoint>
  /** The same of other projects. */
  readonly findRemoteEndpoints: (
    projects: ReadonlyArray<Parsers.NamedProject> | undefined
  ) => Either.Either<ReadonlyArray<RemoteEndpoint>, ConfigurationError>
  /** Absent in `pass-through`. */
  readonly profile: Profile | undefined
  readonly warnings: ReadonlyArray<string>
}

/** The endpoint of the region in the credentials' source. */
const endpointOfProfile = (
  { cloud, region }: Pick<Profile, "cloud" | "region">,
  endpointOf: (region: string) => Either.Either<ResolvedEndpoint, ConfigurationError>
): Either.Either<ResolvedEndpoint, ConfigurationError> =>
  Either.flatMap(
    Either.mapLeft(
      region === undefined
        ? Either.left("Use --region or --endpoint.")
        : // The regions of other clouds are not known.
          cloud === undefined
          ? Parsers.region(region.value)
          : Either.right(region.value),
      (hint) =>
        new ConfigurationError({
          message: "No region or endpoint is set, and the credentials' source names no known region.",
          hint
        })
    ),
    endpointOf
  )

export const iamOf = (environment: Environment, profile: Profile | undefined, { region }: ResolvedEndpoint) =>
  Destination.iamEndpointOf({ environment, profile, region, hasCustomEndpoint: region === undefined })

type Projects = ReadonlyArray<Parsers.NamedProject> | undefined

/** A warning for each endpoint on another machine that is called without TLS. */
const clearTextWarnings = (endpoints: ReadonlyArray<ResolvedEndpoint>): ReadonlyArray<string> =>
  clearTextUrls(endpoints.map(({ url }) => url)).map(clearTextWarning)

/** Resolves what the settings leave to the machine's files and profiles. */
export const findUpstreams = Effect.fnUntraced(function* (
  settings: GatewaySettings,
  projects: Projects,
  environment: Environment
) {
  const machine = NodeMachine.make(environment)
  const configured = settings.endpoint
  const found = settings.credentials === "own" ? yield* ProfileChain.resolve(machine, settings.profile) : undefined
  const profile = found?.profile
  const context = { regions: yield* readRegions(machine), cloud: profile?.cloud }
  const endpointOf = (region: string) => endpointOfRegion(region, environment, context)
  const withinItsCloud = (endpoint: ResolvedEndpoint) =>
    withinCloud(endpoint, profile === undefined ? undefined : iamOf(environment, profile, endpoint), profile)
  const endpoint = yield* Either.flatMap(
    configured === undefined
      ? endpointOfProfile(profile ?? {}, endpointOf)
      : configured.region === undefined
        ? Either.right(configured)
        : endpointOf(configured.region),
    withinItsCloud
  )
  const own = regionOf(endpoint)
  const findRemoteEndpoints: Upstreams["findRemoteEndpoints"] = (projects) =>
    Either.all(
      (projects ?? []).flatMap(({ id, region }) =>
        region === undefined || region === own
          ? []
          : [
              Either.map(Either.flatMap(endpointOf(region), withinItsCloud), (endpoint) => ({
                projectId: id,
                region,
                endpoint
              }))
            ]
      )
    )
  const remoteEndpoints = yield* findRemoteEndpoints(projects)
  return {
    endpoint,
    region: own,
    remoteEndpoints,
    findRemoteEndpoints,
    profile,
    warnings: [
      ...(found === undefined ? [] : profileWarnings(found)),
      ...clearTextWarnings([endpoint, ...remoteEndpoints.map(({ endpoint }) => endpoint)])
    ]
  } satisfies Upstreams
})

/**
 * The client of the gateway's own upstream, and the way to those of remote projects: one for each region, or one for each
 * project if the credentials are valid for one project only. A client that exists is used again.
 */
export const clientsOf = Effect.fnUntraced(function* (
  settings: GatewaySettings,
  { endpoint, profile }: Pick<Upstreams, "endpoint" | "profile">,
  environment: Environment
) {
  const httpClient = yield* Layer.build(
    // The command line has already rejected invalid options.
    Layer.orDie(NodeHotspotSession.layerUndici(clientOptions(settings.connection, environment)))
  )
  const clientOf = ({ url }: ResolvedEndpoint, credentials: Credentials.Service) =>
    HotspotSession.make({
      endpoint: url,
      timeout: settings.timeout,
      userAgent: `hotspot-session-http/${version}`
    }).pipe(
      Effect.provide(httpClient),
      Effect.provideService(Credentials.Credentials, credentials),
      // Resolving the endpoint has already rejected an invalid one.
      Effect.orDie
    )
  const credentialsAt = (profile: Profile, endpoint: ResolvedEndpoint, projectId: string | undefined) =>
    credentialsFor(
      {
        projectId,
        projectName: profile.projectName?.value,
        region: endpoint.region ?? profile.region?.value,
        iamEndpoint: iamOf(environment, profile, endpoint)
      },
      profile,
      NodeMachine.make(environment)
    )
  const credentials =
    profile === undefined
      ? Context.get(yield* Layer.build(layerNoCredentials), Credentials.Credentials)
      : yield* credentialsAt(profile, endpoint, profile.projectId?.value)
  const clients = new Map<string, HotspotSession.Service>()
  const remoteProjectsOf = Effect.fnUntraced(function* (remoteEndpoints: ReadonlyArray<RemoteEndpoint>) {
    const remoteProjects = new Map<string, RemoteProject>()
    for (const { endpoint, projectId, region } of remoteEndpoints) {
      // A user's token is valid for one project only.
      const isOfProject = profile?.credentials._tag === "Password"
      const key = isOfProject ? `${region}/${projectId}` : region
      const client =
        clients.get(key) ??
        (yield* clientOf(endpoint, isOfProject ? yield* credentialsAt(profile, endpoint, projectId) : credentials))
      clients.set(key, client)
      remoteProjects.set(projectId, {
        upstream: region,
        client,
        ...(endpoint.isDefault ? {} : { address: endpoint.configured.value })
      })
    }
    return remoteProjects
  })
  return { client: yield* clientOf(endpoint, credentials), remoteProjectsOf }
})
