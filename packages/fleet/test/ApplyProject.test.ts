import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import { type CallError, Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Forbidden, type SentUser, TooManyRequests, TransportError } from "@hotspot-session/core"
import { Demo, Emulator, type Fault } from "@hotspot-session/emulator"
import { Clock, Duration, Effect, Either, Fiber, Redacted, Runtime, TestClock } from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { applyProject, hasUnseenCreate, type ProjectReport } from "../src/ApplyProject.js"
import { userKey } from "../src/Changes.js"
import type { DesiredConfig } from "../src/DesiredState.js"
import type { Connection } from "../src/EachTarget.js"
import { type ObservedConfig, planProject } from "../src/ProjectPlan.js"
import { readPlan } from "../src/ReadProject.js"
import { makeRequestPace, type RequestPace } from "../src/RequestPace.js"

const projectId = "north"

const user: FC.Arbitrary<SentUser> = FC.record({
  user_id: FC.integer({ min: 0, max: 39 }).map(String),
  user_name: FC.constantFrom("x", "y")
})

const users = FC.uniqueArray(user, { maxLength: 25, selector: ({ user_id }) => user_id })

const settings = {
  hotspot_session_migration_enable: FC.boolean(),
  hotspot_exit_session_num: FC.integer({ min: 0, max: 2 })
}

/** More than a page of 10. */
const project = FC.array(FC.record({ ...settings, non_migrate_users: users }), { maxLength: 12 }).map((all) =>
  all.map((config, index): ObservedConfig & { id: string } => ({ id: `c${index}`, ...config }))
)

const entry = FC.record({ ...settings, non_migrate_users: users }, { requiredKeys: [] })

/** A project, and entries for up to three of its configurations; a project without any gets one. */
const cases = project.chain((before) =>
  before.length === 0
    ? FC.record({ ...settings, non_migrate_users: users }).map((item) => ({
        before,
        items: [item] as ReadonlyArray<DesiredConfig>
      }))
    : FC.tuple(FC.subarray(before, { maxLength: Math.min(3, before.length) }), FC.tuple(entry, entry, entry)).map(
        ([some, entries]) => ({
          before,
          items: some.map(({ id }, index): DesiredConfig => ({ id, ...entries[index] }))
        })
      )
)

const options = { pageSize: 10 } as const

/** An emulator, and the way to its project, without retries. */
const setUp = Effect.gen(function* () {
  const emulator = yield* Emulator.make()
  const client = yield* HotspotSession.make({ endpoint: emulator.endpoint, retry: RetryPolicy.none }).pipe(
    Effect.provideService(Credentials.Credentials, Credentials.token(Redacted.make(Demo.token)))
  )
  const connection: Connection = { client, projectId }
  const set = (configs: ReadonlyArray<ObservedConfig>) => emulator.setConfigs(projectId, configs as never)
  const current = Effect.map(
    emulator.configs(projectId),
    // The emulator keeps its configurations in a type of its own, which has the same fields.
    (dataset) => dataset.slice(0, 100) as unknown as ReadonlyArray<ObservedConfig>
  )
  const writes = Effect.map(emulator.requests, (all) => all.filter(({ method }) => method !== "GET"))
  return { emulator, client, connection, set, current, writes }
}).pipe(Effect.provideServiceEffect(HttpClient.HttpClient, NodeHotspotSession.makeHttpClient()))

/** Runs a property of effects. */
const check = <A>(arbitrary: FC.Arbitrary<A>, property: (value: A) => Effect.Effect<void>, numRuns: number) =>
  Effect.flatMap(Effect.runtime(), (runtime) =>
    Effect.promise(() =>
      FC.assert(
        FC.asyncProperty(arbitrary, (value) => Runtime.runPromise(runtime)(property(value))),
        { numRuns }
      )
    )
  )

const keysOf = (users: ReadonlyArray<SentUser> = []) => new Set(users.map(userKey))

const isMet = ({ after }: ProjectReport) =>
  after !== undefined && Either.isRight(after) && after.right.writes.length === 0

