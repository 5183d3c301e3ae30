/**
 * The HTTP gateway as something to embed: an Effect `HttpApp`, a layer and a fetch-style handler. Nothing is read from the
 * environment, listened to or trapped by importing it. `@hotspot-session/gateway/node` has what needs Node.js.
 *
 * @module
 */
export type { AccessLog, AccessLogEntry } from "./AccessLog.js"
export type { CallerKey } from "./caller/CallerKeys.js"
export * as Gateway from "./Gateway.js"
export { GatewayErrorCode } from "./GatewayErrorCode.js"
export { SharedStore, type SharedStoreService } from "./shared/SharedStore.js"
