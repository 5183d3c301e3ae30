/**
 * The HTTP gateway on Node.js: a request handler for `node:http`, and a server that drains.
 *
 * @module
 * @since 0.1.0
 */
export * as NodeGateway from "./node/NodeGateway.js"
