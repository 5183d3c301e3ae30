/**
 * An emulator of the cloud API on this machine, for tests and demonstrations.
 *
 * @module
 */
export type { TemporaryKey } from "./AccessKey.js"
export * as Dataset from "./Dataset.js"
export { Demo } from "./Demo.js"
export * as Documented from "./Documented.js"
export * as Emulator from "./Emulator.js"
export * as Fault from "./Fault.js"
export type { Mode as MetadataMode } from "./Metadata.js"
export { maxRecordedRequests, type RecordedRequest } from "./RequestLog.js"
export type { NamedProject } from "./State.js"
