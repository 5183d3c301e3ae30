import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import type * as HttpServerError from "@effect/platform/HttpServerError"
import {
  Credentials,
  HotspotSession,
  type Profile,
  ProfileChain,
  type RegionOrEndpoint,
  resolveEndpoint,
  type SourcedValue
} from "@hotspot-session/client"
import { NodeHotspotSession, NodeMachine } from "@hotspot-session/client/node"
import { type CredentialsError, iamEndpoint, type RegionId, regionEndpoint, regionIds } from "@hotspot-session/core"
import * as ApiKeys from "@hotspot-session/gateway/ApiKeys"
import * as CallerKeys from "@hotspot-session/gateway/CallerKeys"
import { layerNoCredentials, passRequestId } from "@hotspot-session/gateway/Gateway"
import type { KeyFileProblem } from "@hotspot-session/gateway/KeyFile"
import * as NodeGateway from "@hotspot-session/gateway/NodeGateway"
import type { Elsewhere, Options } from "@hotspot-session/gateway/Options"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { version } from "./CommandLine.js"
import { exitCodes } from "./ExitCodes.js"
import { accessLog, fail, flushAccessLog, print, tell } from "./Main.js"
import { newApiKey } from "./NewApiKey.js"
import * as Parsers from "./Parsers.js"
import { type Environment, type Place, type Problem, placeOf, type Settings, type Shown, secrets } from "./Settings.js"

const digest = (text: string): string => createHash("sha256").update(text).digest("hex")

/** Something that must be put right before the gateway can start. */
class ConfigurationError extends Data.TaggedError("ConfigurationError")<{
  readonly message: string
  readonly hint?: string | undefined
}> {}

/** Logs on stderr, one JSON line each: stdout is the access log's. */
const logger = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.jsonLogger))

/** The exit code of the first signal. Both are left to the system afterwards, so that a second one ends at once. */
const signalled = Effect.async<number>((resume) => {
  const forget = () => {
    process.off("SIGINT", onInterrupt)
    process.off("SIGTERM", onTerminate)
    // A second signal ends the process before anything else could.
    flushAccessLog()
  }
  const onInterrupt = () => {
    forget()
    resume(Effect.succeed(exitCodes.interrupted))
  }
  const onTerminate = () => {
    forget()
    resume(Effect.succeed(exitCodes.ok))
  }
  process.on("SIGINT", onInterrupt)
  process.on("SIGTERM", onTerminate)
})

const whyNot = ({ cause }: HttpServerError.ServeError): readonly [why: string, hint?: string] => {
  const { code, message } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : { code: "", message: "" }
  switch (code) {
    case "EADDRINUSE":
      return ["the port is in use.", "Stop what uses it, or choose another with --port (0 takes a free one)."]
    case "EACCES":
      return ["the port needs more rights.", "Choose one above 1023 with --port."]
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return ["this machine has no such address.", "Check --host."]
    default:
      return [message]
  }
}

/**
 * Runs the gateway until a signal ends it, and gives the exit code. The layer is released, which drains the server, before
 * the code is given.
 */
const serve = (
  gateway: Layer.Layer<NodeGateway.Server, HttpServerError.ServeError | ConfigError>,
  where: string,
  notes: ReadonlyArray<string>
): Effect.Effect<number> =>
  Layer.build(gateway).pipe(
    Effect.tap((context) => {
      const { metricsUrl, url } = Context.get(context, NodeGateway.Server)
      const lines = [...notes, ...(metricsUrl === undefined ? [] : [`metrics on ${metricsUrl}`]), `listening on ${url}`]
      return Effect.forEach(lines, tell)
    }),
    Effect.zipRight(Effect.never),
    Effect.scoped,
    Effect.raceFirst(signalled),
    Effect.catchAll((error) => {
      if (error._tag !== "ServeError") return fail(exitCodes.configuration, error.message)
      const [why, hint] = whyNot(error)
      return fail(exitCodes.cannotListen, `cannot listen on ${where}: ${why}`, hint)
    })
  )

