import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { CredentialsError, iamEndpoint } from "../Core.js"
import * as Credentials from "../Credentials.js"
import { flatMap } from "../LeanEffect.js"
import * as Cloud from "./Cloud.js"
import * as Destination from "./Destination.js"
import type { Machine } from "./Machine.js"
import type { SourcedValue } from "./Profile.js"
import { areIssuedByIam, credentialsOf } from "./ProfileCredentials.js"
import { resolve } from "./ProfileSearch.js"
import * as RegionsFile from "./RegionsFile.js"

/**
 * The settings of `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Name of a profile. Default: the profile of the first source that has credentials. */
  readonly profile?: string | undefined
  /** Project of a user's token. Default: the profile's, else the region's. */
  readonly projectId?: string | undefined
  readonly region?: string | undefined
  /**
   * URL of IAM. Default: `HUAWEICLOUD_SDK_IAM_ENDPOINT`, else the profile's, else that of the region and the cloud. Required if
   * none of them is known and IAM issues the credentials.
   */
  readonly iamEndpoint?: string | undefined
  /** URL of the service, if it is not that of a region. */
  readonly endpoint?: string | undefined
}

/**
 * Credentials and the endpoint of the service that they are used at.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  /** They authorise no request to another cloud: the error of such a call is a `CredentialsError`. */
  readonly credentials: Credentials.Service
  /** The given one, else that of the region on this machine; `undefined` if the region is not known. */
  readonly endpoint: string | undefined
  /** The endpoint of a region on this machine, in the cloud of the credentials; `undefined` if the region is not known. */
  readonly regionEndpoint: (region: string) => string | undefined
}

const readRegions = (machine: Machine) =>
  Effect.mapError(
    RegionsFile.read(machine),
    ({ hint, message }) => new CredentialsError({ reason: message, hint, refused: true })
  )

interface Guarded extends Credentials.Credential {
  readonly unguarded: Credentials.Credential
}

const isGuarded = (credential: Credentials.Credential): credential is Guarded => "unguarded" in credential

/** Credentials that authorise no request to a URL for which there is an error: calls have endpoints and regions of their own. */
const guard = (
  { get, invalidate }: Credentials.Service,
  errorOf: (url: string) => CredentialsError | undefined
): Credentials.Service => {
  /** The last origin without an error, and a slash: nearly all requests go to one, and each is authorised. */
  let allowed: string | undefined
  const check = (url: string): CredentialsError | undefined => {
    if (allowed !== undefined && url.startsWith(allowed)) return undefined
    const error = errorOf(url)
    if (error === undefined && URL.canParse(url)) allowed = `${new URL(url).origin}/`
    return error
  }
  const guarded = (unguarded: Credentials.Credential): Guarded => ({
    ...unguarded,
    unguarded,
    authorize: (request, options) => {
      const error = check(request.url)
      return error === undefined ? unguarded.authorize(request, options) : Effect.fail(error)
    }
  })
  return {
    get: flatMap(get, (credential) => Effect.succeed(guarded(credential))),
    invalidate: (credential) => invalidate(isGuarded(credential) ? credential.unguarded : credential)
  }
}

/**
 * Finds the credentials of the machine, like `resolve`, and the endpoint of the service. Sources that are passed over
 * and files with secrets that others can read are logged as warnings.
 *
 * Fails with a `CredentialsError` like `resolve` and `credentialsOf`, if the file of regions cannot be used, and if secrets
 * would go to another cloud: the credentials, IAM and the service must be of one, and for an endpoint that is given, so must
 * be that of IAM if it issues the credentials.
 *
 * @category operations
 * @since 0.1.0
 */
export const connection = Effect.fnUntraced(function* (
  machine: Machine,
  options: Options = {}
): Effect.fn.Return<Connection, CredentialsError, HttpClient.HttpClient | Scope.Scope> {
  const { profile, skipped, warnings } = yield* resolve(machine, options.profile)
  for (const warning of warnings) yield* Effect.logWarning(warning)
  for (const { broken, reason, source } of skipped) {
    if (broken) yield* Effect.logWarning(`credentials of ${source} skipped: ${reason}`)
  }
  const { environment } = machine
  const regionsFile = yield* readRegions(machine)
  const sourcedEndpoint = (region: string) =>
    Destination.endpointOf(region, { environment, regionsFile, cloud: profile.cloud })
  const sourced = (name: string, value: string | undefined) =>
    value === undefined ? undefined : { value, source: `option ${name}` }
  const region = options.region ?? profile.region?.value
  const given = sourced("endpoint", options.endpoint)
  const endpoint = given ?? (region === undefined ? undefined : sourcedEndpoint(region))
  const iam =
    sourced("iamEndpoint", options.iamEndpoint) ??
    Destination.iamEndpointOf({ environment, profile, region, hasCustomEndpoint: given !== undefined })
  const isAnyIam = iam === undefined || (region === undefined && iam.source === Destination.defaultSource)
  if (isAnyIam && areIssuedByIam(profile.credentials)) {
    return yield* new CredentialsError({
      reason: `No IAM endpoint is set for the credentials of ${profile.source}`,
      hint: "Give iamEndpoint, or set HUAWEICLOUD_SDK_IAM_ENDPOINT: secrets are not sent to the cloud's IAM without a region, for an endpoint that is given, or for a region that only this machine knows.",
      refused: true
    })
  }
  /** The endpoint that the credentials are for: the connection's, else that of the first request to a known cloud. */
  let otherEndpoint = endpoint
  const errorOf = (endpoint: SourcedValue<string> | undefined): CredentialsError | undefined => {
    const mismatch = Cloud.mismatch({ endpoint, otherEndpoint, iamEndpoint: isAnyIam ? undefined : iam, profile })
    return mismatch === undefined
      ? undefined
      : new CredentialsError({
          reason: `The credentials of ${profile.source} are not sent: ${mismatch}`,
          hint: "Set the endpoint, the IAM endpoint and the cloud to those of one cloud.",
          refused: true
        })
  }
  const error = errorOf(endpoint)
  if (error !== undefined) return yield* error
  const credentials = yield* credentialsOf(profile, {
    projectId: options.projectId ?? profile.projectId?.value,
    projectName: profile.projectName?.value,
    region,
    iamEndpoint: iam?.value ?? iamEndpoint(region),
    machine
  })
  return {
    credentials: guard(credentials, (url) => {
      const request = { value: url, source: "the request" }
      const error = errorOf(request)
      if (error === undefined && !Cloud.isKnown(otherEndpoint?.value ?? "", profile.cloud?.value)) {
        otherEndpoint = { ...request, source: "an earlier request" }
      }
      return error
    }),
    endpoint: endpoint?.value,
    regionEndpoint: (region) => sourcedEndpoint(region)?.value
  }
})

/**
 * The credentials of the machine, which `resolve` finds when the layer is built.
 *
 * Fails with a `CredentialsError` like `connection`.
 *
 * @example
 * ```ts
 * import { HotspotSession, ProfileChain } from "@hotspot-session/client"
 * import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
 * import { Layer } from "effect"
 *
 * // Like NodeHotspotSession.layerMachine, with another HttpClient.
 * const client = HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *   Layer.provide(ProfileChain.layer(NodeMachine.make(), { region: "ap-southeast-1" })),
 *   Layer.provide(NodeHotspotSession.layerHttpClient())
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  machine: Machine,
  options: Options = {}
): Layer.Layer<Credentials.Credentials, CredentialsError, HttpClient.HttpClient> =>
  Layer.scoped(
    Credentials.Credentials,
    Effect.map(connection(machine, options), ({ credentials }) => credentials)
  )
