import type { Operation } from "./Operation.js"
import { createHotspotSessionConfig } from "./operations/CreateHotspotSessionConfig.js"
import { listHotspotSessionConfig } from "./operations/ListHotspotSessionConfig.js"
import { listNonMigrationUsers } from "./operations/ListNonMigrationUsers.js"
import { updateHotspotSessionConfig } from "./operations/UpdateHotspotSessionConfig.js"
import { updateNonMigrationUsers } from "./operations/UpdateNonMigrationUsers.js"

/**
 * All operations on hotspot session migration configurations.
 *
 * @category operations
 * @since 0.1.0
 */
export const operations = [
  listHotspotSessionConfig,
  createHotspotSessionConfig,
  updateHotspotSessionConfig,
  listNonMigrationUsers,
  updateNonMigrationUsers
] as const satisfies ReadonlyArray<Operation>
