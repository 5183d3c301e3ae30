import * as HttpClient from "@effect/platform/HttpClient"
import { maxLimit, Setting } from "@hotspot-session/core"
import * as Chunk from "effect/Chunk"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Attempt from "./Attempt.js"
import { type Configured, settingsOf } from "./Configured.js"
import {
  type HotspotSessionMigrationConfig,
  InvalidRequest,
  type Issue,
  type ListHotspotSessionConfigError,
  type ListHotspotSessionConfigResponse,
  PaginationError,
  TransportError
} from "./Core.js"
import * as Credentials from "./Credentials.js"
import { bounded } from "./Deadline.js"
import { type RegionOrEndpoint, resolveEndpoint } from "./Endpoint.js"
import { spanAttributes, withoutTelemetry } from "./Exchange.js"
import {
  checkParameters,
  createUrl,
  definedParameters,
  type ListParameters,
  operation,
  requestOf
} from "./listHotspotSessionConfig/CreateRequest.js"
import * as Pagination from "./Pagination.js"
import { retrying } from "./Retry.js"
import * as RetryPolicy from "./RetryPolicy.js"
import * as RetryQuota from "./RetryQuota.js"
import * as Telemetry from "./Telemetry.js"
import * as Tracing from "./Tracing.js"
import { version } from "./version.js"

export type { ListParameters }

/**
 * Options of a single call that override the client's.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /** Credentials of this call, such as a user's own token. Default: the client's. */
  readonly credentials?: Credentials.Service | undefined
  /** Retry policy of this call. Default: the client's. */
  readonly retry?: RetryPolicy.RetryPolicy | undefined
  /** Time limit of this call, retries included; longer than 0. Default: the client's. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * A paginated operation. As a function it returns one page.
 *
 * @category models
 * @since 0.1.0
 */
export interface PagedOperation<Parameters, Page, Item, E> {
  /** Requests one page. */
  (parameters: Parameters, options?: CallOptions): Effect.Effect<Page, E>
  /**
   * All pages from `offset` on, with up to `limit` (default: 100) configurations each. Lazy: a page is requested when the
   * consumer pulls it, and pages are not kept. The options apply to each page.
   */
  readonly pages: (parameters: Parameters, options?: CallOptions) => Stream.Stream<Page, E | PaginationError>
  /** All items from `offset` on, requested in pages of `limit` (default: 100). Lazy, like `pages`. */
  readonly items: (parameters: Parameters, options?: CallOptions) => Stream.Stream<Item, E | PaginationError>
}

/**
 * The operations on hotspot session migration configurations.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * Lists a project's hotspot session migration configurations: one page, or all of them as a stream of `pages` or of
   * `items`.
   *
   * `GET /v1/{project_id}/hotspot-session-config`. 503, 429, 502, 504 and broken connections are retried by the retry
   * policy; a 401 is retried once if the credentials can provide a fresh token.
   *
   * Fails with the error class of the response status; with `TransportError` if there is no complete response, `DecodeError`
   * if the response cannot be parsed, `CredentialsError` if there are no usable credentials, and `InvalidRequest`, before
   * anything is sent, if a parameter is out of range or an option of the call is invalid. The streams also fail with
   * `PaginationError` if the server repeats pages.
   *
   * Source:
   * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
   */
  readonly listHotspotSessionConfig: PagedOperation<
    ListParameters,
    ListHotspotSessionConfigResponse,
    HotspotSessionMigrationConfig,
    ListHotspotSessionConfigError
  >
}

/**
 * Huawei Cloud Workspace's hotspot session migration configurations.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, HotspotSession } from "@hotspot-session/client"
 * import { Effect, Layer, Stream } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession
 *   yield* listHotspotSessionConfig
 *     .items({ project_id: "a4da8115c9d8464ead3a38309130523f" })
 *     .pipe(Stream.runForEach((config) => Effect.log(config.id, config.hotspot_exit_session_num)))
 * })
 *
 * const main = program.pipe(
 *   Effect.provide(
 *     HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *       Layer.provide([Credentials.layerTokenConfig(), FetchHttpClient.layer])
 *     )
 *   )
 * )
 * ```
 *
 * @category tags
 * @since 0.1.0
 */
export class HotspotSession extends Context.Tag("@hotspot-session/client/HotspotSession")<HotspotSession, Service>() {}

