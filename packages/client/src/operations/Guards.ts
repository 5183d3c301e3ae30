// Generated from the schemas of core. To regenerate it: node scripts/guards.mjs --write
import type {
  ListHotspotSessionConfigRequest,
  ListHotspotSessionConfigResponse,
  ListNonMigrationUsersRequest,
  ListNonMigrationUsersResponse
} from "@hotspot-session/core"

const isAbsent = (object: object, name: string): boolean => !Object.hasOwn(object, name)

const hasOnly = (object: object, isField: (name: string) => boolean): boolean => {
  for (const name in object) if (!isField(name)) return false
  return true
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isString = (value: unknown): value is string => typeof value === "string"

const isProjectId = (value: unknown): value is string => isString(value) && /^[0-9A-Za-z_-]{1,128}$/u.test(value)

const isNumber = (value: unknown): value is number => typeof value === "number"

const isInt = (value: unknown): value is number => isNumber(value) && Number.isSafeInteger(value)

const isOffset = (value: unknown): value is number => isInt(value) && value >= 0 && value <= 2147483647

const isLimit = (value: unknown): value is number => isInt(value) && value >= 1 && value <= 100

const isListHotspotSessionConfigRequestField = (value: unknown): boolean =>
  value === "project_id" || value === "offset" || value === "limit"

/** Whether `ListHotspotSessionConfigRequest` would decode it to itself. */
export const isListHotspotSessionConfigRequest = (value: unknown): value is ListHotspotSessionConfigRequest =>
  isObject(value) &&
  isProjectId(value["project_id"]) &&
  (isOffset(value["offset"]) || isAbsent(value, "offset")) &&
  (isLimit(value["limit"]) || isAbsent(value, "limit")) &&
  hasOnly(value, isListHotspotSessionConfigRequestField)

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean"

const isUserInfo = (value: unknown): boolean =>
  isObject(value) &&
  (isString(value["user_id"]) || isAbsent(value, "user_id")) &&
  (isString(value["user_name"]) || isAbsent(value, "user_name"))

const isHotspotSessionMigrationConfig = (value: unknown): boolean =>
  isObject(value) &&
  (isString(value["id"]) || isAbsent(value, "id")) &&
  (isString(value["project_id"]) || isAbsent(value, "project_id")) &&
  (isBoolean(value["hotspot_session_migration_enable"]) || isAbsent(value, "hotspot_session_migration_enable")) &&
  (isInt(value["hotspot_exit_session_num"]) || isAbsent(value, "hotspot_exit_session_num")) &&
  Array.isArray(value["non_migrate_users"]) &&
  value["non_migrate_users"].every(isUserInfo)

/** Whether `ListHotspotSessionConfigResponse` would decode it to itself. */
export const isListHotspotSessionConfigResponse = (value: unknown): value is ListHotspotSessionConfigResponse =>
  isObject(value) && Array.isArray(value["items"]) && value["items"].every(isHotspotSessionMigrationConfig)

const isConfigIdParameter = (value: unknown): value is string =>
  isString(value) && /^(?!\.{1,2}$)[^\p{C}\p{Zl}\p{Zp}/\\%]{1,128}$/u.test(value)

const isUserNameFilter = (value: unknown): value is string => isString(value) && /^[\s\S]{0,128}$/u.test(value)

const isListNonMigrationUsersRequestField = (value: unknown): boolean =>
  value === "project_id" || value === "config_id" || value === "user_name" || value === "offset" || value === "limit"

/** Whether `ListNonMigrationUsersRequest` would decode it to itself. */
export const isListNonMigrationUsersRequest = (value: unknown): value is ListNonMigrationUsersRequest =>
  isObject(value) &&
  isProjectId(value["project_id"]) &&
  isConfigIdParameter(value["config_id"]) &&
  (isUserNameFilter(value["user_name"]) || isAbsent(value, "user_name")) &&
  (isOffset(value["offset"]) || isAbsent(value, "offset")) &&
  (isLimit(value["limit"]) || isAbsent(value, "limit")) &&
  hasOnly(value, isListNonMigrationUsersRequestField)

/** Whether `ListNonMigrationUsersResponse` would decode it to itself. */
export const isListNonMigrationUsersResponse = (value: unknown): value is ListNonMigrationUsersResponse =>
  isObject(value) &&
  (isInt(value["total_count"]) || isAbsent(value, "total_count")) &&
  Array.isArray(value["non_migrate_users"]) &&
  value["non_migrate_users"].every(isUserInfo)
