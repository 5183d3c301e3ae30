import { Credentials, type Environment, HotspotSession, type Profile, ProfileChain } from "@hotspot-session/client"
import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
import type { RegionId } from "@hotspot-session/core"
import { layerNoCredentials } from "@hotspot-session/gateway/Gateway"
import type { RemoteProject } from "@hotspot-session/gateway/GatewayOptions"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { skippedWarnings } from "@hotspot-session/settings/CredentialSources"
import { findIamEndpoint } from "@hotspot-session/settings/IamEndpoint"
import { isLoopback } from "@hotspot-session/settings/Loopback"
import { type ResolvedEndpoint, regionOf } from "@hotspot-session/settings/ResolvedEndpoint"
import type { SourcedValue } from "@hotspot-session/settings/SourcedValue"
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
  /** Absent in `pass-through`. */
  readonly profile: Profile | undefined
  readonly warnings: ReadonlyArray<string>
}

/** The endpoint of the region in the credentials' source. */
const endpointOfProfile = (
  region: SourcedValue | undefined,
  environment: Environment
): Either.Either<ResolvedEndpoint, ConfigurationError> =>
  Either.flatMap(
    Either.mapLeft(
      region === undefined ? Either.left("Use --region or --endpoint.") : Parsers.region(region.value),
      (hint) =>
        new ConfigurationError({
          message: "No region or endpoint is set, and the credentials' source names no known region.",
          hint
        })
    ),
    (region) => endpointOfRegion(region, environment)
  )

type Projects = ReadonlyArray<Parsers.NamedProject> | undefined

/** The projects that are in other regions than the gateway's own, and their endpoints. */
export const findRemoteEndpoints = (
  projects: Projects,
  own: RegionId | undefined,
  environment: Environment
): Either.Either<ReadonlyArray<RemoteEndpoint>, ConfigurationError> =>
  Either.all(
    (projects ?? []).flatMap(({ id, region }) =>
      region === undefined || region === own
        ? []
        : [Either.map(endpointOfRegion(region, environment), (endpoint) => ({ projectId: id, region, endpoint }))]
    )
  )

/** A warning for each endpoint on another machine that is called without TLS. */
const clearTextWarnings = (endpoints: ReadonlyArray<ResolvedEndpoint>): ReadonlyArray<string> =>
  [...new Set(endpoints.map(({ url }) => url))]
    .filter((url) => url.startsWith("http:") && !isLoopback(new URL(url).hostname))
    .map((url) => `Credentials and responses of ${url} are sent in clear text. Use https.`)

/** Resolves what the settings leave to the machine's profiles. */
export const findUpstreams = (settings: GatewaySettings, projects: Projects, environment: Environment) =>
  Effect.gen(function* () {
    const configured = settings.endpoint
    const found =
      settings.credentials === "own"
        ? yield* ProfileChain.resolve(
            NodeMachine.make(environment),
            settings.profile,
            configured?.region === undefined ? configured?.configured.value : undefined
          )
        : undefined
    const endpoint = configured ?? (yield* endpointOfProfile(found?.profile.region, environment))
    const own = regionOf(endpoint)
    const remoteEndpoints = yield* findRemoteEndpoints(projects, own, environment)
    return {
      endpoint,
      region: own,
      remoteEndpoints,
      profile: found?.profile,
      warnings: [
        ...skippedWarnings(found?.skipped ?? []),
        ...clearTextWarnings([endpoint, ...remoteEndpoints.map(({ endpoint }) => endpoint)])
      ]
    } satisfies Upstreams
  })

/**
 * The client of the gateway's own upstream, and the way to those of remote projects: one for each region, or one for each
 * project if the credentials are valid for one project only. A client that exists is used again.
 */
export const clientsOf = (
  settings: GatewaySettings,
  { endpoint, profile }: Pick<Upstreams, "endpoint" | "profile">,
  environment: Environment
) =>
  Effect.gen(function* () {
    const httpClient = yield* Layer.build(NodeHotspotSession.layerUndici())
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
          region: endpoint.region ?? profile.region?.value,
          iamEndpoint: findIamEndpoint(environment, profile, endpoint.region, endpoint.region === undefined)
        },
        profile,
        environment
      )
    const credentials =
      profile === undefined
        ? Context.get(yield* Layer.build(layerNoCredentials), Credentials.Credentials)
        : yield* credentialsAt(profile, endpoint, profile.projectId?.value)
    const clients = new Map<string, HotspotSession.Service>()
    const remoteProjectsOf = (remoteEndpoints: ReadonlyArray<RemoteEndpoint>) =>
      Effect.gen(function* () {
        const remoteProjects = new Map<string, RemoteProject>()
        for (const { endpoint, projectId, region } of remoteEndpoints) {
          // A user's token is valid for one project only.
          const isOfProject = profile?.credentials._tag === "Password"
          const key = isOfProject ? `${region}/${projectId}` : region
          const client =
            clients.get(key) ??
            (yield* clientOf(endpoint, isOfProject ? yield* credentialsAt(profile, endpoint, projectId) : credentials))
          clients.set(key, client)
          remoteProjects.set(projectId, { upstream: region, client })
        }
        return remoteProjects
      })
    return { client: yield* clientOf(endpoint, credentials), remoteProjectsOf }
  })
