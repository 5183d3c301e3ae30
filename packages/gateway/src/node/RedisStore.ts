import { PersistenceBackingError } from "@effect/experimental/Persistence"
import { RateLimitStoreError } from "@effect/experimental/RateLimiter"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Redis } from "ioredis"
import { parse, type RedisAddress } from "../shared/RedisUrl.js"
import { SharedStore, type SharedStoreService } from "../shared/SharedStore.js"

/**
 * The settings of a store in Redis.
 *
 * @category models
 */
export interface RedisStoreOptions {
  /**
   * `redis://host:6379`, or `rediss://` with TLS; may name a user, a password and a database:
   * `redis://user:password@host:6379/0`.
   */
  readonly url: string | Redacted.Redacted
  /** The password, which wins over the URL's. Default: the URL's, or none. */
  readonly password?: Redacted.Redacted | undefined
  /**
   * What all keys begin with. Gateways that share a Redis and not their answers need one each: those that ask different
   * clouds, and those with `own` credentials of different accounts. Default: `hotspot-session`.
   */
  readonly prefix?: string | undefined
}

/** Of a connection, in milliseconds. */
const connectTimeout = 1_000
/** After so long without an answer it is given up, so that a server in the place of one that hangs is found. */
const silence = 1_000
const pause = 500
/** What a server is given to take the last writes, and to close the connection. */
const farewell = 250

/**
 * A token bucket as one number: when it will be full again, in milliseconds of the server's clock. It goes away by itself
 * once it is. What was taken beyond it is owed, up to as much again. The one of `@effect/experimental` would stay for ever, in two keys, and counts by the gateways' clocks.
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
    disconnectTimeout: farewell,
    keepAlive: 10_000,
    retryStrategy: () => pause,
    // Nothing is asked at the beginning, whose answer might never come.
    enableReadyCheck: false,
    // What cannot be sent at once fails at once, and what was sent fails with its connection.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    scripts: { tokenBucket: { lua: tokenBucket, numberOfKeys: 1 } }
  }) as Client

/** A connection that is kept up in the background, and why it is down where it is. */
const connect = (address: RedisAddress) =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const client = clientOf(address)
      let reason = ""
      let givenUp: Client["stream"] | undefined
      // Without a listener each attempt to connect would write a stack trace to stderr.
      client.on("error", (error: Error) => {
        reason = error.message
      })
      yield* Effect.tryPromise(() => client.connect()).pipe(
        Effect.interruptible,
        Effect.timeout(Duration.millis(connectTimeout)),
        Effect.ignore
      )
      /** ioredis has a timeout of its own, which may close the connection after the one that was silent. */
      const send = <A>(command: () => Promise<A>): Promise<A> => {
        const { stream } = client
        const timer = setTimeout(() => {
          if (client.stream !== stream || givenUp === stream) return
          givenUp = stream
          client.disconnect(true)
        }, silence)
        return command().finally(() => clearTimeout(timer))
      }
      /** An error of ioredis has the command with its arguments, among them the password and answers. */
      const reasonOf = (error: unknown): string => {
        const { message } = error instanceof Error ? error : { message: "unknown" }
        // ioredis says that it is not connected, but not why.
        const isLost = /isn't writeable|Connection is closed|max retries/.test(message)
        return isLost ? reason || "the connection is lost" : message
      }
      return {
        client,
        send: <A, E>(command: () => Promise<A>, failure: (reason: string) => E): Effect.Effect<A, E> =>
          Effect.tryPromise({ try: () => send(command), catch: (error) => failure(reasonOf(error)) })
      }
    }),
    ({ client }) =>
      Effect.tryPromise(() => client.quit()).pipe(
        Effect.interruptible,
        Effect.timeout(Duration.millis(farewell)),
        Effect.ignore,
        Effect.zipRight(Effect.sync(() => client.disconnect()))
      )
  )

/** What another program has put there is nothing of ours. */
const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))

/**
 * A store in a Redis (tested with version 7), of one node: neither Cluster nor Sentinel. Waits up to a second for the
 * connection and goes on without it: the store fails until it is there. Connects again by itself. When the scope closes the
 * connection does, after what was sent before was answered, a quarter of a second at most.
 *
 * Uses the persistence of `@effect/experimental` by its interfaces. Its own Redis layer is not used: each attempt to
 * connect writes a stack trace to stderr, and its release waits for ever for a server that hangs.
 *
 * Fails with `ConfigError` where the URL is none of Redis, or the password is not in a `Redacted`; the error repeats
 * neither.
 *
 * @category constructors
 */
export const make = (
  options: RedisStoreOptions
): Effect.Effect<SharedStoreService, ConfigError.ConfigError, Scope.Scope> =>
  Effect.gen(function* () {
    const url = Redacted.isRedacted(options.url) ? Redacted.value(options.url) : options.url
    const address = yield* Either.mapLeft(parse(url), (why) => ConfigError.InvalidData(["url"], why))
    if (options.password !== undefined && !Redacted.isRedacted(options.password)) {
      return yield* Effect.fail(
        ConfigError.InvalidData(["password"], "password must be in a Redacted, as Redacted.make gives it")
      )
    }
    const { client, send } = yield* connect({ ...address, password: options.password ?? address.password })
    const { prefix = "hotspot-session" } = options
    const answerKey = (key: string) => `${prefix}:answer:${key}`
    const bucketKey = (key: string) => `${prefix}:bucket:${key}`
    return {
      answers: {
        get: (key) =>
          Effect.map(
            send(
              () => client.get(answerKey(key)),
              (reason) => PersistenceBackingError.make("get", reason)
            ),
            (text) => Option.flatMap(Option.fromNullable(text), parseJson)
          ),
        set: (key, value, ttl) =>
          Effect.asVoid(
            send(
              () => {
                const text = JSON.stringify(value)
                return Option.match(ttl, {
                  onNone: () => client.set(answerKey(key), text),
                  onSome: (ttl) => client.set(answerKey(key), text, "PX", Math.ceil(Duration.toMillis(ttl)))
                })
              },
              (reason) => PersistenceBackingError.make("set", reason)
            )
          )
      },
      buckets: {
        tokenBucket: ({ allowOverflow, key, limit, refillRate, tokens }) =>
          Effect.map(
            send(
              () =>
                client.tokenBucket(bucketKey(key), tokens, Duration.toMillis(refillRate), limit, allowOverflow ? 1 : 0),
              (cause) => new RateLimitStoreError({ message: "the bucket cannot be asked", cause })
            ),
            Number
          )
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
 */
export const layer = (options: RedisStoreOptions): Layer.Layer<SharedStore, ConfigError.ConfigError> =>
  Layer.scoped(SharedStore, make(options))
