/** Transports over functions that report a response by callbacks, without a scope, a stream or a promise in between. */
import { isAscii } from "node:buffer"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import { type PlainUrl, plainUrl } from "../PlainUrl.js"
import { errorBodyTimeout, requiresBody } from "../RequiredBody.js"
import type { Response } from "../Response.js"
import { fromBytes } from "../ResponseText.js"
import { clockOf, isLive, maxTimerMillis, timeLimited } from "../TimeLimit.js"
import { fromHttpClient, type InFlight, type Transport } from "../Transport.js"
import { failureOfCause, type TransportFailure, timedOut, tooLarge, undecodable } from "../TransportFailure.js"

/** A request whose body is at hand. */
export interface SentRequest {
  readonly url: Pick<PlainUrl, "origin" | "pathname" | "search">
  readonly method: HttpClientRequest.HttpClientRequest["method"]
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

type Resume = (effect: Effect.Effect<Response, TransportFailure>) => void

const noResume: Resume = () => {}
const noHeaders: Response["headers"] = {}
const timeOut = (receiver: Receiver): void => receiver.timeOut()

/**
 * Receives the response to one request within a time limit in milliseconds, and resumes the fiber once.
 *
 * Lets go of everything when it is over, because what `Effect.async` makes may live on until the whole heap is collected, and
 * refers to what cancels it: V8 allocates functions that are written where they are assigned to a property among old objects.
 */
export class Receiver {
  private request: SentRequest | undefined
  private resume = noResume
  private readonly timeout: number
  private readonly maxBodyBytes: number
  private readonly clock: Clock.Clock
  private abortRequest: (() => void) | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private bodyTimer: ReturnType<typeof setTimeout> | undefined
  private isSent = false
  private status: number | undefined
  private headers = noHeaders
  private chunks: Array<Buffer> | undefined
  private size = 0
  private isOver = false

  constructor(request: SentRequest, timeout: number, maxBodyBytes: number, clock: Clock.Clock) {
    this.request = request
    this.timeout = timeout
    this.maxBodyBytes = maxBodyBytes
    this.clock = clock
  }

  /** Sends the request, once. */
  start(resume: Resume, send: (request: SentRequest, receiver: this) => void): void {
    const { request, timeout } = this
    if (request === undefined) return
    this.request = undefined
    this.resume = resume
    if (timeout <= maxTimerMillis) this.timer = setTimeout(timeOut, timeout, this)
    try {
      send(request, this)
    } catch (error) {
      this.fail(error)
    }
  }

  private stop(): void {
    clearTimeout(this.timer)
    clearTimeout(this.bodyTimer)
    this.isOver = true
    this.resume = noResume
    this.abortRequest = undefined
    this.timer = undefined
    this.bodyTimer = undefined
    this.headers = noHeaders
    this.chunks = undefined
  }

  private end(effect: Effect.Effect<Response, TransportFailure>): void {
    const { resume } = this
    this.stop()
    resume(effect)
  }

  /** An error whose body is late, too large or incomplete is an error without a body. */
  private endWithoutBody(failure: () => TransportFailure): void {
    if (this.status !== undefined && !requiresBody(this.status)) this.respond({ text: undefined })
    else this.end(Effect.failSync(failure))
  }

  timeOut(): void {
    const { abortRequest, isSent, timeout } = this
    this.endWithoutBody(() => timedOut(timeout, { isSent }))
    abortRequest?.()
  }

  /** How the request is aborted. It is aborted at once if the response is not awaited any more. */
  abortWith(abortRequest: () => void): void {
    if (this.isOver) abortRequest()
    else this.abortRequest = abortRequest
  }

  /** Aborts the request if it has not ended. */
  abort(): void {
    const { abortRequest } = this
    this.stop()
    abortRequest?.()
  }

  /** From here on, octets of the request may be sent. */
  sending(): void {
    this.isSent = true
  }

  head(status: number, headers: Response["headers"]): void {
    // An informational status such as 103 Early Hints; the final response follows.
    if (this.isOver || status < 200) return
    this.status = status
    this.headers = headers
    if (!requiresBody(status)) this.bodyTimer = setTimeout(timeOut, errorBodyTimeout, this)
  }

