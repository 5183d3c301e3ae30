/**
 * A transport over undici's dispatch, without Node's streams and without promises between the socket and the fiber. Loaded
 * only when its layer is built: undici takes longer to load than a short program runs.
 */

import type * as Net from "node:net"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import { authorityOf } from "@hotspot-session/core/Authority"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Destination } from "../Proxy.js"
import { type Transport, withTransport } from "../Transport.js"
import * as CallbackTransport from "./CallbackTransport.js"
import { Receiver } from "./CallbackTransport.js"
import type { Connector } from "./Connector.js"
import type { Settings } from "./NodeHttp.js"
import * as ProxiedHttpClient from "./ProxiedHttpClient.js"

/** Receives undici's events of one request. One that waits for a connection is aborted when it starts. */
class UndiciReceiver extends Receiver implements Undici.Dispatcher.DispatchHandler {
  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    this.sending()
    this.abortWith(() => controller.abort(new Undici.errors.RequestAbortedError()))
  }

  onResponseStart(
    _: Undici.Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | Array<string> | undefined>
  ): void {
    this.head(status, headers)
  }

  onResponseData(_: Undici.Dispatcher.DispatchController, chunk: Buffer): void {
    this.data(chunk)
  }

  onResponseEnd(): void {
    this.complete()
  }

  onResponseError(_: Undici.Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }
}

/** `client` sends what undici's dispatch does not take as it is. */
const make = (dispatcher: Undici.Dispatcher, client: HttpClient.HttpClient, maxBodyBytes: number): Transport =>
  CallbackTransport.make(client, maxBodyBytes, UndiciReceiver, ({ body, headers, method, url }, receiver) => {
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers,
        body: body ?? null,
        headersTimeout: 0,
        bodyTimeout: 0
      },
      receiver
    )
  })

/** Undici has special values for no limit. */
const unlessUnlimited = <A>(limit: number, unlimited: A): number | A =>
  limit === Number.POSITIVE_INFINITY ? unlimited : limit

/**
 * Pools of connections, one for each origin. Undici's `Agent` drops its pool when all connections have been aborted, although
 * requests wait for one, and opens another, which has a limit of its own.
 */
class Pools extends Undici.Dispatcher {
  private readonly pools = new Map<string, Undici.Pool>()
  private readonly options: Undici.Pool.Options
  private isReleased = false

  constructor(options: Undici.Pool.Options) {
    super()
    this.options = options
  }

  override dispatch(options: Undici.Dispatcher.DispatchOptions, handler: Undici.Dispatcher.DispatchHandler): boolean {
    if (this.isReleased) throw new Undici.errors.ClientDestroyedError()
    const origin = String(options.origin)
    return (this.pools.get(origin) ?? this.open(origin)).dispatch(options, handler)
  }

  private open(origin: string): Undici.Pool {
    // A program may use many origins in turn.
    for (const [other, unused] of this.pools) {
      if (unused.stats.connected + unused.stats.size > 0) continue
      this.pools.delete(other)
      // It may still be connecting for a request that was aborted.
      void unused.destroy()
    }
    const pool = new Undici.Pool(origin, this.options)
    // Its own listener forgets the place of the failed connection, which is used again, and adds one more.
    pool.removeAllListeners("connectionError")
    this.pools.set(origin, pool)
    return pool
  }

  /** Closes the connections. Requests in progress and all later ones fail. */
  async release(): Promise<void> {
    this.isReleased = true
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()))
  }
}

/** Connections are opened by the connector. Those to a proxy for forwarded requests are kept in pools of their own. */
const makePools = (
  { maxBodyBytes, maxSockets }: Settings,
  connect: (destination: Destination) => Promise<Net.Socket>
): Pools =>
  new Pools({
    connections: unlessUnlimited(maxSockets, null),
    connect: ({ hostname, port, protocol }, callback) => {
      connect({ hostname, port, protocol: protocol === "https:" ? protocol : "http:" }).then(
        (socket) => callback(null, socket),
        (error) => callback(error, null)
      )
    },
    maxResponseSize: unlessUnlimited(maxBodyBytes, -1)
  })

/** Sends requests for `http` URLs to their proxy, with the whole URL. */
const forwarding =
  (connector: Connector, toProxy: Undici.Dispatcher): Undici.Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) => {
    const { host, hostname, origin, port, protocol } = new URL(String(options.origin))
    const route = protocol === "http:" ? connector.routeOf({ hostname, port, protocol }) : undefined
    if (route?._tag !== "Proxied") return dispatch(options, handler)
    const { authorization } = route.proxy
    return toProxy.dispatch(
      {
        ...options,
        origin: `http://${authorityOf(route.proxy)}`,
        path: `${origin}${options.path}`,
        headers: {
          ...(options.headers as Record<string, string>),
          host,
          ...(authorization === undefined ? {} : { "proxy-authorization": Redacted.value(authorization) })
        }
      },
      handler
    )
  }

/** Whether this is undici. Bun has something else by that name, which cannot send requests. */
export const isAvailable = typeof Undici.Agent?.prototype?.dispatch === "function"

/** The platform's client over undici, with the transport. Keeps connections alive and closes them with the scope. */
export const makeChecked = Effect.fnUntraced(function* (
  settings: Settings
): Effect.fn.Return<HttpClient.HttpClient, never, Scope.Scope> {
  const { connector } = settings
  const poolsOf = (connect: (destination: Destination) => Promise<Net.Socket>) =>
    Effect.acquireRelease(
      Effect.sync(() => makePools(settings, connect)),
      (pools) => Effect.promise(() => pools.release())
    )
  const of = (dispatcher: Undici.Dispatcher) => {
    const client = NodeHttpClient.makeUndici(dispatcher)
    return { client, transport: make(dispatcher, client, settings.maxBodyBytes) }
  }
  const direct = of(yield* poolsOf((destination) => connector.connect(destination, { isDirect: true })))
  if (!connector.usesProxy) return withTransport(direct.client, direct.transport)
  const tunnelling = yield* poolsOf(connector.connect)
  const toProxy = yield* poolsOf(connector.connectToHttpProxy)
  const proxied = of(tunnelling.compose(forwarding(connector, toProxy)))
  return withTransport(
    ProxiedHttpClient.make(connector, { proxied: proxied.client, direct: direct.client }),
    ProxiedHttpClient.transport(connector, { proxied: proxied.transport, direct: direct.transport })
  )
})
