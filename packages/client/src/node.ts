/**
 * The client with good defaults for Node.js.
 *
 * @module
 */
export * as NodeHotspotSession from "./node/NodeHotspotSession.js"
export * as NodeHttp from "./node/NodeHttp.js"
export * as NodeMachine from "./node/NodeMachine.js"
