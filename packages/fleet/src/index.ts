/**
 * Many projects and regions of Huawei Cloud Workspace: files of targets and users, listings of their hotspot session
 * migration configurations, what changed between two listings, and what a write will change.
 *
 * @module
 */
export { type Change, changesBetween, type FieldChange, type UserChange } from "./Changes.js"
export {
  type ConfigSettings,
  type ConfigWrite,
  expectedConfig,
  isNoWrite,
  isSameWrite,
  unmetFields,
  updateOf
} from "./ConfigWrite.js"
export { type Connection, type FleetOptions, listFleet, type TargetListing } from "./ListFleet.js"
export { type Collected, collect, type PageOptions, type Pages, pagesOf, type ReadError } from "./Pages.js"
export { escapeFormulas, unescapeFormulas } from "./SpreadsheetCell.js"
export { type FileTarget, parseTargets, TargetFileError, type TargetFileOptions } from "./TargetFile.js"
export {
  type AmbiguousName,
  additions,
  type Contradiction,
  mergeUsers,
  type NamedUser,
  removals,
  type UserEdit
} from "./UserChanges.js"
export { type FileUser, parseUsers, UserFileError, userProblem } from "./UserFile.js"
export { type ReadUsers, readUsers } from "./Users.js"
