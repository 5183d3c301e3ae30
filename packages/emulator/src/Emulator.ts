import type * as HttpServerError from "@effect/platform/HttpServerError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Dataset from "./Dataset.js"
import * as Fault from "./Fault.js"
import * as Gateway from "./Gateway.js"
import * as Iam from "./Iam.js"
import type { SeenRequest } from "./RequestLog.js"
import * as Server from "./Server.js"
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
  readonly requests: Effect.Effect<ReadonlyArray<SeenRequest>>
  /** Makes a project hold the given configurations and nothing else. A project that does not exist is made. */
  readonly setConfigs: (projectId: string, configs: ReadonlyArray<Dataset.Config>) => Effect.Effect<void>
  /** Issues a token for one project, as IAM does. Default lifetime: 24 hours, by Effect's clock. */
  readonly issueToken: (projectId: string, lifetime?: Duration.DurationInput) => Effect.Effect<string>
  /** Makes a token invalid at once. Unknown ones are ignored. */
  readonly revokeToken: (token: string) => Effect.Effect<void>
  /** Back to the start: the first configurations, the static token alone, the first faults, no requests. */
  readonly reset: Effect.Effect<void>
}

/**
 * The emulator of the cloud API: the operation that lists hotspot session migration configurations, the gateway in front
 * of it, and IAM's operation that issues tokens.
 *
 * @category tags
 */
export class Emulator extends Context.Tag("@hotspot-session/emulator/Emulator")<Emulator, Service>() {}

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
}

const checkFaults = (faults: ReadonlyArray<Fault.Fault>) => Effect.orDie(Schema.validate(Fault.Faults)(faults))

/**
 * Starts an emulator that runs until the scope closes, which breaks every connection and waits for no request.
 *
 * Fails with a `ServeError` if the address cannot be listened on. Dies if an option is not valid.
 *
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, HttpServerError.ServeError, Scope.Scope> =>
  Effect.gen(function* () {
    const faults = yield* checkFaults(options.faults ?? [])
    const initial = { seed: options.seed ?? 1, count: options.count ?? 3, faults }
    const context = yield* Layer.build(State.layer(initial))
    const state = Context.get(context, State.State)
    const app = yield* Effect.provide(
      Gateway.make({ latency: Duration.toMillis(options.latency ?? Duration.zero) }),
      context
    )
    const endpoint = yield* Server.serve(app, {
      host: options.host ?? "127.0.0.1",
      port: options.port ?? 0,
      nextRequestId: state.nextRequestId
    })
    return {
      endpoint,
      inject: (faults) => Effect.flatMap(checkFaults(faults), state.inject),
      clearFaults: state.clearFaults,
      faults: state.faults,
      requests: Effect.sync(state.requestLog.read),
      setConfigs: state.setConfigs,
      issueToken: (projectId, lifetime = Iam.tokenLifetime) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          state.issueToken({ _tag: "Project", projectId }, now, Duration.toMillis(lifetime))
        ),
      revokeToken: state.revokeToken,
      reset: state.reset
    }
  })

/**
 * An emulator for as long as the layer lives.
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
export const layer = (options?: Options): Layer.Layer<Emulator, HttpServerError.ServeError> =>
  Layer.scoped(Emulator, make(options))
