import { STATUS_CODES } from "node:http"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import { DirectConnection } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { scrub } from "@hotspot-session/client/Scrub"
import type { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { findConnection, load } from "./Connection.js"
import * as Io from "./Io.js"
import type { ConnectionFlags } from "./options/ConnectionFlags.js"
import { printable } from "./output/Printable.js"

/** Headers whose values are safe to log. Only the names of all others are logged. */
const safeHeaders: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "age",
  "allow",
  "b3",
  "cache-control",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "etag",
  "host",
  "keep-alive",
  "retry-after",
  "server",
  "traceparent",
  "transfer-encoding",
  "user-agent",
  "via",
  "x-cache",
  "x-project-id",
  "x-request-id",
  "x-sdk-date"
])

const headerLines = (headers: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `    ${name}: ${safeHeaders.has(name) ? printable(value ?? "") : "(hidden)"}\n`)
    .join("")

const statusText = (status: number): string => [status, STATUS_CODES[status]].filter((part) => part).join(" ")

const urlOf = ({ url, urlParams }: HttpClientRequest.HttpClientRequest): string =>
  urlParams.length === 0 ? url : `${url}?${UrlParams.toString(urlParams)}`

/** Describes the route to a URL; absent if all connections are direct. */
type RouteText = ((url: string) => string) | undefined

const requestLines = (request: HttpClientRequest.HttpClientRequest, routeText: RouteText): string =>
  `--> ${request.method} ${printable(urlOf(request))}\n${
    routeText === undefined ? "" : `    (${printable(routeText(request.url))})\n`
  }${headerLines(request.headers)}`

/** The texts in a body of JSON, one of which may be a password. */
const textsOf = ({ body }: HttpClientRequest.HttpClientRequest): ReadonlyArray<string> =>
  body._tag !== "Uint8Array"
    ? []
    : [...new TextDecoder().decode(body.body).matchAll(/"(?:[^"\\]|\\.){8,}"/g)].map(([text]) => JSON.parse(text))

/** Without the secrets of the request, which a server may return in any header. */
const responseLines = (
  response: HttpClientResponse.HttpClientResponse,
  request: HttpClientRequest.HttpClientRequest,
  milliseconds: number
): string =>
  scrub(
    `<-- ${statusText(response.status)} after ${milliseconds} ms\n${headerLines(response.headers)}`,
    request,
    textsOf(request)
  )

const reasonOf = (error: HttpClientError.HttpClientError): string => {
  const { cause } = error
  return Predicate.hasProperty(cause, "code") ? String(cause.code) : error.reason
}

const hostOf = (request: HttpClientRequest.HttpClientRequest): string => {
  try {
    return new URL(request.url).host
  } catch {
    return "the service"
  }
}

/** A client that shows progress while it waits, and with `--debug` logs each request and response. */
const withLogging = (
  client: HttpClient.HttpClient,
  io: Io.Service,
  debug: boolean,
  routeText: RouteText
): HttpClient.HttpClient =>
  HttpClient.transform(client, (response, request) =>
    Effect.gen(function* () {
      const host = hostOf(request)
      const start = yield* Clock.currentTimeMillis
      const elapsed = Effect.map(Clock.currentTimeMillis, (now) => now - start)
      if (debug) yield* io.note(requestLines(request, (yield* DirectConnection) ? undefined : routeText))
      yield* io.progress({ doing: `waiting for ${host}` })
      return yield* response.pipe(
        Effect.tap((response) =>
          Effect.gen(function* () {
            if (debug) yield* io.note(responseLines(response, request, yield* elapsed))
            yield* io.progress({
              doing: response.status < 400 ? undefined : `${host} responded ${statusText(response.status)}`
            })
          })
        ),
        Effect.tapError((error) =>
          Effect.gen(function* () {
            if (debug) yield* io.note(`<-- no response after ${yield* elapsed} ms: ${printable(reasonOf(error))}\n`)
            yield* io.progress({ doing: `no response from ${host} (${reasonOf(error)})` })
          })
        )
      )
    })
  )

export type Requirements = HttpClient.HttpClient | Scope.Scope

/** The options of a command that sends requests. */
interface HttpFlags extends ConnectionFlags {
  readonly debug?: boolean | undefined
}

interface ProgressOptions {
  /** Whether progress shows each request. Of many, this would take longer than to send them. */
  readonly showsRequests?: boolean
}

/** The `HttpClient` of the commands, without logging if neither progress nor `--debug` would show it. */
const make = Effect.fnUntraced(function* (
  flags: HttpFlags,
  { showsRequests = true }: ProgressOptions
): Effect.fn.Return<HttpClient.HttpClient, ConfigurationError, Io.Io | Scope.Scope> {
  const io = yield* Io.Io
  const { environment } = io.machine
  const connection = yield* findConnection(flags, environment)
  if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    yield* io.note(`warning: ${(yield* load).verificationWarning(environment)}\n`)
  }
  const options =
    connection === undefined ? { systemCa: true, environment } : (yield* load).clientOptions(connection, environment)
  // The options have been checked.
  const client = yield* Effect.orDie(NodeHotspotSession.makeHttpClient(options))
  if (flags.debug !== true && !(showsRequests && io.showsProgress)) return client
  const { routeText } = connection === undefined ? {} : yield* load
  return withLogging(client, io, flags.debug === true, connection && routeText && ((url) => routeText(connection, url)))
})

/** Provides the client to a command. Not a layer, which takes longer to build than the client. */
export const provide =
  (flags: HttpFlags, options: ProgressOptions = {}) =>
  <A, E, R>(command: Effect.Effect<A, E, R>) =>
    command.pipe(Effect.provideServiceEffect(HttpClient.HttpClient, make(flags, options)), Effect.scoped)
