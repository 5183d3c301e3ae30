import type { Environment } from "@hotspot-session/client"
import { problemOf } from "@hotspot-session/gateway/ApiKeys"
import * as RedisUrl from "@hotspot-session/gateway/RedisUrl"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import { type ResolvedConnection, resolveConnection, verificationWarning } from "@hotspot-session/settings/Connection"
import type { ExplainedSetting } from "@hotspot-session/settings/ExplainedSetting"
import { isLoopback } from "@hotspot-session/settings/Loopback"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as OtlpHeaders from "./OtlpHeaders.js"
import { type Name, names, quoted, secrets, settings, type Values } from "./SettingDefinitions.js"

/** The options of the command line: parsed, and as written. */
export interface Flags {
  readonly values: Partial<Values>
  readonly written: { readonly [N in Name]?: string }
  readonly printConfig: boolean
}

/** The settings of the gateway, except for the contents of files. */
export interface GatewaySettings extends Omit<Values, "region" | "endpoint" | "redisUrl" | "proxy" | "caFile"> {
  /** The options. Without, the environment or the profile decides. */
  readonly target: Pick<TargetRequest, "region" | "endpoint">
  readonly apiKeys: ReadonlyArray<string>
  /** How the cloud and IAM are reached. */
  readonly connection: ResolvedConnection
  /** Absent if no Redis is used. Its password may be in a file. */
  readonly redis: Redacted.Redacted | undefined
  /** The headers to send with traces; none if traces are not exported. */
  readonly otlpHeaders: Redacted.Redacted<Readonly<Record<string, string>>>
  readonly warnings: ReadonlyArray<string>
  readonly explained: ReadonlyArray<ExplainedSetting>
}

const refuse = (message: string, hint: string): Either.Either<never, ConfigurationError> =>
  Either.left(new ConfigurationError({ message, hint }))

/** Each setting by its flag, else its variable, else its default. */
const find = (
  flags: Flags,
  environment: Environment
): Either.Either<
  { readonly values: Values; readonly explained: ReadonlyArray<ExplainedSetting> },
  ConfigurationError
> => {
  const values: Record<string, unknown> = {}
  const explained: Array<ExplainedSetting> = []
  for (const name of names) {
    const { flag, mask = (value) => value, fallback, parse, variable } = settings[name]
    const text = environment[variable] || undefined
    if (flags.written[name] !== undefined) {
      values[name] = flags.values[name]
      explained.push({ setting: flag, value: mask(flags.written[name]), source: `option --${flag}` })
    } else if (text !== undefined) {
      const parsed = parse(text)
      if (Either.isLeft(parsed)) {
        return refuse(`The environment variable ${variable} is invalid${quoted(name, text, ": “", "”")}.`, parsed.left)
      }
      values[name] = parsed.right
      explained.push({ setting: flag, value: mask(text), source: `environment variable ${variable}` })
    } else {
      if (fallback !== undefined) values[name] = Either.getOrThrow(parse(fallback))
      explained.push({ setting: flag, value: fallback, source: fallback === undefined ? "not set" : "default" })
    }
  }
  // Each name of the definitions has been set from its own parser, or is optional, which a loop cannot tell the compiler.
  return Either.right({ values: values as unknown as Values, explained })
}

const hostOfUrl = (host: string) => (host.includes(":") ? `[${host}]` : host)

const apiKeysOf = (environment: Environment): Either.Either<ReadonlyArray<string>, ConfigurationError> => {
  const hashes = (environment[secrets.apiKeys] ?? "").split(/[\s,]+/).filter((hash) => hash !== "")
  for (const [index, hash] of hashes.entries()) {
    const why = problemOf(hash)
    if (why !== undefined) {
      return refuse(
        `Entry ${index + 1} of ${secrets.apiKeys} is not the SHA-256 hash of an API key: ${why}.`,
        "Create a key and its hash with hotspot-session-http --new-api-key."
      )
    }
  }
  return Either.right(hashes)
}

