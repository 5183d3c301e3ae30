/**
 * A transport over undici's dispatch, without Node's streams and without promises between the socket and the fiber. Loaded
 * only when its layer is built: undici takes longer to load than a short program runs.
 */
import { isAscii } from "node:buffer"
import type * as Net from "node:net"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { plainUrl } from "../PlainUrl.js"
import { authorityOf, type Destination } from "../Proxy.js"
import type { Response } from "../Response.js"
import { clockOf, isLive, maxTimerMillis, timeLimited } from "../TimeLimit.js"
import { errorBodyTimeout, fromHttpClient, requiresBody, type Transport, withTransport } from "../Transport.js"
import { failureOfCause, type TransportFailure, timedOut } from "../TransportFailure.js"
import type { Connector } from "./Connector.js"
import * as ProxiedHttpClient from "./ProxiedHttpClient.js"

/** Decodes UTF-8 without a byte order mark. ASCII, which nearly every page is, is copied instead of decoded. */
const textOf = (bytes: Buffer): string =>
  isAscii(bytes)
    ? bytes.toString("latin1")
    : bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
      ? bytes.toString("utf8", 3)
      : bytes.toString("utf8")

type Resume = (effect: Effect.Effect<Response, TransportFailure>) => void

/** Receives undici's events of one request, and resumes the fiber once. */
class Exchange implements Undici.Dispatcher.DispatchHandler {
  private readonly resume: Resume
  private readonly timeout: number
  private readonly now: () => number
  private controller: Undici.Dispatcher.DispatchController | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private bodyTimer: ReturnType<typeof setTimeout> | undefined
  private status: number | undefined
  private headers: Response["headers"] = {}
  private chunks: Array<Buffer> = []
  private isOver = false

  constructor(resume: Resume, timeout: number, now: () => number) {
    this.resume = resume
    this.timeout = timeout
    this.now = now
    if (timeout <= maxTimerMillis) this.timer = setTimeout(() => this.timeOut(), timeout)
  }

  private get failure(): { readonly isSent: boolean; readonly status: number | undefined } {
    return { isSent: this.controller !== undefined, status: this.status }
  }

  private end(effect: Effect.Effect<Response, TransportFailure>): void {
    if (this.isOver) return
    this.stop()
    this.resume(effect)
  }

  private stop(): void {
    this.isOver = true
    clearTimeout(this.timer)
    clearTimeout(this.bodyTimer)
  }

  /** An error whose body is late is an error without a body. */
  private timeOut(): void {
    if (this.status !== undefined && !requiresBody(this.status)) this.respond(undefined)
    else this.end(Effect.fail(timedOut(this.timeout, this.failure)))
    this.abort()
  }

  /** Aborts the request if it has not ended. A request that waits for a connection is aborted when it starts. */
  abort(): void {
    this.stop()
    this.controller?.abort(new Undici.errors.RequestAbortedError())
  }

  /** From here on, octets of the request may be sent. */
  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    if (this.isOver) controller.abort(new Undici.errors.RequestAbortedError())
    else this.controller = controller
  }

  onResponseStart(
    _: Undici.Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | Array<string> | undefined>
  ): void {
    // An informational status such as 103 Early Hints; the final response follows.
    if (status < 200) return
    this.status = status
    this.headers = headers
    if (!requiresBody(status)) this.bodyTimer = setTimeout(() => this.timeOut(), errorBodyTimeout)
  }

  onResponseData(_: Undici.Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks.push(chunk)
  }

  private respond(bytes: Buffer | undefined): void {
    const { headers, status = 0 } = this
    this.end(
      Effect.succeed({
        status,
        headers,
        text: bytes === undefined ? undefined : textOf(bytes),
        bytes,
        receivedAt: this.now()
      })
    )
  }

  onResponseEnd(): void {
    const [first, second] = this.chunks
    this.respond(first !== undefined && second === undefined ? first : Buffer.concat(this.chunks))
  }

  onResponseError(_: Undici.Dispatcher.DispatchController, error: Error): void {
    if (this.status !== undefined && !requiresBody(this.status)) this.respond(undefined)
    else this.end(Effect.fail(failureOfCause(error, this.failure)))
  }
}

