import type { HotspotSessionMigrationConfig } from "@hotspot-session/core"
import * as Option from "effect/Option"
import * as Prng from "./Prng.js"

/**
 * A configuration in its encoded form. Every field may be absent or `null`, as in responses of the real service, and is
 * served unchanged.
 *
 * @category models
 * @since 0.1.0
 */
export type Config = typeof HotspotSessionMigrationConfig.Encoded

/**
 * The configurations of a project, in order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Dataset {
  /** Number of configurations. */
  readonly size: number
  /** At most `limit` configurations, starting at the index `offset`; none past the end. */
  readonly slice: (offset: number, limit: number) => ReadonlyArray<Config>
  /** The configuration with an ID, the first one if there are several. */
  readonly byId: (id: string) => Option.Option<Config>
}

/**
 * The maximum number of configurations for which `seeded` creates distinct IDs.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxSize = 1_000_000_000

const userNames = [
  "李娜",
  "li.wei",
  "José Álvarez",
  "anna.svensson",
  "王伟",
  "Zoë Müller",
  "m.rossi",
  "陈静",
  "佐藤健",
  "o.adeyemi",
  "Łukasz Nowak",
  "김민준",
  "finance-batch",
  "张敏",
  "François Lefèvre",
  "s.patel",
  "kiosk-07",
  "刘洋",
  "Siân Hughes"
] as const

/** One stream of random numbers for each value, so that the values are independent. */
const streams = { id: 0, enabled: 1, sessions: 2, userCount: 3, firstName: 4, nameStep: 5, userId: 6 } as const

const step = 7_654_321

/** The inverse of `step` modulo 10^9. */
const inverseStep = 780_000_081n

/**
 * 18 digits: nine random ones, and nine that take each value from 0 to 999,999,999 before they repeat (the step is coprime
 * to 10^9, and the product stays below 2^53).
 */
const configId = (seed: number, index: number): string => {
  const high = 100_000_000 + (Prng.hash(seed, streams.id, index) % 900_000_000)
  const low = (index * step + Prng.hash(seed, streams.id, -1)) % maxSize
  return `${high}${String(low).padStart(9, "0")}`
}

/** The index at which `configId` returns an ID, if there is one. */
const indexOf = (seed: number, id: string): number | undefined => {
  if (!/^\d{18}$/.test(id)) return undefined
  const size = BigInt(maxSize)
  const distance = BigInt(id.slice(9)) - BigInt(Prng.hash(seed, streams.id, -1) % maxSize)
  const index = Number((((distance + size) % size) * inverseStep) % size)
  return configId(seed, index) === id ? index : undefined
}

const configAt = (seed: number, projectId: string, index: number): Config => {
  const draw = Prng.hash(seed, streams.sessions, index)
  const firstName = Prng.hash(seed, streams.firstName, index)
  // The number of names is prime, so that no step repeats a name within one configuration.
  const nameStep = 1 + (Prng.hash(seed, streams.nameStep, index) % (userNames.length - 1))
  return {
    id: configId(seed, index),
    project_id: projectId,
    hotspot_session_migration_enable: Prng.hash(seed, streams.enabled, index) % 3 !== 0,
    // Usually a few, occasionally any number that the API allows.
    hotspot_exit_session_num: draw % 16 === 0 ? (draw >>> 8) % 101 : 1 + ((draw >>> 8) % 8),
    non_migrate_users: Array.from({ length: Prng.hash(seed, streams.userCount, index) % 7 }, (_, user) => ({
      user_id: Prng.hex32(seed, streams.userId, index * 8 + user),
      user_name: userNames[((firstName % userNames.length) + user * nameStep) % userNames.length] ?? userNames[0]
    }))
  }
}

/**
 * Realistic configurations: IDs of 18 digits, distinct for distinct indices; enabled and disabled ones; up to six users with
 * names in several scripts. The same arguments produce the same configurations. Each is computed on demand and not stored,
 * so that a million of them use no memory.
 *
 * Throws a `RangeError` if `count` is not an integer from 0 to 1,000,000,000.
 *
 * @example
 * ```ts
 * import { Dataset, Demo } from "@hotspot-session/emulator"
 *
 * const first = Dataset.seeded({ seed: 1, count: 1_000_000, projectId: Demo.projectId }).slice(0, 10)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const seeded = (options: {
  /** Any 32-bit integer. */
  readonly seed: number
  /** Number of configurations. */
  readonly count: number
  /** The project of the configurations. */
  readonly projectId: string
}): Dataset => {
  if (!Number.isInteger(options.count) || options.count < 0 || options.count > maxSize) {
    throw new RangeError(`count must be an integer from 0 to ${maxSize}, was ${options.count}`)
  }
  const { count: size, projectId } = options
  const seed = Prng.seedOf(options.seed, projectId)
  return {
    size,
    slice: (offset, limit) =>
      Array.from({ length: Math.max(0, Math.min(limit, size - offset)) }, (_, index) =>
        configAt(seed, projectId, offset + index)
      ),
    byId: (id) => {
      const index = indexOf(seed, id)
      return index !== undefined && index < size ? Option.some(configAt(seed, projectId, index)) : Option.none()
    }
  }
}

/**
 * A data set of the given configurations.
 *
 * @example
 * ```ts
 * import { Dataset, Demo } from "@hotspot-session/emulator"
 *
 * const copy = Dataset.fromArray(Dataset.seeded({ seed: 1, count: 3, projectId: Demo.projectId }).slice(0, 3))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromArray = (configs: ReadonlyArray<Config>): Dataset => ({
  size: configs.length,
  slice: (offset, limit) => configs.slice(offset, offset + limit),
  byId: (id) => Option.fromNullable(configs.find((config) => config.id === id))
})

/**
 * Puts the last `count` configurations of `newer` before those of `base`: a project after `count` more configurations were
 * created, each of them at the start.
 *
 * @category combinators
 * @since 0.1.0
 */
export const prepend = (base: Dataset, newer: Dataset, count: number): Dataset => ({
  size: base.size + count,
  slice: (offset, limit) => {
    const fromNewer = Math.max(0, Math.min(limit, count - offset))
    return newer
      .slice(newer.size - count + offset, fromNewer)
      .concat(base.slice(Math.max(0, offset - count), limit - fromNewer))
  },
  byId: (id) =>
    Option.orElse(Option.fromNullable(newer.slice(newer.size - count, count).find((config) => config.id === id)), () =>
      base.byId(id)
    )
})
