import { Proxy } from "@hotspot-session/client"
import * as RedisUrl from "@hotspot-session/gateway/RedisUrl"
import { variables } from "@hotspot-session/settings/EnvironmentVariables"
import { hidden } from "@hotspot-session/settings/ExplainedSetting"
import * as Either from "effect/Either"
import * as Parsers from "./Parsers.js"

/** A setting: its option, its variable and its default. */
interface Setting<A> {
  readonly flag: string
  readonly placeholder: string
  readonly variable: string
  readonly help: string
  readonly parse: Parsers.Parser<A>
  /** The default as text; absent if there is none. */
  readonly fallback?: string | undefined
  /** Hides a secret in the value. A value that is not valid is `hidden`, because it may be one. */
  readonly mask?: ((text: string) => string) | undefined
}

const maskEndpoint = (text: string): string => Either.getOrElse(Parsers.endpoint(text), () => hidden)

const maskRedis = (text: string): string =>
  Either.match(RedisUrl.parse(text), { onLeft: () => hidden, onRight: RedisUrl.redacted })

const maskProxy = (text: string): string =>
  text === "off" ? text : Either.match(Proxy.parse(text, ""), { onLeft: () => hidden, onRight: Proxy.urlOf })

const setting = <A, const Fallback extends string | undefined = undefined>(
  placeholder: string,
  parse: Parsers.Parser<A>,
  help: string,
  fallback?: Fallback,
  others: { readonly variable?: string; readonly mask?: (text: string) => string } = {}
) => ({ placeholder, parse, help, fallback: fallback as Fallback, ...others })

const onOff = Parsers.choice("on", "off")

