/**
 * The HTTP gateway on Node.js: a request handler for `node:http`, and a server that drains.
 *
 * @module
 */
export * as NodeHotspotSessionHttp from "./node/NodeHotspotSessionHttp.js"
