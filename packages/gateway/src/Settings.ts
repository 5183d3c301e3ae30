import { projectIdPattern, Setting } from "@hotspot-session/core"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { isOrigin } from "./Cors.js"
import type { Lifetimes } from "./cache/Freshness.js"
import * as Callers from "./caller/Callers.js"
import type { CredentialsMode } from "./Failure.js"
import type { Options, RemoteProject } from "./GatewayOptions.js"

type Projects = NonNullable<NonNullable<Options["page"]>["projects"]>

/** The gateway's options once they are checked, with their defaults. Times are in milliseconds. */
export interface Settings extends Pick<Options, "upstream" | "accessLog" | "auditLog" | "lostLogEntries"> {
  readonly mode: CredentialsMode
  readonly keys: Callers.Keys
  readonly remoteProjects: ReadonlyMap<string, RemoteProject>
  readonly writes: boolean
  readonly corsOrigins: ReadonlySet<string>
  readonly cache: { readonly lifetimes: Lifetimes; readonly maxEntries: number; readonly maxBytes: number } | undefined
  readonly rateLimit: { readonly requests: number; readonly seconds: number } | undefined
  readonly maxRequests: number
  readonly maxCalls: number
  readonly circuitBreaker: { readonly failures: number; readonly open: number } | undefined
  readonly page: { readonly projects: Projects } | undefined
  readonly metrics: boolean
  readonly exporter: { readonly projects: ReadonlyArray<string>; readonly interval: number } | undefined
  readonly isReady: () => boolean
}

type Fields = Readonly<Record<string, unknown>>

const isProjectId = (value: unknown): boolean => Predicate.isString(value) && projectIdPattern.test(value)

const listOf = (is: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is)

const isOptional = (is: (value: unknown) => boolean) => (value: unknown) => value === undefined || is(value)

const isGrant = ({ expires, name, permissions, projects }: Fields): boolean =>
  [name, expires].every(isOptional(Predicate.isString)) &&
  [permissions, projects].every(isOptional(listOf(Predicate.isString)))

const isApiKey = (value: unknown): boolean =>
  Predicate.isString(value) || (Predicate.isRecord(value) && Predicate.isString(value["hash"]) && isGrant(value))

const isAccessKey = (value: unknown): boolean =>
  Predicate.isRecord(value) &&
  isGrant(value) &&
  Predicate.isString(value["accessKey"]) &&
  Redacted.isRedacted(value["secretKey"]) &&
  Predicate.isString(Redacted.value(value["secretKey"]))

const isRemoteProjects = (value: unknown): boolean =>
  value instanceof Map &&
  [...value].every(
    ([id, project]: [unknown, unknown]) =>
      Predicate.isString(id) &&
      Predicate.isRecord(project) &&
      Predicate.isString(project["upstream"]) &&
      Predicate.isRecord(project["client"]) &&
      Predicate.isFunction(project["client"]["call"])
  )

const isNamedProject = (value: unknown): boolean =>
  Predicate.isRecord(value) && Predicate.isString(value["id"]) && Predicate.isString(value["name"])

/** An option that may be absent. The value of a secret is not shown. */
const check = <A>(
  name: string,
  value: A,
  mustBe: string,
  is: (value: unknown) => boolean,
  isSecret = false
): Setting.Checked<A> => {
  if (value === undefined || is(value)) return Either.right(value)
  return Either.left(
    isSecret ? ConfigError.InvalidData([name], `${name} must be ${mustBe}`) : Setting.invalid(name, mustBe, value)
  )
}

/** Checks the nested options of an optional option. */
const within = <O extends object, A>(
  name: string,
  value: O | undefined,
  checked: (options: O) => Setting.Checked<A>
): Setting.Checked<A | undefined> => {
  if (value === undefined) return Either.right(undefined)
  return Predicate.isRecord(value) ? checked(value) : Either.left(Setting.invalid(name, "an object", value))
}

const duration = (name: string, value: unknown, fallback: Duration.DurationInput): Setting.Checked<number> =>
  Either.map(Setting.duration(name, value, fallback), Duration.toMillis)

const positiveDuration = (name: string, value: unknown, fallback: Duration.DurationInput): Setting.Checked<number> =>
  Either.map(Setting.positiveDuration(name, value, fallback), Duration.toMillis)

const flag = (name: string, value: boolean | undefined): Setting.Checked<boolean> =>
  Either.map(check(name, value, "a boolean", Predicate.isBoolean), (isOn = false) => isOn)

const cacheOf = (options: NonNullable<Options["cache"]>): Setting.Checked<Settings["cache"]> =>
  Either.all({
    lifetimes: Either.all({
      fresh: duration("cache.fresh", options.fresh, "10 seconds"),
      staleWhileRevalidate: duration("cache.staleWhileRevalidate", options.staleWhileRevalidate, "1 minute"),
      staleIfError: duration("cache.staleIfError", options.staleIfError, "1 hour")
    }),
    maxEntries: Setting.integer("cache.maxEntries", options.maxEntries, 10_000, { min: 0 }),
    maxBytes: Setting.integer("cache.maxBytes", options.maxBytes, 128 * 1024 * 1024, { min: 0 })
  })

