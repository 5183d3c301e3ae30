/**
 * The operations of `HotspotSession` as values, for `call`.
 *
 * @module
 */
export { type CreateParameters, createHotspotSessionConfig } from "./operations/CreateHotspotSessionConfig.js"
export { type ListParameters, listHotspotSessionConfig } from "./operations/ListHotspotSessionConfig.js"
export { type ListUsersParameters, listNonMigrationUsers } from "./operations/ListNonMigrationUsers.js"
export { type UpdateParameters, updateHotspotSessionConfig } from "./operations/UpdateHotspotSessionConfig.js"
export { type UpdateUsersParameters, updateNonMigrationUsers } from "./operations/UpdateNonMigrationUsers.js"
