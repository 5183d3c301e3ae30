import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import { identity } from "effect/Function"
import * as Schema from "effect/Schema"
import { maxLimit, maxOffset } from "./Bounds.js"
import {
  CreateHotspotSessionConfigBody,
  CreateHotspotSessionConfigResponse
} from "./CreateHotspotSessionConfigModels.js"
import { ErrorBody, errorBody } from "./ErrorBody.js"
import { Limit } from "./Limit.js"
import { ListHotspotSessionConfigResponse } from "./ListHotspotSessionConfigModels.js"
import { ListNonMigrationUsersResponse, UserNameFilter } from "./ListNonMigrationUsersModels.js"
import { Offset } from "./Offset.js"
import type { Operation } from "./Operation.js"
import { createHotspotSessionConfig } from "./operations/CreateHotspotSessionConfig.js"
import { listHotspotSessionConfig } from "./operations/ListHotspotSessionConfig.js"
import { listNonMigrationUsers } from "./operations/ListNonMigrationUsers.js"
import { updateHotspotSessionConfig } from "./operations/UpdateHotspotSessionConfig.js"
import { updateNonMigrationUsers } from "./operations/UpdateNonMigrationUsers.js"
import { ProjectId } from "./ProjectId.js"
import { ConfigIdParameter } from "./SentConfig.js"
import {
  BadRequest,
  Forbidden,
  InternalServerError,
  MethodNotAllowed,
  NotFound,
  ServiceUnavailable,
  type StatusError,
  TooManyRequests,
  Unauthorized
} from "./StatusError.js"
import {
  UpdateHotspotSessionConfigBody,
  UpdateHotspotSessionConfigResponse
} from "./UpdateHotspotSessionConfigModels.js"
import { UpdateNonMigrationUsersBody } from "./UpdateNonMigrationUsersModels.js"

/** A decimal integer as a query parameter: no sign, exponent or whitespace, and a single value. */
const queryInteger = (name: string, description: string, minimum: number, maximum: number) =>
  Schema.String.pipe(
    Schema.pattern(/^\d{1,10}$/, {
      identifier: name,
      message: ({ actual }) => ({
        message: `must be ${Array.isArray(actual) ? "a single" : "an"} integer from ${minimum} to ${maximum}`,
        override: true
      }),
      jsonSchema: { type: "integer", description, minimum, maximum }
    }),
    Schema.transform(Schema.Number, { strict: true, decode: Number, encode: String })
  )

const badRequestDescription = "The request cannot be understood by the server due to malformed syntax."

/** Encodes an error as the documented body and decodes it. Fields that the body does not have are dropped. */
const asBody = <A extends StatusError>(error: { new (body: ErrorBody): A }, status: number, description: string) =>
  Schema.transform(ErrorBody, Schema.instanceOf(error), {
    strict: true,
    decode: (body) => new error(body),
    encode: errorBody
  }).annotations(HttpApiSchema.annotations({ status, description }))

const pageParameters = {
  offset: Schema.optional(
    Schema.compose(queryInteger("OffsetParameter", "Query offset. Default: 0.", 0, maxOffset), Offset)
  ),
  limit: Schema.optional(
    Schema.compose(queryInteger("LimitParameter", "Number of records to be queried. Default: 10.", 1, maxLimit), Limit)
  )
}

const ProjectPath = Schema.Struct({ project_id: ProjectId })

/**
 * A configuration ID as a path segment, documented like the ID. The platform's client writes it into the URL as it is encoded;
 * a server has percent-decoded it before, and decoding it again would make `%41` of `%2541` an `A`.
 */
const ConfigIdSegment = Schema.transform(
  Schema.String.annotations(ConfigIdParameter.ast.annotations),
  ConfigIdParameter,
  {
    strict: true,
    decode: identity,
    encode: encodeURIComponent
  }
)

const ConfigPath = Schema.Struct({ project_id: ProjectId, config_id: ConfigIdSegment })

/** The parts of an endpoint that follow from the plain half of its operation, or are the same for all operations. */
const endpointOf = <const Self extends Pick<Operation, "name" | "method" | "path">>({ method, name, path }: Self) =>
  HttpApiEndpoint.make(method as Self["method"])(
    name as Self["name"],
    path.replaceAll(/\{(\w+)\}/g, ":$1") as `/${string}`
  )
    .setHeaders(
      Schema.Struct({
        "x-auth-token": Schema.optional(Schema.Redacted(Schema.String.annotations({ description: "User token." })))
      })
    )
    .addError(asBody(BadRequest, 400, badRequestDescription))
    .addError(asBody(Unauthorized, 401, "Authentication failed."))
    .addError(asBody(Forbidden, 403, "No permissions."))
    .addError(asBody(NotFound, 404, "Resources not found."))
    .addError(asBody(MethodNotAllowed, 405, "The method specified in the request is not allowed."))
    .addError(asBody(TooManyRequests, 429, "Too many requests. Sent by the gateway in front of the service."))
    .addError(asBody(InternalServerError, 500, "An internal service error occurred."))
    .addError(asBody(ServiceUnavailable, 503, "Service unavailable."))

