import { Credentials, type Environment, HotspotSession, type Profile } from "@hotspot-session/client"
import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
import { layerNoCredentials } from "@hotspot-session/gateway/Gateway"
import type { RemoteProject } from "@hotspot-session/gateway/GatewayOptions"
import { clearTextUrls, clearTextWarning } from "@hotspot-session/settings/ClearText"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { clientOptions } from "@hotspot-session/settings/Connection"
import { profileWarnings } from "@hotspot-session/settings/CredentialSources"
import { variables } from "@hotspot-session/settings/EnvironmentVariables"
import { readRegions } from "@hotspot-session/settings/MachineRegions"
import { destinationsOf, withinOneCloud } from "@hotspot-session/settings/OneCloud"
import { type ResolvedEndpoint, regionOf } from "@hotspot-session/settings/ResolvedEndpoint"
import type { SourcedValue } from "@hotspot-session/settings/SourcedValue"
import { findTarget, type Target, type TargetRequest } from "@hotspot-session/settings/Target"
import { areSentToIam, credentialsFor } from "@hotspot-session/settings/TargetCredentials"
import { findSharedProfile } from "@hotspot-session/settings/TargetProfile"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { version } from "./GatewayCommandLine.js"
import type { GatewaySettings } from "./GatewaySettings.js"
import type * as Parsers from "./Parsers.js"

/** Where a service is, and IAM for the gateway's own credentials. */
interface Location {
  readonly endpoint: ResolvedEndpoint
  /** Absent in `pass-through`, and as of `Target`. */
  readonly iamEndpoint: SourcedValue | undefined
  /** With the project and the region that a user's token is for. */
  readonly target: Target
}

/** A project in another region than the gateway's own, and where that is. */
export interface RemoteEndpoint extends Location {
  readonly projectId: string
  readonly region: string
}

/** The endpoints and credentials of the gateway's upstreams. */
export interface Upstreams extends Location {
  /** The region of its own endpoint, if it belongs to one. */
  readonly region: string | undefined
  readonly remoteEndpoints: ReadonlyArray<RemoteEndpoint>
  /** The same of other projects. */
  readonly findRemoteEndpoints: (
    projects: ReadonlyArray<Parsers.NamedProject> | undefined
  ) => Either.Either<ReadonlyArray<RemoteEndpoint>, ConfigurationError>
  /** Absent in `pass-through`. */
  readonly profile: Profile | undefined
  readonly warnings: ReadonlyArray<string>
}

/** A user's token is valid for one project only. */
const isOfProject = ({ credentials }: Profile): boolean => credentials._tag === "Password"

/** Fails if the gateway's own credentials would be sent to two clouds, also one after the other. */
const cloudCheck = (profile: Profile, { endpoint, iamEndpoint }: Location) => {
  let known = destinationsOf(endpoint, areSentToIam(profile) ? iamEndpoint : undefined)
  return (remoteEndpoints: ReadonlyArray<RemoteEndpoint>): Either.Either<void, ConfigurationError> => {
    const remote = remoteEndpoints.flatMap(({ endpoint, iamEndpoint, projectId }) =>
      destinationsOf(endpoint, isOfProject(profile) ? iamEndpoint : undefined, `project ${projectId}`)
    )
    return Either.map(withinOneCloud([...known, ...remote]), (distinct) => {
      known = distinct
    })
  }
}

/** A warning for each endpoint on another machine that is called without TLS. */
const clearTextWarnings = (endpoints: ReadonlyArray<ResolvedEndpoint>): ReadonlyArray<string> =>
  clearTextUrls(endpoints.map(({ url }) => url)).map(clearTextWarning)

/** Resolves what the settings leave to the machine's files and profiles. */
export const findUpstreams = Effect.fnUntraced(function* (
  settings: GatewaySettings,
  projects: ReadonlyArray<Parsers.NamedProject> | undefined,
  environment: Environment
) {
  const machine = NodeMachine.make(environment)
  const found = settings.credentials === "own" ? yield* findSharedProfile(settings.profile, machine) : undefined
  const profile = found?.profile
  const regions = found?.regions ?? (yield* readRegions(machine))
  const locate = (request: TargetRequest): Either.Either<Location, ConfigurationError> => {
    const target = findTarget(request, environment, profile, regions)
    if (!target.isConfigured) {
      return Either.left(
        new ConfigurationError({
          message: `No region or endpoint is set${profile === undefined ? "" : ", and the credentials' source names no region"}.`,
          hint: `Use --region or --endpoint, or set ${variables.region} or ${variables.endpoint}.`
        })
      )
    }
    return Either.all({
      endpoint: target.endpoint,
      iamEndpoint: profile === undefined ? Either.right(undefined) : target.iamEndpoint,
      target: Either.right(target)
    })
  }
  const own = yield* locate(settings.target)
  const ownRegion = regionOf(own.endpoint)
  const checkClouds = profile === undefined ? () => Either.void : cloudCheck(profile, own)
  const findRemoteEndpoints: Upstreams["findRemoteEndpoints"] = (projects = []) =>
    Either.all(
      projects.flatMap(({ id, region }) =>
        region === undefined || region === ownRegion
          ? []
          : [
              Either.map(locate({ region, source: `project ${id}` }), (location) => ({
                ...location,
                projectId: id,
                region
              }))
            ]
      )
    ).pipe(Either.flatMap((remote) => Either.map(checkClouds(remote), () => remote)))
  const remoteEndpoints = yield* findRemoteEndpoints(projects)
  return {
    ...own,
    region: ownRegion,
    remoteEndpoints,
    findRemoteEndpoints,
    profile,
    warnings: [
      ...(found === undefined ? [] : profileWarnings(found)),
      ...clearTextWarnings([own, ...remoteEndpoints].map(({ endpoint }) => endpoint))
    ]
  } satisfies Upstreams
})

/**
 * The client of the gateway's own upstream, and the way to those of remote projects: one for each region, or one for each
 * project if the credentials are valid for one project only. A client that exists is used again.
 */
export const clientsOf = Effect.fnUntraced(function* (
  settings: GatewaySettings,
  { endpoint, iamEndpoint, profile, target }: Pick<Upstreams, "endpoint" | "iamEndpoint" | "profile" | "target">,
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
  const credentialsAt = (profile: Profile, { iamEndpoint, target }: Location, projectId: SourcedValue | undefined) =>
    credentialsFor(
      {
        projectId: isOfProject(profile) ? projectId : undefined,
        projectName: profile.projectName?.value,
        region: target.region?.value,
        iamEndpoint
      },
      profile,
      NodeMachine.make(environment)
    )
  const credentials =
    profile === undefined
      ? Context.get(yield* Layer.build(layerNoCredentials), Credentials.Credentials)
      : yield* credentialsAt(profile, { endpoint, iamEndpoint, target }, target.projectId)
  const clients = new Map<string, HotspotSession.Service>()
  const remoteProjectsOf = Effect.fnUntraced(function* (remoteEndpoints: ReadonlyArray<RemoteEndpoint>) {
    const remoteProjects = new Map<string, RemoteProject>()
    for (const remote of remoteEndpoints) {
      const { endpoint, projectId, region } = remote
      const ofProject = profile !== undefined && isOfProject(profile) ? profile : undefined
      const key = ofProject === undefined ? region : `${region}/${projectId}`
      const client =
        clients.get(key) ??
        (yield* clientOf(
          endpoint,
          ofProject === undefined
            ? credentials
            : yield* credentialsAt(ofProject, remote, { value: projectId, source: "setting projects" })
        ))
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
