import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Setting } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type { CallOptions } from "./Call.js"
import * as Call from "./Call.js"
import { type CallableOperation, readResponse } from "./CallableOperation.js"
import { type Configured, settingsOf } from "./Configured.js"
import { acceptEncoding } from "./ContentCoding.js"
import type {
  CallError,
  CreateHotspotSessionConfigResponse,
  HotspotSessionMigrationConfig,
  ListHotspotSessionConfigResponse,
  ListNonMigrationUsersResponse,
  Operation,
  RegionId,
  UpdateHotspotSessionConfigResponse,
  UserInfo
} from "./Core.js"
import * as Credentials from "./Credentials.js"
import { optionalFunction, type RegionOrEndpoint, resolveEndpoint } from "./Endpoint.js"
import { type CreateParameters, createHotspotSessionConfig } from "./operations/CreateHotspotSessionConfig.js"
import { type ListParameters, listHotspotSessionConfig } from "./operations/ListHotspotSessionConfig.js"
import { type ListUsersParameters, listNonMigrationUsers } from "./operations/ListNonMigrationUsers.js"
import { type UpdateParameters, updateHotspotSessionConfig } from "./operations/UpdateHotspotSessionConfig.js"
import { type UpdateUsersParameters, updateAllUsers } from "./operations/UpdateNonMigrationUsers.js"
import { type OnePage, type PagedOperation, paged } from "./Pagination.js"
import { requestUrl } from "./Request.js"
import { isHeaderValue } from "./RequestHeaders.js"
import * as RetryPolicy from "./RetryPolicy.js"
import * as RetryQuota from "./RetryQuota.js"
import * as Transport from "./Transport.js"
import { version } from "./version.js"

export type {
  CallOptions,
  CreateParameters,
  ListParameters,
  ListUsersParameters,
  PagedOperation,
  UpdateParameters,
  UpdateUsersParameters
}

type OneListPage = OnePage<ListParameters, ListHotspotSessionConfigResponse, CallError>