const textOf = (path: string, what: string): Effect.Effect<string, ConfigurationError> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) =>
      new ConfigurationError({
        message: `The file of ${what}, ${path}, cannot be read: ${error instanceof Error ? error.message : String(error)}.`
      })
  })

/** The keys of a file. One that holds none would leave all callers refused. */
const keysOf = <A>(
  path: string | undefined,
  what: string,
  parse: (text: string) => Either.Either<ReadonlyArray<A>, KeyFileProblem>,
  hint: string
): Effect.Effect<ReadonlyArray<A>, ConfigurationError> =>
  path === undefined
    ? Effect.succeed([])
    : Effect.flatMap(textOf(path, what), (text) =>
        Either.mapLeft(
          parse(text),
          ({ expected, line }) =>
            new ConfigurationError({
              message:
                line === undefined
                  ? `The file of ${what}, ${path}, holds none.`
                  : `Line ${line} of ${path} is not ${expected}.`,
              hint
            })
        )
      )

const apiKeysOf = (path: string | undefined) =>
  keysOf(
    path,
    "API keys",
    ApiKeys.parseFile,
    "Make a key and its hash with hotspot-session-http --new-api-key, and write the hash to the file."
  )

const accessKeysOf = (path: string | undefined) =>
  keysOf(
    path,
    "access keys",
    CallerKeys.parseFile,
    "Write each as “key secret”. They are this gateway's own and none of the cloud's."
  )

/** The password of a file, which holds it and nothing else. */
const redisPasswordOf = (path: string | undefined): Effect.Effect<Redacted.Redacted | undefined, ConfigurationError> =>
  path === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(textOf(path, "the password of Redis"), (text) => {
        const password = text.replace(/\r?\n$/, "")
        return password === "" || /[\r\n]/.test(password)
          ? new ConfigurationError({ message: `The file of the password of Redis, ${path}, is not one line.` })
          : Effect.succeed(Redacted.make(password))
      })

const kinds = {
  Token: "token",
  AccessKey: "access key",
  Password: "IAM user",
  EcsMetadata: "agency of this ECS"
} as const

/** A project that is not in the gateway's own region, and where it is. */
interface Away {
  readonly projectId: string
  readonly region: RegionId
  readonly place: Place
}

interface Prepared {
  readonly place: Place
  /** The region that is asked; absent where the endpoint is none's. */
  readonly region: RegionId | undefined
  readonly away: ReadonlyArray<Away>
  readonly apiKeys: ReadonlyArray<string>
  readonly accessKeys: ReadonlyArray<CallerKeys.CallerKey>
  /** Absent in `pass-through`. */
  readonly profile: Profile | undefined
  readonly redisPassword: Redacted.Redacted | undefined
  readonly warnings: ReadonlyArray<string>
}

const orConfigurationError = <A>(either: Either.Either<A, Problem>): Either.Either<A, ConfigurationError> =>
  Either.mapLeft(either, (problem) => new ConfigurationError(problem))

/** The region that the credentials' source names. */
const placeOfProfile = (
  region: SourcedValue<string> | undefined,
  environment: Environment
): Either.Either<Place, ConfigurationError> =>
  Either.flatMap(
    Either.mapLeft(
      region === undefined ? Either.left("Use --region or --endpoint.") : Parsers.region(region.value),
      (hint) =>
        new ConfigurationError({
          message:
            "Neither a region nor an endpoint is given, and the credentials' source names no region that is known.",
          hint
        })
    ),
    (region) => orConfigurationError(placeOf(region, environment))
  )

/** The region of a target: an endpoint may be one's, too. */
const regionOf = (target: RegionOrEndpoint): RegionId | undefined => {
  if (target.region !== undefined) return target.region
  const endpoint = Either.getOrUndefined(resolveEndpoint(target))
  return regionIds.find((region) => regionEndpoint(region) === endpoint)
}

