/**
 * The client with good settings for Node.js.
 *
 * @module
 */
export * as NodeHotspotSession from "./node/NodeHotspotSession.js"
export * as NodeMachine from "./node/NodeMachine.js"
