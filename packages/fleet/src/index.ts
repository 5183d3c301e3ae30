/**
 * Many projects and regions of Huawei Cloud Workspace: files of targets and users, listings of their hotspot session
 * migration configurations, what changed between two listings, what a write will change, and a desired state that is planned
 * and applied.
 *
 * @module
 */
export {
  type ApplyOptions,
  applyProject,
  hasUnseenCreate,
  type ProjectReport,
  type WriteReport,
  type WriteState
} from "./ApplyProject.js"
export { type Change, changesBetween, type FieldChange, type UserChange } from "./Changes.js"
export type { ConfigSettings } from "./ConfigSettings.js"
export {
  type ConfigWrite,
  type CreateWrite,
  expectedConfig,
  isNoWrite,
  isSameWrite,
  type UpdateWrite,
  type UsersWrite,
  unmetFields,
  updateOf
} from "./ConfigWrite.js"
export { DesiredFileError, parseDesiredState } from "./DesiredFile.js"
export {
  DesiredConfig,
  type DesiredIssue,
  DesiredState,
  DesiredTarget,
  decodeDesiredState
} from "./DesiredState.js"
export {
  type Burst,
  type BurstRequests,
  type Connection,
  eachTarget,
  forEachTarget,
  type TargetResult
} from "./EachTarget.js"
export { type ExportedConfigs, exportedConfigs, type Omission } from "./ExportedState.js"
export { type FileProblem, problemText } from "./FileProblem.js"
export { desiredUsers, identifiedUsers } from "./IdentifiedUsers.js"
export { type FleetOptions, listFleet, type TargetListing } from "./ListFleet.js"
export {
  type Collected,
  collect,
  collectUntilError,
  type PageOptions,
  type Pages,
  pagesOf,
  type ReadError
} from "./Pages.js"
export {
  isPlanDocument,
  PlanDocument,
  PlanDocumentError,
  PlannedTarget,
  planDocument,
  plannedTarget,
  readPlanDocument,
  storedPlan
} from "./PlanDocument.js"
export {
  driftBetween,
  isSamePlan,
  matchConfigs,
  type ObservedConfig,
  PlanError,
  type PlannedWrite,
  type ProjectPlan,
  planProject,
  type Unmanaged,
  writesOf
} from "./ProjectPlan.js"
export { type ReadOptions, readExport, readObserved, readPlan } from "./ReadProject.js"
export { isRejected, maxRejections, pauseAfter, withoutRejections } from "./Rejection.js"
export { makeRequestPace, type RequestPace, type RequestPaceOptions } from "./RequestPace.js"
export { escapeFormulas, roundedNumber, unescapeFormulas } from "./SpreadsheetCell.js"
export { type FileTarget, parseTargets, type TargetFileOptions } from "./TargetFile.js"
export { TextFileError } from "./TextFileError.js"
export {
  type AmbiguousUser,
  additions,
  type Contradiction,
  mergeUsers,
  type NamedUser,
  removals,
  type UserEdit
} from "./UserChanges.js"
export { type FileUser, parseUsers } from "./UserFile.js"
export { type ReadUsers, readUsers, type UserPageOptions } from "./Users.js"
