import type * as HttpServerError from "@effect/platform/HttpServerError"
import { Setting } from "@hotspot-session/core"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { TemporaryKey } from "./AccessKey.js"
import * as Dataset from "./Dataset.js"
import * as EmulatorApp from "./EmulatorApp.js"
import * as Fault from "./Fault.js"
import * as IamService from "./IamService.js"
import * as Metadata from "./Metadata.js"
import * as Project from "./Project.js"
import type { RecordedRequest } from "./RequestLog.js"
import * as Server from "./Server.js"
import type { NamedProject } from "./State.js"
import * as State from "./State.js"

// Exported because they appear in signatures below, so that users' declarations can name them.
export type { NamedProject, RecordedRequest, TemporaryKey }

/**
 * A running emulator.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /** URL of the service and of IAM, such as `http://127.0.0.1:41234`, without a slash at the end. */
  readonly endpoint: string
  /** Adds faults to the end of the script. Dies if a fault is invalid. */
  readonly inject: (faults: ReadonlyArray<Fault.Fault>) => Effect.Effect<void>
  /** Removes all faults from the script. */
  readonly clearFaults: Effect.Effect<void>
  /** The remaining faults; `times` of each is the remaining number. */
  readonly faults: Effect.Effect<ReadonlyArray<Fault.Fault>>
  /** The last 1,000 requests without secrets, the oldest first. */
  readonly requests: Effect.Effect<ReadonlyArray<RecordedRequest>>
  /** Replaces the configurations of a project. Creates the project if it does not exist. */
  readonly setConfigs: (projectId: string, configs: ReadonlyArray<Dataset.Config>) => Effect.Effect<void>
  /** The current configurations of a project, with those that were created; none if it does not exist. */
  readonly configs: (projectId: string) => Effect.Effect<Dataset.Dataset>
  /** Issues a token for one project, as IAM does. Default lifetime: 24 hours, by the emulator's clock. */
  readonly issueToken: (projectId: string, lifetime?: Duration.DurationInput) => Effect.Effect<string>
  /** Revokes a token immediately. Unknown tokens are ignored. */
  readonly revokeToken: (token: string) => Effect.Effect<void>
  /**
   * Changes the password of the user and unlocks the user. As in the cloud, this revokes every token of the user. The static
   * token has no user and stays valid.
   */
  readonly setPassword: (password: string) => Effect.Effect<void>
  /** Replaces the ID token of the identity provider, which is rejected from then on. */
  readonly setIdToken: (token: string) => Effect.Effect<void>
  /** Replaces the token that the agent of pods accepts. */
  readonly setPodToken: (token: string) => Effect.Effect<void>
  /** Adds a permanent access key that is valid for every project. Replaces and unlocks an existing key of that name. */
  readonly addAccessKey: (accessKey: string, secretKey: string) => Effect.Effect<void>
  /** Removes a permanent or temporary access key immediately. Unknown keys are ignored. */
  readonly removeAccessKey: (accessKey: string) => Effect.Effect<void>
  /**
   * Issues a temporary access key that is valid for every project, as IAM and the metadata service do. Default lifetime:
   * 24 hours, by the emulator's clock.
   */
  readonly issueTemporaryKey: (lifetime?: Duration.DurationInput) => Effect.Effect<TemporaryKey>
  /**
   * Restores the initial state: configurations, the static token and the constant access keys only, password, ID token and
   * token of the pod, no locks, faults and no requests. Requests that have no response yet are not carried out, and their
   * connections are closed.
   */
  readonly reset: Effect.Effect<void>
}

/**
 * The emulator of the cloud API: the operations on hotspot session migration configurations, the gateway in front of them,
 * IAM's operations that issue tokens and temporary access keys and list projects, the metadata service of an ECS, and the
 * agent of a pod.
 *
 * A request is authenticated by a signature, which takes precedence, or by a token. Without valid credentials the response
 * is 401 with `APIGW.0301`, as in the cloud. Five consecutive failures lock an access key for five minutes, and five wrong
 * passwords lock the user for 15 minutes; while locked, even correct credentials are rejected. A valid signature with an
 * `X-Project-Id` other than the project of the path gets a 403, like a token for another project.
 *
 * @category tags
 * @since 0.1.0
 */
export class Emulator extends Context.Tag("@hotspot-session/emulator/Emulator")<Emulator, Service>() {}

/**
 * How far a clock is ahead of or behind another one. Not just a `Duration`, which cannot be negative.
 *
 * @category models
 * @since 0.1.0
 */
export type ClockSkew = { readonly ahead: Duration.DurationInput } | { readonly behind: Duration.DurationInput }