/**
 * The settings of a client, which is for one region or endpoint.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = RegionOrEndpoint & {
  /** How failed attempts are retried. Default: `RetryPolicy.make()`; disabled with `RetryPolicy.none`. */
  readonly retry?: RetryPolicy.RetryPolicy | undefined
  /** Capacity of the client's retry quota, at least 0; a retry costs 5, after a timeout 10. Default: 500. */
  readonly retryQuota?: number | undefined
  /** Time limit of a call, retries included; longer than 0. Default: 2 minutes. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Time limit of an attempt; longer than 0. Default: 40 s, because the cloud's gateway waits 30 s for the service. */
  readonly attemptTimeout?: Duration.DurationInput | undefined
  /** Prefix of `User-Agent` before this library's name, such as `my-app/1.2`. */
  readonly userAgent?: string | undefined
  /** Changes the HTTP client, for example to add a header or to log. Its requests contain secrets. */
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}

/**
 * Builds `listHotspotSessionConfig` with its streams from a function that returns one page. For a `Service` that is not a
 * client, such as a cache or a fake in a test. The streams fail with `PaginationError` if `onePage` repeats pages.
 *
 * @example
 * ```ts
 * import { HotspotSession, HotspotSessionMigrationConfig } from "@hotspot-session/client"
 * import { Effect, Layer, Schema } from "effect"
 *
 * const configs = Schema.decodeSync(Schema.Array(HotspotSessionMigrationConfig))([
 *   { id: "1", hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 },
 *   { id: "2" }
 * ])
 *
 * const fake = Layer.succeed(HotspotSession.HotspotSession, {
 *   listHotspotSessionConfig: HotspotSession.pagedOperation(({ limit = 10, offset = 0 }) =>
 *     Effect.succeed({ items: configs.slice(offset, offset + limit) })
 *   )
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const pagedOperation = (
  /** Returns one page. The streams call it with a `limit` and an `offset`. */
  onePage: (
    parameters: ListParameters,
    options?: CallOptions
  ) => Effect.Effect<ListHotspotSessionConfigResponse, ListHotspotSessionConfigError>,
  /** The URL of a page, for `PaginationError`. Default: none. */
  urlOf?: (parameters: ListParameters) => string
): Service["listHotspotSessionConfig"] => {
  const pages = (parameters: ListParameters, call?: CallOptions) => {
    const limit = parameters?.limit ?? maxLimit
    return Stream.paginateEffect(Pagination.start(parameters?.offset ?? 0), (position) => {
      const request = { ...parameters, limit, offset: position.offset }
      return onePage(request, call).pipe(
        Effect.flatMap((page) => Pagination.step(position, page, limit)),
        Effect.map(({ next, page }) => [page, Option.fromNullable(next)] as const),
        Effect.catchTag("PaginationError", (error) =>
          Effect.fail(new PaginationError({ ...error, operation, method: "GET", url: urlOf?.(request) }))
        )
      )
    })
  }
  // A new function, because assigning to `onePage` would change the caller's.
  return Object.assign((parameters: ListParameters, call?: CallOptions) => onePage(parameters, call), {
    pages,
    items: (parameters: ListParameters, call?: CallOptions) =>
      Stream.flattenChunks(Stream.map(pages(parameters, call), ({ items }) => Chunk.unsafeFromArray(items)))
  })
}

const callEnded = Telemetry.callEnded(operation)

const isFunction = (value: unknown): value is (argument: never) => unknown => typeof value === "function"

const isPolicy = (value: unknown): value is RetryPolicy.RetryPolicy =>
  typeof value === "object" && value !== null && "decide" in value && isFunction(value.decide)

const checkPolicy = (policy: unknown) =>
  Setting.optional("retry", policy, "a retry policy, such as RetryPolicy.make({ attempts: 3 })", isPolicy)

const checkOptions = (options: Options) =>
  Either.all({
    endpoint: resolveEndpoint(options),
    policy: Either.map(checkPolicy(options?.retry), (policy) => policy ?? RetryPolicy.make()),
    quota: Either.map(RetryQuota.checkCapacity(options?.retryQuota), RetryQuota.make),
    timeout: Setting.positiveDuration("timeout", options?.timeout, "2 minutes"),
    attemptTimeout: Setting.positiveDuration("attemptTimeout", options?.attemptTimeout, "40 seconds"),
    userAgent: Setting.optional("userAgent", options?.userAgent, "a string", (value) => typeof value === "string"),
    transformClient: Setting.optional(
      "transformClient",
      options?.transformClient,
      "a function",
      (value): value is NonNullable<Options["transformClient"]> => isFunction(value)
    )
  })

interface CallSettings {
  readonly credentials: Credentials.Service
  readonly policy: RetryPolicy.RetryPolicy
  readonly timeout: Duration.Duration
}

const isCredentials = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "get" in value && Effect.isEffect(value.get)

