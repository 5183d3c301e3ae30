import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Setting } from "@hotspot-session/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import { type CheckedCall, finalError, withRetries } from "./Attempts.js"
import { type CallableOperation, strictly } from "./CallableOperation.js"
import { type CallError, InvalidRequest, type Issue, type RegionId } from "./Core.js"
import type * as Credentials from "./Credentials.js"
import { resolveEndpoint } from "./Endpoint.js"
import { onExit } from "./LeanEffect.js"
import { createRequest, requestUrl } from "./Request.js"
import { withHeaders } from "./RequestHeaders.js"
import { type OfCall, ofCall, type RetryPolicy } from "./RetryPolicy.js"
import type { RetryQuota } from "./RetryQuota.js"
import { hideSecrets } from "./Secrets.js"
import * as Telemetry from "./Telemetry.js"
import { clockOf } from "./TimeLimit.js"
import * as Tracing from "./Tracing.js"
import { InFlight, type Transport } from "./Transport.js"

/**
 * Options of a single call that override the client's.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /** Credentials of this call, such as a user's own token. Default: the client's. */
  readonly credentials?: Credentials.Service | undefined
  /** Retry policy of this call, or what makes it from the client's. Default: the client's. */
  readonly retry?: OfCall | undefined
  /** Time limit of this call, retries included; longer than 0. Default: the client's. */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * Region of this call. Default: the client's. The credentials must be valid there: a token is valid in one region only, an
   * access key in all regions of its cloud.
   */
  readonly region?: RegionId | undefined
  /** Endpoint of this call, which takes precedence over the region. Default: the client's. */
  readonly endpoint?: string | undefined
  /**
   * Further headers of the request, such as `X-Request-Id`; neither those that the client sets itself, such as `Accept` and
   * `User-Agent`, nor those of the connection, such as `Host` and `Expect`. A credential and a trace replace those that they
   * set.
   */
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
  readonly regionEndpoint: ((region: RegionId) => string | undefined) | undefined
  /** What all requests have in common. */
  readonly baseRequest: HttpClientRequest.HttpClientRequest
  readonly credentials: Credentials.Service
  readonly policy: RetryPolicy
  readonly quota: RetryQuota
  readonly timeout: number
  readonly attemptTimeout: number
  readonly isStrict: boolean
}

const isPolicy = (value: unknown): value is RetryPolicy =>
  Predicate.hasProperty(value, "decide") && Predicate.isFunction(value.decide)

/**
 * Checks a retry policy.
 *
 * @internal
 */
export const checkPolicy = (policy: unknown) =>
  Setting.optional("retry", policy, "a retry policy, such as RetryPolicy.make({ attempts: 3 })", isPolicy)

const isCredentials = (value: unknown): boolean => Predicate.hasProperty(value, "get") && Effect.isEffect(value.get)

/**
 * The endpoint of a call.
 *
 * @internal
 */
export const endpointOf = (
  { endpoint, regionEndpoint }: Pick<Settings, "endpoint" | "regionEndpoint">,
  options: CallOptions | undefined
): Setting.Checked<string> =>
  options?.endpoint === undefined && options?.region === undefined
    ? Either.right(endpoint)
    : resolveEndpoint(options, regionEndpoint)

type Overrides = Pick<Settings, "baseRequest" | "credentials" | "endpoint" | "policy" | "timeout">

