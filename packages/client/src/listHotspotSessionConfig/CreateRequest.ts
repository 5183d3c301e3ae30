import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { InvalidRequest, issuesOf, ListHotspotSessionConfigRequest, Setting } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { isListHotspotSessionConfigRequest } from "./Guards.js"

/** The name of the operation in the documentation. */
export const operation = "listHotspotSessionConfig"

/** The route of the operation, for span names, which must not contain an ID. */
export const route = "/v1/{project_id}/hotspot-session-config"

const decode = (parameters: unknown) =>
  Schema.decodeUnknownEither(ListHotspotSessionConfigRequest, { errors: "all" })(parameters)

const describeValue = (parameters: object, path: string): string => {
  const value: unknown = Object.entries(parameters).find(([name]) => name === path)?.[1]
  return Setting.show(value)
}

/**
 * The parameters of `listHotspotSessionConfig` as plain values, which are checked before anything is sent. `undefined` counts
 * as absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListParameters {
  /** The project whose configurations are listed. */
  readonly project_id: string
  /** Number of configurations to skip: 0 to 2147483647. Default: 0. */
  readonly offset?: number | undefined
  /** Maximum number of configurations on a page: 1 to 100. Default: 10, the service's default; 100 for streams. */
  readonly limit?: number | undefined
}

/** The parameters without those that are `undefined`. */
export const definedParameters = (parameters: ListParameters): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parameters ?? {}).filter(([, value]) => value !== undefined))

/** Checks the parameters of a call. */
export const checkParameters = (
  parameters: ListParameters
): Either.Either<ListHotspotSessionConfigRequest, InvalidRequest> =>
  isListHotspotSessionConfigRequest(parameters)
    ? Either.right(parameters)
    : Either.mapLeft(
        decode(definedParameters(parameters)),
        (error) =>
          new InvalidRequest({
            operation,
            issues: issuesOf(error).map(({ message, path }) => ({
              path,
              message: Object.hasOwn(definedParameters(parameters), path)
                ? `${message}, was ${describeValue(parameters, path)}`
                : message
            }))
          })
      )

export const createUrl = (endpoint: string, { limit, offset, project_id }: ListParameters): string => {
  const path = `${endpoint}/v1/${project_id}/hotspot-session-config`
  if (limit === undefined) return offset === undefined ? path : `${path}?offset=${offset}`
  return offset === undefined ? `${path}?limit=${limit}` : `${path}?limit=${limit}&offset=${offset}`
}

/** The part of the request that all calls of a client share. */
export const requestOf = (userAgent: string): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.get("", { headers: { accept: "application/json", "user-agent": userAgent } })

/** The request of a call, before it is authorised. */
export const createRequest: (
  request: HttpClientRequest.HttpClientRequest,
  url: string
) => HttpClientRequest.HttpClientRequest = HttpClientRequest.setUrl