/** What the settings leave to files and to the machine's profiles. */
const prepare = (settings: Settings, environment: Environment) =>
  Effect.gen(function* () {
    const apiKeys = [...settings.apiKeys, ...(yield* apiKeysOf(settings.apiKeysFile))]
    const accessKeys = yield* accessKeysOf(settings.accessKeysFile)
    const { endpoint, region } = settings.place?.target ?? {}
    const found =
      settings.credentials === "own"
        ? yield* ProfileChain.resolve(
            NodeMachine.make(environment),
            settings.profile,
            region === undefined ? endpoint : undefined
          )
        : undefined
    const place = settings.place ?? (yield* placeOfProfile(found?.profile.region, environment))
    const own = regionOf(place.target)
    const away = yield* Effect.forEach(settings.projects ?? [], ({ id, region }) =>
      region === undefined || region === own
        ? Effect.succeed([])
        : Effect.map(
            orConfigurationError(placeOf(region, environment)),
            (place): ReadonlyArray<Away> => [{ projectId: id, region, place }]
          )
    )
    const prepared: Prepared = {
      place,
      region: own,
      away: away.flat(),
      apiKeys,
      accessKeys,
      profile: found?.profile,
      redisPassword: yield* redisPasswordOf(settings.redisPasswordFile),
      warnings: [
        ...settings.warnings,
        ...(found?.skipped ?? [])
          .filter(({ broken }) => broken)
          .map(({ reason, source }) => `${source} is passed over: ${reason}`)
      ]
    }
    return prepared
  })

/** The credentials of a profile. A password is not sent to the cloud's IAM for an endpoint that is not the cloud's. */
const credentialsOf = (
  profile: Profile,
  projectId: string | undefined,
  target: RegionOrEndpoint,
  environment: Environment
) =>
  Effect.gen(function* () {
    const region = target.region ?? profile.region?.value
    const iam =
      (environment["HUAWEICLOUD_SDK_IAM_ENDPOINT"] || undefined) ??
      profile.iamEndpoint?.value ??
      (target.region === undefined ? undefined : iamEndpoint(target.region))
    if (profile.credentials._tag === "Password" && iam === undefined) {
      return yield* new ConfigurationError({
        message: `No IAM endpoint is given for the token of the user (${profile.source}).`,
        hint: "Set HUAWEICLOUD_SDK_IAM_ENDPOINT."
      })
    }
    return yield* ProfileChain.credentialsOf(profile, {
      projectId,
      region,
      iamEndpoint: iam ?? iamEndpoint(region),
      environment
    })
  })

const optionsOf = (
  settings: Settings,
  { accessKeys, apiKeys, region }: Prepared,
  elsewhere: ReadonlyMap<string, Elsewhere>
): NodeGateway.ServerOptions => {
  const { rateLimit } = settings
  const options: Options = {
    credentials: settings.credentials,
    cloud: region,
    elsewhere,
    apiKeys,
    accessKeys,
    cache:
      settings.cache === "off"
        ? undefined
        : {
            fresh: settings.cacheFresh,
            staleWhileRevalidate: settings.cacheStale,
            staleIfError: settings.cacheStaleIfError,
            maxEntries: settings.cacheEntries,
            maxBytes: settings.cacheMegabytes * 1024 * 1024
          },
    rateLimit: rateLimit === "off" ? undefined : { requests: rateLimit.requests, per: rateLimit.millis },
    circuitBreaker: settings.circuitBreaker === "off" ? undefined : {},
    corsOrigins: settings.corsOrigins,
    maxRequests: settings.maxRequests,
    maxCalls: settings.maxCalls,
    metrics: settings.metrics === "on",
    page: settings.page === "off" ? undefined : { projects: settings.projects },
    accessLog: settings.accessLog === "off" ? undefined : accessLog
  }
  return {
    ...options,
    host: settings.host,
    port: settings.port,
    drain: settings.drain,
    drainDelay: settings.drainDelay,
    metricsPort: typeof settings.metrics === "number" ? settings.metrics : undefined
  }
}

