/**
 * Schemas of the errors, for contracts, RPC and workflows. They encode the tag and the documented fields, none of which can
 * hold a secret, and nothing else: neither a cause nor a stack. Decoding gives instances of the classes.
 *
 * A module of its own, because building schemas takes time that programs without contracts need not spend.
 *
 * @example
 * ```ts
 * import { Rpc, RpcGroup } from "@effect/rpc"
 * import { ListHotspotSessionConfigRequest, ListHotspotSessionConfigResponse } from "@hotspot-session/core"
 * import * as ErrorSchemas from "@hotspot-session/core/ErrorSchemas"
 *
 * class Configs extends RpcGroup.make(
 *   Rpc.make("list", {
 *     payload: ListHotspotSessionConfigRequest,
 *     success: ListHotspotSessionConfigResponse,
 *     error: ErrorSchemas.CallError
 *   })
 * ) {}
 * ```
 *
 * @module
 */
import * as Schema from "effect/Schema"
import * as CredentialsErrors from "./CredentialsError.js"
import * as DecodeErrors from "./DecodeError.js"
import { retryStops, writeOutcomes } from "./ErrorContext.js"
import * as InvalidRequests from "./InvalidRequest.js"
import * as PaginationErrors from "./PaginationError.js"
import * as ProjectLookupErrors from "./ProjectLookupError.js"
import * as StatusErrors from "./StatusError.js"
import * as TransportErrors from "./TransportError.js"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const contextFields = {
  operation: optional(Schema.String),
  method: optional(Schema.String),
  url: optional(Schema.String),
  attempts: optional(Schema.Int),
  retry_stop: optional(Schema.Literal(...retryStops)),
  outcome: optional(Schema.Literal(...writeOutcomes)),
  completed: optional(Schema.Int),
  operation_hint: optional(Schema.String)
}

const statusFields = {
  ...contextFields,
  error_code: optional(Schema.String),
  error_msg: optional(Schema.String),
  request_id: optional(Schema.String),
  retry_after: optional(Schema.DurationFromMillis),
  clock_skew: optional(Schema.Number),
  excerpt: optional(Schema.String)
}

const Issues = Schema.Array(Schema.Struct({ path: Schema.String, message: Schema.String }))

const definedFields = (error: object): object =>
  Object.fromEntries(Object.entries(error).filter(([, value]) => value !== undefined))

/** Written out for the errors of a status, because the declarations of all of them would repeat the fields. */
type ErrorSchema<A extends { readonly _tag: string }, Fields extends Schema.Struct.Fields> = Schema.transform<
  Schema.Struct<{ _tag: Schema.Literal<[A["_tag"]]> } & Fields>,
  Schema.declare<A>
>

const errorSchema = <A extends { readonly _tag: string }, Fields extends Schema.Struct.Fields>(
  tag: A["_tag"],
  Class: new (fields: never) => A,
  fields: Fields
): ErrorSchema<A, Fields> => {
  const Encoded = Schema.Struct({ _tag: Schema.Literal(tag), ...fields })
  return Schema.transform(
    Encoded,
    Schema.declare((value: unknown): value is A => value instanceof Class),
    {
      strict: true,
      // The fields are those of the class, which their generic type does not say.
      decode: (encoded) => new Class(encoded as never),
      encode: (error) => definedFields(error) as typeof Encoded.Type
    }
  ).annotations({ identifier: tag })
}

