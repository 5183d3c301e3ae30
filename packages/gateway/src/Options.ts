import type { HotspotSession } from "@hotspot-session/client"
import type * as Duration from "effect/Duration"
import type { AccessLog } from "./AccessLog.js"
import type { CallerKey } from "./caller/CallerKeys.js"
import type { CredentialsMode } from "./Failure.js"

/**
 * How long answers are kept. Each span begins where the one before it ends.
 *
 * @category models
 */
export interface CacheOptions {
  /** How long an answer is served without asking the cloud. Default: 10 s. */
  readonly fresh?: Duration.DurationInput | undefined
  /** How long it is served at once while the cloud is asked in the background. Default: 1 minute. */
  readonly staleWhileRevalidate?: Duration.DurationInput | undefined
  /**
   * How long it is served where the cloud is unavailable: unreachable, 429, 500 or above. Any other error of the cloud is
   * passed on and ends what was kept. Default: 1 hour.
   */
  readonly staleIfError?: Duration.DurationInput | undefined
  /** The most answers that are kept; what was used least recently goes first. Default: 10,000. */
  readonly maxEntries?: number | undefined
  /** The most bytes that are kept. Default: 128 MiB. */
  readonly maxBytes?: number | undefined
}

/**
 * What the page for people shows.
 *
 * @category models
 */
export interface PageOptions {
  /** The projects that are shown where none is asked for, with the names that people know them by. Default: none. */
  readonly projects?: ReadonlyArray<{ readonly id: string; readonly name: string }> | undefined
}

/**
 * Where a project is that is not in the gateway's own cloud.
 *
 * @category models
 */
export interface Elsewhere {
  /** What the cloud is called there, such as its region. Projects with the same name here are in one cloud. */
  readonly cloud: string
  /** Asks for the project; with `own` credentials by its own, and with `pass-through` by the caller's token. */
  readonly client: HotspotSession.Service
}

/**
 * The settings of the gateway.
 *
 * @category models
 */
export interface Options {
  /**
   * Whose credentials the cloud sees. Default: `pass-through`.
   *
   * - `pass-through`: each caller's `X-Auth-Token`. Requests without one are answered 401, also those that are signed
   *   (`Authorization: SDK-HMAC-SHA256`), because a signature covers the host.
   * - `own`: those of the `HotspotSession` client, for callers that have one of `apiKeys` or `accessKeys`. With neither,
   *   the gateway fails with `ConfigError` instead of starting.
   */
  readonly credentials?: CredentialsMode | undefined
  /**
   * What the cloud is called that the `HotspotSession` client asks, such as its region: on the page, and in metrics where
   * there are several clouds. Default: nothing, and `own` in metrics.
   */
  readonly cloud?: string | undefined
  /**
   * The projects that are elsewhere, such as in another region, by their ID: who asks for one of them is answered from
   * there. Each cloud has a circuit breaker and calls of its own. Default: none, all are asked of the one client.
   *
   * Gateways that share a `SharedStore` must mean the same cloud by the same name.
   */
  readonly elsewhere?: ReadonlyMap<string, Elsewhere> | undefined
  /**
   * The API keys of callers, as the hexadecimal SHA-256 of each. A caller sends its key in `X-Api-Key`, as
   * `Authorization: Bearer`, as the password of `Authorization: Basic`, or in place of a token in `X-Auth-Token`. Means
   * nothing in `pass-through`. Default: none.
   */
  readonly apiKeys?: ReadonlyArray<string> | undefined
  /**
   * Access keys that callers may sign with (`SDK-HMAC-SHA256`), as the official SDKs do. They are this gateway's and none
   * of the cloud's; a secret has at least 16 characters. Means nothing in `pass-through`. Default: none.
   */
  readonly accessKeys?: ReadonlyArray<CallerKey> | undefined
  /**
   * Origins, such as `https://dashboard.example`, whose pages may ask from a browser (CORS). Default: none.
   */
  readonly corsOrigins?: ReadonlyArray<string> | undefined
  /** Keeps answers, for each caller apart. `{}` for the defaults. Default: none are kept. */
  readonly cache?: CacheOptions | undefined
  /**
   * How many requests to the contract's route each caller may make in a time; as many may come at once. Above it are 429
   * and `Retry-After`. Default: no limit.
   */
  readonly rateLimit?: { readonly requests: number; readonly per: Duration.DurationInput } | undefined
  /** The most requests to the contract's route at the same time; more are answered 503 at once. Default: 2,000. */
  readonly maxRequests?: number | undefined
  /**
   * The most calls to a cloud at the same time; beyond them callers are served what is kept, or answered 503. Default:
   * 64.
   */
  readonly maxCalls?: number | undefined
  /**
   * Leaves a cloud alone after so many calls in a row that failed, retries included: for `open`, a quarter more or less,
   * and then until one call has got an answer. `{}` for the defaults, 5 and 10 s. Default: never.
   */
  readonly circuitBreaker?:
    | { readonly failures?: number | undefined; readonly open?: Duration.DurationInput | undefined }
    | undefined
  /**
   * Serves a page for people at `/`: the configurations of some projects, what needs attention first. A browser asks for
   * the key or the token as a password. `{}` for a page that asks for a project. Default: no.
   */
  readonly page?: PageOptions | undefined
  /** Serves `/metrics`. Default: no. */
  readonly metrics?: boolean | undefined
  /** Whether `/readyz` says that it is ready. Default: always; a server that drains knows when not. */
  readonly isReady?: (() => boolean) | undefined
  /** Is told of each request that was answered. Default: nobody is. */
  readonly accessLog?: AccessLog | undefined
}
