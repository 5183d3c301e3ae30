/**
 * The credentials of a machine, from its environment, its files and its services.
 *
 * @module
 */
export type { Machine } from "./Machine.js"
export { type Connection, connection, layer, type Options } from "./ProfileConnection.js"
export { type CredentialsOptions, credentialsOf } from "./ProfileCredentials.js"
export { exposedFile, type Resolved, resolve } from "./ProfileSearch.js"
