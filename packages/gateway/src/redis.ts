/**
 * A shared store in Redis over ioredis, which must be installed separately.
 *
 * @module
 * @since 0.1.0
 */
export * as RedisStore from "./node/RedisStore.js"