/** Checks the options of a call. Invalid credentials are not shown in the message, because they may contain a secret. */
const checkOptions = (
  options: CallOptions | undefined,
  settings: Settings
): Either.Either<Overrides, ReadonlyArray<Issue>> => {
  if (options === undefined) return Either.right(settings)
  if (typeof options !== "object" || options === null) {
    return Either.left([{ path: "options", message: "must be an object" }])
  }
  const { credentials = settings.credentials, headers, retry, timeout } = options
  if (!isCredentials(credentials)) {
    return Either.left([{ path: "credentials", message: "must be credentials, such as Credentials.token(…)" }])
  }
  return Either.gen(function* () {
    return {
      credentials,
      endpoint: yield* endpointOf(settings, options),
      policy: (yield* checkPolicy(ofCall(retry, settings.policy))) ?? settings.policy,
      timeout:
        timeout === undefined
          ? settings.timeout
          : Duration.toMillis(yield* Setting.positiveDuration("timeout", timeout, settings.timeout)),
      baseRequest: yield* withHeaders(settings.baseRequest, headers)
    }
  }).pipe(Either.mapLeft((error) => [Setting.issueOf(error)]))
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** The parameters in the URL, for spans. The body may name users. */
const parametersOf = (operation: CallableOperation<never, unknown>, input: unknown): Record<string, unknown> => {
  const { path, query = [] } = operation
  // A secret that is not `Redacted` by mistake makes the input invalid.
  if (operation.hasSecrets === true && Either.isLeft(operation.check(input))) return {}
  const parameters: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input ?? {})) {
    if (value !== undefined && (query.includes(name) || path.includes(`{${name}}`))) parameters[name] = value
  }
  return parameters
}

/** The URL that errors and spans show of an operation with secrets, and what else they must not show. */
const shownOf = (
  operation: CallableOperation<never, unknown>,
  endpoint: string,
  input: unknown,
  values: Readonly<Record<string, unknown>>
): Pick<CheckedCall<unknown>, "url" | "secrets"> => {
  const { secrets, shown } = hideSecrets(input, values)
  return { url: Either.getOrElse(requestUrl(operation, endpoint, shown), () => endpoint), secrets }
}

const checkCall = <Output>(
  settings: Settings,
  operation: CallableOperation<never, Output>,
  input: unknown,
  options: CallOptions | undefined,
  running: Pick<CheckedCall<Output>, "fiber" | "clock" | "metrics" | "inFlight" | "span">
): Either.Either<CheckedCall<Output>, ReadonlyArray<Issue>> => {
  const values = operation.check(input)
  if (Either.isLeft(values)) return Either.left(values.left)
  const overrides = checkOptions(options, settings)
  if (Either.isLeft(overrides)) return Either.left(overrides.left)
  const { baseRequest, credentials, endpoint, policy, timeout } = overrides.right
  const url = requestUrl(operation, endpoint, values.right)
  if (Either.isLeft(url)) return Either.left(url.left)
  const request = createRequest(operation, url.right, values.right, baseRequest)
  if (Either.isLeft(request)) return Either.left(request.left)
  const shown = operation.hasSecrets === true ? shownOf(operation, endpoint, input, values.right) : undefined
  return Either.right({
    operation: settings.isStrict ? strictly(operation) : operation,
    url: shown?.url ?? url.right,
    secrets: shown?.secrets,
    request: request.right,
    projectId: textOf(values.right["project_id"]),
    transport: settings.transport,
    credentials,
    policy,
    quota: settings.quota,
    ...running,
    startedAt: running.metrics.startedAt,
    timeout,
    attemptTimeout: settings.attemptTimeout
  })
}

/**
 * The single way through a client.
 *
 * @internal
 */
export const make =
  (settings: Settings): Call =>
  (operation, input, options) =>
    Effect.withFiberRuntime((fiber) => {
      const span = Tracing.makeSpan(fiber, `HotspotSession.${operation.name}`, () => ({
        attributes: parametersOf(operation, input)
      }))
      const clock = clockOf(fiber)
      const metrics = new Telemetry.CallMetrics(operation.name, clock, fiber)
      const inFlight = new InFlight()
      const called = Effect.suspend(() => {
        const checked = checkCall(settings, operation, input, options, { fiber, clock, metrics, inFlight, span })
        if (Either.isRight(checked)) return withRetries(checked.right)
        const error = new InvalidRequest({ operation: operation.name, issues: checked.left })
        return Effect.fail(finalError(operation, error, { outcome: "not_done" }))
      })
      return onExit(called, (exit) => {
        inFlight.abort()
        Tracing.end(fiber, inFlight.span, exit)
        metrics.callEnded(exit)
        Tracing.end(fiber, span, exit)
      })
    })
