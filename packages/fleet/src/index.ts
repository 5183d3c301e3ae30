/**
 * Many projects and regions of Huawei Cloud Workspace: files of targets, listings of their hotspot session migration
 * configurations, and what changed between two listings.
 *
 * @module
 */
export { type Change, changesBetween, type FieldChange, type UserChange } from "./Changes.js"
export { type Connection, type FleetOptions, listFleet, type TargetListing } from "./ListFleet.js"
export { type Collected, collect, type PageOptions, type Pages, pagesOf, type ReadError } from "./Pages.js"
export { type FileTarget, parseTargets, TargetFileError, type TargetFileOptions } from "./TargetFile.js"
