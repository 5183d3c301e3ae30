/**
 * What the client's signatures name of `@hotspot-session/core`: models and errors. The client's modules take it from here,
 * so that the declarations of a program that does not depend on `@hotspot-session/core` itself can name it too.
 *
 * @module
 */
export {
  BadRequest,
  ConfigId,
  type CredentialsAttempt,
  CredentialsError,
  DecodeError,
  type ErrorContext,
  Forbidden,
  HotspotSessionMigrationConfig,
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
