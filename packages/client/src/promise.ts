/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The client for programs without Effect: methods return promises and async iterables, and reject with the errors of the
 * Effect client.
 *
 * @example
 * ```ts
 * import { connect } from "@hotspot-session/client/promise"
 *
 * const client = await connect({
 *   region: "ap-southeast-1",
 *   credentials: { accessKey: "your access key", secretKey: "your secret key" }
 * })
 * try {
 *   for await (const config of client.listHotspotSessionConfig.items({
 *     project_id: "a4da8115c9d8464ead3a38309130523f"
 *   })) {
 *     console.log(config.id, config.hotspot_exit_session_num)
 *   }
 * } finally {
 *   await client.close()
 * }
 * ```
 *
 * @module
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Setting } from "@hotspot-session/core"
import { errorClasses } from "@hotspot-session/core/CallError"
import * as Cause from "effect/Cause"
import type * as Chunk from "effect/Chunk"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Call from "./Call.js"
import type { CallableOperation } from "./CallableOperation.js"
import {
  type CreateHotspotSessionConfigResponse,
  type HotspotSessionMigrationConfig,
  InvalidRequest,
  type ListHotspotSessionConfigResponse,
  type ListNonMigrationUsersResponse,
  PaginationError,
  type UpdateHotspotSessionConfigResponse,
  type UserInfo
} from "./Core.js"
import * as Credentials from "./Credentials.js"
import * as HotspotSession from "./HotspotSession.js"
import type { PagedOperation } from "./Pagination.js"

/**
 * Credentials: a token, an access key with its secret key, or any of `Credentials`. A `securityToken` belongs to a temporary
 * access key.
 *
 * @category models
 * @since 0.1.0
 */
export type AnyCredentials =
  | { readonly token: string }
  | { readonly accessKey: string; readonly secretKey: string; readonly securityToken?: string | undefined }
  | Credentials.Service

/**
 * Options of a single call that override the client's.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions extends Omit<Call.CallOptions, "credentials"> {
  /** Credentials of this call. Default: the client's. */
  readonly credentials?: AnyCredentials | undefined
  /** Interrupts the call when it is aborted; the promise is then rejected with its `reason`. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A paginated operation. As a function it returns one page.
 *
 * @category models
 * @since 0.1.0
 */
export interface PagedMethod<Parameters, Page, Item> {
  /** Requests one page. */
  (parameters: Parameters, options?: CallOptions): Promise<Page>
  /** All pages from `offset` on, with up to `limit` (default: 100) items each. A page is requested when it is awaited. */
  readonly pages: (parameters: Parameters, options?: CallOptions) => AsyncGenerator<Page, void, undefined>
  /** All items from `offset` on, requested in pages of `limit` (default: 100). Lazy, like `pages`. */
  readonly items: (parameters: Parameters, options?: CallOptions) => AsyncGenerator<Item, void, undefined>
}

/**
 * The operations of `HotspotSession.Service` with promises. A method rejects with the errors that the Effect fails with,
 * whose stack is that of the caller; with the `reason` of the signal; and with an `Error` if the client is closed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Client extends AsyncDisposable {
  /** See `HotspotSession.Service`. */
  readonly listHotspotSessionConfig: PagedMethod<
    HotspotSession.ListParameters,
    ListHotspotSessionConfigResponse,
    HotspotSessionMigrationConfig
  >
  /** See `HotspotSession.Service`. */
  readonly createHotspotSessionConfig: (
    parameters: HotspotSession.CreateParameters,
    options?: CallOptions
  ) => Promise<CreateHotspotSessionConfigResponse>
  /** See `HotspotSession.Service`. */
  readonly updateHotspotSessionConfig: (
    parameters: HotspotSession.UpdateParameters,
    options?: CallOptions
  ) => Promise<UpdateHotspotSessionConfigResponse>
  /** See `HotspotSession.Service`. */
  readonly listNonMigrationUsers: PagedMethod<
    HotspotSession.ListUsersParameters,
    ListNonMigrationUsersResponse,
    UserInfo
  >
  /** See `HotspotSession.Service`. */
  readonly updateNonMigrationUsers: (
    parameters: HotspotSession.UpdateUsersParameters,
    options?: CallOptions
  ) => Promise<void>
  /** Calls an operation of your own, made by `CallableOperation.make`. */
  readonly call: <Input, Output>(
    operation: CallableOperation<Input, Output>,
    input: Input,
    options?: CallOptions
  ) => Promise<Output>
  /**
   * Interrupts the calls in progress, which are then rejected, and closes the connections that belong to the client: those of
   * `connect` belong to the runtime's `fetch`, which closes them when they are idle.
   */
  readonly close: () => Promise<void>
}

/**
 * The settings of `connect`.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = HotspotSession.Options & {
  readonly credentials: AnyCredentials
}

/**
 * What is neither a token nor a key, or both, is passed on as it is, because the client checks what credentials are. A service
 * may have fields of its own.
 */