/**
 * The endpoint that lists hotspot session migration configurations: path, parameters, bodies and statuses.
 *
 * @category contract
 * @since 0.1.0
 */
export const listHotspotSessionConfigEndpoint = endpointOf(listHotspotSessionConfig)
  .setPath(ProjectPath)
  .setUrlParams(Schema.Struct(pageParameters))
  .addSuccess(ListHotspotSessionConfigResponse)
  .annotate(OpenApi.Summary, "Querying Hotspot Session Migration Configurations")
  .annotate(OpenApi.Description, "Queries hotspot session migration configurations.")

/**
 * The endpoint that creates a hotspot session migration configuration. Its status is 200, not 201.
 *
 * @category contract
 * @since 0.1.0
 */
export const createHotspotSessionConfigEndpoint = endpointOf(createHotspotSessionConfig)
  .setPath(ProjectPath)
  .setPayload(CreateHotspotSessionConfigBody)
  .addSuccess(CreateHotspotSessionConfigResponse)
  .annotate(OpenApi.Summary, "Creating a Hotspot Session Migration Configuration")
  .annotate(OpenApi.Description, "Creates a hotspot session migration configuration.")

/**
 * The endpoint that updates a hotspot session migration configuration.
 *
 * @category contract
 * @since 0.1.0
 */
export const updateHotspotSessionConfigEndpoint = endpointOf(updateHotspotSessionConfig)
  .setPath(ConfigPath)
  .setPayload(UpdateHotspotSessionConfigBody)
  .addSuccess(UpdateHotspotSessionConfigResponse)
  .annotate(OpenApi.Summary, "Updating a Hotspot Session Migration Configuration")
  .annotate(OpenApi.Description, "Updates a hotspot session migration configuration.")

/**
 * The endpoint that lists the users of a configuration that are not migrated.
 *
 * @category contract
 * @since 0.1.0
 */
export const listNonMigrationUsersEndpoint = endpointOf(listNonMigrationUsers)
  .setPath(ConfigPath)
  .setUrlParams(Schema.Struct({ ...pageParameters, user_name: Schema.optional(UserNameFilter) }))
  .addSuccess(ListNonMigrationUsersResponse)
  .annotate(OpenApi.Summary, "Querying Users That Are Not Migrated")
  .annotate(OpenApi.Description, "Queries the users of a configuration that are not migrated.")

/**
 * The endpoint that adds users to a configuration or removes them. The body of its response is empty.
 *
 * @category contract
 * @since 0.1.0
 */
export const updateNonMigrationUsersEndpoint = endpointOf(updateNonMigrationUsers)
  .setPath(ConfigPath)
  .setPayload(UpdateNonMigrationUsersBody)
  .addSuccess(HttpApiSchema.Empty(200).annotations({ description: "Success." }))
  .annotate(OpenApi.Summary, "Updating Users That Are Not Migrated")
  .annotate(OpenApi.Description, "Adds users that are not migrated, or removes them.")

/**
 * The operations on hotspot session migration configurations.
 *
 * @category contract
 * @since 0.1.0
 */
export class HotspotSessionGroup extends HttpApiGroup.make("hotspotSession")
  .add(listHotspotSessionConfigEndpoint)
  .add(createHotspotSessionConfigEndpoint)
  .add(updateHotspotSessionConfigEndpoint)
  .add(listNonMigrationUsersEndpoint)
  .add(updateNonMigrationUsersEndpoint)
  .annotate(OpenApi.Title, "hotspotSession") {}

/** HttpApi documents its own error for parameters that do not decode. This API responds with the documented body instead. */
const withoutDecodeError = (spec: OpenApi.OpenAPISpec): OpenApi.OpenAPISpec => {
  for (const path of Object.values(spec.paths)) {
    for (const operation of Object.values(path)) {
      operation.responses["400"] = {
        description: badRequestDescription,
        content: { "application/json": { schema: { $ref: "#/components/schemas/ErrorBody" } } }
      }
    }
  }
  for (const unused of ["HttpApiDecodeError", "Issue", "PropertyKey"]) delete spec.components.schemas[unused]
  return spec
}

/**
 * The contract that the cloud, the emulator and the HTTP service all serve.
 *
 * Source:
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category contract
 * @since 0.1.0
 */
export class HotspotSessionApi extends HttpApi.make("hotspot-session")
  .add(HotspotSessionGroup)
  .annotate(OpenApi.Title, "Huawei Cloud Workspace: hotspot session migration configurations")
  .annotate(OpenApi.Version, "1")
  .annotate(
    OpenApi.Description,
    "Unofficial description of the documented API, as the hotspot-session HTTP service and emulator serve it."
  ) {}

/**
 * The contract as an OpenAPI 3.1 document, a new one at each call. Responses may have fields that it does not list.
 *
 * @category contract
 * @since 0.1.0
 */
export const openApi = (): OpenApi.OpenAPISpec =>
  // `fromApi` returns the same object each time, which the changes of one caller would change for all.
  withoutDecodeError(structuredClone(OpenApi.fromApi(HotspotSessionApi, { additionalPropertiesStrategy: "allow" })))
