/**
 * The operations of `HotspotSession` as values, for `call`.
 *
 * @module
 */
export { type ListParameters, listHotspotSessionConfig } from "./operations/ListHotspotSessionConfig.js"
