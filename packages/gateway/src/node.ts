/**
 * The HTTP gateway on Node.js: a request handler for `node:http`, and a server that drains.
 *
 * @module
 */
export * as NodeGateway from "./node/NodeGateway.js"
