import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { maxLimit, maxOffset } from "./Bounds.js"
import { ErrorBody, errorBody } from "./ErrorBody.js"
import { Limit } from "./Limit.js"
import { ListHotspotSessionConfigResponse } from "./ListHotspotSessionConfigModels.js"
import { Offset } from "./Offset.js"
import type { Operation } from "./Operation.js"
import { listHotspotSessionConfig } from "./operations/ListHotspotSessionConfig.js"
import { ProjectId } from "./ProjectId.js"
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

/** The parts of an endpoint that follow from the plain half of its operation, or are the same for all operations. */
const endpointOf = <const Self extends Pick<Operation, "name" | "method" | "path">>({ method, name, path }: Self) =>
  HttpApiEndpoint.make(method)(name as Self["name"], path.replaceAll(/\{(\w+)\}/g, ":$1") as `/${string}`)
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
  .setPath(Schema.Struct({ project_id: ProjectId }))
  .setUrlParams(
    Schema.Struct({
      offset: Schema.optional(
        Schema.compose(queryInteger("OffsetParameter", "Query offset. Default: 0.", 0, maxOffset), Offset)
      ),
      limit: Schema.optional(
        Schema.compose(
          queryInteger("LimitParameter", "Number of records to be queried. Default: 10.", 1, maxLimit),
          Limit
        )
      )
    })
  )
  .addSuccess(ListHotspotSessionConfigResponse)
  .annotate(OpenApi.Summary, "Querying Hotspot Session Migration Configurations")
  .annotate(OpenApi.Description, "Queries hotspot session migration configurations.")

/**
 * The operations on hotspot session migration configurations.
 *
 * @category contract
 * @since 0.1.0
 */
export class HotspotSessionGroup extends HttpApiGroup.make("hotspotSession")
  .add(listHotspotSessionConfigEndpoint)
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
