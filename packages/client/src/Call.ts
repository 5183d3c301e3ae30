import { Setting } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { CallableOperation } from "./CallableOperation.js"
import { type CallError, InvalidRequest, type Issue, type RegionId } from "./Core.js"
import type * as Credentials from "./Credentials.js"
import { resolveEndpoint } from "./Endpoint.js"
import { createRequest, requestUrl } from "./Request.js"
import { finalError, retrying } from "./Retry.js"
import type * as RetryPolicy from "./RetryPolicy.js"
import type { RetryQuota } from "./RetryQuota.js"
import * as Telemetry from "./Telemetry.js"
import * as Tracing from "./Tracing.js"
import type { Transport } from "./Transport.js"

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
  /**
   * Region of this call. Default: the client's. The credentials must be valid there: a token is valid in one region only, an
   * access key in all regions of its cloud.
   */
  readonly region?: RegionId | undefined
  /** Endpoint of this call, which takes precedence over the region. Default: the client's. */
  readonly endpoint?: string | undefined
  /** Further headers of the request, such as `X-Request-Id`. A credential replaces those that it sets itself. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * Calls an operation: checks its input, then sends requests until one succeeds or the call ends.
 *
 * Fails with the error class of the response status; with `TransportError` if there is no complete response, `DecodeError`
 * if the response cannot be parsed, `CredentialsError` if there are no usable credentials, and `InvalidRequest`, before
 * anything is sent, if the input or an option of the call is invalid.
 *
 * An operation that is `safe` or `idempotent` is retried by the policy. One that is neither is retried only if its request
 * was certainly not carried out: no octet of it was sent, or it was rejected with a 429 or, once, with a 401. The error of an
 * operation that is not `safe` has the `outcome` of the change.
 *
 * @category models
 * @since 0.1.0
 */
export type Call = <Input, Output>(
  operation: CallableOperation<Input, Output>,
  input: Input,
  options?: CallOptions
) => Effect.Effect<Output, CallError>

/**
 * The settings of a client, checked. Time limits are in milliseconds.
 *
 * @internal
 */
export interface Settings {
  readonly transport: Transport
  readonly endpoint: string
  readonly userAgent: string
  readonly credentials: Credentials.Service
  readonly policy: RetryPolicy.RetryPolicy
  readonly quota: RetryQuota
  readonly timeout: number
  readonly attemptTimeout: number
}

const isFunction = (value: unknown): value is (argument: never) => unknown => typeof value === "function"

const isPolicy = (value: unknown): value is RetryPolicy.RetryPolicy =>
  typeof value === "object" && value !== null && "decide" in value && isFunction(value.decide)

/**
 * Checks a retry policy.
 *
 * @internal
 */
export const checkPolicy = (policy: unknown) =>
  Setting.optional("retry", policy, "a retry policy, such as RetryPolicy.make({ attempts: 3 })", isPolicy)

const isCredentials = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "get" in value && Effect.isEffect(value.get)

const isHeaders = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === "object" && value !== null && Object.values(value).every((header) => typeof header === "string")

type Overrides = Pick<Settings, "credentials" | "endpoint" | "policy" | "timeout"> & {
  readonly headers: Readonly<Record<string, string>> | undefined
}

/** Checks the options of a call. Invalid credentials are not shown in the message, because they may contain a secret. */
const checkOptions = (
  options: CallOptions | undefined,
  settings: Settings
): Either.Either<Overrides, ReadonlyArray<Issue>> => {
  const { credentials, endpoint, policy, timeout } = settings
  if (options === undefined) return Either.right({ credentials, endpoint, policy, timeout, headers: undefined })
  if (!isCredentials(options.credentials ?? credentials)) {
    return Either.left([{ path: "credentials", message: "must be credentials, such as Credentials.token(…)" }])
  }
  return Either.all({
    credentials: Either.right(options.credentials ?? credentials),
    endpoint:
      options.endpoint === undefined && options.region === undefined
        ? Either.right(endpoint)
        : resolveEndpoint({ region: options.region, endpoint: options.endpoint }),
    policy: Either.map(checkPolicy(options.retry), (given) => given ?? policy),
    timeout:
      options.timeout === undefined
        ? Either.right(timeout)
        : Either.map(Setting.positiveDuration("timeout", options.timeout, timeout), Duration.toMillis),
    headers: Setting.optional("headers", options.headers, "an object of strings", isHeaders)
  }).pipe(Either.mapLeft((error) => [Setting.issueOf(error)]))
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** The parameters in the URL, for spans. The body may name users. */
const parametersOf = ({ path, query = [] }: CallableOperation<never, unknown>, input: unknown) =>
  Object.fromEntries(
    Object.entries(input ?? {}).filter(
      ([name, value]) => value !== undefined && (query.includes(name) || path.includes(`{${name}}`))
    )
  )

/**
 * The single way through a client.
 *
 * @internal
 */
export const make =
  (settings: Settings): Call =>
  (operation, input, options) =>
    Effect.clockWith((clock) => {
      const checked = Either.gen(function* () {
        const values = yield* operation.check(input)
        const { headers, ...overrides } = yield* checkOptions(options, settings)
        const url = yield* requestUrl(operation, overrides.endpoint, values)
        return {
          ...settings,
          ...overrides,
          operation,
          url,
          request: createRequest(operation, url, values, {
            ...headers,
            accept: "application/json",
            "user-agent": settings.userAgent
          }),
          projectId: textOf(values["project_id"]),
          clock,
          startedAt: clock.unsafeCurrentTimeMillis()
        }
      })
      return Telemetry.callOf(
        operation.name,
        clock
      )(
        Either.isRight(checked)
          ? retrying(checked.right)
          : Effect.fail(
              finalError(operation, new InvalidRequest({ operation: operation.name, issues: checked.left }), {
                outcome: "not_done"
              })
            )
      )
    }).pipe(
      Tracing.withSpan(`HotspotSession.${operation.name}`, () => ({ attributes: parametersOf(operation, input) }))
    )
