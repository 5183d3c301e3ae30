import * as RedisUrl from "@hotspot-session/gateway/RedisUrl"
import { variables } from "@hotspot-session/settings/EnvironmentVariables"
import * as Either from "effect/Either"
import * as Parsers from "./Parsers.js"

/** A setting: where it may be given, and what it is by default. */
export interface Setting<A> {
  readonly flag: string
  /** What stands for the value in the help. */
  readonly placeholder: string
  readonly variable: string
  readonly help: string
  readonly parse: Parsers.Parser<A>
  /** As it would be given; absent where there is none. */
  readonly fallback?: string
  /** As people may see it, where it may hold a secret. */
  readonly mask?: (text: string) => string
}

/** A URL that is none may be a password in the wrong place. */
const maskRedis = (text: string): string =>
  Either.match(RedisUrl.parse(text), { onLeft: () => "********", onRight: RedisUrl.redacted })

const setting = <A>(
  flag: string,
  placeholder: string,
  parse: Parsers.Parser<A>,
  help: string,
  fallback?: string,
  variable = `HOTSPOT_SESSION_HTTP_${flag.toUpperCase().replaceAll("-", "_")}`
): Setting<A> => ({ flag, placeholder, variable, help, parse, ...(fallback === undefined ? {} : { fallback }) })

/** All settings. */
export const settings = {
  region: setting("region", "region", Parsers.region, "region of the cloud", undefined, variables.region),
  endpoint: setting(
    "endpoint",
    "url",
    Parsers.endpoint,
    "URL of the cloud's service, in place of a region's",
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
  apiKeysFile: setting("api-keys-file", "path", Parsers.text, "with own: SHA-256 of callers' API keys, one a line"),
  accessKeysFile: setting(
    "access-keys-file",
    "path",
    Parsers.text,
    "with own: access keys that callers sign with, key and secret on a line"
  ),
  timeout: setting("timeout", "time", Parsers.time("1ms", "60m"), "for a call to the cloud, retries included", "30s"),
  cache: setting("cache", "on|off", Parsers.choice("on", "off"), "whether answers are kept", "on"),
  cacheFresh: setting("cache-fresh", "time", Parsers.time("0s", "24h"), "an answer is served without asking", "10s"),
  cacheStale: setting(
    "cache-stale",
    "time",
    Parsers.time("0s", "24h"),
    "after that, served while the cloud is asked in the background",
    "1m"
  ),
  cacheStaleIfError: setting(
    "cache-stale-if-error",
    "time",
    Parsers.time("0s", "720h"),
    "after that, served where the cloud is unavailable",
    "1h"
  ),
  cacheEntries: setting("cache-entries", "n", Parsers.integer(1, 10_000_000), "answers kept at most", "10000"),
  cacheMegabytes: setting("cache-megabytes", "n", Parsers.integer(1, 1_000_000), "MiB kept at most", "128"),
  redisUrl: {
    ...setting("redis-url", "url", Parsers.secret, "Redis in which several gateways share answers and limits"),
    mask: maskRedis
  },
  redisPasswordFile: setting("redis-password-file", "path", Parsers.text, "its password"),
  redisPrefix: setting(
    "redis-prefix",
    "text",
    Parsers.keyPrefix,
    "what its keys begin with; gateways with the same one share",
    "hotspot-session"
  ),
  rateLimit: setting(
    "rate-limit",
    "n/time",
    Parsers.rateLimit,
    "requests of each caller, such as 10/5s, or off",
    "600/m"
  ),
  circuitBreaker: setting(
    "circuit-breaker",
    "on|off",
    Parsers.choice("on", "off"),
    "leaves the cloud alone for 10s after 5 failed calls in a row",
    "on"
  ),
  maxRequests: setting("max-requests", "n", Parsers.integer(1, 1_000_000), "requests at the same time", "2000"),
  maxCalls: setting("max-calls", "n", Parsers.integer(1, 10_000), "calls to the cloud at the same time", "64"),
  drain: setting("drain", "time", Parsers.time("0s", "60m"), "for requests in flight at the end", "10s"),
  drainDelay: setting("drain-delay", "time", Parsers.time("0s", "10m"), "before that, unready but listening", "0s"),
  metrics: setting("metrics", "on|off|port", Parsers.metrics, "/metrics, on a port of its own if one is given", "on"),
  page: setting("page", "on|off", Parsers.choice("on", "off"), "a page for people at /", "on"),
  projects: setting(
    "projects",
    "list",
    Parsers.projects,
    "projects of the page, as name=id,name=region/id; those of other regions are asked there"
  ),
  corsOrigins: setting("cors-origins", "list", Parsers.origins, "origins whose web pages may ask"),
  otlpEndpoint: setting(
    "otlp-endpoint",
    "url",
    Parsers.endpoint,
    "where traces are sent, as OTLP over HTTP",
    undefined,
    "OTEL_EXPORTER_OTLP_ENDPOINT"
  ),
  accessLog: setting("access-log", "on|off", Parsers.choice("on", "off"), "a JSON line for each request", "on")
} as const

type Definitions = typeof settings

/** The name of a setting. */
export type Name = keyof Definitions

/** Values of settings, as far as they are known. */
export type Values = { readonly [N in Name]?: Definitions[N] extends Setting<infer A> ? A : never }

/** The variables that hold secrets or hashes, which no option does. */
export const secrets = { apiKeys: "HOTSPOT_SESSION_HTTP_API_KEYS" } as const
