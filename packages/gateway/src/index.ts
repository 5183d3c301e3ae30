/**
 * The HTTP gateway for embedding: an Effect `HttpApp`, a layer and a fetch-style handler. Importing it reads no
 * environment variables, listens on no port and handles no signals. `@hotspot-session/gateway/node` has what needs Node.js.
 *
 * @module
 * @since 0.1.0
 */
export type { AccessLog, AccessLogEntry } from "./AccessLog.js"
export type { AuditEntry, AuditLog } from "./AuditLog.js"
export type { ApiKey } from "./caller/ApiKeys.js"
export type { CallerKey } from "./caller/CallerKeys.js"
export type { KeyGrant, Permission } from "./caller/KeyGrant.js"
export * as Gateway from "./Gateway.js"
export { GatewayErrorCode } from "./GatewayErrorCode.js"
export { SharedStore, type SharedStoreService } from "./shared/SharedStore.js"
