import type { Caller } from "./caller/Callers.js"
import type { Permission } from "./caller/KeyGrant.js"
import * as Failure from "./Failure.js"
import type { JsonOperation } from "./JsonOperation.js"

export const isWrite = ({ idempotency }: JsonOperation): boolean => idempotency !== "safe"

const permissionFor = (operation: JsonOperation): Permission => (isWrite(operation) ? "write" : "read")

/** Why the caller's key does not permit an operation. In `pass-through`, the cloud decides. */
export const denialOf = (
  { permissions, projects }: Caller,
  operation: JsonOperation,
  projectId: () => string
): Failure.Failure | undefined => {
  const permission = permissionFor(operation)
  if (!permissions.has(permission)) return Failure.missingPermission(permission)
  return projects === undefined || projects.has(projectId()) ? undefined : Failure.closedProject
}
