import type * as HttpServerError from "@effect/platform/HttpServerError"
import { Setting } from "@hotspot-session/core"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { TemporaryKey } from "./AccessKey.js"
import * as Dataset from "./Dataset.js"
import * as EmulatorApp from "./EmulatorApp.js"
import * as Fault from "./Fault.js"
import * as IamService from "./IamService.js"
import * as Issues from "./Issues.js"
import * as Metadata from "./Metadata.js"
import type { RecordedRequest } from "./RequestLog.js"
import * as Server from "./Server.js"
import type { NamedProject } from "./State.js"
import * as State from "./State.js"

/**
 * A running emulator.
 *
 * @category models
 */
export interface Service {
  /** Where it listens, such as `http://127.0.0.1:41234`, without a slash at the end. IAM is there too. */
  readonly endpoint: string
  /** Adds faults to the end of the script. Dies if one is not valid. */
  readonly inject: (faults: ReadonlyArray<Fault.Fault>) => Effect.Effect<void>
  /** Empties the script. */
  readonly clearFaults: Effect.Effect<void>
  /** The faults still to come; `times` of each is what is left of it. */
  readonly faults: Effect.Effect<ReadonlyArray<Fault.Fault>>
  /** The last 1,000 requests, the oldest first; none holds a secret. */
  readonly requests: Effect.Effect<ReadonlyArray<RecordedRequest>>
  /** Makes a project hold the given configurations and nothing else. A project that does not exist is made. */
  readonly setConfigs: (projectId: string, configs: ReadonlyArray<Dataset.Config>) => Effect.Effect<void>
  /** Issues a token for one project, as IAM does. Default lifetime: 24 hours, by the emulator's clock. */
  readonly issueToken: (projectId: string, lifetime?: Duration.DurationInput) => Effect.Effect<string>
  /** Makes a token invalid at once. Unknown ones are ignored. */
  readonly revokeToken: (token: string) => Effect.Effect<void>
  /**
   * Changes the password of the user. As in the cloud, every token of the user is invalid from then on; the static token
   * is nobody's and stays good. The user is not locked any more.
   */
  readonly setPassword: (password: string) => Effect.Effect<void>
  /** Adds a permanent access key that is good for every project. One of that name is replaced, and not locked any more. */
  readonly addAccessKey: (accessKey: string, secretKey: string) => Effect.Effect<void>
  /** Makes an access key, permanent or temporary, unknown at once. Unknown ones are ignored. */
  readonly removeAccessKey: (accessKey: string) => Effect.Effect<void>
  /**
   * Issues a temporary access key that is good for every project, as IAM and the metadata service do. Default lifetime:
   * 24 hours, by the emulator's clock.
   */
  readonly issueTemporaryKey: (lifetime?: Duration.DurationInput) => Effect.Effect<TemporaryKey>
  /**
   * Back to the start: the first configurations, the static token and the constant access keys alone, the first password,
   * nothing locked, the first faults, no requests.
   */
  readonly reset: Effect.Effect<void>
}

/**
 * The emulator of the cloud API: the operation that lists hotspot session migration configurations, the gateway in front
 * of it, IAM's operations that issue tokens and list projects, and the metadata service of a server in the cloud.
 *
 * A request proves itself by a token or by a signature, which goes before a token. What does not is answered with 401 and
 * `APIGW.0301` as in the cloud. Five failures in a row lock an access key for five minutes, and five wrong passwords the
 * user for 15 minutes; what is locked is refused whatever it comes with. A right signature whose `X-Project-Id` is not the
 * project of the path is answered with 403, as is a token for another project.
 *
 * @category tags
 */
export class Emulator extends Context.Tag("@hotspot-session/emulator/Emulator")<Emulator, Service>() {}

/**
 * How far a clock is from another one, and which way; a `Duration` alone cannot be negative.
 *
 * @category models
 */
export type ClockSkew = { readonly ahead: Duration.DurationInput } | { readonly behind: Duration.DurationInput }

/**
 * What an emulator is started with.
 *
 * @category models
 */
export interface Options {
  /** The address to listen on. Default: `127.0.0.1`. There is no protection beyond it: tokens and passwords are public. */
  readonly host?: string | undefined
  /** The port to listen on, 0 for any free one. Default: 0. */
  readonly port?: number | undefined
  /** Decides what the configurations are and which requests a rate hits; a 32-bit integer. Default: 1. */
  readonly seed?: number | undefined
  /** How many configurations the demo project has, 0 to 1,000,000,000. Default: 3. */
  readonly count?: number | undefined
  /** How much longer every answer takes, those of the admin endpoints excepted, by Effect's clock. Default: none. */
  readonly latency?: Duration.DurationInput | undefined
  /** The script to start with. Default: none. */
  readonly faults?: ReadonlyArray<Fault.Fault> | undefined
  /**
   * The projects that IAM lists, in order. Names may repeat, so that a name stands for no project, one or several. Each
   * project that is not known otherwise has `count` configurations. Default: the demo project by its own name and by that
   * of every region that serves the API, and the project of the documentation's example.
   */
  readonly projects?: ReadonlyArray<NamedProject> | undefined
  /** What the metadata service is like. Default: `token`. */
  readonly metadata?: Metadata.Mode | undefined
  /**
   * How far the emulator's clock is from Effect's. It is the one by which signatures are too old or too new, by which
   * tokens and keys expire, and from which the `Date` of every answer is. Default: not at all.
   */
  readonly clockSkew?: ClockSkew | undefined
}

