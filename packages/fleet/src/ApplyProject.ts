import { type HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { type CallError, configIdPattern, maxLimit, Setting, type TooManyRequests } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type Change, canonical } from "./Changes.js"
import { editedUsers } from "./ConfigWrite.js"
import type { DesiredConfig } from "./DesiredState.js"
import type { Burst, BurstRequests, Connection } from "./EachTarget.js"
import type { ReadError } from "./Pages.js"
import {
  driftBetween,
  isSamePlan,
  type ObservedConfig,
  type PlanError,
  type PlannedWrite,
  type ProjectPlan
} from "./ProjectPlan.js"
import { type ReadOptions, readObserved, readPlan } from "./ReadProject.js"
import { isRejected, maxRejections, pauseAfter, withoutRejections } from "./Rejection.js"

/**
 * What is known about a write: it was carried out, it was not, it may have been, or it was not sent because an earlier one
 * failed.
 *
 * @category models
 * @since 0.1.0
 */
export type WriteState = "done" | "failed" | "unknown" | "not_begun"

/**
 * A write of a plan and what became of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface WriteReport {
  readonly write: PlannedWrite
  readonly state: WriteState
  /** Why it failed, is unknown, or is done although its response cannot be read. */
  readonly error?: CallError | undefined
}

/**
 * What an apply has done to a project.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProjectReport {
  readonly writes: ReadonlyArray<WriteReport>
  /** The ID of the configuration that was created, if the service has sent it. */
  readonly created?: string | undefined
  /** What others have changed since the plan, which is why nothing, or nothing more, was written. */
  readonly drift?: ReadonlyArray<Change> | undefined
  /** Why the project could not be read before a write. */
  readonly error?: ReadError | PlanError | undefined
  /** The configurations of the project after a create whose outcome is unknown, if they could be listed. */
  readonly existing?: ReadonlyArray<ObservedConfig> | undefined
  /** What is still to be done according to a reading after the last write, or why that failed; absent if not all was done. */
  readonly after?: Either.Either<ProjectPlan, ReadError | PlanError> | undefined
}

/**
 * Whether a configuration was or may have been created that no reading has shown since. To apply the same desired state again
 * would create a second one, unless the first is listed by then, or certainly does not exist.
 *
 * @category predicates
 * @since 0.1.0
 */
export const hasUnseenCreate = ({ after, created, existing = [], writes }: ProjectReport): boolean =>
  writes.some(({ state, write }) => write.write === "create" && (state === "done" || state === "unknown")) &&
  (after !== undefined && Either.isRight(after)
    ? after.right.writes.some(({ write }) => write === "create")
    : created !== undefined || existing.length === 0)

/**
 * The settings of `applyProject`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApplyOptions extends ReadOptions {
  /** Time limit of a write that may be sent again: it can overwrite what others write in the meantime. Default: 30 s. */
  readonly writeTimeout?: Duration.DurationInput | undefined
  /** Called before a write is sent, and when it is known what became of it. */
  readonly onWrite?: ((index: number, state: "begun" | WriteState) => Effect.Effect<void>) | undefined
}

/** How often in a row a write is decided anew because a pause began before it was sent. */
const maxPauses = 5

/** At most how many requests a reading takes, unless there is more to read than before. Pages of users overlap by one. */
const readingRequests = (observed: ReadonlyArray<ObservedConfig>, { pageSize = maxLimit }: ReadOptions): number =>
  observed.reduce(
    (sum, { non_migrate_users: users }) =>
      sum + (users === undefined ? 0 : Math.floor(users.length / Math.max(1, pageSize - 1)) + 1),
    Math.floor(observed.length / pageSize) + 1
  )

/** An ID by which a configuration can be changed, not an empty one, say. */
const usableId = (id: string | undefined): string | undefined =>
  id !== undefined && configIdPattern.test(id) ? id : undefined