const definitions = {
  region: setting("region", Parsers.text, "cloud region", undefined, { variable: variables.region }),
  endpoint: setting("url", Parsers.endpoint, "URL of the cloud's service, instead of a region's", undefined, {
    variable: variables.endpoint,
    mask: maskEndpoint
  }),
  proxy: setting(
    "url|off",
    Parsers.secret,
    "proxy to the cloud and IAM, instead of HTTPS_PROXY and others",
    undefined,
    {
      mask: maskProxy
    }
  ),
  caFile: setting("path", Parsers.text, "file of certificate authorities to trust, besides Node's and the system's"),
  host: setting("host", Parsers.host, "name or address to listen on", "127.0.0.1"),
  port: setting("port", Parsers.integer(0, 65535), "port to listen on; 0 takes a free one", "8080"),
  credentials: setting(
    "mode",
    Parsers.choice("pass-through", "own"),
    "pass-through: each caller's X-Auth-Token; own: this machine's credentials, for callers with a key",
    "pass-through"
  ),
  profile: setting("name", Parsers.text, "with own: section of the credentials file or profile of KooCLI"),
  apiKeysFile: setting("path", Parsers.text, "with own: file of SHA-256 hashes of callers' API keys, one per line"),
  accessKeysFile: setting(
    "path",
    Parsers.text,
    "with own: file of access keys that callers sign with, key and secret on each line"
  ),
  writes: setting(
    "on|off",
    onOff,
    "whether callers can create and update configurations; with own, if their key permits it",
    "off"
  ),
  timeout: setting("time", Parsers.time("1ms", "60m"), "timeout of a call to the cloud, retries included", "30s"),
  cache: setting("on|off", onOff, "whether responses are cached", "on"),
  cacheFresh: setting("time", Parsers.time("0s", "24h"), "how long a cached response is fresh", "10s"),
  cacheStale: setting(
    "time",
    Parsers.time("0s", "24h"),
    "after that, how long it is served while refreshed in the background",
    "1m"
  ),
  cacheStaleIfError: setting(
    "time",
    Parsers.time("0s", "720h"),
    "after that, how long it is served if the cloud is unavailable",
    "1h"
  ),
  cacheEntries: setting("n", Parsers.integer(1, 10_000_000), "maximum number of cached responses", "10000"),
  cacheMegabytes: setting("n", Parsers.integer(1, 1_000_000), "maximum size of the cache in MiB", "128"),
  redisUrl: setting("url", Parsers.secret, "Redis that gateways share cached responses and rate limits in", undefined, {
    mask: maskRedis
  }),
  redisPasswordFile: setting("path", Parsers.text, "file with its password"),
  redisPrefix: setting(
    "text",
    Parsers.keyPrefix,
    "prefix of its keys; gateways with the same prefix share them",
    "hotspot-session"
  ),
  rateLimit: setting("n/time", Parsers.rateLimit, "maximum requests of each caller, such as 10/5s, or off", "600/m"),
  circuitBreaker: setting("on|off", onOff, "stops calling the cloud for 10s after 5 consecutive failures", "on"),
  maxRequests: setting("n", Parsers.integer(1, 1_000_000), "maximum number of concurrent requests", "2000"),
  maxConnections: setting("n", Parsers.integer(1, 1_000_000), "maximum number of connections", "4000"),
  maxCalls: setting("n", Parsers.integer(1, 10_000), "maximum number of concurrent calls to the cloud", "64"),
  drain: setting("time", Parsers.time("0s", "60m"), "how long shutdown waits for requests in flight", "10s"),
  drainDelay: setting("time", Parsers.time("0s", "10m"), "before that, how long it is unready but listening", "0s"),
  metrics: setting("on|off|port", Parsers.metrics, "/metrics, on a separate port if one is given", "on"),
  exporter: setting(
    "off|time",
    Parsers.exporter,
    "with own: adds the configurations of --projects to the metrics, read at this interval",
    "off"
  ),
  page: setting("on|off", onOff, "web page at /", "on"),
  projects: setting(
    "list",
    Parsers.projects,
    "projects on the page, as name=id,name=region/id; requests for a project go to its region"
  ),
  projectsFile: setting("path", Parsers.text, "file of such projects, one per line, instead of --projects"),
  trustedProxies: setting(
    "list",
    Parsers.networks,
    "addresses and networks (CIDR) of proxies whose X-Forwarded-For is believed"
  ),
  corsOrigins: setting("list", Parsers.origins, "origins that may send cross-origin requests"),
  otlpEndpoint: setting("url", Parsers.endpoint, "endpoint that traces are sent to, as OTLP over HTTP", undefined, {
    variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    mask: maskEndpoint
  }),
  accessLog: setting("on|off", onOff, "a JSON line for each request", "on"),
  auditLog: setting(
    "path",
    Parsers.text,
    "file that gets a JSON line before and after each write; requires --writes on"
  )
} as const

type Definitions = typeof definitions

/** The name of a setting: its option's in camel case, as commander gives it. */
export type Name = keyof Definitions

type ValueOf<N extends Name> = Definitions[N]["parse"] extends Parsers.Parser<infer A> ? A : never

type NameWithDefault = { [N in Name]: Definitions[N]["fallback"] extends string ? N : never }[Name]

export type Values = { readonly [N in NameWithDefault]: ValueOf<N> } & {
  readonly [N in Exclude<Name, NameWithDefault>]?: ValueOf<N>
}

export const names = Object.keys(definitions) as ReadonlyArray<Name>

export const settings = Object.fromEntries(
  names.map((name) => {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const variable = `HOTSPOT_SESSION_HTTP_${flag.toUpperCase().replaceAll("-", "_")}`
    return [name, { flag, variable, ...definitions[name] }]
  })
) as Readonly<Record<Name, Setting<unknown>>>

/** The text of a setting in a message, in the given quotes after a separator; empty if it must not be shown. */
export const quoted = (name: Name, text: string, before: string, after: string): string => {
  const shown = settings[name].mask?.(text) ?? text
  return shown === hidden ? "" : `${before}${shown}${after}`
}

/** The variables of secrets and hashes, which have no option. */
export const secrets = {
  apiKeys: "HOTSPOT_SESSION_HTTP_API_KEYS",
  otlpHeaders: "OTEL_EXPORTER_OTLP_HEADERS"
} as const