const countOf = (items: ReadonlyArray<DesiredConfig>, before: ReadonlyArray<ObservedConfig>): number =>
  items.reduce((count, item) => {
    const config = before.find(({ id }) => id === item.id)
    if (config === undefined) return count + 1
    const present = new Map((config.non_migrate_users ?? []).map((one) => [one.user_id, one.user_name]))
    const wanted = item.non_migrate_users ?? config.non_migrate_users ?? []
    const isAdding = wanted.some(({ user_id, user_name }) => present.get(user_id) !== user_name)
    const isRemoving = [...present.keys()].some((id) => !wanted.some(({ user_id }) => user_id === id))
    const isUpdating = (["hotspot_session_migration_enable", "hotspot_exit_session_num"] as const).some(
      (name) => item[name] !== undefined && item[name] !== config[name]
    )
    return count + [isAdding, isUpdating, isRemoving].filter((is) => is).length
  }, 0)

describe("an apply", () => {
  it.scopedLive(
    "makes what is desired by the fewest writes, with no user without exemption in between, while others write elsewhere",
    () =>
      Effect.gen(function* () {
        const { client, connection, current, emulator, set, writes } = yield* setUp
        yield* check(
          cases,
          ({ before, items }) =>
            Effect.gen(function* () {
              yield* emulator.reset
              yield* set(before)
              const plan = yield* readPlan(connection, items, options)
              // The second writer changes what is not managed, at every step.
              const managed = new Set(items.map(({ id }) => id))
              const other = before.find(({ id }) => !managed.has(id))
              let own = 0
              const onWrite = (_: number, state: string) =>
                Effect.gen(function* () {
                  for (const config of yield* current) {
                    const was = before.find(({ id }) => id === config.id)
                    const item = items.find(({ id }) => id === config.id)
                    if (was === undefined || item?.non_migrate_users === undefined) continue
                    const there = keysOf(config.non_migrate_users)
                    for (const key of keysOf(was.non_migrate_users)) {
                      if (keysOf(item.non_migrate_users).has(key)) expect(there).toContain(key)
                    }
                    // Migration is switched on only when all who are exempt are there.
                    if (
                      config.hotspot_session_migration_enable === true &&
                      was.hotspot_session_migration_enable === false
                    ) {
                      for (const key of keysOf(item.non_migrate_users)) expect(there).toContain(key)
                    }
                  }
                  if (other === undefined || state !== "begun") return
                  own++
                  yield* client.updateHotspotSessionConfig({
                    project_id: projectId,
                    config_id: other.id,
                    hotspot_session_migration_enable: true,
                    hotspot_exit_session_num: own
                  })
                }).pipe(Effect.orDie)
              const report = yield* applyProject(connection, items, plan, { ...options, onWrite })
              expect(report.writes.map(({ state }) => state)).toEqual(plan.writes.map(() => "done"))
              expect(isMet(report)).toBe(true)
              expect((yield* writes).length - own).toBe(countOf(items, before))
              const after = yield* current
              for (const config of before.filter(({ id }) => !managed.has(id))) {
                const changed =
                  config === other && own > 0
                    ? { hotspot_session_migration_enable: true, hotspot_exit_session_num: own }
                    : {}
                expect(after.find(({ id }) => id === config.id)).toEqual({ ...config, ...changed })
              }
            }).pipe(Effect.orDie),
          runs(20, 10)
        )
      })
  )

  const fault: FC.Arbitrary<Fault.Fault> = FC.oneof(
    FC.constantFrom<Fault.Fault>(
      { kind: "status", status: 500, done: true },
      { kind: "status", status: 503 },
      { kind: "status", status: 403 },
      { kind: "reset" },
      { kind: "reset", done: true },
      { kind: "badJson" },
      { kind: "truncate" }
    )
  )

  it.scopedLive("that fails at any step can be made again, and creates nothing twice", () =>
    Effect.gen(function* () {
      const { connection, current, emulator, set } = yield* setUp
      const faults = FC.array(FC.tuple(FC.integer({ min: 0, max: 6 }), fault), { minLength: 1, maxLength: 4 })
      const few = cases.filter(({ before }) => before.length < 4)
      yield* check(
        FC.tuple(few, faults),
        ([{ before, items }, faults]) =>
          Effect.gen(function* () {
            yield* set(before)
            // Each round has a fault at another of its writes.
            for (const [step, fault] of [...faults, undefined].map((one) => one ?? ([0, undefined] as const))) {
              yield* emulator.clearFaults
              const plan = yield* readPlan(connection, items, options)
              const onWrite = (index: number, state: string) =>
                fault !== undefined && state === "begun" && index === step % Math.max(plan.writes.length, 1)
                  ? emulator.inject([{ ...fault, times: 1 }])
                  : Effect.void
              const report = yield* applyProject(connection, items, plan, { ...options, onWrite })
              if (fault === undefined) expect(isMet(report)).toBe(true)
            }
            const after = yield* current
            expect(after.length).toBe(Math.max(before.length, items.length))
            expect(Either.map(planProject(items, after), ({ writes }) => writes)).toEqual(Either.right([]))
          }).pipe(Effect.orDie),
        runs(20, 8)
      )
    })
  )

  const item = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
  const config = { id: "1", ...item, non_migrate_users: [{ user_id: "a" }] }

  it.scopedLive("writes nothing if the project was changed since the plan", () =>
    Effect.gen(function* () {
      const { connection, set, writes } = yield* setUp
      yield* set([config])
      const items = [{ id: "1", hotspot_exit_session_num: 6 }]
      const plan = yield* readPlan(connection, items)
      yield* set([{ ...config, hotspot_exit_session_num: 5 }])
      const report = yield* applyProject(connection, items, plan)
      expect(report.writes.map(({ state }) => state)).toEqual(["not_begun"])
      expect(report.drift).toMatchObject([{ fields: { hotspot_exit_session_num: { from: 4, to: 5 } } }])
      expect(yield* writes).toEqual([])
    })
  )

  it.scopedLive("says which writes were done, may have been done, and were not begun", () =>
    Effect.gen(function* () {
      const { connection, emulator, set } = yield* setUp
      yield* set([config])
      const items = [{ id: "1", hotspot_exit_session_num: 6, non_migrate_users: [{ user_id: "b" }] }]
      const plan = yield* readPlan(connection, items)
      yield* emulator.inject([{ kind: "reset", target: "update", times: 1 }])
      const report = yield* applyProject(connection, items, plan)
      expect(report.writes.map(({ state, write }) => [write.write, state])).toEqual([
        ["addUsers", "done"],
        ["update", "unknown"],
        ["removeUsers", "not_begun"]
      ])
      expect(report.after).toBeUndefined()
    })
  )

  it.scopedLive("names what exists after a create of unknown outcome", () =>
    Effect.gen(function* () {
      const { connection, emulator, set } = yield* setUp
      yield* set([])
      const plan = yield* readPlan(connection, [item])
      yield* emulator.inject([{ kind: "reset", target: "create", done: true, times: 1 }])
      const report = yield* applyProject(connection, [item], plan)
      expect(report).toMatchObject({ writes: [{ state: "unknown" }], existing: [item] })
      expect(hasUnseenCreate(report)).toBe(false)
    })
  )

  it.scopedLive("knows a create that may be done or is done, and whose configuration is not listed", () =>
    Effect.gen(function* () {
      const { connection, emulator, set } = yield* setUp
      const faults: ReadonlyArray<Fault.Fault> = [
        { kind: "reset", target: "create" },
        { kind: "status", status: 200, body: "empty", target: "create" },
        { kind: "status", status: 400, target: "create" }
      ]
      const unseen: Array<boolean> = []
      for (const fault of faults) {
        yield* set([])
        yield* emulator.inject([{ ...fault, times: 1 }])
        const plan = yield* readPlan(connection, [item])
        unseen.push(hasUnseenCreate(yield* applyProject(connection, [item], plan)))
      }
      expect(unseen).toEqual([true, true, false])
      // Nothing has listed a configuration whose users could not be sent.
      yield* set([])
      const creates = (yield* readPlan(connection, [item])).writes
      expect(creates.map(({ write }) => write)).toContain("create")
      const done = creates.map((write) => ({ write, state: "done" as const }))
      expect(hasUnseenCreate({ writes: done, created: "7" })).toBe(true)
      yield* set([config])
      const items = [{ id: "1", hotspot_exit_session_num: 6 }]
      expect(hasUnseenCreate(yield* applyProject(connection, items, yield* readPlan(connection, items)))).toBe(false)
    })
  )

  it.scopedLive("goes on with the configuration that it created, even if the response cannot be read", () =>
    Effect.gen(function* () {
      const { connection, current, emulator, set } = yield* setUp
      yield* set([])
      const many = Array.from({ length: 1500 }, (_, index) => ({ user_id: `u${index}` }))
      const plan = yield* readPlan(connection, [{ ...item, non_migrate_users: many }])
      yield* emulator.inject([{ kind: "wrongType", target: "create", times: 1 }])
      const report = yield* applyProject(connection, [{ ...item, non_migrate_users: many }], plan)
      expect(report.writes.map(({ state }) => state)).toEqual(["done", "done", "done"])
      expect(isMet(report)).toBe(true)
      expect(yield* current).toMatchObject([{ ...item, non_migrate_users: { length: 1500 } }])
    })
  )

  it.scopedLive("decides anew after a 429, whatever the policy, and stops if others have written", () =>
    Effect.gen(function* () {
      const { connection: plain, emulator, set, writes } = yield* setUp
      const connection = { ...plain, options: { retry: RetryPolicy.make() } }
      const items = [{ id: "1", hotspot_exit_session_num: 6 }]
      const rejected = { kind: "status", status: 429, retryAfter: "0", target: "update", times: 2 } as const
      yield* set([config])
      const plan = yield* readPlan(connection, items)
      yield* emulator.inject([rejected])
      expect(isMet(yield* applyProject(connection, items, plan))).toBe(true)
      expect((yield* writes).map(({ status }) => status)).toEqual([429, 429, 200])
      // Each write is between two readings.
      expect((yield* emulator.requests).map(({ method }) => method).join(" ")).toMatch(
        /^(GET )+((PUT|PATCH) (GET ?)+)+$/
      )

      yield* set([config])
      yield* emulator.inject([rejected])
      const onWrite = (_: number, state: string) =>
        state === "begun" ? set([{ ...config, hotspot_exit_session_num: 5 }]) : Effect.void
      const report = yield* applyProject(connection, items, plan, { onWrite })
      expect(report.writes.map(({ state }) => state)).toEqual(["failed"])
      expect(report.drift).toMatchObject([{ fields: { hotspot_exit_session_num: { from: 4, to: 5 } } }])
    })
  )

  it.scopedLive("creates nothing if others did while a 429 was waited for", () =>
    Effect.gen(function* () {
      const { connection: plain, emulator, set, writes } = yield* setUp
      const connection = { ...plain, options: { retry: RetryPolicy.make() } }
      const items = [{ hotspot_session_migration_enable: true, hotspot_exit_session_num: 6, non_migrate_users: [] }]
      yield* set([])
      const plan = yield* readPlan(connection, items)
      yield* emulator.inject([{ kind: "status", status: 429, retryAfter: "0", target: "create", times: 1 }])
      const states: Array<string> = []
      const onWrite = (_: number, state: string) =>
        Effect.zipRight(
          Effect.sync(() => states.push(state)),
          state === "begun" ? set([config]) : Effect.void
        )
      const report = yield* applyProject(connection, items, plan, { onWrite })
      expect(report.writes.map(({ state }) => state)).toEqual(["failed"])
      expect((yield* writes).map(({ status }) => status)).toEqual([429])
      expect(states).toEqual(["begun", "not_begun", "failed"])
    })
  )

  it.scopedLive("compares only the writes that are left after a 429", () =>
    Effect.gen(function* () {
      const { connection, emulator, set } = yield* setUp
      yield* set([config])
      const items = [{ id: "1", hotspot_exit_session_num: 6, non_migrate_users: [{ user_id: "b" }] }]
      const plan = yield* readPlan(connection, items)
      yield* emulator.inject([{ kind: "status", status: 429, retryAfter: "0", target: "update", times: 1 }])
      const report = yield* applyProject(connection, items, plan)
      expect(report.writes.map(({ state, write }) => [write.write, state])).toEqual([
        ["addUsers", "done"],
        ["update", "done"],
        ["removeUsers", "done"]
      ])
      expect(isMet(report)).toBe(true)
    })
  )

  it.scopedLive("reports as drift what others have written, not its own writes", () =>
    Effect.gen(function* () {
      const { connection, current, emulator, set } = yield* setUp
      const many = Array.from({ length: 1001 }, (_, n) => ({ user_id: `u${n}` }))
      const cases = [
        { before: [config], items: [{ id: "1", hotspot_exit_session_num: 6, non_migrate_users: [{ user_id: "b" }] }] },
        { before: [], items: [{ ...item, non_migrate_users: many }] }
      ]
      for (const { before, items } of cases) {
        yield* set(before)
        const plan = yield* readPlan(connection, items)
        yield* emulator.inject([{ kind: "status", status: 429, retryAfter: "0", target: "update", times: 1 }])
        const onWrite = (index: number, state: string) =>
          plan.writes[index]?.write === "update" && state === "begun"
            ? Effect.flatMap(current, (configs) =>
                set(configs.map((one) => ({ ...one, hotspot_exit_session_num: 50 })))
              )
            : Effect.void
        const report = yield* applyProject(connection, items, plan, { onWrite })
        expect(report.writes.find(({ write }) => write.write === "update")).toMatchObject({ state: "failed" })
        expect(report.drift).toEqual([
          expect.objectContaining({
            fields: { hotspot_exit_session_num: { from: 4, to: 50 } },
            non_migrate_users: { added: [], removed: [], changed: [] }
          })
        ])
      }
    })
  )

  it.scopedLive("writes no users to a configuration that may be of another create", () =>
    Effect.gen(function* () {
      const { connection, current, emulator, set } = yield* setUp
      yield* set([])
      const items = [{ ...item, non_migrate_users: Array.from({ length: 1001 }, (_, n) => ({ user_id: `u${n}` })) }]
      const plan = yield* readPlan(connection, items)
      yield* emulator.inject([{ kind: "wrongType", target: "create", times: 1 }])
      const onWrite = (index: number, state: string) =>
        index === 0 && state === "done"
          ? Effect.flatMap(current, (configs) => set([{ ...config, id: "other" }, ...configs]))
          : Effect.void
      const report = yield* applyProject(connection, items, plan, { onWrite })
      expect(report.writes.map(({ state }) => state)).toEqual(["done", "not_begun", "not_begun"])
      expect(report.existing).toMatchObject([{ id: "other" }, { ...item, hotspot_session_migration_enable: false }])
      expect((yield* current)[0]?.non_migrate_users).toEqual(config.non_migrate_users)
    })
  )
})

