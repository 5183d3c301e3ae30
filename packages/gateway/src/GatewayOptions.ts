import type { HotspotSession } from "@hotspot-session/client"
import type * as Duration from "effect/Duration"
import type { AccessLog } from "./AccessLog.js"
import type { AuditLog } from "./AuditLog.js"
import type { ApiKey } from "./caller/ApiKeys.js"
import type { CallerKey } from "./caller/CallerKeys.js"
import type { CredentialsMode } from "./Failure.js"

/**
 * How long responses are cached. Each period begins where the one before it ends.
 *
 * @category models
 * @since 0.1.0
 */
export interface CacheOptions {
  /** How long a response is served without calling the cloud. Default: 10 s. */
  readonly fresh?: Duration.DurationInput | undefined
  /** How long it is served stale while it is refreshed in the background. Default: 1 minute. */
  readonly staleWhileRevalidate?: Duration.DurationInput | undefined
  /**
   * How long it is served if the cloud is unavailable: unreachable, 429, 500 or above. Any other error is passed on and
   * removes the response from the cache. Default: 1 hour.
   */
  readonly staleIfError?: Duration.DurationInput | undefined
  /** Maximum number of cached responses; the least recently used are evicted first. Default: 10,000. */
  readonly maxEntries?: number | undefined
  /** Maximum size of the cache in bytes. Default: 128 MiB. */
  readonly maxBytes?: number | undefined
}

/**
 * The settings of the overview page.
 *
 * @category models
 * @since 0.1.0
 */
export interface PageOptions {
  /** The projects that are shown unless one is requested, with their display names. Default: none. */
  readonly projects?: ReadonlyArray<{ readonly id: string; readonly name: string }> | undefined
}

/**
 * The settings of the exporter.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExporterOptions {
  /** The IDs of the projects whose configurations are exported. */
  readonly projects: ReadonlyArray<string>
  /** How long after a reading of all projects the next one begins. Default: 5 minutes. */
  readonly interval?: Duration.DurationInput | undefined
}

/**
 * A project that is served by another upstream than the gateway's default one, such as another region.
 *
 * @category models
 * @since 0.1.0
 */
export interface RemoteProject {
  /** The name of the upstream, such as its region. Projects with the same name share one upstream. */
  readonly upstream: string
  /**
   * The address of the upstream, if its name does not determine it: gateways share the responses of a project only if they
   * have it at the same one. Default: none.
   */
  readonly address?: string | undefined
  /** Calls the upstream: with `own` credentials with its own, with `pass-through` with the caller's token. */
  readonly client: HotspotSession.Service
}

/**
 * The settings that can be replaced while the gateway runs. Those that are absent stay as they are.
 *
 * @category models
 * @since 0.1.0
 */
export type ReloadableOptions = Pick<Options, "apiKeys" | "accessKeys" | "remoteProjects" | "page" | "exporter">

