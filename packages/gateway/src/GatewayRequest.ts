import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type { CacheResult } from "./cache/ResponseCache.js"
import type { Caller } from "./caller/Callers.js"
import type { GatewayResponse } from "./GatewayResponse.js"
import type { PageApp } from "./page/PageApp.js"
import type { RateLimitResult } from "./RateLimit.js"
import type { RequestBody } from "./RequestBody.js"
import type { RequestHead } from "./RequestHead.js"
import type { Route } from "./RouteTable.js"

/** A request on its way through the steps. */
export interface GatewayRequest {
  readonly head: RequestHead
  readonly openBody: () => RequestBody
  readonly path: string
  readonly route: Route | undefined
  /** The methods of the route; those of all routes if there is none. */
  readonly methods: Pick<Route, "allow" | "hasBody">
  readonly id: string
  /** Epoch milliseconds. */
  readonly receivedAt: number
  /** The same on the clock of `performance`. */
  readonly startedAt: number
  /** When the current step was reached, milliseconds on a monotonic clock. */
  now: number
  /** What is left of the caller's limit, once it has been checked. */
  rateLimit: RateLimitResult | undefined
  /** Renders the failures of a request for the page. */
  page: PageApp | undefined
  /** Who sent the request, once it is known. */
  caller: Caller | undefined
  /** The body, once it has been read. */
  body: Uint8Array | undefined
  /** Gives back the memory of the body. */
  releaseBody: () => void
  /** Frees the place among the requests in flight. */
  releasePlace: () => void
  /** Whether the caller has been identified by a signature. */
  isSigned: boolean
  /** Whether the response came from the cache without waiting. */
  isHit: boolean
  /** How a response that went through the cache was obtained. */
  cache: CacheResult["outcome"] | undefined
  /** Size of the response's body. */
  bytes: number
  /** Whether the server has refused it itself, and the refusal is recorded. */
  isRefused: boolean
}

/** A step that need not be waited for. Left is the response that ends the request. */
export type Decision<A> = Either.Either<A, GatewayResponse>

/** A step that has to be waited for. It fails with the response that ends the request. */
export type Pending<A> = Effect.Effect<A, GatewayResponse>

export type Step<A> = Decision<A> | Pending<A>
