/**
 * Models, errors and the contract of Huawei Cloud Workspace's hotspot session migration configurations. No I/O.
 *
 * @module
 */

export { authorityOf } from "./Authority.js"
export {
  configIdPattern,
  defaultLimit,
  maxExitSessions,
  maxIdLength,
  maxLimit,
  maxOffset,
  maxUsers,
  projectIdPattern
} from "./Bounds.js"
export {
  type CallError,
  type ListHotspotSessionConfigError,
  withContext
} from "./CallError.js"
export { ConfigId } from "./ConfigId.js"
export {
  CreateHotspotSessionConfigBody,
  CreateHotspotSessionConfigRequest,
  CreateHotspotSessionConfigResponse
} from "./CreateHotspotSessionConfigModels.js"
export { type CredentialsAttempt, CredentialsError } from "./CredentialsError.js"
export { DecodeError } from "./DecodeError.js"
export { ErrorBody, errorBody } from "./ErrorBody.js"
export * as ErrorCategory from "./ErrorCategory.js"
export type { ErrorContext, RetryStop, WriteOutcome } from "./ErrorContext.js"
export {
  createHotspotSessionConfigEndpoint,
  HotspotSessionApi,
  HotspotSessionGroup,
  listHotspotSessionConfigEndpoint,
  listNonMigrationUsersEndpoint,
  openApi,
  updateHotspotSessionConfigEndpoint,
  updateNonMigrationUsersEndpoint
} from "./HotspotSessionApi.js"
export { HotspotSessionMigrationConfig } from "./HotspotSessionMigrationConfig.js"
export { InvalidRequest } from "./InvalidRequest.js"
export { formatIssues, type Issue, issuesOf } from "./Issue.js"
export { Limit } from "./Limit.js"
export {
  ListHotspotSessionConfigRequest,
  ListHotspotSessionConfigResponse
} from "./ListHotspotSessionConfigModels.js"
export {
  ListNonMigrationUsersRequest,
  ListNonMigrationUsersResponse,
  UserNameFilter
} from "./ListNonMigrationUsersModels.js"
export * as Monotonic from "./Monotonic.js"
export { isTooDeep } from "./Nesting.js"
export { Offset } from "./Offset.js"
export {
  type Idempotency,
  isSuccess,
  type Operation,
  type OperationHints,
  type OperationPagination,
  pathPattern
} from "./Operation.js"
export { operations } from "./Operations.js"
export { createHotspotSessionConfig } from "./operations/CreateHotspotSessionConfig.js"
export { listHotspotSessionConfig } from "./operations/ListHotspotSessionConfig.js"
export { listNonMigrationUsers } from "./operations/ListNonMigrationUsers.js"
export { updateHotspotSessionConfig } from "./operations/UpdateHotspotSessionConfig.js"
export { updateNonMigrationUsers } from "./operations/UpdateNonMigrationUsers.js"
export { PaginationError } from "./PaginationError.js"
export { ProjectId } from "./ProjectId.js"
export { ProjectLookupError } from "./ProjectLookupError.js"
export { canBeRegion, checkRegion, cloudEndpoint, cloudOf, iamEndpoint, regionEndpoint, regionIds } from "./Region.js"
export { RegionId } from "./RegionId.js"
export { hasRepeatedNames } from "./RepeatedNames.js"
export { ConfigIdParameter, SentUser, SentUsers } from "./SentConfig.js"
export * as Setting from "./Setting.js"
export {
  BadRequest,
  Forbidden,
  InternalServerError,
  MethodNotAllowed,
  NotFound,
  ServiceUnavailable,
  type StatusError,
  type StatusErrorDetails,
  statusError,
  TooManyRequests,
  Unauthorized,
  UnexpectedStatus
} from "./StatusError.js"
export { TransportError, type TransportErrorReason } from "./TransportError.js"
export {
  UpdateHotspotSessionConfigBody,
  UpdateHotspotSessionConfigRequest,
  UpdateHotspotSessionConfigResponse
} from "./UpdateHotspotSessionConfigModels.js"
export {
  UpdateNonMigrationUsersBody,
  UpdateNonMigrationUsersRequest,
  UpdateType
} from "./UpdateNonMigrationUsersModels.js"
export { UserInfo } from "./UserInfo.js"
