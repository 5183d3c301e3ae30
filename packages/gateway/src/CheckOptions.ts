import { projectIdPattern, Setting } from "@hotspot-session/core"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { isOrigin } from "./Cors.js"
import type { Options } from "./GatewayOptions.js"

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isString = (value: unknown): boolean => typeof value === "string"

const isProjectId = (value: unknown): boolean => typeof value === "string" && projectIdPattern.test(value)

const isFunction = (value: unknown): boolean => typeof value === "function"

const listOf = (is: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is)

const isOptional = (is: (value: unknown) => boolean) => (value: unknown) => value === undefined || is(value)

const isGrant = ({ expires, name, permissions, projects }: Fields): boolean =>
  [name, expires].every(isOptional(isString)) && [permissions, projects].every(isOptional(listOf(isString)))

const isApiKey = (value: unknown): boolean =>
  isString(value) || (isObject(value) && isString(value["hash"]) && isGrant(value))

const isAccessKey = (value: unknown): boolean =>
  isObject(value) &&
  isGrant(value) &&
  isString(value["accessKey"]) &&
  Redacted.isRedacted(value["secretKey"]) &&
  isString(Redacted.value(value["secretKey"]))

const isRemoteProjects = (value: unknown): boolean =>
  value instanceof Map &&
  [...value].every(
    ([id, project]: [unknown, unknown]) =>
      isString(id) &&
      isObject(project) &&
      isString(project["upstream"]) &&
      isObject(project["client"]) &&
      isFunction(project["client"]["call"])
  )

const isNamedProject = (value: unknown): boolean => isObject(value) && isString(value["id"]) && isString(value["name"])

/** An option that may be absent. The value of a secret is not shown. */
const check = (
  name: string,
  value: unknown,
  mustBe: string,
  is: (value: unknown) => boolean,
  isSecret = false
): Setting.Checked<unknown> => {
  if (value === undefined || is(value)) return Either.right(value)
  return Either.left(
    isSecret ? ConfigError.InvalidData([name], `${name} must be ${mustBe}`) : Setting.invalid(name, mustBe, value)
  )
}

/** Checks the nested options of an optional option. */
const within = (
  name: string,
  value: unknown,
  checks: (fields: Fields) => ReadonlyArray<Setting.Checked<unknown>>
): Setting.Checked<unknown> => {
  if (value === undefined) return Either.right(undefined)
  return isObject(value) ? Either.all(checks(value)) : Either.left(Setting.invalid(name, "an object", value))
}

/** A larger number would limit nothing, and token counts would not be exact. */
const maxRequestsOfLimit = 1_000_000_000

/** Checks that the gateway's options have the right types and are in range. */
export const checkOptions = (options: Options): Either.Either<unknown, ConfigError.ConfigError> => {
  const given: { readonly [Name in keyof Options]?: unknown } = options
  return Either.all([
    Setting.oneOf("credentials", given.credentials, "pass-through", ["pass-through", "own"]),
    check("upstream", given.upstream, "a string", isString),
    check("remoteProjects", given.remoteProjects, "a Map from project IDs to { upstream, client }", isRemoteProjects),
    check("apiKeys", given.apiKeys, "a list of SHA-256 hashes or { hash }", listOf(isApiKey), true),
    check("accessKeys", given.accessKeys, "a list of { accessKey, secretKey: Redacted }", listOf(isAccessKey), true),
    check(
      "corsOrigins",
      given.corsOrigins,
      "a list of origins such as https://dashboard.example",
      listOf((value) => typeof value === "string" && isOrigin(value))
    ),
    within("cache", given.cache, (cache) => [
      ...["fresh", "staleWhileRevalidate", "staleIfError"].map((name) =>
        Setting.duration(`cache.${name}`, cache[name], 0)
      ),
      ...["maxEntries", "maxBytes"].map((name) => Setting.integer(`cache.${name}`, cache[name], 1, { min: 0 }))
    ]),
    within("rateLimit", given.rateLimit, ({ per, requests }) => [
      Setting.integer("rateLimit.requests", requests, Number.NaN, { min: 1, max: maxRequestsOfLimit }),
      Setting.positiveDuration("rateLimit.per", per, Number.NaN)
    ]),
    Setting.integer("maxRequests", given.maxRequests, 1, { min: 0 }),
    Setting.integer("maxCalls", given.maxCalls, 1, { min: 0 }),
    within("circuitBreaker", given.circuitBreaker, ({ failures, open }) => [
      Setting.integer("circuitBreaker.failures", failures, 1, { min: 1 }),
      Setting.positiveDuration("circuitBreaker.open", open, 1)
    ]),
    within("page", given.page, ({ projects }) => [
      check("page.projects", projects, "a list of { id, name }", listOf(isNamedProject))
    ]),
    check("writes", given.writes, "a boolean", (value) => typeof value === "boolean"),
    check("metrics", given.metrics, "a boolean", (value) => typeof value === "boolean"),
    check("isReady", given.isReady, "a function", isFunction),
    within("exporter", given.exporter, ({ interval, projects }) => [
      check("exporter.projects", projects ?? null, "a list of project IDs", listOf(isProjectId)),
      Setting.positiveDuration("exporter.interval", interval, 1),
      check(
        "exporter",
        given.credentials ?? "pass-through",
        "used with own credentials",
        () => given.credentials === "own"
      )
    ]),
    check("lostLogEntries", given.lostLogEntries, "a function", isFunction),
    check("accessLog", given.accessLog, "a function", isFunction),
    check("auditLog", given.auditLog, "a function", isFunction)
  ])
}
