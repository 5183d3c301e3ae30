import * as RedisUrl from "@hotspot-session/gateway/RedisUrl"
import { variables } from "@hotspot-session/settings/EnvironmentVariables"
import { hidden } from "@hotspot-session/settings/ExplainedSetting"
import * as Either from "effect/Either"
import * as Parsers from "./Parsers.js"

/** A setting: its option, its variable and its default. */
export interface Setting<A> {
  readonly flag: string
  readonly placeholder: string
  readonly variable: string
  readonly help: string
  readonly parse: Parsers.Parser<A>
  /** The default as text; absent if there is none. */
  readonly fallback?: string
  /** Hides a secret in the value. */
  readonly mask?: (text: string) => string
}

/** An invalid URL is hidden, because it may be a password. */
const maskRedis = (text: string): string =>
  Either.match(RedisUrl.parse(text), { onLeft: () => hidden, onRight: RedisUrl.redacted })

const setting = <A>(
  flag: string,
  placeholder: string,
  parse: Parsers.Parser<A>,
  help: string,
  fallback?: string,
  variable = `HOTSPOT_SESSION_HTTP_${flag.toUpperCase().replaceAll("-", "_")}`
): Setting<A> => ({ flag, placeholder, variable, help, parse, ...(fallback === undefined ? {} : { fallback }) })

export const settings = {
  region: setting("region", "region", Parsers.region, "cloud region", undefined, variables.region),
  endpoint: setting(
    "endpoint",
    "url",
    Parsers.endpoint,
    "URL of the cloud's service, instead of a region's",
    undefined,
    variables.endpoint
  ),
  host: setting("host", "host", Parsers.host, "name or address to listen on", "127.0.0.1"),
  port: setting("port", "port", Parsers.integer(0, 65535), "port to listen on; 0 takes a free one", "8080"),
  credentials: setting(
    "credentials",
    "mode",
    Parsers.choice("pass-through", "own"),
    "pass-through: each caller's X-Auth-Token; own: this machine's credentials, for callers with a key",
    "pass-through"
  ),
  profile: setting("profile", "name", Parsers.text, "with own: section of the credentials file or profile of KooCLI"),
  apiKeysFile: setting(
    "api-keys-file",
    "path",
    Parsers.text,
    "with own: file of SHA-256 hashes of callers' API keys, one per line"
  ),
  accessKeysFile: setting(
    "access-keys-file",
    "path",
    Parsers.text,
    "with own: file of access keys that callers sign with, key and secret on each line"
  ),
  timeout: setting(
    "timeout",
    "time",
    Parsers.time("1ms", "60m"),
    "timeout of a call to the cloud, retries included",
    "30s"
  ),
  cache: setting("cache", "on|off", Parsers.choice("on", "off"), "whether responses are cached", "on"),
  cacheFresh: setting("cache-fresh", "time", Parsers.time("0s", "24h"), "how long a cached response is fresh", "10s"),
  cacheStale: setting(
    "cache-stale",
    "time",
    Parsers.time("0s", "24h"),
    "after that, how long it is served while refreshed in the background",
    "1m"
  ),
  cacheStaleIfError: setting(
    "cache-stale-if-error",
    "time",
    Parsers.time("0s", "720h"),
    "after that, how long it is served if the cloud is unavailable",
    "1h"
  ),
  cacheEntries: setting(
    "cache-entries",
    "n",
    Parsers.integer(1, 10_000_000),
    "maximum number of cached responses",
    "10000"
  ),
  cacheMegabytes: setting(
    "cache-megabytes",
    "n",
    Parsers.integer(1, 1_000_000),
    "maximum size of the cache in MiB",
    "128"
  ),
  redisUrl: {
    ...setting("redis-url", "url", Parsers.secret, "Redis that gateways share cached responses and rate limits in"),
    mask: maskRedis
  },
  redisPasswordFile: setting("redis-password-file", "path", Parsers.text, "file with its password"),
  redisPrefix: setting(
    "redis-prefix",
    "text",
    Parsers.keyPrefix,
    "prefix of its keys; gateways with the same prefix share them",
    "hotspot-session"
  ),
  rateLimit: setting(
    "rate-limit",
    "n/time",
    Parsers.rateLimit,
    "maximum requests of each caller, such as 10/5s, or off",
    "600/m"
  ),
  circuitBreaker: setting(
    "circuit-breaker",
    "on|off",
    Parsers.choice("on", "off"),
    "stops calling the cloud for 10s after 5 consecutive failures",
    "on"
  ),
  maxRequests: setting(
    "max-requests",
    "n",
    Parsers.integer(1, 1_000_000),
    "maximum number of concurrent requests",
    "2000"
  ),
  maxCalls: setting(
    "max-calls",
    "n",
    Parsers.integer(1, 10_000),
    "maximum number of concurrent calls to the cloud",
    "64"
  ),
  drain: setting("drain", "time", Parsers.time("0s", "60m"), "how long shutdown waits for requests in flight", "10s"),
  drainDelay: setting(
    "drain-delay",
    "time",
    Parsers.time("0s", "10m"),
    "before that, how long it is unready but listening",
    "0s"
  ),
  metrics: setting("metrics", "on|off|port", Parsers.metrics, "/metrics, on a separate port if one is given", "on"),
  page: setting("page", "on|off", Parsers.choice("on", "off"), "web page at /", "on"),
  projects: setting(
    "projects",
    "list",
    Parsers.projects,
    "projects on the page, as name=id,name=region/id; requests for a project go to its region"
  ),
  corsOrigins: setting("cors-origins", "list", Parsers.origins, "origins that may send cross-origin requests"),
  otlpEndpoint: setting(
    "otlp-endpoint",
    "url",
    Parsers.endpoint,
    "endpoint that traces are sent to, as OTLP over HTTP",
    undefined,
    "OTEL_EXPORTER_OTLP_ENDPOINT"
  ),
  accessLog: setting("access-log", "on|off", Parsers.choice("on", "off"), "a JSON line for each request", "on")
} as const

type Definitions = typeof settings

/** The name of a setting. */
export type Name = keyof Definitions

/** The values of settings. */
export type Values = { readonly [N in Name]?: Definitions[N] extends Setting<infer A> ? A : never }

/** The variables of secrets and hashes, which have no option. */
export const secrets = { apiKeys: "HOTSPOT_SESSION_HTTP_API_KEYS" } as const
