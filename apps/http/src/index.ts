/**
 * The HTTP gateway as something to embed: an Effect `HttpApp`, a layer and a fetch-style handler. Nothing is read from the
 * environment, listened to or trapped by importing it. `@hotspot-session/http/node` has what needs Node.js.
 *
 * @module
 */
export type { AccessLog, AccessLogEntry } from "./AccessLog.js"
export type { CallerKey } from "./caller/SignedCaller.js"
export { GatewayErrorCode } from "./GatewayErrorCode.js"
export * as HotspotSessionHttp from "./HotspotSessionHttp.js"
export { SharedStore, type SharedStoreService } from "./shared/SharedStore.js"