/**
 * `BadRequest` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const BadRequest: ErrorSchema<StatusErrors.BadRequest, typeof statusFields> = errorSchema(
  "BadRequest",
  StatusErrors.BadRequest,
  statusFields
)

/**
 * `Unauthorized` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Unauthorized: ErrorSchema<StatusErrors.Unauthorized, typeof statusFields> = errorSchema(
  "Unauthorized",
  StatusErrors.Unauthorized,
  statusFields
)

/**
 * `Forbidden` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Forbidden: ErrorSchema<StatusErrors.Forbidden, typeof statusFields> = errorSchema(
  "Forbidden",
  StatusErrors.Forbidden,
  statusFields
)

/**
 * `NotFound` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NotFound: ErrorSchema<StatusErrors.NotFound, typeof statusFields> = errorSchema(
  "NotFound",
  StatusErrors.NotFound,
  statusFields
)

/**
 * `MethodNotAllowed` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MethodNotAllowed: ErrorSchema<StatusErrors.MethodNotAllowed, typeof statusFields> = errorSchema(
  "MethodNotAllowed",
  StatusErrors.MethodNotAllowed,
  statusFields
)

/**
 * `TooManyRequests` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TooManyRequests: ErrorSchema<StatusErrors.TooManyRequests, typeof statusFields> = errorSchema(
  "TooManyRequests",
  StatusErrors.TooManyRequests,
  statusFields
)

/**
 * `InternalServerError` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InternalServerError: ErrorSchema<StatusErrors.InternalServerError, typeof statusFields> = errorSchema(
  "InternalServerError",
  StatusErrors.InternalServerError,
  statusFields
)

/**
 * `ServiceUnavailable` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ServiceUnavailable: ErrorSchema<StatusErrors.ServiceUnavailable, typeof statusFields> = errorSchema(
  "ServiceUnavailable",
  StatusErrors.ServiceUnavailable,
  statusFields
)

/**
 * `UnexpectedStatus` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UnexpectedStatus = errorSchema("UnexpectedStatus", StatusErrors.UnexpectedStatus, {
  ...statusFields,
  status: Schema.Int
})

/**
 * `TransportError` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TransportError = errorSchema("TransportError", TransportErrors.TransportError, {
  ...contextFields,
  reason: Schema.Literal(...TransportErrors.transportErrorReasons),
  code: optional(Schema.String),
  detail: optional(Schema.String)
})

/**
 * `DecodeError` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DecodeError = errorSchema("DecodeError", DecodeErrors.DecodeError, {
  ...contextFields,
  status: Schema.Int,
  request_id: optional(Schema.String),
  issues: Issues,
  excerpt: optional(Schema.String)
})

/**
 * `CredentialsError` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CredentialsError = errorSchema("CredentialsError", CredentialsErrors.CredentialsError, {
  ...contextFields,
  reason: Schema.String,
  hint: optional(Schema.String),
  transient: Schema.Boolean,
  unavailable: Schema.Boolean,
  retry_after: optional(Schema.DurationFromMillis),
  refused: optional(Schema.Boolean),
  attempted: Schema.Array(
    Schema.Struct({
      source: Schema.String,
      reason: Schema.String,
      others: optional(Schema.Array(Schema.String))
    })
  )
})

/**
 * `InvalidRequest` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InvalidRequest = errorSchema("InvalidRequest", InvalidRequests.InvalidRequest, {
  ...contextFields,
  issues: Issues
})

/**
 * `PaginationError` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const PaginationError = errorSchema("PaginationError", PaginationErrors.PaginationError, {
  ...contextFields,
  offset: Schema.Int,
  repeated: Schema.Int,
  id: optional(Schema.String)
})

/**
 * `ProjectLookupError` with its tag and its documented fields.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ProjectLookupError = errorSchema("ProjectLookupError", ProjectLookupErrors.ProjectLookupError, {
  ...contextFields,
  region: Schema.String,
  project_name: optional(Schema.String),
  project_ids: Schema.Array(Schema.String)
})

/**
 * Every error of a call.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CallError: Schema.Union<
  [
    typeof BadRequest,
    typeof Unauthorized,
    typeof Forbidden,
    typeof NotFound,
    typeof MethodNotAllowed,
    typeof TooManyRequests,
    typeof InternalServerError,
    typeof ServiceUnavailable,
    typeof UnexpectedStatus,
    typeof TransportError,
    typeof DecodeError,
    typeof CredentialsError,
    typeof InvalidRequest
  ]
> = Schema.Union(
  BadRequest,
  Unauthorized,
  Forbidden,
  NotFound,
  MethodNotAllowed,
  TooManyRequests,
  InternalServerError,
  ServiceUnavailable,
  UnexpectedStatus,
  TransportError,
  DecodeError,
  CredentialsError,
  InvalidRequest
)
