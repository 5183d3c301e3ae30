/**
 * A store that several gateways share, in Redis, over ioredis, which who imports this has to install.
 *
 * @module
 */
export * as RedisStore from "./node/RedisStore.js"
