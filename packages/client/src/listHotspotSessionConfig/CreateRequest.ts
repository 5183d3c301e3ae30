import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { InvalidRequest, issuesOf, ListHotspotSessionConfigRequest } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { isListHotspotSessionConfigRequest } from "./Guards.js"

/** The name of the operation, as the documentation has it. */
export const operation = "listHotspotSessionConfig"

/** The operation's route, for names that must not hold an ID. */
export const route = "/v1/{project_id}/hotspot-session-config"

const decode = (parameters: unknown) =>
  Schema.decodeUnknownEither(ListHotspotSessionConfigRequest, { errors: "all" })(parameters)

const describeValue = (parameters: object, path: string): string => {
  const value: unknown = Object.entries(parameters).find(([name]) => name === path)?.[1]
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}

/** Checks the parameters of a call. */
export const checkParameters = (
  parameters: typeof ListHotspotSessionConfigRequest.Encoded
): Either.Either<ListHotspotSessionConfigRequest, InvalidRequest> =>
  isListHotspotSessionConfigRequest(parameters)
    ? Either.right(parameters)
    : Either.mapLeft(
        decode(parameters),
        (error) =>
          new InvalidRequest({
            operation,
            issues: issuesOf(error).map(({ message, path }) => ({
              path,
              message: path in parameters ? `${message}, was ${describeValue(parameters, path)}` : message
            }))
          })
      )

/** The URL of a call. */
export const createUrl = (
  endpoint: string,
  { limit, offset, project_id }: typeof ListHotspotSessionConfigRequest.Encoded
): string => {
  const path = `${endpoint}/v1/${project_id}/hotspot-session-config`
  if (limit === undefined) return offset === undefined ? path : `${path}?offset=${offset}`
  return offset === undefined ? `${path}?limit=${limit}` : `${path}?limit=${limit}&offset=${offset}`
}

/** What all requests of a client have in common. */
export const requestOf = (userAgent: string): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.get("", { headers: { accept: "application/json", "user-agent": userAgent } })

/** The request of a call, not yet authorised. */
export const createRequest: (
  request: HttpClientRequest.HttpClientRequest,
  url: string
) => HttpClientRequest.HttpClientRequest = HttpClientRequest.setUrl