/**
 * The settings of an emulator.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Address to listen on. Default: `127.0.0.1`. It is the only protection, because tokens and passwords are public. */
  readonly host?: string | undefined
  /** Port to listen on, 0 for any free port. Default: 0. */
  readonly port?: number | undefined
  /** Seed of the configurations and of fault rates: a 32-bit integer. Default: 1. */
  readonly seed?: number | undefined
  /** Number of configurations of the demo project, 0 to 1,000,000,000. Default: 3. */
  readonly count?: number | undefined
  /** Delay of every response except those of the admin endpoints, by Effect's clock. Default: none. */
  readonly latency?: Duration.DurationInput | undefined
  /** The initial script. Default: empty. */
  readonly faults?: ReadonlyArray<Fault.Fault> | undefined
  /**
   * The projects that IAM lists, in order. Names may repeat, so that a name matches no project, one or several. Each project
   * other than the predefined ones has `count` configurations. Default: the demo project with its own name and the name of
   * every region that serves the API, and the project of the documentation's example.
   */
  readonly projects?: ReadonlyArray<NamedProject> | undefined
  /** Behaviour of the metadata service. Default: `token`. */
  readonly metadata?: Metadata.Mode | undefined
  /**
   * Difference of the emulator's clock from Effect's. The emulator's clock determines whether signatures are too old or too
   * new, when tokens and keys expire, and the `Date` of every response. Default: none.
   */
  readonly clockSkew?: ClockSkew | undefined
}

/** Maximum clock skew: 100 years, in milliseconds. A larger one would not fit into the date formats. */
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

/** Node listens on all addresses if the host is empty. */
const isHost = (value: unknown): value is string => isString(value) && value !== ""

const isProjects = (value: unknown): value is ReadonlyArray<NamedProject> =>
  Array.isArray(value) && value.every((project) => isString(project?.id) && isString(project?.name))

const checkOptions = (options: Options) =>
  Either.all({
    host: Setting.optional("host", options.host, "a name or an address", isHost),
    port: Setting.integer("port", options.port, 0, { min: 0, max: 65_535 }),
    seed: Setting.integer("seed", options.seed, 1, { min: -(2 ** 31), max: 2 ** 32 - 1 }),
    count: Setting.integer("count", options.count, 3, { min: 0, max: Dataset.maxSize }),
    latency: Setting.duration("latency", options.latency, 0),
    faults: Either.mapLeft(Fault.decodeAll(options.faults ?? []), (problem) =>
      ConfigError.InvalidData(["faults"], `faults: ${problem}`)
    ),
    projects: Setting.optional("projects", options.projects, "a list of { id, name }", isProjects),
    metadata: Setting.oneOf("metadata", options.metadata, "token", Metadata.modes),
    clockSkew: checkClockSkew(options.clockSkew)
  })

/**
 * Starts an emulator that runs until the scope closes, which closes every connection without waiting for requests.
 *
 * Fails with a `ServeError` if it cannot listen on the address, and with a `ConfigError` if an option has the wrong type or
 * is out of range.
 *
 * @example
 * ```ts
 * import { Emulator } from "@hotspot-session/emulator"
 * import { Effect } from "effect"
 *
 * const requests = Effect.scoped(Effect.flatMap(Emulator.make({ count: 5 }), (emulator) => emulator.requests))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options = {}
): Effect.fn.Return<Service, HttpServerError.ServeError | ConfigError.ConfigError, Scope.Scope> {
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
    inject: (faults) =>
      Either.match(Fault.decodeAll(faults), {
        onLeft: (problem) => Effect.dieMessage(`inject: ${problem}`),
        onRight: state.inject
      }),
    clearFaults: state.clearFaults,
    faults: state.faults,
    requests: Effect.sync(state.requestLog.read),
    setConfigs: state.setConfigs,
    configs: (projectId) =>
      Effect.map(
        state.projectById(projectId),
        Option.match({ onNone: () => Dataset.fromArray([]), onSome: Project.dataset })
      ),
    issueToken: (projectId, lifetime = IamService.tokenLifetime) =>
      state.issueToken({ _tag: "Project", projectId }, Duration.toMillis(lifetime)),
    revokeToken: state.revokeToken,
    setPassword: state.setPassword,
    setIdToken: state.setIdToken,
    setPodToken: state.setPodToken,
    addAccessKey: state.addAccessKey,
    removeAccessKey: state.removeAccessKey,
    issueTemporaryKey: (lifetime = Metadata.keyLifetime) => state.issueTemporaryKey(Duration.toMillis(lifetime)),
    reset: state.reset
  }
})

/**
 * An emulator with the lifetime of the layer. Fails like `make`.
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
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<Emulator, HttpServerError.ServeError | ConfigError.ConfigError> =>
  Layer.scoped(Emulator, make(options))