/** Whose answers the cloud gives, for those who must not be served others'. Holds no secret that could be guessed. */
const identityOf = (profile: Profile | undefined): ReadonlyArray<string> => {
  if (profile === undefined) return ["pass-through"]
  const { credentials } = profile
  switch (credentials._tag) {
    case "Token":
      return ["token", digest(Redacted.value(credentials.token.value))]
    case "AccessKey":
      return ["access key", credentials.accessKey.value]
    case "Password":
      return ["user", credentials.domainName.value, credentials.userName.value]
    case "EcsMetadata":
      return ["agency"]
  }
}

/** The endpoints that regions have in place of their own here and might not have elsewhere. */
const inPlaceOf = (away: ReadonlyArray<Away>): ReadonlyArray<string> => {
  const endpoints = away.flatMap(({ place: { target }, region }) =>
    target.endpoint === undefined ? [] : [`${region} ${target.endpoint}`]
  )
  return [...new Set(endpoints)].sort()
}

/** What several gateways share, where they do; what does so is not loaded otherwise. */
const sharing = (
  { redis, redisPrefix }: Settings,
  { away, place: { target }, profile, redisPassword }: Prepared
): Layer.Layer<never, ConfigError> =>
  redis === undefined
    ? Layer.empty
    : Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("@hotspot-session/gateway/redis")),
          ({ RedisStore }) => {
            const cloud = target.endpoint ?? target.region
            const apart = digest(JSON.stringify([cloud, ...identityOf(profile), ...inPlaceOf(away)]))
            return RedisStore.layer({
              url: redis,
              password: redisPassword,
              prefix: `${redisPrefix}:${apart.slice(0, 16)}`
            })
          }
        )
      )

const orFail = <R>(
  effect: Effect.Effect<number, ConfigurationError | CredentialsError, R>
): Effect.Effect<number, never, R> =>
  Effect.catchAll(effect, (error) =>
    error._tag === "ConfigurationError"
      ? fail(exitCodes.configuration, error.message, error.hint)
      : fail(error.unavailable ? exitCodes.unavailable : exitCodes.authentication, `${error.message}.`, error.hint)
  )

/** Traces are exported where they are wanted; what does so is not loaded otherwise. */
const tracing = ({ otlpEndpoint }: Settings, environment: Environment): Layer.Layer<never> =>
  otlpEndpoint === undefined
    ? Layer.empty
    : Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("./Otlp.js")),
          ({ layer }) => layer(otlpEndpoint, environment)
        )
      )

/**
 * The client of the gateway's own cloud, and those of the projects that are elsewhere: one for each region, and for each
 * project where its credentials are good for no other.
 */
const clientsOf = (settings: Settings, { away, place, profile }: Prepared, environment: Environment) =>
  Effect.gen(function* () {
    const httpClient = yield* Layer.build(NodeHotspotSession.layerUndici())
    const clientOf = (target: RegionOrEndpoint, credentials: Credentials.Service) =>
      HotspotSession.make({
        ...target,
        timeout: settings.timeout,
        userAgent: `hotspot-session-http/${version}`,
        transformClient: passRequestId
      }).pipe(
        Effect.provide(httpClient),
        Effect.provideService(Credentials.Credentials, credentials),
        Effect.mapError(({ message }) => new ConfigurationError({ message }))
      )
    const credentials =
      profile === undefined
        ? Context.get(yield* Layer.build(layerNoCredentials), Credentials.Credentials)
        : yield* credentialsOf(profile, profile.projectId?.value, place.target, environment)
    const elsewhere = new Map<string, Elsewhere>()
    const ofRegion = new Map<RegionId, HotspotSession.Service>()
    for (const { place, projectId, region } of away) {
      if (profile?.credentials._tag === "Password") {
        // A user's token is for one project.
        const its = yield* credentialsOf(profile, projectId, place.target, environment)
        elsewhere.set(projectId, { cloud: region, client: yield* clientOf(place.target, its) })
      } else {
        const client = ofRegion.get(region) ?? (yield* clientOf(place.target, credentials))
        ofRegion.set(region, client)
        elsewhere.set(projectId, { cloud: region, client })
      }
    }
    return { client: yield* clientOf(place.target, credentials), elsewhere }
  })

