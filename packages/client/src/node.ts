/**
 * The client with good defaults for Node.js.
 *
 * @module
 */
export * as CertificateFile from "./node/CertificateFile.js"
export * as NodeConnection from "./node/NodeConnection.js"
export * as NodeHotspotSession from "./node/NodeHotspotSession.js"
export * as NodeMachine from "./node/NodeMachine.js"