const send = (
  { client, options: given, projectId: project_id }: Connection,
  write: PlannedWrite,
  created: string | undefined,
  timeout: Duration.Duration
): Effect.Effect<string | undefined, CallError> => {
  const options = {
    ...given,
    retry: (policy: RetryPolicy.RetryPolicy) => withoutRejections(RetryPolicy.ofCall(given?.retry, policy))
  }
  if (write.write === "create") {
    const { settings, users } = write
    const body = { project_id, ...settings, ...(users.length === 0 ? {} : { non_migrate_users: users }) }
    return Effect.map(client.createHotspotSessionConfig(body, options), ({ id }) => usableId(id))
  }
  const target = { project_id, config_id: write.id ?? created ?? "" }
  const bounded = { ...options, timeout }
  return Effect.as(
    write.write === "update"
      ? client.updateHotspotSessionConfig({ ...target, ...write.to }, bounded)
      : client.updateNonMigrationUsers(
          {
            ...target,
            update_type: write.write === "addUsers" ? "ADD" : "DELETE",
            non_migrate_users: write.users
          },
          bounded
        ),
    created
  )
}

/** Configurations after a write. */
const written = (
  configs: ReadonlyArray<ObservedConfig>,
  write: PlannedWrite,
  created: string | undefined
): ReadonlyArray<ObservedConfig> => {
  if (write.write === "create") {
    return [...configs, { id: created, ...write.settings, non_migrate_users: write.users }]
  }
  const { id = created } = write
  const changed = (config: ObservedConfig): ObservedConfig =>
    write.write === "update"
      ? { ...config, ...write.to }
      : {
          ...config,
          non_migrate_users: editedUsers(config.non_migrate_users ?? [], {
            add: write.write === "addUsers" ? write.users : [],
            remove: write.write === "removeUsers" ? write.users : []
          })
        }
  return configs.map((config) => (config.id === id ? changed(config) : config))
}

/** Whether these are the same writes, if those without ID are for the configuration that was created. */
const areSameWrites = (
  planned: ReadonlyArray<PlannedWrite>,
  now: ReadonlyArray<PlannedWrite>,
  created: string | undefined
): boolean => {
  const form = (writes: ReadonlyArray<PlannedWrite>) =>
    writes.map((write) => {
      const { id = created, users, ...rest } = { id: undefined, users: [], ...write }
      return { ...rest, id, users: users.map(canonical).sort() }
    })
  return canonical(form(planned)) === canonical(form(now))
}

/** What a reading before a write has shown: why it is not sent. */
type Stop = Pick<ProjectReport, "error" | "drift">

const stateOf = (error: CallError | undefined): WriteState =>
  error === undefined || error.outcome === "done" ? "done" : error.outcome === "unknown" ? "unknown" : "failed"

/**
 * Carries out a plan, write by write, and stops at the first that fails. The project is read once more right before the first
 * write; if it has changed since the plan, nothing is written. It is read again after the last one.
 *
 * If a write has to wait, because it was rejected with a 429 or because the connection has a pace, the project is read again
 * after the wait, and the write is sent only if the same is still left to be done. A write is sent again up to five times
 * after a 429, each after its `Retry-After`: at most a minute, and a second without one. A write is never repeated if it is
 * not idempotent and may have been carried out. After any failure, the same desired state can be planned and applied again,
 * unless `hasUnseenCreate` says that this would create a second configuration.
 *
 * Fails with a `ConfigError` if `writeTimeout` is not longer than 0.
 *
 * @category operations
 * @since 0.1.0
 */
