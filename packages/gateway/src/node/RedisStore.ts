import { PersistenceBackingError } from "@effect/experimental/Persistence"
import { RateLimitStoreError } from "@effect/experimental/RateLimiter"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Redis } from "ioredis"
import { parse, type RedisAddress } from "../shared/RedisUrl.js"
import { SharedStore, type SharedStoreService } from "../shared/SharedStore.js"

/**
 * The settings of a store in Redis.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisStoreOptions {
  /**
   * `redis://host:6379`, or `rediss://` with TLS; may name a user, a password and a database:
   * `redis://user:password@host:6379/0`.
   */
  readonly url: string | Redacted.Redacted
  /** The password, which takes precedence over the URL's. Default: the URL's, or none. */
  readonly password?: Redacted.Redacted | undefined
  /**
   * The prefix of all keys. Gateways that use the same Redis but must not share responses need different prefixes: those
   * that call different upstreams, and those with `own` credentials of different accounts. Default: `hotspot-session`.
   */
  readonly prefix?: string | undefined
}

/** In milliseconds, like the other ones. */
const connectTimeout = 1_000
/** A connection without a response for this long is closed, so that the replacement of a hanging server is found. */
const responseTimeout = 1_000
const reconnectDelay = 500
/** How long the server may take to acknowledge the last writes and `QUIT`. */
const quitTimeout = 250

/**
 * A token bucket as one number: when it will be full again, in milliseconds of the server's clock. The key expires at that
 * time. Overflow is owed, up to one more bucket. The script of `@effect/experimental` keeps two keys that never expire, and
 * uses the gateways' clocks.
 */
const tokenBucket = `
local seconds, micros = unpack(redis.call("TIME"))
local now = seconds * 1000 + micros / 1000
local count, refill, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = tonumber(redis.call("GET", KEYS[1])) or 0
full = math.min(math.max(now, full), now + 2 * limit * refill) + count * refill
local left = limit - (full - now) / refill
if left >= 0 or ARGV[4] == "1" then
  redis.call("SET", KEYS[1], string.format("%.3f", full), "PX", math.ceil(full - now))
end
return string.format("%.6f", left)
`

interface Client extends Redis {
  tokenBucket(key: string, count: number, refill: number, limit: number, overflow: 0 | 1): Promise<string>
}

const clientOf = (address: RedisAddress): Client =>
  new Redis({
    host: address.host,
    port: address.port,
    db: address.db,
    ...(address.tls ? { tls: {} } : {}),
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: Redacted.value(address.password) }),
    lazyConnect: true,
    connectTimeout,
    disconnectTimeout: quitTimeout,
    keepAlive: 10_000,
    retryStrategy: () => reconnectDelay,
    // The check sends INFO, whose response might never arrive.
    enableReadyCheck: false,
    // Commands fail immediately while disconnected, and fail when their connection fails.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    scripts: { tokenBucket: { lua: tokenBucket, numberOfKeys: 1 } }
  }) as Client

/** A connection that is re-established in the background. Errors say why it is down. */
const connect = (address: RedisAddress) =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const client = clientOf(address)
      let lastError = ""
      // Several commands may wait on it, and each attempt to close it adds a listener.
      let closedStream: Client["stream"] | undefined
      // Without a listener, ioredis writes a stack trace to stderr for each attempt to connect.
      client.on("error", (error: Error) => {
        lastError = error.message
      })
      yield* Effect.tryPromise(() => client.connect()).pipe(
        Effect.interruptible,
        Effect.timeout(Duration.millis(connectTimeout)),
        Effect.ignore
      )
      /** ioredis's own timeout may close the connection that has replaced the silent one. */
      const send = <A>(command: () => Promise<A>): Promise<A> => {
        const { stream } = client
        const timer = setTimeout(() => {
          if (client.stream !== stream || closedStream === stream) return
          closedStream = stream
          client.disconnect(true)
        }, responseTimeout)
        return command().finally(() => clearTimeout(timer))
      }
      /** The message only: errors of ioredis hold the command's arguments, such as the password and responses. */
      const reasonOf = (error: unknown): string => {
        // In Jest, errors of Node.js are no `Error`.
        const message = Predicate.hasProperty(error, "message") ? String(error.message) : "unknown"
        // These errors of ioredis do not say why the connection is lost.
        const isLost = /isn't writeable|Connection is closed|max retries/.test(message)
        return isLost ? lastError || "connection lost" : message
      }
      return {
        client,
        send: <A>(command: () => Promise<A>): Effect.Effect<A, string> =>
          Effect.tryPromise({ try: () => send(command), catch: reasonOf })
      }
    }),
    ({ client }) =>
      Effect.tryPromise(() => client.quit()).pipe(
        Effect.interruptible,
        Effect.timeout(Duration.millis(quitTimeout)),
        Effect.ignore,
        Effect.zipRight(Effect.sync(() => client.disconnect()))
      )
  )

