import { type CallError, configIdPattern, Setting, type TooManyRequests } from "@hotspot-session/core"
import type { ConfigError } from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type Change, canonical } from "./Changes.js"
import { editedUsers } from "./ConfigWrite.js"
import type { DesiredConfig } from "./DesiredState.js"
import type { Connection } from "./EachTarget.js"
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
import { pauseAfter } from "./RequestPace.js"

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

/** How often a write that was rejected with a 429 is decided and sent again. */
const maxRejections = 5

/** An ID by which a configuration can be changed, not an empty one, say. */
const usableId = (id: string | undefined): string | undefined =>
  id !== undefined && configIdPattern.test(id) ? id : undefined

const send = (
  { client, options, projectId: project_id }: Connection,
  write: PlannedWrite,
  created: string | undefined,
  timeout: Duration.Duration
): Effect.Effect<string | undefined, CallError> => {
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

/** Whether a write was rejected for being one too many, and nothing of it was carried out. */
const isRejected = (error: CallError): error is TooManyRequests =>
  error._tag === "TooManyRequests" && error.outcome !== "unknown"

/** What a reading between two attempts has shown: why the write is not sent again. */
type Stop = Pick<ProjectReport, "error" | "drift">

interface SendFailure {
  readonly error: CallError
  readonly stop?: Stop
}

const stateOf = (error: CallError | undefined): WriteState =>
  error === undefined || error.outcome === "done" ? "done" : error.outcome === "unknown" ? "unknown" : "failed"

/**
 * Carries out a plan, write by write, and stops at the first that fails. The project is read once more right before the first
 * write; if it has changed since the plan, nothing is written. It is read again after the last one.
 *
 * A write that is rejected with a 429 is decided anew up to five times, each after its `Retry-After`: at most a minute, and a
 * second without one. A write is never repeated if it is not idempotent and may have been carried out. After any failure, the
 * same desired state can be planned and applied again, unless `hasUnseenCreate` says that this would create a second
 * configuration.
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
  const reports: Array<WriteReport> = plan.writes.map((write) => ({ write, state: "not_begun" }))
  let created: string | undefined
  const result = (more: Omit<ProjectReport, "writes" | "created">): ProjectReport => ({
    writes: reports,
    ...(created === undefined ? {} : { created }),
    ...more
  })
  const read = Effect.either(readPlan(connection, items, readOptions))
  /** The configurations after a create that did not say which one it made. */
  const existing = Effect.match(Effect.timeout(readObserved(connection, readOptions), "20 seconds"), {
    onFailure: () => undefined,
    onSuccess: (configs) => configs
  })

  const before = yield* read
  if (Either.isLeft(before)) return result({ error: before.left })
  if (!isSamePlan(before.right, plan)) return result({ drift: driftBetween(plan, before.right) })

  let expected = before.right.observed
  for (const [index, write] of plan.writes.entries()) {
    const reread = Effect.map(read, (now): Stop | undefined => {
      if (Either.isLeft(now)) return { error: now.left }
      return areSameWrites(plan.writes.slice(index), now.right.writes, created)
        ? undefined
        : { drift: driftBetween({ observed: expected }, now.right) }
    })
    const attempt = (rejections: number): Effect.Effect<string | undefined, SendFailure> =>
      Effect.catchAll(send(connection, write, created, timeout), (error) =>
        isRejected(error) && rejections < maxRejections
          ? // A pace waits for the same time. In the meantime, others may have written.
            Effect.flatMap(Effect.delay(reread, pauseAfter(error)), (stop) =>
              stop === undefined ? attempt(rejections + 1) : Effect.fail({ error, stop })
            )
          : Effect.fail({ error })
      )
    yield* onWrite(index, "begun")
    const sent = yield* Effect.either(attempt(0))
    const { error, stop } = Either.isLeft(sent) ? sent.left : {}
    const state = stateOf(error)
    reports[index] = { write, state, ...(error === undefined ? {} : { error }) }
    yield* onWrite(index, state)
    if (state === "failed") return result(stop ?? {})
    if (state === "unknown") return result(write.write === "create" ? { existing: yield* existing } : {})
    if (Either.isRight(sent)) created = sent.right
    if (write.write === "create" && created === undefined && plan.writes.length > 1) {
      const configs = yield* existing
      // The project had none before.
      created = configs?.length === 1 ? usableId(configs[0]?.id) : undefined
      if (created === undefined) return result({ existing: configs })
    }
    expected = written(expected, write, created)
  }
  return result({ after: yield* read })
})