/** A larger number would limit nothing, and token counts would not be exact. */
const maxRequestsOfLimit = 1_000_000_000

const rateLimitOf = ({ per, requests }: NonNullable<Options["rateLimit"]>): Setting.Checked<Settings["rateLimit"]> =>
  Either.all({
    requests: Setting.integer("rateLimit.requests", requests, Number.NaN, { min: 1, max: maxRequestsOfLimit }),
    seconds: Setting.positiveDuration("rateLimit.per", per, Number.NaN).pipe(
      Either.filterOrLeft(Duration.isFinite, () => Setting.invalid("rateLimit.per", "a finite duration", per)),
      Either.map(Duration.toSeconds)
    )
  })

const exporterOf =
  (mode: Options["credentials"]) =>
  ({ interval, projects }: NonNullable<Options["exporter"]>): Setting.Checked<Settings["exporter"]> =>
    Either.all({
      projects: check("exporter.projects", projects ?? null, "a list of project IDs", listOf(isProjectId)),
      interval: positiveDuration("exporter.interval", interval, "5 minutes"),
      mode: check("exporter", mode ?? "pass-through", "used with own credentials", (mode) => mode === "own")
    })

const keysOf = (
  mode: CredentialsMode,
  { accessKeys = [], apiKeys = [] }: Pick<Options, "accessKeys" | "apiKeys">
): Setting.Checked<Callers.Keys> => {
  const keys = { apiKeys: apiKeys.map((key) => (typeof key === "string" ? { hash: key } : key)), accessKeys }
  const problem = Callers.keysProblem({ ...keys, mode })
  return problem === undefined ? Either.right(keys) : Either.left(problem)
}

/** Checks that the options have the right types and are in range. */
export const settingsOf = (options: Options): Setting.Checked<Settings> =>
  Either.gen(function* () {
    const mode = yield* Setting.oneOf("credentials", options.credentials, "pass-through", ["pass-through", "own"])
    const upstream = yield* check("upstream", options.upstream, "a string", Predicate.isString)
    const remoteProjects = yield* check(
      "remoteProjects",
      options.remoteProjects,
      "a Map from project IDs to { upstream, client }",
      isRemoteProjects
    )
    const apiKeys = yield* check(
      "apiKeys",
      options.apiKeys,
      "a list of SHA-256 hashes or { hash }",
      listOf(isApiKey),
      true
    )
    const accessKeys = yield* check(
      "accessKeys",
      options.accessKeys,
      "a list of { accessKey, secretKey: Redacted }",
      listOf(isAccessKey),
      true
    )
    const corsOrigins = yield* check(
      "corsOrigins",
      options.corsOrigins,
      "a list of origins such as https://dashboard.example",
      listOf((value) => Predicate.isString(value) && isOrigin(value))
    )
    return {
      mode,
      upstream,
      remoteProjects: remoteProjects ?? new Map(),
      corsOrigins: new Set(corsOrigins),
      cache: yield* within("cache", options.cache, cacheOf),
      rateLimit: yield* within("rateLimit", options.rateLimit, rateLimitOf),
      maxRequests: yield* Setting.integer("maxRequests", options.maxRequests, 2_000, { min: 0 }),
      maxCalls: yield* Setting.integer("maxCalls", options.maxCalls, 64, { min: 0 }),
      circuitBreaker: yield* within("circuitBreaker", options.circuitBreaker, ({ failures, open }) =>
        Either.all({
          failures: Setting.integer("circuitBreaker.failures", failures, 5, { min: 1 }),
          open: positiveDuration("circuitBreaker.open", open, "10 seconds")
        })
      ),
      page: yield* within("page", options.page, ({ projects = [] }) =>
        Either.all({ projects: check("page.projects", projects, "a list of { id, name }", listOf(isNamedProject)) })
      ),
      writes: yield* flag("writes", options.writes),
      metrics: yield* flag("metrics", options.metrics),
      isReady: (yield* check("isReady", options.isReady, "a function", Predicate.isFunction)) ?? (() => true),
      exporter: yield* within("exporter", options.exporter, exporterOf(options.credentials)),
      lostLogEntries: yield* check("lostLogEntries", options.lostLogEntries, "a function", Predicate.isFunction),
      accessLog: yield* check("accessLog", options.accessLog, "a function", Predicate.isFunction),
      auditLog: yield* check("auditLog", options.auditLog, "a function", Predicate.isFunction),
      keys: yield* keysOf(mode, { apiKeys, accessKeys })
    }
  })