const needsNewKey = (settings: Settings, { accessKeys, apiKeys }: Prepared): boolean =>
  settings.credentials === "own" && apiKeys.length + accessKeys.length === 0

/** Starts the gateway, and gives the exit code once it has ended. */
export const start = (settings: Settings, environment: Environment): Effect.Effect<number> =>
  Effect.gen(function* () {
    const configured = yield* prepare(settings, environment)
    // Only who starts the gateway reads it, so that a proxy on this machine opens nothing to those in front of it.
    const made = needsNewKey(settings, configured) ? yield* newApiKey : undefined
    const prepared = made === undefined ? configured : { ...configured, apiKeys: [made.hash] }
    const notes = made === undefined ? [] : [`no keys are configured: the API key of this run is ${made.key}`]
    for (const warning of prepared.warnings) yield* tell(`warning: ${warning}`)
    const { client, elsewhere } = yield* clientsOf(settings, prepared, environment)
    const gateway = NodeGateway.layerServer(optionsOf(settings, prepared, elsewhere)).pipe(
      Layer.provide(sharing(settings, prepared))
    )
    const traced = gateway.pipe(
      Layer.provide(Layer.succeed(HotspotSession.HotspotSession, client)),
      Layer.provide(tracing(settings, environment))
    )
    return yield* serve(traced, `${settings.host}:${settings.port}`, notes)
  }).pipe(orFail, Effect.scoped, Effect.provide(NodeHotspotSession.layerHttpClient()), Effect.provide(logger))

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)))
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}\n`).join("")
}

/** Prints what would be used and where it comes from. */
export const printConfig = (settings: Settings, environment: Environment): Effect.Effect<number> =>
  Effect.gen(function* () {
    const prepared = yield* prepare(settings, environment)
    const { accessKeys, apiKeys, away, place, profile, warnings } = prepared
    for (const warning of warnings) yield* tell(`warning: ${warning}`)
    const shown: ReadonlyArray<Shown> = [
      ...settings.shown.filter(({ setting }) => setting !== "API keys"),
      { setting: "cloud", ...place.endpoint },
      ...[...new Map(away.map((project) => [project.region, project])).values()].map(({ place, region }) => ({
        setting: `cloud ${region}`,
        ...place.endpoint
      })),
      {
        setting: "API keys",
        value: apiKeys.length === 0 ? undefined : `${apiKeys.length} by hash`,
        source:
          apiKeys.length === 0
            ? needsNewKey(settings, prepared)
              ? "not given; a new one is printed at each start"
              : "not given"
            : [
                settings.apiKeysFile,
                ...(settings.apiKeys.length === 0 ? [] : [`environment variable ${secrets.apiKeys}`])
              ]
                .filter(Boolean)
                .join(", ")
      },
      {
        setting: "access keys",
        value: accessKeys.length === 0 ? undefined : `${accessKeys.length}, secrets ********`,
        source: settings.accessKeysFile ?? "not given"
      },
      profile === undefined
        ? { setting: "own credentials", source: "callers send their own" }
        : { setting: "own credentials", value: `${kinds[profile.credentials._tag]} ********`, source: profile.source }
    ]
    return yield* print(
      table([
        ["SETTING", "VALUE", "FROM"],
        ...shown.map(({ source, setting, value = "-" }) => [setting, value, source])
      ])
    )
  }).pipe(orFail, Effect.provide(NodeHotspotSession.layerHttpClient()))