/** Values that are not JSON, which another program must have written, count as missing. */
const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))

const takeFailed = (cause: string) => new RateLimitStoreError({ message: "the token bucket failed", cause })

/**
 * A store in a single Redis node (tested with version 7), not in Redis Cluster or Sentinel. Waits up to 1 s for the
 * connection and then continues without it: the store fails until it is connected. Reconnects in the background. When the
 * scope closes, pending commands have up to 250 ms to complete.
 *
 * Implements the interfaces of `@effect/experimental`. Its own Redis layer is not used, because it writes a stack trace to
 * stderr for each attempt to connect, and its release waits without limit for a server that hangs.
 *
 * Fails with `ConfigError` if the URL is not that of a Redis, or the password is not `Redacted`; the error repeats neither.
 *
 * @example
 * ```ts
 * import { SharedStore } from "@hotspot-session/gateway"
 * import { RedisStore } from "@hotspot-session/gateway/redis"
 * import { Layer } from "effect"
 *
 * const layer = Layer.scoped(SharedStore, RedisStore.make({ url: "rediss://redis.example:6379" }))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  options: RedisStoreOptions
): Effect.fn.Return<SharedStoreService, ConfigError.ConfigError, Scope.Scope> {
  const url = Redacted.isRedacted(options.url) ? Redacted.value(options.url) : options.url
  const address = yield* Either.mapLeft(parse(url), (message) => ConfigError.InvalidData(["url"], message))
  if (options.password !== undefined && !Redacted.isRedacted(options.password)) {
    return yield* Effect.fail(
      ConfigError.InvalidData(["password"], "password must be a string wrapped by Redacted.make")
    )
  }
  const { client, send } = yield* connect({ ...address, password: options.password ?? address.password })
  const { prefix = "hotspot-session" } = options
  const responseKey = (key: string) => `${prefix}:answer:${key}`
  const bucketKey = (key: string) => `${prefix}:bucket:${key}`
  return {
    responses: {
      get: (key) =>
        Effect.mapBoth(
          send(() => client.get(responseKey(key))),
          {
            onFailure: (reason) => PersistenceBackingError.make("get", reason),
            onSuccess: (text) => Option.flatMap(Option.fromNullable(text), parseJson)
          }
        ),
      set: (key, value, ttl) =>
        Effect.mapBoth(
          send(() => {
            const text = JSON.stringify(value)
            return Option.isNone(ttl)
              ? client.set(responseKey(key), text)
              : client.set(responseKey(key), text, "PX", Math.ceil(Duration.toMillis(ttl.value)))
          }),
          { onFailure: (reason) => PersistenceBackingError.make("set", reason), onSuccess: () => undefined }
        )
    },
    buckets: {
      tokenBucket: ({ allowOverflow, key, limit, refillRate, tokens }) =>
        Effect.mapBoth(
          send(() =>
            client.tokenBucket(bucketKey(key), tokens, Duration.toMillis(refillRate), limit, allowOverflow ? 1 : 0)
          ),
          { onFailure: takeFailed, onSuccess: Number.parseFloat }
        ).pipe(Effect.filterOrFail(Number.isFinite, () => takeFailed("the reply is not a number")))
    }
  }
})

/**
 * `make` as a layer.
 *
 * @example
 * ```ts
 * import { NodeHotspotSession } from "@hotspot-session/client/node"
 * import { Gateway } from "@hotspot-session/gateway"
 * import { NodeGateway } from "@hotspot-session/gateway/node"
 * import { RedisStore } from "@hotspot-session/gateway/redis"
 * import { Layer } from "effect"
 *
 * const gateway = NodeGateway.layerServer({ port: 8080, ...Gateway.recommended }).pipe(
 *   Layer.provide(RedisStore.layer({ url: "rediss://redis.example:6379" })),
 *   Layer.provide(NodeHotspotSession.layer({ region: "ap-southeast-1" })),
 *   Layer.provide(Gateway.layerNoCredentials)
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: RedisStoreOptions): Layer.Layer<SharedStore, ConfigError.ConfigError> =>
  Layer.scoped(SharedStore, make(options))
