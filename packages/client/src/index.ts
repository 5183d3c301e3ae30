/**
 * Client for Huawei Cloud Workspace's hotspot session migration configurations. Runs wherever `@effect/platform` has an
 * `HttpClient`; `@hotspot-session/client/node` has good settings for Node.js.
 *
 * @module
 */
export * as Credentials from "./Credentials.js"
export { resolveEndpoint, type Target } from "./Endpoint.js"
export * as HotspotSession from "./HotspotSession.js"
export * as RetryPolicy from "./RetryPolicy.js"
export * as Telemetry from "./Telemetry.js"
