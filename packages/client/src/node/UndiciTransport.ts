/**
 * A transport over undici's dispatch, without Node's streams and without promises between the socket and the fiber. Loaded
 * only when its layer is built: undici takes longer to load than a short program runs.
 */
import { isAscii } from "node:buffer"
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
import { plainUrl } from "../PlainUrl.js"
import type { Response } from "../Response.js"
import { fromBytes, fromText } from "../ResponseText.js"
import { isLive, maxTimerMillis, timeLimited } from "../TimeLimit.js"
import {
  errorBodyTimeout,
  fromHttpClient,
  requiresBody,
  type Transport,
  undecodable,
  withTransport
} from "../Transport.js"
import { failureOfCause, type TransportFailure, timedOut } from "../TransportFailure.js"

type Resume = (effect: Effect.Effect<Response, TransportFailure>) => void

/** Receives undici's events of one request, and resumes the fiber once. */
class Exchange implements Undici.Dispatcher.DispatchHandler {
  private readonly resume: Resume
  private readonly timeout: number
  private readonly maxBodyBytes: number
  private readonly now: () => number
  private controller: Undici.Dispatcher.DispatchController | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private bodyTimer: ReturnType<typeof setTimeout> | undefined
  private status: number | undefined
  private headers: Response["headers"] = {}
  private chunks: Array<Buffer> = []
  private isOver = false

  constructor(resume: Resume, timeout: number, maxBodyBytes: number, now: () => number) {
    this.resume = resume
    this.timeout = timeout
    this.maxBodyBytes = maxBodyBytes
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
    if (this.status !== undefined && !requiresBody(this.status)) this.respond({ text: undefined })
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

  private respond({ bytes, problem, text }: Pick<Response, "text" | "bytes" | "problem">): void {
    const { headers, status = 0 } = this
    this.end(Effect.succeed({ status, headers, text, bytes, problem, receivedAt: this.now() }))
  }

  onResponseEnd(): void {
    const { chunks, headers, maxBodyBytes: maxBytes, status = 0 } = this
    const [first, second] = chunks
    const bytes = first !== undefined && second === undefined ? first : Buffer.concat(chunks)
    // ASCII, which nearly every page is, is copied instead of decoded. With a zero octet at its start, it is UTF-16.
    if (headers["content-encoding"] === undefined && isAscii(bytes) && bytes[0] !== 0 && bytes[1] !== 0) {
      this.respond({ text: bytes.toString("latin1"), bytes })
      return
    }
    const options = { headers, isRequired: requiresBody(status), maxBytes }
    const body =
      headers["content-encoding"] === undefined
        ? Either.map(fromText(bytes.toString("utf8"), options), (body) => ({ ...body, bytes }))
        : fromBytes(bytes, options)
    Either.match(body, {
      onLeft: (problem) => this.end(Effect.fail(undecodable(problem, status))),
      onRight: (body) => this.respond(body)
    })
  }

  onResponseError(_: Undici.Dispatcher.DispatchController, error: Error): void {
    if (this.status !== undefined && !requiresBody(this.status)) this.respond({ text: undefined })
    else this.end(Effect.fail(failureOfCause(error, this.failure)))
  }
}

const urlOf = (request: HttpClientRequest.HttpClientRequest) => {
  const isWhole = request.urlParams.length === 0 && Option.isNone(request.hash)
  const plain = isWhole ? plainUrl(request.url) : undefined
  return plain === undefined ? UrlParams.makeUrl(request.url, request.urlParams, request.hash) : Either.right(plain)
}

/** `client` sends what undici's dispatch does not take as it is. */
const make = (dispatcher: Undici.Dispatcher, client: HttpClient.HttpClient, maxBodyBytes: number): Transport => {
  const { exchange: exchangeAnyBody } = fromHttpClient(client, maxBodyBytes)
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
      const handler = new Exchange(resume, timeout, maxBodyBytes, () => clock.unsafeCurrentTimeMillis())
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
      Effect.clockWith((clock) =>
        isLive(clock)
          ? exchange(request, timeout, clock)
          : timeLimited(exchange(request, Number.POSITIVE_INFINITY, clock), timeout, () => timedOut(timeout))
      )
  }
}

/** Undici has special values for no limit. */
const unlessUnlimited = <A>(limit: number, unlimited: A): number | A =>
  limit === Number.POSITIVE_INFINITY ? unlimited : limit

/** The settings of `layer`. */
export interface Settings {
  readonly connectTimeoutMillis: number
  readonly maxSockets: number
  readonly maxBodyBytes: number
}

/** The platform's client over undici, with the transport. Keeps connections alive and closes them with the layer's scope. */
export const layer = (settings: Settings): Layer.Layer<HttpClient.HttpClient> =>
  Layer.scoped(
    HttpClient.HttpClient,
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(
          () =>
            new Undici.Agent({
              connections: unlessUnlimited(settings.maxSockets, null),
              connectTimeout: settings.connectTimeoutMillis > maxTimerMillis ? 0 : settings.connectTimeoutMillis,
              maxResponseSize: unlessUnlimited(settings.maxBodyBytes, -1)
            })
        ),
        (agent) => Effect.promise(() => agent.destroy())
      ),
      (agent) => {
        const client = NodeHttpClient.makeUndici(agent)
        return withTransport(client, make(agent, client, settings.maxBodyBytes))
      }
    )
  )