/**
 * The settings of the gateway.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * Whose credentials are sent to the cloud. Default: `pass-through`.
   *
   * - `pass-through`: each caller's `X-Auth-Token`. Requests without one are rejected with 401, including signed ones
   *   (`Authorization: SDK-HMAC-SHA256`), because a signature covers the host.
   * - `own`: those of the `HotspotSession` client, for callers that present one of `apiKeys` or `accessKeys`. With
   *   neither, the gateway fails with `ConfigError` instead of starting.
   */
  readonly credentials?: CredentialsMode | undefined
  /**
   * The name of the upstream that the `HotspotSession` client calls, such as its region: shown on the page, and in metrics
   * if there are several upstreams. Default: no name, and `own` in metrics.
   */
  readonly upstream?: string | undefined
  /**
   * Projects of other upstreams, such as other regions, by project ID: requests for them are served from there. Each
   * upstream has its own circuit breaker and its own limit of calls. Default: none, all projects use the one client.
   *
   * Gateways that share a `SharedStore` must use the same names for the same upstreams.
   */
  readonly remoteProjects?: ReadonlyMap<string, RemoteProject> | undefined
  /**
   * The callers' API keys, each as its SHA-256 in hexadecimal, or with what its holder may do; a hash alone may read all
   * projects. A caller sends its key in `X-Api-Key`, as
   * `Authorization: Bearer`, as the password of `Authorization: Basic`, or instead of a token in `X-Auth-Token`. Ignored
   * in `pass-through`. Default: none.
   */
  readonly apiKeys?: ReadonlyArray<string | ApiKey> | undefined
  /**
   * Access keys that callers may sign with (`SDK-HMAC-SHA256`), as the official SDKs do. They belong to this gateway, not
   * to the cloud; a secret has at least 16 characters. A key may have a name, permissions and projects like an API key.
   * Ignored in `pass-through`. Default: none.
   */
  readonly accessKeys?: ReadonlyArray<CallerKey> | undefined
  /**
   * Serves the operations that write, on the cloud's paths: to create and update configurations, and to change their users.
   * In `own`, a key needs the permission `write`. Lists then have `Cache-Control: private, no-cache`. Default: no, they are
   * rejected with 405.
   */
  readonly writes?: boolean | undefined
  /**
   * Called before and after each write. A write is rejected with 503 if the first call fails or takes more than 5 s.
   * Default: no audit log.
   */
  readonly auditLog?: AuditLog | undefined
  /** Origins, such as `https://dashboard.example`, that may use the API from a browser (CORS). Default: none. */
  readonly corsOrigins?: ReadonlyArray<string> | undefined
  /** Caches responses, separately for each caller. `{}` for the defaults. Default: no cache. */
  readonly cache?: CacheOptions | undefined
  /**
   * Maximum number of API requests of each caller per period, which is also the largest burst. Further ones are rejected
   * with 429 and `Retry-After`. Default: no limit.
   */
  readonly rateLimit?: { readonly requests: number; readonly per: Duration.DurationInput } | undefined
  /**
   * Maximum number of concurrent API requests that are not hits; further ones are rejected with 503 immediately. Callers share
   * them fairly: one may have half of them, of `n` each one `n + 1`th. Tokens that the cloud has not accepted within the last
   * hour share what one caller has. Default: 2,000.
   */
  readonly maxRequests?: number | undefined
  /**
   * Maximum number of concurrent calls to each upstream, which callers share like `maxRequests`. Further ones wait for up to
   * 2 s; then requests are served from the cache or rejected with 503. Default: 64.
   */
  readonly maxCalls?: number | undefined
  /**
   * Stops calling an upstream for a caller and a project for `open`, plus or minus up to a quarter, after `failures`
   * consecutive failed calls, retries included; and for all, if they are of at least three projects. Then it makes one call
   * at a time until one gets a response. `{}` for the defaults, 5 and 10 s. Default: no circuit breaker.
   */
  readonly circuitBreaker?:
    | { readonly failures?: number | undefined; readonly open?: Duration.DurationInput | undefined }
    | undefined
  /**
   * Serves an overview page at `/`: the configurations of some projects, those that need attention first. Browsers prompt
   * for the key or token as a password. `{}` for a page that only has a form for a project. Default: no page.
   */
  readonly page?: PageOptions | undefined
  /** Serves `/metrics`. Default: no. */
  readonly metrics?: boolean | undefined
  /**
   * Adds the configurations of some projects to the metrics, read in the background with the gateway's `own` credentials.
   * On `/metrics` they are shown only to callers whose key opens the project; a separate port for metrics shows them to all.
   * Default: none.
   */
  readonly exporter?: ExporterOptions | undefined
  /** Whether `/readyz` reports ready. Default: always; a draining server knows when it is not. */
  readonly isReady?: (() => boolean) | undefined
  /** Called for each request once its response is known. Default: no access log. */
  readonly accessLog?: AccessLog | undefined
  /** How many entries the access log has lost, for the metrics. Default: not known. */
  readonly lostLogEntries?: (() => number) | undefined
}