export const applyProject = Effect.fnUntraced(function* (
  connection: Connection,
  items: ReadonlyArray<DesiredConfig>,
  plan: ProjectPlan,
  options: ApplyOptions = {}
): Effect.fn.Return<ProjectReport, ConfigError> {
  const { onWrite = () => Effect.void, writeTimeout, ...readOptions } = options
  const timeout = yield* Setting.positiveDuration("writeTimeout", writeTimeout, "30 seconds")
  const burst: Burst =
    connection.burst ??
    ((_, use) => use({ client: connection.client, isPaused: () => false, remaining: () => Number.POSITIVE_INFINITY }))
  const reports: Array<WriteReport> = plan.writes.map((write) => ({ write, state: "not_begun" }))
  /** What is left to be written, and what the project is like before it. */
  let [left, expected] = [plan.writes, plan.observed]
  let created: string | undefined
  let isConfirmed = false
  /** Of the next write. */
  let [rejections, pauses] = [0, 0]
  let rejected: TooManyRequests | undefined
  const result = (more: Omit<ProjectReport, "writes" | "created">): ProjectReport => ({
    writes: reports,
    ...(created === undefined ? {} : { created }),
    ...more
  })
  /** The configurations after a create that did not say which one it made. */
  const existing = Effect.match(Effect.timeout(readObserved(connection, readOptions), "20 seconds"), {
    onFailure: () => undefined,
    onSuccess: (configs) => configs
  })
  const report = (index: number, state: WriteState, error?: CallError) => {
    const write = plan.writes[index]
    if (write !== undefined) reports[index] = { write, state, ...(error === undefined ? {} : { error }) }
    return onWrite(index, state)
  }

  /** Why what is left must not be written now. */
  const check = (client: HotspotSession.Service): Effect.Effect<Stop | undefined> =>
    Effect.map(Effect.either(readPlan({ ...connection, client }, items, readOptions)), (now) => {
      if (Either.isLeft(now)) return { error: now.left }
      const isSame = isConfirmed ? areSameWrites(left, now.right.writes, created) : isSamePlan(now.right, plan)
      if (!isSame) return { drift: driftBetween({ observed: expected }, now.right) }
      if (!isConfirmed) expected = now.right.observed
      isConfirmed = true
      return undefined
    })

  /** Sends the next write. Returns the report if that ends the apply. */
  const sendNext = Effect.fnUntraced(function* (client: HotspotSession.Service, write: PlannedWrite) {
    const index = plan.writes.length - left.length
    yield* onWrite(index, "begun")
    const sent = yield* Effect.either(send({ ...connection, client }, write, created, timeout))
    const error = Either.isLeft(sent) ? sent.left : undefined
    if (error !== undefined && isRejected(error) && rejections < maxRejections) {
      rejections++
      rejected = error
      yield* onWrite(index, "not_begun")
      yield* Effect.sleep(pauseAfter(error))
      return undefined
    }
    rejected = undefined
    const state = stateOf(error)
    yield* report(index, state, error)
    if (state === "failed") return result({})
    if (state === "unknown") return result(write.write === "create" ? { existing: yield* existing } : {})
    if (Either.isRight(sent)) created = sent.right
    if (write.write === "create" && created === undefined && plan.writes.length > 1) {
      const configs = yield* existing
      // The project had none before.
      created = configs?.length === 1 ? usableId(configs[0]?.id) : undefined
      if (created === undefined) return result({ existing: configs })
    }
    expected = written(expected, write, created)
    left = left.slice(1)
    rejections = pauses = 0
    return undefined
  })

  /** Reads the project, and writes until there is nothing left, or a write would have to wait. */
  const writeBurst = Effect.fnUntraced(function* ({
    client,
    isPaused,
    remaining
  }: BurstRequests): Effect.fn.Return<ProjectReport | undefined> {
    const stop = yield* check(client)
    if (stop !== undefined) {
      if (rejected !== undefined) yield* report(plan.writes.length - left.length, "failed", rejected)
      return result(stop)
    }
    for (let isFirst = true; left[0] !== undefined; isFirst = false) {
      if (isPaused() && pauses++ < maxPauses) return undefined
      if (!isFirst && remaining() === 0) return undefined
      const ended = yield* sendNext(client, left[0])
      if (ended !== undefined || rejected !== undefined) return ended
    }
    return undefined
  })

  do {
    const ended = yield* burst(readingRequests(expected, readOptions) + left.length, writeBurst)
    if (ended !== undefined) return ended
  } while (left.length > 0)
  return result({ after: yield* Effect.either(readPlan(connection, items, readOptions)) })
})