type OneUsersPage = OnePage<ListUsersParameters, ListNonMigrationUsersResponse, CallError>

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
   * Fails like `call`. The streams also fail with `PaginationError` if the server repeats pages.
   *
   * Source:
   * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
   */
  readonly listHotspotSessionConfig: PagedOperation<
    ListParameters,
    ListHotspotSessionConfigResponse,
    HotspotSessionMigrationConfig,
    CallError
  >
  /**
   * Creates a hotspot session migration configuration, and returns it with its ID.
   *
   * `POST /v1/{project_id}/hotspot-session-config`. Sent again only if it was certainly not carried out: no octet of it was
   * sent, or it was rejected with a 429 or, once, with a 401. The API has no operation that deletes a configuration.
   *
   * Fails like `call`. If `outcome` is `unknown`, list the configurations before creating it again.
   *
   * Source:
   * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/CreateHotspotSessionConfig.html CreateHotspotSessionConfig}.
   */
  readonly createHotspotSessionConfig: (
    parameters: CreateParameters,
    options?: CallOptions
  ) => Effect.Effect<CreateHotspotSessionConfigResponse, CallError>
  /**
   * Updates a hotspot session migration configuration: replaces both of its settings, and returns them. Its users are not
   * changed.
   *
   * `PATCH /v1/{project_id}/hotspot-session-config/{config_id}`. Retried like the list. The service has no guard against lost
   * updates: a retried update can overwrite one that was made in between.
   *
   * Fails like `call`.
   *
   * Source:
   * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/UpdateHotspotSessionConfig.html UpdateHotspotSessionConfig}.
   */
  readonly updateHotspotSessionConfig: (
    parameters: UpdateParameters,
    options?: CallOptions
  ) => Effect.Effect<UpdateHotspotSessionConfigResponse, CallError>
  /**
   * Lists the users of a configuration whose sessions are never moved: one page, or all of them as a stream of `pages` or of
   * `items`. A page has the number of all users, `total_count`, if the service sends it.
   *
   * `GET /v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users`. Retried like the list.
   *
   * Fails like `call`. The streams also fail with `PaginationError` if the server repeats pages.
   *
   * Source:
   * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListNonMigrationUsers.html ListNonMigrationUsers}.
   */
  readonly listNonMigrationUsers: PagedOperation<
    ListUsersParameters,
    ListNonMigrationUsersResponse,
    UserInfo,
    CallError
  >
  /**
   * Adds any number of users to a configuration, or removes them, in requests of at most 1000, one after the other. Adding a
   * user that is there replaces it; removing one that is not there changes nothing, so that a call can be made again.
   *
   * `PATCH /v1/{project_id}/hotspot-session-config/{config_id}/non-migration-users`. Retried like the list.
   *
   * Fails like `call`, before anything is sent if any of the users is invalid. `completed` is the number of users that earlier
   * requests of the call have changed. The options apply to each request.
   *
   * Source:
   * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/UpdateNonMigrationUsers.html UpdateNonMigrationUsers}.
   */
  readonly updateNonMigrationUsers: (
    parameters: UpdateUsersParameters,
    options?: CallOptions
  ) => Effect.Effect<void, CallError>
  /**
   * Calls any operation with the signing, retries, time limits and telemetry of this client: one of your own, made by
   * `CallableOperation.make`, or one of this service's by its description.
   */
  readonly call: Call.Call
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
  /**
   * The endpoint of a region, that of the client or of a call; `undefined` if it is the default: the endpoint that core knows
   * for each of `regionIds`.
   */
  readonly regionEndpoint?: ((region: RegionId) => string | undefined) | undefined
  /** How failed attempts are retried. Default: that of `RetryPolicy.layer`, or else `RetryPolicy.make()`. */
  readonly retry?: RetryPolicy.RetryPolicy | undefined
  /** Capacity of the client's retry quota, at least 0; a retry costs 5, after a timeout 10. Default: 500. */
  readonly retryQuota?: number | undefined
  /** Time limit of a call, retries included; longer than 0. Default: 2 minutes. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Time limit of an attempt; longer than 0. Default: 40 s, because the cloud's gateway waits 30 s for the service. */
  readonly attemptTimeout?: Duration.DurationInput | undefined
  /**
   * How responses are decoded. `lenient`, the default: fields may be absent or `null`, and unknown fields are kept. `strict`:
   * any deviation from the documentation is a `DecodeError`; of a user, one of the two fields is enough. It has the `outcome`
   * `done` after a write.
   */
  readonly decoding?: "lenient" | "strict" | undefined
  /** Prefix of `User-Agent` before this library's name, such as `my-app/1.2`. */
  readonly userAgent?: string | undefined
  /**
   * Changes the HTTP client, for example to add a header, to log, or to provide `FetchHttpClient.RequestInit`, which is ignored
   * if it is provided to the layer of `fetch`, and whose `redirect` is always `manual`. Its requests contain secrets. It may
   * read the bodies of responses, which are decoded, any number of times.
   */
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}

/**
 * The operations of a service for tests; those with pages as functions that return one page.
 *
 * @category models
 * @since 0.1.0
 */
export interface Mocked extends Partial<Omit<Service, "listHotspotSessionConfig" | "listNonMigrationUsers">> {
  readonly listHotspotSessionConfig?: OneListPage
  readonly listNonMigrationUsers?: OneUsersPage
}