/** The most that the clock can be wrong: 100 years, in milliseconds. More would not fit into the forms of dates. */
const maxClockSkew = 100 * 365 * 24 * 60 * 60 * 1000

const checkClockSkew = (skew: unknown): Setting.Checked<number> => {
  if (skew === undefined) return Either.right(0)
  const isObject = typeof skew === "object" && skew !== null
  const [name, value, sign] =
    isObject && "ahead" in skew
      ? (["clockSkew.ahead", skew.ahead, 1] as const)
      : (["clockSkew.behind", isObject && "behind" in skew ? skew.behind : Number.NaN, -1] as const)
  return Either.filterOrLeft(
    Either.map(Setting.duration(name, value, Number.NaN), Duration.toMillis),
    (millis) => millis <= maxClockSkew,
    () => Setting.invalid(name, "at most 100 years", value)
  ).pipe(Either.map((millis) => sign * millis))
}

const isString = (value: unknown): value is string => typeof value === "string"

const isProjects = (value: unknown): value is ReadonlyArray<NamedProject> =>
  Array.isArray(value) && value.every((project) => isString(project?.id) && isString(project?.name))

const checkOptions = (options: Options) =>
  Either.all({
    host: Setting.optional("host", options.host, "a name or an address", isString),
    port: Setting.integer("port", options.port, 0, { min: 0, max: 65_535 }),
    seed: Setting.integer("seed", options.seed, 1, { min: -(2 ** 31), max: 2 ** 32 - 1 }),
    count: Setting.integer("count", options.count, 3, { min: 0, max: Dataset.maxSize }),
    latency: Setting.duration("latency", options.latency, 0),
    faults: Either.mapLeft(Schema.validateEither(Fault.Faults)(options.faults ?? []), (error) =>
      ConfigError.InvalidData(["faults"], `faults: ${Issues.describe(error)}`)
    ),
    projects: Setting.optional("projects", options.projects, "a list of { id, name }", isProjects),
    metadata: Setting.oneOf("metadata", options.metadata, "token", Metadata.modes),
    clockSkew: checkClockSkew(options.clockSkew)
  })

const checkFaults = (faults: ReadonlyArray<Fault.Fault>) => Effect.orDie(Schema.validate(Fault.Faults)(faults))

/**
 * Starts an emulator that runs until the scope closes, which breaks every connection and waits for no request.
 *
 * Fails with a `ServeError` if the address cannot be listened on, and with a `ConfigError` if an option is not what its type
 * says or out of its bounds.
 *
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<Service, HttpServerError.ServeError | ConfigError.ConfigError, Scope.Scope> =>
  Effect.gen(function* () {
    const { clockSkew, count, faults, host, latency, metadata, port, projects, seed } = yield* checkOptions(options)
    const initial = { seed, count, faults, projects: projects ?? State.defaultProjects, clockSkew }
    const context = yield* Layer.build(State.layer(initial))
    const state = Context.get(context, State.State)
    const app = yield* Effect.provide(EmulatorApp.make({ latency: Duration.toMillis(latency), metadata }), context)
    const endpoint = yield* Server.serve(app, {
      host: host ?? "127.0.0.1",
      port,
      nextRequestId: state.nextRequestId,
      now: state.now
    })
    return {
      endpoint,
      inject: (faults) => Effect.flatMap(checkFaults(faults), state.inject),
      clearFaults: state.clearFaults,
      faults: state.faults,
      requests: Effect.sync(state.requestLog.read),
      setConfigs: state.setConfigs,
      issueToken: (projectId, lifetime = IamService.tokenLifetime) =>
        state.issueToken({ _tag: "Project", projectId }, Duration.toMillis(lifetime)),
      revokeToken: state.revokeToken,
      setPassword: state.setPassword,
      addAccessKey: state.addAccessKey,
      removeAccessKey: state.removeAccessKey,
      issueTemporaryKey: (lifetime = Metadata.keyLifetime) => state.issueTemporaryKey(Duration.toMillis(lifetime)),
      reset: state.reset
    }
  })

/**
 * An emulator for as long as the layer lives. Fails like `make`.
 *
 * @example
 * ```ts
 * import { Demo, Emulator } from "@hotspot-session/emulator"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const emulator = yield* Emulator.Emulator
 *   yield* emulator.inject([{ kind: "status", status: 503, times: 2, retryAfter: "1" }])
 *   // Call `${emulator.endpoint}/v1/${Demo.projectId}/hotspot-session-config` with X-Auth-Token: Demo.token.
 * }).pipe(Effect.provide(Emulator.layer({ count: 250 })))
 * ```
 *
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Emulator, HttpServerError.ServeError | ConfigError.ConfigError> =>
  Layer.scoped(Emulator, make(options))