/** Checks the options of a call. Invalid credentials are not shown in the message, because they may contain a secret. */
const checkCall = (
  call: CallOptions | undefined,
  client: CallSettings
): Either.Either<CallSettings, InvalidRequest> => {
  const invalid = (issue: Issue) => new InvalidRequest({ operation, issues: [issue] })
  const credentials = call?.credentials ?? client.credentials
  if (!isCredentials(credentials)) {
    const message = "must be credentials, such as Credentials.token(…)"
    return Either.left(invalid({ path: "credentials", message }))
  }
  return call?.retry === undefined && call?.timeout === undefined
    ? Either.right({ ...client, credentials })
    : Either.all({
        credentials: Either.right(credentials),
        policy: Either.map(checkPolicy(call.retry), (policy) => policy ?? client.policy),
        timeout: Setting.positiveDuration("timeout", call.timeout, client.timeout)
      }).pipe(Either.mapLeft((error) => invalid(Setting.issueOf(error))))
}

/**
 * Makes a client.
 *
 * Fails with a `ConfigError` if there is neither a region nor an endpoint, the endpoint is not a plain `http` or `https`
 * URL, the region is not one of `regionIds`, or another option has the wrong type or is out of range.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  options: Options
): Effect.Effect<Service, ConfigError, HttpClient.HttpClient | Credentials.Credentials> =>
  Effect.gen(function* () {
    const { attemptTimeout, endpoint, policy, quota, timeout, transformClient, userAgent } =
      yield* checkOptions(options)
    const clientSettings: CallSettings = { credentials: yield* Credentials.Credentials, policy, timeout }
    const client = yield* HttpClient.HttpClient
    const settings: Attempt.Settings = {
      send: withoutTelemetry(transformClient?.(client) ?? client),
      timeout: attemptTimeout,
      request: requestOf(`${userAgent === undefined ? "" : `${userAgent} `}hotspot-session/${version}`),
      spanAttributes: spanAttributes("GET", endpoint)
    }

    const onePage = (
      parameters: ListParameters,
      call?: CallOptions
    ): Effect.Effect<ListHotspotSessionConfigResponse, ListHotspotSessionConfigError> =>
      Effect.clockWith((clock) => {
        const onEnd = callEnded(clock)
        const reject = (error: InvalidRequest) =>
          Effect.withFiberRuntime<never, InvalidRequest>((fiber) => {
            onEnd(Exit.fail(error), fiber)
            return Effect.fail(error)
          })
        const request = checkParameters(parameters)
        if (Either.isLeft(request)) return reject(request.left)
        const checkedCall = checkCall(call, clientSettings)
        if (Either.isLeft(checkedCall)) return reject(checkedCall.left)
        const { credentials, policy, timeout } = checkedCall.right
        const url = createUrl(endpoint, request.right)
        const target = { url, projectId: request.right.project_id }
        return retrying(operation, (attempts) => Attempt.attempt(settings, target, credentials, attempts), {
          policy,
          quota,
          timeout
        }).pipe(
          bounded({
            duration: timeout,
            onTimeout: () =>
              new TransportError({
                operation,
                method: "GET",
                url,
                reason: "deadline",
                detail: `no response within ${Duration.format(timeout)}, retries included`
              }),
            onEnd
          })
        )
      }).pipe(
        Tracing.withSpan("HotspotSession.listHotspotSessionConfig", () => ({
          attributes: definedParameters(parameters)
        }))
      )

    return {
      listHotspotSessionConfig: pagedOperation(onePage, (parameters) => createUrl(endpoint, parameters))
    }
  })

/**
 * The client as a layer. Requires an `HttpClient` and `Credentials`; `@hotspot-session/client/node` has an `HttpClient` with
 * good defaults for Node.js.
 *
 * Fails like `make`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<HotspotSession, ConfigError, HttpClient.HttpClient | Credentials.Credentials> =>
  Layer.effect(HotspotSession, make(options))

/**
 * The client as a layer. Each setting is given as a value or as a `Config`.
 *
 * Fails with a `ConfigError` if a setting is missing or invalid, and like `make`.
 *
 * @example
 * ```ts
 * import { HotspotSession, RegionId, RetryPolicy } from "@hotspot-session/client"
 * import { Config, Schema } from "effect"
 *
 * const regional = HotspotSession.layerConfig({ region: Schema.Config("HOTSPOT_SESSION_REGION", RegionId) })
 *
 * const impatient = HotspotSession.layerConfig({
 *   endpoint: Config.string("HOTSPOT_SESSION_ENDPOINT"),
 *   timeout: Config.duration("HOTSPOT_SESSION_TIMEOUT").pipe(Config.withDefault("10 seconds")),
 *   retry: RetryPolicy.none
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Configured<Options>
): Layer.Layer<HotspotSession, ConfigError, HttpClient.HttpClient | Credentials.Credentials> =>
  Layer.effect(HotspotSession, Effect.flatMap(settingsOf<Options>(options), make))