interface Call {
  readonly name: string
  readonly configId?: string | undefined
  /** When it begins, in milliseconds. */
  readonly at: number
}

/**
 * A connection whose calls end as is said for their operation and the number of those before, within their time limit, by
 * default 2 minutes; and the calls. Without HTTP, whose promises the test's clock does not wait for.
 */
const scripted = (respond: (name: string, index: number) => Effect.Effect<object, CallError>, pace?: RequestPace) => {
  const calls: Array<Call> = []
  const client = HotspotSession.fromCall(({ name }, input, { retry, timeout = "2 minutes" } = {}) =>
    Effect.gen(function* () {
      const index = calls.filter((call) => call.name === name).length
      calls.push({ name, at: yield* Clock.currentTimeMillis, configId: (input as { config_id?: string }).config_id })
      // The test gives what the operation returns.
      return (yield* respond(name, index)) as never
    }).pipe(
      Effect.timeoutFail({
        duration: timeout,
        onTimeout: () => new TransportError({ reason: "timeout", outcome: "unknown" })
      }),
      Effect.tapError((error) =>
        RetryPolicy.ofCall(retry, pace?.retry ?? RetryPolicy.none).decide({
          error,
          attempts: 1,
          elapsed: Duration.zero,
          freshCredentials: false
        })
      )
    )
  )
  const connection: Connection = {
    client: pace?.paced(client) ?? client,
    burst: pace?.bursts(client),
    projectId
  }
  return { calls, connection }
}