const credentialsOf = (given: AnyCredentials): Credentials.Service => {
  const isOther =
    Predicate.hasProperty(given, "get") ||
    Predicate.hasProperty(given, "token") === Predicate.hasProperty(given, "accessKey")
  if (isOther) return given as Credentials.Service
  if (Predicate.hasProperty(given, "token")) return Credentials.token(Redacted.make(given.token))
  const { accessKey, secretKey, securityToken } = given as Extract<AnyCredentials, { readonly accessKey: string }>
  return Credentials.accessKey({
    accessKey,
    secretKey: Redacted.make(secretKey),
    ...(securityToken === undefined ? {} : { securityToken: Redacted.make(securityToken) })
  })
}

const optionsOf = (options: CallOptions | undefined): Call.CallOptions | undefined => {
  if (typeof options !== "object" || options === null) return options
  const { credentials, signal: _, ...others } = options
  return credentials === undefined ? others : { ...others, credentials: credentialsOf(credentials) }
}

/** A place in the program. Its stack is formatted when it is read. */
interface Site {
  readonly stack?: string
}

/** The place from which a function was called. Only engines with `captureStackTrace` know it. */
const callerOf = (called: (...args: never) => unknown): Site => {
  const site: Site = {}
  Error.captureStackTrace?.(site, called)
  return site
}

const isFrame = (line: string): boolean => /^\s+at /.test(line)

/** Replaces the frames of Effect's runtime by those of the caller. */
const locate = (error: Error, { stack }: Site): void => {
  if (stack === undefined) return
  const head = (error.stack ?? String(error)).split("\n").filter((line) => !isFrame(line))
  const value = [...head, ...stack.split("\n").filter(isFrame)].join("\n")
  Object.defineProperty(error, "stack", { value, configurable: true, writable: true })
}

const ownErrors = [...Object.values(errorClasses), PaginationError]

/**
 * The error of a cause, with the stack of the caller if it is one of the library. Any other keeps its own, which says where the
 * program has thrown it. A `ConfigError` is not an `Error`.
 */
const errorOf = (cause: Cause.Cause<unknown>, site: Site): unknown => {
  const squashed = Cause.squash(cause)
  const error = ConfigError.isConfigError(squashed)
    ? Object.assign(new Error(Setting.messageOf(squashed), { cause: squashed }), { name: "ConfigError" })
    : squashed
  if (error instanceof Error && (error !== squashed || ownErrors.some((own) => error instanceof own)))
    locate(error, site)
  return error
}

/** The next items of a stream; `undefined` at its end. */
const nextOf = <A, E, R>(pull: Effect.Effect<Chunk.Chunk<A>, Option.Option<E>, R>) =>
  Effect.catchAll(
    pull,
    Option.match({ onNone: () => Effect.succeed(undefined), onSome: (error) => Effect.fail(error) })
  )

/** Of any realm or polyfill. */
const isSignal = (value: unknown): value is AbortSignal =>
  Predicate.hasProperty(value, "throwIfAborted") &&
  Predicate.hasProperty(value, "addEventListener") &&
  Predicate.hasProperty(value, "removeEventListener")

/** The calls that a signal aborts. */
class Followers extends Set<AbortController> {
  readonly abort = (): void => {
    for (const controller of this) controller.abort()
  }
}

/** Of all clients, because the warning counts the listeners of all. Only while calls are running. */
const followersOf = new Map<AbortSignal, Followers>()

/**
 * Aborts a call with a signal, until what it returns is called. All calls share one listener, because Node warns of more than
 * ten, and none is left, because Node keeps a signal that has a listener.
 */
const follow = (signal: AbortSignal, controller: AbortController): (() => void) => {
  const followers = followersOf.get(signal) ?? new Followers()
  if (followers.size === 0) {
    followersOf.set(signal, followers)
    signal.addEventListener("abort", followers.abort)
  }
  followers.add(controller)
  return () => {
    followers.delete(controller)
    if (followers.size > 0) return
    followersOf.delete(signal)
    signal.removeEventListener("abort", followers.abort)
  }
}

const closedMessage = "The client is closed"

/** Runs effects until it is closed. */
const makeRunner = <R, E>(runtime: ManagedRuntime.ManagedRuntime<R, E>) => {
  const running = new Set<AbortController>()
  let closed: Promise<void> | undefined

  const throwIfClosed = (): void => {
    if (closed !== undefined) throw new Error(closedMessage)
  }

  const run = async <A, E2>(effect: Effect.Effect<A, E2, R>, given: AbortSignal | undefined, site: Site) => {
    throwIfClosed()
    const signal = given ?? undefined
    if (signal !== undefined && !isSignal(signal)) {
      const error = new InvalidRequest({ issues: [{ path: "signal", message: "must be an AbortSignal" }] })
      locate(error, site)
      throw error
    }
    signal?.throwIfAborted()
    const controller = new AbortController()
    const unfollow = signal && follow(signal, controller)
    running.add(controller)
    const exit = await runtime.runPromiseExit(effect, { signal: controller.signal })
    running.delete(controller)
    unfollow?.()
    if (Exit.isSuccess(exit)) return exit.value
    if (Cause.isInterruptedOnly(exit.cause)) {
      signal?.throwIfAborted()
      throwIfClosed()
    }
    throw errorOf(exit.cause, site)
  }

  async function* iterate<A, E2>(stream: Stream.Stream<A, E2, R>, signal: AbortSignal | undefined, site: Site) {
    const scope = await run(Scope.make(), signal, site)
    try {
      const pull = await run(Scope.extend(Stream.toPull(stream), scope), signal, site)
      while (true) {
        const items = await run(nextOf(pull), signal, site)
        if (items === undefined) return
        for (const item of items) {
          signal?.throwIfAborted()
          throwIfClosed()
          yield item
        }
      }
    } finally {
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }
  }

  const close = (): Promise<void> => {
    if (closed === undefined) {
      for (const controller of running) controller.abort()
      closed = runtime.dispose()
    }
    return closed
  }

  return { run, iterate, close }
}

