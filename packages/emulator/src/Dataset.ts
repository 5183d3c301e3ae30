import type { HotspotSessionMigrationConfig } from "@hotspot-session/core"
import * as Prng from "./Prng.js"

/**
 * A configuration as it goes over the wire. Every field may be absent or `null`, as in the real service's answers, and is
 * served as it stands.
 *
 * @category models
 */
export type Config = typeof HotspotSessionMigrationConfig.Encoded

/**
 * The configurations of a project, in order.
 *
 * @category models
 */
export interface Dataset {
  /** How many configurations there are. */
  readonly size: number
  /** At most `limit` configurations from `offset` on, both counted in configurations; none past the end. */
  readonly slice: (offset: number, limit: number) => ReadonlyArray<Config>
}

/**
 * The most configurations that `seeded` keeps distinct IDs for.
 *
 * @category constants
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

/** One stream for each thing that is drawn, so that none depends on how another one is drawn. */
const streams = { id: 0, enabled: 1, sessions: 2, userCount: 3, firstName: 4, nameStep: 5, userId: 6 } as const

/**
 * 18 digits: nine drawn ones, and nine that run through all of 0 to 999,999,999 before they repeat (the step has no common
 * factor with 10^9, and the product stays below 2^53).
 */
const configId = (seed: number, index: number): string => {
  const high = 100_000_000 + (Prng.hash(seed, streams.id, index) % 900_000_000)
  const low = (index * 7_654_321 + Prng.hash(seed, streams.id, -1)) % maxSize
  return `${high}${String(low).padStart(9, "0")}`
}

const configAt = (seed: number, projectId: string, index: number): Config => {
  const draw = Prng.hash(seed, streams.sessions, index)
  const firstName = Prng.hash(seed, streams.firstName, index)
  // The number of names is prime, so that no step comes back to a name within one configuration.
  const step = 1 + (Prng.hash(seed, streams.nameStep, index) % (userNames.length - 1))
  return {
    id: configId(seed, index),
    project_id: projectId,
    hotspot_session_migration_enable: Prng.hash(seed, streams.enabled, index) % 3 !== 0,
    // Mostly a handful, now and then anything that the API allows.
    hotspot_exit_session_num: draw % 16 === 0 ? (draw >>> 8) % 101 : 1 + ((draw >>> 8) % 8),
    non_migrate_users: Array.from({ length: Prng.hash(seed, streams.userCount, index) % 7 }, (_, user) => ({
      user_id: Prng.hex32(seed, streams.userId, index * 8 + user),
      user_name: userNames[((firstName % userNames.length) + user * step) % userNames.length] ?? userNames[0]
    }))
  }
}

/**
 * Configurations that look like real ones: IDs of 18 digits, distinct for distinct indices; on and off mixed; up to six
 * users, with names in several scripts. The same arguments give the same configurations, each is computed when asked for,
 * and nothing is kept, so that a million of them cost no memory.
 *
 * Throws a `RangeError` if `count` is not an integer from 0 to 1,000,000,000.
 *
 * @category constructors
 */
export const seeded = (options: {
  /** Any 32-bit integer. */
  readonly seed: number
  /** How many configurations. */
  readonly count: number
  /** The project that they belong to. */
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
      )
  }
}

/**
 * The given configurations.
 *
 * @category constructors
 */
export const fromArray = (configs: ReadonlyArray<Config>): Dataset => ({
  size: configs.length,
  slice: (offset, limit) => configs.slice(offset, offset + limit)
})

/**
 * The last `count` configurations of one data set before those of another: what a project looks like after `count` more
 * were made, each of which came first.
 *
 * @category combinators
 */
export const prepend = (base: Dataset, newer: Dataset, count: number): Dataset => ({
  size: base.size + count,
  slice: (offset, limit) => {
    const fromNewer = Math.max(0, Math.min(limit, count - offset))
    return newer
      .slice(newer.size - count + offset, fromNewer)
      .concat(base.slice(Math.max(0, offset - count), limit - fromNewer))
  }
})