/** What an effect gives, and how long it takes, which is less than an hour. */
const timed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.timed(effect))
    yield* TestClock.adjust("1 hour")
    const [duration, value] = yield* Fiber.join(fiber)
    return [value, Duration.toMillis(duration)] as const
  })

describe("an apply and time", () => {
  const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
  const items = [{ id: "1", hotspot_exit_session_num: 6 }]
  const listing = (...ids: ReadonlyArray<string>) => Effect.succeed({ items: ids.map((id) => ({ id, ...settings })) })
  const isList = (name: string) => name === "listHotspotSessionConfig"
  const callsOf = (calls: ReadonlyArray<Call>, operation: string) => calls.filter(({ name }) => name === operation)

  it.effect.each([
    { seconds: 60, spacing: 60_000 },
    { seconds: 3600, spacing: 60_000 },
    { seconds: undefined, spacing: 1_000 },
    // Both wait for the same time, not one after the other.
    { seconds: 60, spacing: 60_000, isPaced: true },
    { seconds: undefined, spacing: 1_000, isPaced: true }
  ])("waits before a write that was rejected is decided anew, and gives up after five times: %o", (given) =>
    Effect.gen(function* () {
      const { isPaced = false, seconds, spacing } = given
      const rejected = new TooManyRequests(seconds === undefined ? {} : { retry_after: Duration.seconds(seconds) })
      const { calls, connection } = scripted(
        (name) => (isList(name) ? listing("1") : Effect.fail(rejected)),
        isPaced ? yield* makeRequestPace({ retry: RetryPolicy.none }) : undefined
      )
      const plan = yield* readPlan(connection, items)
      const [report] = yield* timed(applyProject(connection, items, plan))
      expect(report.writes).toMatchObject([{ state: "failed", error: { _tag: "TooManyRequests" } }])
      const times = [0, 1, 2, 3, 4, 5].map((count) => count * spacing)
      expect(callsOf(calls, "updateHotspotSessionConfig").map(({ at }) => at)).toEqual(times)
      // The plan, the reading before the first write, and one before each further one.
      expect(callsOf(calls, "listHotspotSessionConfig").map(({ at }) => at)).toEqual([0, ...times])
    })
  )

  it.effect("reads and writes without a wait in between, whatever the rate", () =>
    Effect.gen(function* () {
      for (const [perMinute, at] of [
        [2, 60_000],
        [3, 0]
      ] as const) {
        const { calls, connection } = scripted(
          (name) => (isList(name) ? listing("1") : Effect.succeed({})),
          yield* makeRequestPace({ perMinute, retry: RetryPolicy.none })
        )
        const start = yield* Clock.currentTimeMillis
        const plan = yield* readPlan(connection, items)
        const [report] = yield* timed(applyProject(connection, items, plan))
        expect(report.writes).toMatchObject([{ state: "done" }])
        expect(callsOf(calls, "updateHotspotSessionConfig")).toMatchObject([{ at: start + at }])
        expect(callsOf(calls, "listHotspotSessionConfig")[1]).toMatchObject({ at: start + at })
      }
    })
  )

  it.effect("writes at the least rate, too", () =>
    Effect.gen(function* () {
      const { calls, connection } = scripted(
        (name) => (isList(name) ? listing("1") : Effect.succeed({})),
        yield* makeRequestPace({ perMinute: 1, retry: RetryPolicy.none })
      )
      const plan = yield* readPlan(connection, items)
      const [report] = yield* timed(applyProject(connection, items, plan))
      expect(report.writes).toMatchObject([{ state: "done" }])
      expect(calls.map(({ at }) => at)).toEqual([0, 60_000, 120_000, 180_000])
    })
  )

  it.effect.each([1, Number.POSITIVE_INFINITY])("reads again after each pause, but at most five times: %d", (pauses) =>
    Effect.gen(function* () {
      const pace = yield* makeRequestPace({ retry: RetryPolicy.none })
      const error = new TooManyRequests({ retry_after: Duration.seconds(20) })
      const { calls, connection } = scripted(
        (name, index) =>
          // Another project's, while this one is read for the apply.
          isList(name) && index > 0 && index <= pauses
            ? Effect.zipRight(
                pace.retry.decide({ error, attempts: 1, elapsed: Duration.zero, freshCredentials: false }),
                listing("1")
              )
            : isList(name)
              ? listing("1")
              : Effect.succeed({}),
        pace
      )
      const plan = yield* readPlan(connection, items)
      const [report] = yield* timed(applyProject(connection, items, plan))
      expect(report.writes).toMatchObject([{ state: "done" }])
      const count = Math.min(pauses, 5)
      // For the plan, before the write, and after it.
      expect(callsOf(calls, "listHotspotSessionConfig").map(({ at }) => at / 20_000)).toEqual([
        0,
        ...Array.from({ length: count + 1 }, (_, index) => index),
        pauses === 1 ? 1 : 6
      ])
      expect(callsOf(calls, "updateHotspotSessionConfig").length).toBe(1)
    })
  )

  it.effect("does not send a rejected write again if an earlier attempt may have made it", () =>
    Effect.gen(function* () {
      const { calls, connection } = scripted((name) =>
        isList(name) ? listing("1") : Effect.fail(new TooManyRequests({ outcome: "unknown" }))
      )
      const plan = yield* readPlan(connection, items)
      const [report] = yield* timed(applyProject(connection, items, plan))
      expect(report.writes).toMatchObject([{ state: "unknown" }])
      expect(callsOf(calls, "updateHotspotSessionConfig").length).toBe(1)
    })
  )

  it.effect("limits the time of a write that may be sent again, by default to 30 s", () =>
    Effect.gen(function* () {
      for (const [item, options, limit] of [
        [{ id: "1", hotspot_exit_session_num: 6 }, {}, 30_000],
        [{ id: "1", non_migrate_users: [{ user_id: "a" }] }, { writeTimeout: "5 seconds" }, 5_000]
      ] as const) {
        const { connection } = scripted((name) =>
          isList(name)
            ? listing("1")
            : name === "listNonMigrationUsers"
              ? Effect.succeed({ non_migrate_users: [], total_count: 0 })
              : Effect.never
        )
        const plan = yield* readPlan(connection, [item])
        const [report, duration] = yield* timed(applyProject(connection, [item], plan, options))
        expect(report.writes).toMatchObject([{ state: "unknown" }])
        expect(duration).toBe(limit)
      }
    })
  )

  it.effect("is given a time limit longer than 0", () =>
    Effect.gen(function* () {
      const { calls, connection } = scripted(() => listing("1"))
      const plan = yield* readPlan(connection, items)
      const error = yield* Effect.flip(applyProject(connection, items, plan, { writeTimeout: -1 }))
      expect(error).toMatchObject({ path: ["writeTimeout"] })
      expect(calls.length).toBe(1)
    })
  )

  it.effect("gives a create the time of the client, and the list after it 20 s", () =>
    Effect.gen(function* () {
      const { connection } = scripted((name, index) => (isList(name) && index < 2 ? listing() : Effect.never))
      const plan = yield* readPlan(connection, [settings])
      const [report, duration] = yield* timed(applyProject(connection, [settings], plan, { writeTimeout: "5 seconds" }))
      expect(report.writes).toMatchObject([{ state: "unknown" }])
      expect(report.existing).toBeUndefined()
      expect(duration).toBe(120_000 + 20_000)
    })
  )

  it.effect("looks up the ID of what it created if the response has none that can be sent", () =>
    Effect.gen(function* () {
      const wanted = [
        { ...settings, non_migrate_users: Array.from({ length: 1001 }, (_, n) => ({ user_id: `u${n}` })) }
      ]
      const apply = (listedId: string) =>
        Effect.gen(function* () {
          const { calls, connection } = scripted((name, index) =>
            isList(name)
              ? listing(...(index < 2 ? [] : [listedId]))
              : name === "createHotspotSessionConfig"
                ? Effect.succeed({ id: "..", ...settings })
                : Effect.fail(new Forbidden())
          )
          const plan = yield* readPlan(connection, wanted)
          const report = yield* applyProject(connection, wanted, plan)
          return { report, ids: callsOf(calls, "updateNonMigrationUsers").map(({ configId }) => configId) }
        })
      expect((yield* apply("7")).ids).toEqual(["7"])
      const { ids, report } = yield* apply("..")
      expect(ids).toEqual([])
      expect(report).toMatchObject({
        writes: [{ state: "done" }, { state: "not_begun" }, { state: "not_begun" }],
        existing: [{ id: ".." }]
      })
    })
  )
})