const urlOf = (request: HttpClientRequest.HttpClientRequest) => {
  const isWhole = request.urlParams.length === 0 && Option.isNone(request.hash)
  const plain = isWhole ? plainUrl(request.url) : undefined
  return plain === undefined ? UrlParams.makeUrl(request.url, request.urlParams, request.hash) : Either.right(plain)
}

/** `client` sends what undici's dispatch does not take as it is. */
const make = (dispatcher: Undici.Dispatcher, client: HttpClient.HttpClient): Transport => {
  const { exchange: exchangeAnyBody } = fromHttpClient(client)
  const exchange = (
    request: HttpClientRequest.HttpClientRequest,
    timeout: number,
    clock: Clock.Clock
  ): Effect.Effect<Response, TransportFailure> => {
    const { body } = request
    if (body._tag !== "Empty" && body._tag !== "Uint8Array") return exchangeAnyBody(request, timeout)
    const url = urlOf(request)
    if (Either.isLeft(url)) return Effect.fail(failureOfCause(url.left, { isSent: false }))
    const { origin, pathname, search } = url.right
    return Effect.async((resume) => {
      const handler = new Exchange(resume, timeout, () => clock.unsafeCurrentTimeMillis())
      dispatcher.dispatch(
        {
          origin,
          path: pathname + search,
          method: request.method,
          headers: request.headers,
          body: body._tag === "Empty" ? null : body.body,
          headersTimeout: 0,
          bodyTimeout: 0
        },
        handler
      )
      return Effect.sync(() => handler.abort())
    })
  }
  return {
    exchange: (request, timeout) =>
      Effect.withFiberRuntime((fiber) => {
        const clock = clockOf(fiber)
        return isLive(clock)
          ? exchange(request, timeout, clock)
          : timeLimited(exchange(request, Number.POSITIVE_INFINITY, clock), timeout, () => timedOut(timeout))
      })
  }
}

/** Undici has special values for no limit. */
const unlessUnlimited = <A>(limit: number, unlimited: A): number | A =>
  limit === Number.POSITIVE_INFINITY ? unlimited : limit

/** The settings of `layer`. */
export interface Settings {
  readonly connector: Connector
  readonly maxSockets: number
  readonly maxBodyBytes: number
}

/** Connections are opened by the connector. Those to a proxy for forwarded requests are kept in a pool of their own. */
const makeAgent = (
  { maxBodyBytes, maxSockets }: Settings,
  connect: (destination: Destination) => Promise<Net.Socket>
): Undici.Agent =>
  new Undici.Agent({
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

/** The platform's client over undici, with the transport. Keeps connections alive and closes them with the layer's scope. */
export const layer = (settings: Settings): Layer.Layer<HttpClient.HttpClient> =>
  Layer.scoped(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const { connector } = settings
      const agentOf = (connect: (destination: Destination) => Promise<Net.Socket>) =>
        Effect.acquireRelease(
          Effect.sync(() => makeAgent(settings, connect)),
          (agent) => Effect.promise(() => agent.destroy())
        )
      const of = (dispatcher: Undici.Dispatcher) => {
        const client = NodeHttpClient.makeUndici(dispatcher)
        return { client, transport: make(dispatcher, client) }
      }
      const direct = of(yield* agentOf((destination) => connector.connect(destination, { isDirect: true })))
      if (!connector.usesProxy) return withTransport(direct.client, direct.transport)
      const tunnelling = yield* agentOf(connector.connect)
      const toProxy = yield* agentOf(connector.connectToHttpProxy)
      const proxied = of(tunnelling.compose(forwarding(connector, toProxy)))
      return withTransport(
        ProxiedHttpClient.make(connector, { proxied: proxied.client, direct: direct.client }),
        ProxiedHttpClient.transport(connector, { proxied: proxied.transport, direct: direct.transport })
      )
    })
  )
