import { endpointOverride, type RegionOrEndpoint, type SourcedValue } from "@hotspot-session/client"
import { type RegionId, regionEndpoint } from "@hotspot-session/core"
import { problemOf } from "@hotspot-session/gateway/ApiKeys"
import * as RedisUrl from "@hotspot-session/gateway/RedisUrl"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { isLoopback } from "./Loopback.js"
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
  readonly otherwise?: string
  /** As people may see it, where it may hold a secret. */
  readonly mask?: (text: string) => string
}

/** A URL that is none may be a password in the wrong place. */
const maskRedis = (text: string): string =>
  Either.match(RedisUrl.parse(text), { onLeft: () => "********", onRight: RedisUrl.show })

const setting = <A>(
  flag: string,
  placeholder: string,
  parse: Parsers.Parser<A>,
  help: string,
  otherwise?: string,
  variable = `HOTSPOT_SESSION_HTTP_${flag.toUpperCase().replaceAll("-", "_")}`
): Setting<A> => ({ flag, placeholder, variable, help, parse, ...(otherwise === undefined ? {} : { otherwise }) })

/** All settings. */
export const settings = {
  region: setting("region", "region", Parsers.region, "region of the cloud", undefined, "HOTSPOT_SESSION_REGION"),
  endpoint: setting(
    "endpoint",
    "url",
    Parsers.endpoint,
    "URL of the cloud's service, in place of a region's",
    undefined,
    "HOTSPOT_SESSION_ENDPOINT"
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

type Settings0 = typeof settings

/** The name of a setting. */
export type Name = keyof Settings0

/** Values of settings, as far as they are known. */
export type Values = { readonly [N in Name]?: Settings0[N] extends Setting<infer A> ? A : never }

/** The variables that hold secrets or hashes, which no option does. */
export const secrets = { apiKeys: "HOTSPOT_SESSION_HTTP_API_KEYS" } as const

/** A setting as it was found. */
export interface Shown {
  readonly setting: string
  /** As it was given; absent where there is none. */
  readonly value?: string | undefined
  readonly source: string
}

/** What the command line said: the values, and as they were written. */
export interface Flags {
  readonly values: Values
  readonly written: { readonly [N in Name]?: string }
  readonly printConfig: boolean
}

/** The environment's variables. An empty one says nothing. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A cloud that is asked, and where it is said to be there. */
export interface Place {
  readonly target: RegionOrEndpoint
  readonly endpoint: SourcedValue<string>
}

/** Something that must be put right before the gateway can start. */
export interface Problem {
  readonly message: string
  readonly hint?: string | undefined
}

/** Everything that the command needs to know, but for what is in files. */
export interface Settings extends Pick<Values, Optional>, Required<Omit<Values, Optional | "redisUrl">> {
  /** Absent where it is left to the profile. */
  readonly place: Place | undefined
  readonly apiKeys: ReadonlyArray<string>
  /** Absent where no Redis is used. Its password may still be in a file. */
  readonly redis: Redacted.Redacted | undefined
  readonly warnings: ReadonlyArray<string>
  readonly shown: ReadonlyArray<Shown>
}

type Optional =
  | "corsOrigins"
  | "otlpEndpoint"
  | "projects"
  | "region"
  | "endpoint"
  | "profile"
  | "redisPasswordFile"
  | "apiKeysFile"
  | "accessKeysFile"

const names = Object.keys(settings) as ReadonlyArray<Name>

const problem = (message: string, hint?: string): Problem => ({ message, hint })

/** Each setting by its flag, else its variable, else its default. */
const find = (
  flags: Flags,
  environment: Environment
): Either.Either<{ readonly values: Values; readonly shown: ReadonlyArray<Shown> }, Problem> => {
  const values: Record<string, unknown> = {}
  const shown: Array<Shown> = []
  for (const name of names) {
    const { flag, mask = (text) => text, otherwise, parse, variable } = settings[name] as Setting<unknown>
    const given = environment[variable]?.trim() || undefined
    if (flags.written[name] !== undefined) {
      values[name] = flags.values[name]
      shown.push({ setting: flag, value: mask(flags.written[name]), source: `option --${flag}` })
    } else if (given !== undefined) {
      const parsed = parse(given)
      if (Either.isLeft(parsed)) {
        return Either.left(problem(`The environment variable ${variable} is “${given}”.`, parsed.left))
      }
      values[name] = parsed.right
      shown.push({ setting: flag, value: mask(given), source: `environment variable ${variable}` })
    } else {
      if (otherwise !== undefined) values[name] = Either.getOrThrow(parse(otherwise))
      shown.push({ setting: flag, value: otherwise, source: otherwise === undefined ? "not given" : "default" })
    }
  }
  return Either.right({ values: values as Values, shown })
}

/** A region: at its endpoint, or at the one that the environment has in its place. Left is why the latter is none. */
export const placeOf = (region: RegionId, environment: Environment): Either.Either<Place, Problem> => {
  const inPlace = endpointOverride(region, environment)
  if (inPlace === undefined) {
    return Either.right({
      target: { region },
      endpoint: { value: regionEndpoint(region), source: `region ${region}` }
    })
  }
  return Either.mapBoth(Parsers.endpoint(inPlace.value), {
    onLeft: (why) => problem(`The endpoint of ${region} (${inPlace.source}) is “${inPlace.value}”.`, why),
    onRight: (endpoint) => ({ target: { region, endpoint }, endpoint: inPlace })
  })
}

/** A flag beats the variables of both kinds: who names a region on the command line means that region. */
const ownPlace = (
  flags: Flags,
  { endpoint, region }: Values,
  environment: Environment
): Either.Either<Place | undefined, Problem> => {
  const isOverridden = flags.values.region !== undefined && flags.values.endpoint === undefined
  if (endpoint !== undefined && !isOverridden) {
    return Either.right({ target: { endpoint }, endpoint: { value: endpoint, source: "setting endpoint" } })
  }
  return region === undefined ? Either.right(undefined) : placeOf(region, environment)
}

const hostOfUrl = (host: string) => (host.includes(":") ? `[${host}]` : host)

/** The hashes of the environment, or what is wrong with one of them. */
const apiKeysOf = (environment: Environment): Either.Either<ReadonlyArray<string>, Problem> => {
  const hashes = (environment[secrets.apiKeys] ?? "").split(/[\s,]+/).filter((hash) => hash !== "")
  for (const [index, hash] of hashes.entries()) {
    const why = problemOf(hash)
    if (why !== undefined) {
      return Either.left(
        problem(
          `Number ${index + 1} of ${secrets.apiKeys} is no SHA-256 of an API key: ${why}.`,
          "Make a key and its hash with hotspot-session-http --new-api-key."
        )
      )
    }
  }
  return Either.right(hashes)
}

/** The URL of Redis, or what is wrong with it. No message repeats the URL, which may hold a password. */
const redisOf = (flags: Flags, values: Values): Either.Either<Redacted.Redacted | undefined, Problem> => {
  const { cache, rateLimit, redisPasswordFile, redisUrl } = values
  const { variable } = settings.redisUrl
  const refuse = (message: string, hint: string) => Either.left(problem(message, hint))
  if (redisUrl === undefined) {
    return redisPasswordFile === undefined
      ? Either.right(undefined)
      : refuse("A password of Redis is given, but no Redis.", `Use --redis-url or set ${variable}.`)
  }
  const isOption = flags.written.redisUrl !== undefined
  const parsed = RedisUrl.parse(Redacted.value(redisUrl))
  if (Either.isLeft(parsed)) {
    return refuse(`The URL of Redis (${isOption ? "option --redis-url" : variable}) is not usable.`, parsed.left)
  }
  const { password } = parsed.right
  if (password !== undefined && isOption) {
    return refuse(
      "The URL of --redis-url holds a password, which every user of this machine can read.",
      `Take it away and use --redis-password-file, or give the whole URL by ${variable}. Then change the password.`
    )
  }
  if (password !== undefined && redisPasswordFile !== undefined) {
    return refuse("Redis is given two passwords.", `Take away the one of ${variable}, or --redis-password-file.`)
  }
  if (cache === "off" && rateLimit === "off") {
    return refuse(
      "A Redis is given, but neither are answers kept nor requests limited.",
      "Take --redis-url away, or one of --cache off and --rate-limit off."
    )
  }
  return Either.right(redisUrl)
}

/** Why the gateway must not start as the settings say. */
const refusalOf = ({ credentials, metrics, port, profile }: Values, hasKeys: boolean): Problem | undefined => {
  if (credentials === "pass-through") {
    if (hasKeys) {
      return problem(
        "Keys of callers are given, but callers are to send tokens of the cloud.",
        "Add --credentials own to answer who has a key with this machine's credentials, or take the keys away."
      )
    }
    if (profile !== undefined) {
      return problem("A profile is given, but callers are to send tokens of the cloud.", "Add --credentials own.")
    }
  }
  if (typeof metrics === "number" && metrics !== 0 && metrics === port) {
    return problem(`The port ${metrics} is given for metrics and for everything else.`, "Use --metrics on.")
  }
  return undefined
}

/**
 * The settings: flag before environment before default. Left is what is wrong and what to do.
 *
 * No variable of credentials chooses the mode. They are those that the command line tool reads as well, and a gateway must
 * not begin to answer others because a shell has them.
 */
export const resolve = (flags: Flags, environment: Environment): Either.Either<Settings, Problem> =>
  Either.gen(function* () {
    const { shown, values } = yield* find(flags, environment)
    const apiKeys = yield* apiKeysOf(environment)
    const hasKeys = apiKeys.length > 0 || values.apiKeysFile !== undefined || values.accessKeysFile !== undefined
    const refusal = refusalOf(values, hasKeys)
    if (refusal !== undefined) return yield* Either.left(refusal)
    const redis = yield* redisOf(flags, values)
    const place = yield* ownPlace(flags, values, environment)
    if (place === undefined && values.credentials === "pass-through") {
      return yield* Either.left(
        problem(
          "Neither a region nor an endpoint is given.",
          `Use --region or --endpoint, or set ${settings.region.variable} or ${settings.endpoint.variable}.`
        )
      )
    }
    const warnings: Array<string> = []
    if (!isLoopback(hostOfUrl(values.host ?? ""))) {
      warnings.push(
        `${values.credentials === "own" ? "Keys" : "Tokens"} of callers come in clear text. Put TLS in front of ${values.host}.`
      )
    }
    const { redisUrl: _, ...others } = values
    return {
      ...(others as Settings),
      place,
      apiKeys,
      redis,
      warnings,
      shown: [
        ...shown,
        {
          setting: "API keys",
          value: apiKeys.length === 0 ? undefined : `${apiKeys.length} by hash`,
          source: apiKeys.length === 0 ? "not given" : `environment variable ${secrets.apiKeys}`
        }
      ]
    }
  })
