// Made from the schemas by test/GuardSource.ts. To make it anew: npx vitest run packages/client/test/Guard -u
import type { ListHotspotSessionConfigRequest, ListHotspotSessionConfigResponse } from "@hotspot-session/core"

const isAbsent = (object: object, name: string): boolean => !Object.hasOwn(object, name)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isString = (value: unknown): value is string => typeof value === "string"

const isProjectId = (value: unknown): value is string => isString(value) && /^[0-9A-Za-z_-]{1,128}$/.test(value)

const isNumber = (value: unknown): value is number => typeof value === "number"

const isInt = (value: unknown): value is number => isNumber(value) && Number.isSafeInteger(value)

const isOffset = (value: unknown): value is number => isInt(value) && value >= 0 && value <= 2147483647

const isLimit = (value: unknown): value is number => isInt(value) && value >= 1 && value <= 100

/** Whether `ListHotspotSessionConfigRequest` would decode it to itself. */
export const isListHotspotSessionConfigRequest = (value: unknown): value is ListHotspotSessionConfigRequest =>
  isObject(value) &&
  isProjectId(value["project_id"]) &&
  (isOffset(value["offset"]) || isAbsent(value, "offset")) &&
  (isLimit(value["limit"]) || isAbsent(value, "limit"))

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
