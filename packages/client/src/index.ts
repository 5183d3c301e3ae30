/**
 * Client for Huawei Cloud Workspace's hotspot session migration configurations. Runs wherever `@effect/platform` has an
 * `HttpClient`; `@hotspot-session/client/node` has good settings for Node.js.
 *
 * @module
 */
export * as Credentials from "./Credentials.js"
export * as EcsMetadata from "./EcsMetadata.js"
export { endpointInPlace, resolveEndpoint, type Target } from "./Endpoint.js"
export * as HotspotSession from "./HotspotSession.js"
export * as Iam from "./Iam.js"
export { isLastPage } from "./Pagination.js"
export type {
  Environment,
  Located,
  Look,
  Miss,
  Profile,
  ProfileCredentials
} from "./profile/Profile.js"
export * as ProfileChain from "./profile/ProfileChain.js"
export * as RetryPolicy from "./RetryPolicy.js"
export * as Signature from "./Signature.js"
export * as Telemetry from "./Telemetry.js"