/** The URL of Redis. No message repeats the URL, which may contain a password. */
const redisOf = (flags: Flags, values: Values): Either.Either<Redacted.Redacted | undefined, ConfigurationError> => {
  const { accessKeysFile, cache, rateLimit, redisPasswordFile, redisUrl, writes } = values
  const { variable } = settings.redisUrl
  if (redisUrl === undefined) {
    return redisPasswordFile === undefined
      ? Either.right(undefined)
      : refuse("A Redis password is set, but no Redis URL.", `Use --redis-url or set ${variable}.`)
  }
  const isOption = flags.written.redisUrl !== undefined
  const parsed = RedisUrl.parse(Redacted.value(redisUrl))
  if (Either.isLeft(parsed)) {
    return refuse(`The Redis URL (${isOption ? "option --redis-url" : variable}) is not valid.`, parsed.left)
  }
  const { password } = parsed.right
  if (password !== undefined && isOption) {
    return refuse(
      "The URL in --redis-url contains a password, which every user of this machine can read.",
      `Remove it and use --redis-password-file, or set the whole URL with ${variable}. Then change the password.`
    )
  }
  if (password !== undefined && redisPasswordFile !== undefined) {
    return refuse("Two Redis passwords are set.", `Remove the one in ${variable}, or --redis-password-file.`)
  }
  if (cache === "off" && rateLimit === "off" && (accessKeysFile === undefined || writes === "off")) {
    return refuse(
      "A Redis URL is set, but caching and rate limiting are both off, and there are no signed writes.",
      "Remove --redis-url, --cache off or --rate-limit off."
    )
  }
  return Either.right(redisUrl)
}

const connectionOf = (
  flags: Flags,
  { caFile, proxy }: Values,
  environment: Environment
): Effect.Effect<ResolvedConnection, ConfigurationError> => {
  const sourceOf = (name: "proxy" | "caFile") =>
    flags.written[name] === undefined
      ? `environment variable ${settings[name].variable}`
      : `option --${settings[name].flag}`
  return resolveConnection(
    {
      proxy: proxy && { value: Redacted.value(proxy), source: sourceOf("proxy") },
      caFile: caFile === undefined ? undefined : { value: caFile, source: sourceOf("caFile") }
    },
    environment,
    settings.proxy.variable
  )
}

/** Refuses settings with which the gateway must not start. */
const checkModes = (
  { auditLog, credentials, exporter, metrics, port, profile, projects, projectsFile, writes }: Values,
  hasKeys: boolean
): Either.Either<void, ConfigurationError> => {
  if (credentials === "pass-through" && hasKeys) {
    return refuse(
      "Keys of callers are set, but in pass-through mode callers send the cloud's tokens.",
      "Add --credentials own to serve callers that have a key with this machine's credentials, or remove the keys."
    )
  }
  if (credentials === "pass-through" && profile !== undefined) {
    return refuse(
      "A profile is set, but in pass-through mode callers send the cloud's tokens.",
      "Add --credentials own."
    )
  }
  if (auditLog !== undefined && writes === "off") {
    return refuse("An audit log is set, but writes are off.", "Add --writes on, or remove --audit-log.")
  }
  if (exporter !== "off") {
    const needed =
      credentials !== "own"
        ? "--credentials own: it reads with this machine's credentials"
        : metrics === "off"
          ? "--metrics on, or a port"
          : projects === undefined && projectsFile === undefined
            ? "--projects or --projects-file"
            : undefined
    if (needed !== undefined) return refuse("The exporter is on and cannot work.", `Add ${needed}.`)
  }
  if (projects !== undefined && projectsFile !== undefined) {
    return refuse("Projects are set both in a list and in a file.", "Remove --projects or --projects-file.")
  }
  return typeof metrics === "number" && metrics !== 0 && metrics === port
    ? refuse(`Port ${metrics} is set for both metrics and requests.`, "Use --metrics on.")
    : Either.void
}

/**
 * The settings: flag before environment before default.
 *
 * No credentials variable chooses the mode. The command line tool reads the same variables, and a gateway must not serve
 * other callers with these credentials just because a shell sets them.
 */
export const resolve = Effect.fnUntraced(function* (
  flags: Flags,
  environment: Environment
): Effect.fn.Return<GatewaySettings, ConfigurationError> {
  const { explained, values } = yield* find(flags, environment)
  const apiKeys = yield* apiKeysOf(environment)
  const hasKeys = apiKeys.length > 0 || values.apiKeysFile !== undefined || values.accessKeysFile !== undefined
  yield* checkModes(values, hasKeys)
  const redis = yield* redisOf(flags, values)
  // Other programs may use the variable, too.
  const otlpHeaders = yield* OtlpHeaders.resolve(values.otlpEndpoint === undefined ? {} : environment)
  const connection = yield* connectionOf(flags, values, environment)
  const what = values.credentials === "own" ? "Keys" : "Tokens"
  const warnings = [
    ...(isLoopback(hostOfUrl(values.host))
      ? []
      : [`${what} of callers are sent in clear text. Put TLS in front of ${values.host}.`]),
    verificationWarning(environment)
  ].filter((warning) => warning !== undefined)
  const { caFile: _, endpoint: __, proxy: ___, redisUrl: ____, region: _____, ...others } = values
  const target = { region: flags.values.region, endpoint: flags.values.endpoint }
  return { ...others, target, apiKeys, connection, redis, otlpHeaders, warnings, explained }
})
