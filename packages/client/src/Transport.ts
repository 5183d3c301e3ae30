/**
 * One way to send a request and to read the whole response within a time limit. Every `HttpClient` is a transport; a client
 * may bring a faster one of its own.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Response } from "./Response.js"
import { redactSensitiveHeaders } from "./SensitiveHeaders.js"
import { timeLimited } from "./TimeLimit.js"
import { failureOf, type TransportFailure, timedOut } from "./TransportFailure.js"

/** Sends requests. Follows no redirects, and shows headers to no log and no span. */
export interface Transport {
  /** `timeout` is in milliseconds, from the start to the end of the response. */
  readonly exchange: (
    request: HttpClientRequest.HttpClientRequest,
    timeout: number
  ) => Effect.Effect<Response, TransportFailure>
}

const TypeId: unique symbol = Symbol.for("@hotspot-session/client/Transport")

/** A client that brings a transport of its own. Clients that are derived from it do not. */
interface TransportHttpClient extends HttpClient.HttpClient {
  readonly [TypeId]: Transport
}

/** Adds a transport to a client. It must send what the client would send. */
export const withTransport = (client: HttpClient.HttpClient, transport: Transport): TransportHttpClient =>
  Object.assign(client, { [TypeId]: transport })

const hasTransport = (client: HttpClient.HttpClient): client is TransportHttpClient => TypeId in client

/**
 * The body of an error is optional, so reading it has a short time limit, in milliseconds. A body is required only with a
 * status of success.
 */
export const errorBodyTimeout = 5_000

/** Whether a response is useless without its body. */
export const requiresBody = (status: number): boolean => status < 300

/** `fetch` would follow a redirect and send the token to its target. */
const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(effect, (context: Context.Context<R>) =>
    Context.add(context, FetchHttpClient.RequestInit, {
      ...Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit)),
      redirect: "manual"
    })
  )

const readBody = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string | undefined, HttpClientError.HttpClientError> =>
  requiresBody(response.status)
    ? response.text
    : response.text.pipe(
        Effect.timeoutOption(errorBodyTimeout),
        Effect.map(Option.getOrUndefined),
        Effect.orElseSucceed(() => undefined)
      )

/** The transport that any client is. */
export const fromHttpClient = (client: HttpClient.HttpClient): Transport => {
  const { execute } = client.pipe(
    redactSensitiveHeaders,
    // The platform's span would contain every header. The attempt has its own span.
    HttpClient.withTracerDisabledWhen(() => true),
    HttpClient.transformResponse(withoutRedirects)
  )
  return {
    exchange: (request, timeout) =>
      Effect.suspend(() => {
        let hasResponse = false
        const exchanged = Effect.flatMap(execute(request), (response) => {
          hasResponse = true
          return Effect.zipWith(
            readBody(response),
            Clock.currentTimeMillis,
            (text, receivedAt): Response => ({ status: response.status, headers: response.headers, text, receivedAt })
          )
        }).pipe(Effect.mapError((error) => failureOf(error, hasResponse)))
        return timeLimited(exchanged, timeout, () => timedOut(timeout))
      })
  }
}

/** The transport of a client. */
export const of = (client: HttpClient.HttpClient): Transport =>
  hasTransport(client) ? client[TypeId] : fromHttpClient(client)
