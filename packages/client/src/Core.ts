/**
 * The models and errors of `@hotspot-session/core` that appear in the client's signatures. The client's modules import them
 * from here, so that programs can name them in declarations without depending on `@hotspot-session/core`.
 *
 * @module
 */
export {
  BadRequest,
  type CallError,
  ConfigId,
  type CredentialsAttempt,
  CredentialsError,
  DecodeError,
  type ErrorContext,
  Forbidden,
  HotspotSessionMigrationConfig,
  type Idempotency,
  InternalServerError,
  InvalidRequest,
  type Issue,
  iamEndpoint,
  Limit,
  type ListHotspotSessionConfigError,
  ListHotspotSessionConfigResponse,
  MethodNotAllowed,
  NotFound,
  Offset,
  type Operation,
  type OperationHints,
  type OperationPagination,
  type Outcome,
  PaginationError,
  ProjectId,
  ProjectLookupError,
  RegionId,
  type RetryStop,
  regionIds,
  ServiceUnavailable,
  type StatusError,
  TooManyRequests,
  TransportError,
  type TransportErrorReason,
  Unauthorized,
  UnexpectedStatus,
  UserInfo
} from "@hotspot-session/core"
