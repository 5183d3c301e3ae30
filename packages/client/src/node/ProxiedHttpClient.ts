import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { authorityOf } from "@hotspot-session/core/Authority"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { DirectConnection } from "../DirectConnection.js"
import type { Proxy } from "../Proxy.js"
import { forwardRejection, type ProxyError } from "../ProxyError.js"
import type { Response } from "../Response.js"
import { minSecretLength } from "../Scrub.js"
import type { Transport } from "../Transport.js"
import { failureOfCause } from "../TransportFailure.js"
import type { Connector } from "./Connector.js"

/** The proxy that a request for an `http` URL is sent to. */
const forwardingProxy = (connector: Connector, url: string): Proxy | undefined => {
  if (!url.startsWith("http:")) return undefined
  const { hostname, port, protocol } = new URL(url)
  const route = connector.routeOf({ hostname, port, protocol })
  return route._tag === "Proxied" ? route.proxy : undefined
}

/** What a proxy that forwards its own credentials, or a server behind it, may echo. */
const secretsFor = (connector: Connector, url: string): ReadonlyArray<string> => {
  const authorization = forwardingProxy(connector, url)?.authorization
  if (authorization === undefined) return []
  const credentials = Redacted.value(authorization).replace(/^\S+\s+/, "")
  const [, user = "", password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? []
  return [credentials, `${user}:${password}`, password].filter(({ length }) => length >= minSecretLength)
}

/** The error of a response that a proxy sent in place of the service. A tunnel has none. */
const rejectionOf = (
  connector: Connector,
  { url }: HttpClientRequest.HttpClientRequest,
  response: Pick<Response, "headers" | "status">
): ProxyError | undefined => {
  const proxy = response.status < 400 ? undefined : forwardingProxy(connector, url)
  if (proxy === undefined) return undefined
  const { hostname, port } = new URL(url)
  return forwardRejection(proxy, response, authorityOf({ host: hostname, port: Number(port) || 80 }))
}

/** A client that uses proxies, except for requests that must be direct. */
export const make = (
  connector: Connector,
  clients: { readonly proxied: HttpClient.HttpClient; readonly direct: HttpClient.HttpClient }
): HttpClient.HttpClient =>
  HttpClient.transform(clients.proxied, (proxied, request) =>
    Effect.flatMap(DirectConnection, (isDirect) =>
      isDirect
        ? clients.direct.execute(request)
        : Effect.flatMap(proxied, (response) => {
            const cause = rejectionOf(connector, request, response)
            return cause === undefined
              ? Effect.succeed(response)
              : // The connection is free again when the body is read.
                Effect.zipRight(
                  Effect.ignore(response.text),
                  new HttpClientError.RequestError({ request, reason: "Transport", cause })
                )
          })
    )
  )

/** The same for transports. */
export const transport = (
  connector: Connector,
  transports: { readonly proxied: Transport; readonly direct: Transport }
): Transport => ({
  maxBodyBytes: transports.proxied.maxBodyBytes,
  exchange: (request, timeout, inFlight, span) =>
    Effect.flatMap(DirectConnection, (isDirect) =>
      isDirect
        ? transports.direct.exchange(request, timeout, inFlight, span)
        : Effect.flatMap(transports.proxied.exchange(request, timeout, inFlight, span), (response) => {
            const cause = rejectionOf(connector, request, response)
            return cause === undefined ? Effect.succeed(response) : Effect.fail(failureOfCause(cause, {}))
          })
    ),
  secretsFor: (url) => secretsFor(connector, url)
})