  data(chunk: Buffer): void {
    if (this.isOver) return
    this.size += chunk.length
    if (this.size > this.maxBodyBytes) {
      const { abortRequest, maxBodyBytes } = this
      this.endWithoutBody(() => tooLarge(maxBodyBytes))
      abortRequest?.()
    } else if (this.chunks === undefined) this.chunks = [chunk]
    else this.chunks.push(chunk)
  }

  private respond({ bytes, problem, text }: Pick<Response, "text" | "bytes" | "problem">): void {
    const { headers, status = 0 } = this
    this.end(
      Effect.succeed({ status, headers, text, bytes, problem, receivedAt: this.clock.unsafeCurrentTimeMillis() })
    )
  }

  complete(): void {
    // Without a status, the server has switched to another protocol.
    if (this.isOver || this.status === undefined) return
    const { chunks = [], headers, maxBodyBytes: maxBytes, status } = this
    const [first, second] = chunks
    const bytes = first !== undefined && second === undefined ? first : Buffer.concat(chunks)
    // ASCII, which nearly every page is, is copied instead of decoded. With a zero octet at its start, it is UTF-16.
    if (headers["content-encoding"] === undefined && isAscii(bytes) && bytes[0] !== 0 && bytes[1] !== 0) {
      this.respond({ text: bytes.toString("latin1"), bytes })
      return
    }
    Either.match(fromBytes(bytes, { headers, isRequired: requiresBody(status), maxBytes }), {
      onLeft: (problem) => this.end(Effect.fail(undecodable(problem, status))),
      onRight: (body) => this.respond(body)
    })
  }

  fail(error: unknown): void {
    if (this.isOver) return
    const { isSent, status } = this
    this.endWithoutBody(() => failureOfCause(error, { isSent, hasResponse: status !== undefined }))
  }
}

const urlOf = (request: HttpClientRequest.HttpClientRequest) => {
  const isWhole = request.urlParams.length === 0 && Option.isNone(request.hash)
  const plain = isWhole ? plainUrl(request.url) : undefined
  return plain === undefined ? UrlParams.makeUrl(request.url, request.urlParams, request.hash) : Either.right(plain)
}

/** A transport over `send`. Other bodies go through `client`. */
export const make = <R extends Receiver>(
  client: HttpClient.HttpClient,
  maxBodyBytes: number,
  ReceiverClass: new (request: SentRequest, timeout: number, maxBodyBytes: number, clock: Clock.Clock) => R,
  send: (request: SentRequest, receiver: R) => void
): Transport => {
  const { exchange: exchangeAnyBody } = fromHttpClient(client, { maxBodyBytes })
  const exchange = (
    request: HttpClientRequest.HttpClientRequest,
    timeout: number,
    clock: Clock.Clock,
    inFlight?: InFlight,
    span?: Tracer.Span
  ): Effect.Effect<Response, TransportFailure> => {
    const { body, headers, method } = request
    if (body._tag !== "Empty" && body._tag !== "Uint8Array") return exchangeAnyBody(request, timeout, undefined, span)
    const url = urlOf(request)
    if (Either.isLeft(url)) return Effect.fail(failureOfCause(url.left, { isSent: false }))
    const sent = { url: url.right, method, headers, body: body._tag === "Empty" ? undefined : body.body }
    const receiver = new ReceiverClass(sent, timeout, maxBodyBytes, clock)
    return Effect.async((resume) => {
      receiver.start(resume, send)
      return inFlight === undefined ? Effect.sync(() => receiver.abort()) : inFlight.start(receiver)
    })
  }
  return {
    maxBodyBytes,
    exchange: (request, timeout, inFlight, span) =>
      Effect.withFiberRuntime((fiber) => {
        const clock = clockOf(fiber)
        return isLive(clock)
          ? exchange(request, timeout, clock, inFlight, span)
          : timeLimited(exchange(request, Number.POSITIVE_INFINITY, clock, undefined, span), timeout, () =>
              Effect.fail(timedOut(timeout))
            )
      })
  }
}
