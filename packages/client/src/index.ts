/**
 * Client for Huawei Cloud Workspace's hotspot session migration configurations. Runs wherever `@effect/platform` has an
 * `HttpClient`; `@hotspot-session/client/node` has good defaults for Node.js. The models and errors of
 * `@hotspot-session/core` that occur in its signatures are also exported here.
 *
 * @module
 */
export * as Agency from "./Agency.js"
export * as CachedCredentials from "./CachedCredentials.js"
export * as CallableOperation from "./CallableOperation.js"
export type { Configured } from "./Configured.js"
export * from "./Core.js"
export * as Credentials from "./Credentials.js"
export { DirectConnection, directly } from "./DirectConnection.js"
export * as EcsMetadata from "./EcsMetadata.js"
export { type RegionOrEndpoint, resolveEndpoint } from "./Endpoint.js"
export { type Environment, normalizeEnvironment } from "./Environment.js"
export * as Federation from "./Federation.js"
export * as HotspotSession from "./HotspotSession.js"
export * as Iam from "./Iam.js"
export * as Operations from "./Operations.js"
export { isLastPage, type OnePage, paged } from "./Pagination.js"
export * as PodIdentity from "./PodIdentity.js"
export * as Proxy from "./Proxy.js"
export * as Cloud from "./profile/Cloud.js"
export * as Destination from "./profile/Destination.js"
export type {
  Profile,
  ProfileCredentials,
  ProfileLookup,
  SkippedSource,
  SourceCloud,
  SourcedValue
} from "./profile/Profile.js"
export * as ProfileChain from "./profile/ProfileChain.js"
export * as RegionsFile from "./profile/RegionsFile.js"
export * as TokenFile from "./profile/TokenFile.js"
export type { Response } from "./Response.js"
export * as RetryPolicy from "./RetryPolicy.js"
export { sensitiveHeaders } from "./SensitiveHeaders.js"
export * as Signature from "./Signature.js"
export * as Telemetry from "./Telemetry.js"
export * as TextFile from "./TextFile.js"