/** What an operation returns by `call`: the result of the mock's operation of this name, read as if it were the response. */
const mockedCall =
  (operations: Mocked): Call.Call =>
  (operation, input, options) => {
    const { name, success: [status = 200] = [] } = operation
    // An operation of this name takes what the function takes.
    const mocked = (Object.hasOwn(operations, name) ? operations[name as keyof Mocked] : undefined) as
      | OnePage<unknown, unknown, CallError>
      | undefined
    if (mocked === undefined) {
      return Effect.dieMessage(`The mock of HotspotSession has neither call nor an operation ${name}`)
    }
    const read = readResponse(operation, { operation: name })
    return Effect.flatMap(mocked(input, options), (result) =>
      read({ status, headers: {}, text: JSON.stringify(result), receivedAt: 0 })
    )
  }

/**
 * A service for tests: each operation that the test uses, as a function that returns one page or the result. Any other
 * operation dies with its name. Unless the test gives a `call`, that of `fromCall`, a gateway or a fleet gets its results from
 * the same functions, by the names of the operations.
 *
 * @example
 * ```ts
 * import { HotspotSession, HotspotSessionMigrationConfig } from "@hotspot-session/client"
 * import { Effect, Schema } from "effect"
 *
 * const configs = Schema.decodeSync(Schema.Array(HotspotSessionMigrationConfig))([
 *   { id: "1", hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 },
 *   { id: "2" }
 * ])
 *
 * const fake = HotspotSession.mock({
 *   listHotspotSessionConfig: ({ limit = 10, offset = 0 }) =>
 *     Effect.succeed({ items: configs.slice(offset, offset + limit) })
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const mock = (operations: Mocked = {}): Layer.Layer<HotspotSession> => {
  const missing = (name: string) => () => Effect.dieMessage(`The mock of HotspotSession has no operation ${name}`)
  return Layer.succeed(HotspotSession, {
    call: operations.call ?? mockedCall(operations),
    createHotspotSessionConfig: operations.createHotspotSessionConfig ?? missing("createHotspotSessionConfig"),
    listHotspotSessionConfig: paged(
      listHotspotSessionConfig,
      operations.listHotspotSessionConfig ?? missing("listHotspotSessionConfig")
    ),
    listNonMigrationUsers: paged(
      listNonMigrationUsers,
      operations.listNonMigrationUsers ?? missing("listNonMigrationUsers")
    ),
    updateHotspotSessionConfig: operations.updateHotspotSessionConfig ?? missing("updateHotspotSessionConfig"),
    updateNonMigrationUsers: operations.updateNonMigrationUsers ?? missing("updateNonMigrationUsers")
  })
}

const serviceOf = (call: Call.Call, endpointOf?: (options: CallOptions | undefined) => string | undefined): Service => {
  const calling =
    <Input, Output>(operation: CallableOperation<Input, Output>) =>
    (input: Input, options?: CallOptions): Effect.Effect<Output, CallError> =>
      call(operation, input, options)
  const urlOf =
    (operation: Operation) =>
    (input: object, options: CallOptions | undefined): string | undefined => {
      const endpoint = endpointOf?.(options)
      return endpoint === undefined ? undefined : Either.getOrUndefined(requestUrl(operation, endpoint, { ...input }))
    }
  return {
    listHotspotSessionConfig: paged(
      listHotspotSessionConfig,
      calling(listHotspotSessionConfig),
      urlOf(listHotspotSessionConfig)
    ),
    createHotspotSessionConfig: calling(createHotspotSessionConfig),
    updateHotspotSessionConfig: calling(updateHotspotSessionConfig),
    listNonMigrationUsers: paged(listNonMigrationUsers, calling(listNonMigrationUsers), urlOf(listNonMigrationUsers)),
    updateNonMigrationUsers: updateAllUsers(call),
    call
  }
}

/**
 * A service whose every request goes through `call`, such as one that does something before each call of a client. Longer
 * operations make several calls: each page is one, and so are each 1000 users of `updateNonMigrationUsers`.
 *
 * @example
 * ```ts
 * import { HotspotSession } from "@hotspot-session/client"
 * import { Effect } from "effect"
 *
 * const oneAtATime = (client: HotspotSession.Service): HotspotSession.Service => {
 *   const mutex = Effect.unsafeMakeSemaphore(1)
 *   return HotspotSession.fromCall((operation, input, options) =>
 *     mutex.withPermits(1)(client.call(operation, input, options))
 *   )
 * }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromCall = (call: Service["call"]): Service => serviceOf(call)

const decodings = ["lenient", "strict"] as const

const checkOptions = (options: Options, defaultPolicy: RetryPolicy.RetryPolicy) =>
  Either.all({
    endpoint: Either.flatMap(optionalFunction("regionEndpoint", options?.regionEndpoint), (regionEndpoint) =>
      resolveEndpoint(options, regionEndpoint)
    ),
    policy: Either.map(Call.checkPolicy(options?.retry ?? defaultPolicy), (policy) => policy ?? defaultPolicy),
    quota: Either.map(RetryQuota.checkCapacity(options?.retryQuota), RetryQuota.make),
    timeout: Setting.positiveDuration("timeout", options?.timeout, "2 minutes"),
    attemptTimeout: Setting.positiveDuration("attemptTimeout", options?.attemptTimeout, "40 seconds"),
    decoding: Setting.oneOf("decoding", options?.decoding, "lenient", decodings),
    userAgent: Setting.optional("userAgent", options?.userAgent, "a string of Latin-1 on one line", isHeaderValue),
    transformClient: optionalFunction("transformClient", options?.transformClient)
  })

/**
 * Makes a client.
 *
 * Fails with a `ConfigError` if there is neither a region nor an endpoint, the endpoint is not a plain `http` or `https`
 * URL, the region is not one of `regionIds`, or another option has the wrong type or is out of range.
 *
 * @example
 * ```ts
 * import { HotspotSession } from "@hotspot-session/client"
 * import { Effect } from "effect"
 *
 * const page = Effect.flatMap(HotspotSession.make({ region: "ap-southeast-1" }), ({ listHotspotSessionConfig }) =>
 *   listHotspotSessionConfig({ project_id: "a4da8115c9d8464ead3a38309130523f" })
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Service, ConfigError, HttpClient.HttpClient | Credentials.Credentials> {
  const { attemptTimeout, decoding, endpoint, timeout, transformClient, userAgent, ...settings } = yield* checkOptions(
    options,
    yield* RetryPolicy.Default
  )
  const given = yield* HttpClient.HttpClient
  const client = transformClient === undefined ? given : transformClient(Transport.derivable(given))
  if (!Predicate.hasProperty(client, HttpClient.TypeId)) {
    return yield* Effect.fail(Setting.invalid("transformClient", "a function that returns an HttpClient", client))
  }
  const addresses = { endpoint, regionEndpoint: options.regionEndpoint }
  const call = Call.make({
    ...settings,
    ...addresses,
    isStrict: decoding === "strict",
    transport: Transport.of(client, given),
    baseRequest: HttpClientRequest.get("", {
      headers: {
        accept: "application/json",
        "accept-encoding": acceptEncoding,
        "user-agent": `${userAgent === undefined ? "" : `${userAgent} `}hotspot-session/${version}`
      }
    }),
    credentials: yield* Credentials.Credentials,
    timeout: Duration.toMillis(timeout),
    attemptTimeout: Duration.toMillis(attemptTimeout)
  })
  return serviceOf(call, (options) => Either.getOrUndefined(Call.endpointOf(addresses, options)))
})

/**
 * The client as a layer. Requires an `HttpClient` and `Credentials`; `@hotspot-session/client/node` has an `HttpClient` with
 * good defaults for Node.js.
 *
 * Fails like `make`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Credentials, HotspotSession } from "@hotspot-session/client"
 * import { Layer } from "effect"
 *
 * const layer = HotspotSession.layer({ region: "ap-southeast-1" }).pipe(
 *   Layer.provide([Credentials.layerTokenConfig(), FetchHttpClient.layer])
 * )
 * ```
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