/**
 * The client of a layer, such as `NodeHotspotSession.layerMachine`, which has the credentials of the machine, proxies and
 * certificate authorities.
 *
 * Rejects with the error of the layer: an `Error` with the name `ConfigError` if a setting is invalid.
 *
 * @example
 * ```ts
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { fromLayer } from "@hotspot-session/client/promise"
 *
 * const client = await fromLayer(NodeHotspotSession.layerMachine({ region: "ap-southeast-1", proxy: "environment" }))
 * const page = await client.listHotspotSessionConfig(
 *   { project_id: "a4da8115c9d8464ead3a38309130523f" },
 *   { signal: AbortSignal.timeout(5_000) }
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromLayer = async <E>(layer: Layer.Layer<HotspotSession.HotspotSession, E>): Promise<Client> => {
  const { close, iterate, run } = makeRunner(ManagedRuntime.make(layer))
  const service = await run(HotspotSession.HotspotSession, undefined, callerOf(fromLayer)).catch(async (error) => {
    // What a part of the layer has acquired is still open.
    await close()
    throw error
  })

  const method = <Parameters, A, E2>(
    operation: (parameters: Parameters, options?: Call.CallOptions) => Effect.Effect<A, E2>
  ) => {
    const called = async (parameters: Parameters, options?: CallOptions): Promise<A> =>
      run(operation(parameters, optionsOf(options)), options?.signal, callerOf(called))
    return called
  }

  const iterable = <Parameters, A, E2>(
    stream: (parameters: Parameters, options?: Call.CallOptions) => Stream.Stream<A, E2>
  ) => {
    const called = (parameters: Parameters, options?: CallOptions): AsyncGenerator<A, void, undefined> =>
      iterate(stream(parameters, optionsOf(options)), options?.signal, callerOf(called))
    return called
  }

  const paged = <Parameters, Page, Item, E2>(
    operation: PagedOperation<Parameters, Page, Item, E2>
  ): PagedMethod<Parameters, Page, Item> =>
    Object.assign(method(operation), { pages: iterable(operation.pages), items: iterable(operation.items) })

  const call: Client["call"] = async (operation, input, options) =>
    run(service.call(operation, input, optionsOf(options)), options?.signal, callerOf(call))

  return {
    listHotspotSessionConfig: paged(service.listHotspotSessionConfig),
    createHotspotSessionConfig: method(service.createHotspotSessionConfig),
    updateHotspotSessionConfig: method(service.updateHotspotSessionConfig),
    listNonMigrationUsers: paged(service.listNonMigrationUsers),
    updateNonMigrationUsers: method(service.updateNonMigrationUsers),
    call,
    close,
    [Symbol.asyncDispose]: close
  }
}

/** The messages do not have the value, which may be a secret. */
const credentialsLayer = (given: AnyCredentials | undefined) =>
  Layer.effect(
    Credentials.Credentials,
    Effect.suspend(() => {
      const credentials = given === undefined ? undefined : credentialsOf(given)
      if (!Predicate.hasProperty(credentials, "get") || !Effect.isEffect(credentials.get)) {
        return Effect.fail(
          ConfigError.InvalidData(["credentials"], "credentials must be { token } or { accessKey, secretKey }")
        )
      }
      // Each call gets a credential from a given object of another kind.
      return credentials === given
        ? Effect.succeed(credentials)
        : Effect.mapBoth(credentials.get, {
            onFailure: ({ reason }) => ConfigError.InvalidData(["credentials"], reason),
            onSuccess: () => credentials
          })
    })
  )

/**
 * A client that sends requests with the runtime's `fetch`, in Node.js, browsers, Deno, Bun and workers.
 *
 * Rejects with an `Error` with the name `ConfigError` if a setting is invalid.
 *
 * @example
 * ```ts
 * import { connect } from "@hotspot-session/client/promise"
 *
 * const client = await connect({ region: "ap-southeast-1", credentials: { token: "your token" } })
 * const { items } = await client.listHotspotSessionConfig({ project_id: "a4da8115c9d8464ead3a38309130523f" })
 * await client.close()
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const connect = async (options: Options): Promise<Client> =>
  fromLayer(
    HotspotSession.layer(options).pipe(Layer.provide([credentialsLayer(options?.credentials), FetchHttpClient.layer]))
  )
