import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Authentication from "./Authentication.js"
import * as Dataset from "./Dataset.js"
import * as Demo from "./Demo.js"
import * as Documented from "./Documented.js"
import type { Fault, Target } from "./Fault.js"
import * as Prng from "./Prng.js"
import * as RequestLog from "./RequestLog.js"
import * as Script from "./Script.js"

/** A project and what it holds. */
export interface Project {
  readonly id: string
  /** By which a token can be scoped to it. */
  readonly name: string
  /** What it held at first. */
  readonly base: Dataset.Dataset
  /** How many configurations have come before those since. */
  readonly added: number
}

/** What the emulator starts with, and comes back to on a reset. */
export interface Initial {
  readonly seed: number
  readonly count: number
  readonly faults: ReadonlyArray<Fault>
}

/** Everything that changes while the emulator runs. */
export interface Service {
  readonly requestLog: RequestLog.RequestLog
  /** A new one for each call, 32 hexadecimal digits. */
  readonly nextRequestId: () => string
  readonly projects: Effect.Effect<ReadonlyArray<Project>>
  readonly projectById: (id: string) => Effect.Effect<Option.Option<Project>>
  readonly projectByName: (name: string) => Effect.Effect<Option.Option<Project>>
  readonly setConfigs: (projectId: string, configs: ReadonlyArray<Dataset.Config>) => Effect.Effect<void>
  /** Puts a new configuration before all others of a project. */
  readonly addConfig: (projectId: string) => Effect.Effect<void>
  /** What a project holds now. */
  readonly datasetOf: (project: Project) => Dataset.Dataset
  /** Looks a token up, whether or not it is still good. */
  readonly tokens: Effect.Effect<HashMap.HashMap<string, Authentication.Token>>
  readonly issueToken: (scope: Authentication.TokenScope, now: number, lifetime: number) => Effect.Effect<string>
  readonly revokeToken: (token: string) => Effect.Effect<void>
  readonly faults: Effect.Effect<ReadonlyArray<Fault>>
  readonly inject: (faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  readonly clearFaults: Effect.Effect<void>
  /** Takes what the script has for the next request. */
  readonly nextFault: (target: Target) => Effect.Effect<Script.Choice>
  readonly reset: Effect.Effect<void>
}

/** The state of one emulator. */
export class State extends Context.Tag("@hotspot-session/emulator/State")<State, Service>() {}

const streams = { requestId: 200, token: 201 } as const

const initialProjects = ({ count, seed }: Initial): HashMap.HashMap<string, Project> =>
  HashMap.make(
    [
      Demo.projectId,
      {
        id: Demo.projectId,
        name: Demo.projectName,
        base: Dataset.seeded({ seed, count, projectId: Demo.projectId }),
        added: 0
      }
    ],
    [
      Documented.projectId,
      {
        id: Documented.projectId,
        name: "documentation",
        base: Dataset.fromArray(Documented.example.items),
        added: 0
      }
    ]
  )

const staticToken: Authentication.Token = { scope: { _tag: "EveryProject" }, expiresAt: Number.POSITIVE_INFINITY }

const initialTokens = HashMap.make([Demo.token, staticToken])

const make = (initial: Initial) =>
  Effect.gen(function* () {
    const { seed } = initial
    const atStart = initialProjects(initial)
    const projects = yield* Ref.make(atStart)
    const tokens = yield* Ref.make(initialTokens)
    const script = yield* Ref.make(Script.make(initial.faults))
    const requestLog = RequestLog.make()
    // Neither goes back on a reset: an ID or a token of before must not come again.
    let requestIds = 0
    const issued = yield* Ref.make(0)

    return State.of({
      requestLog,
      nextRequestId: () => Prng.hex32(seed, streams.requestId, requestIds++),
      projects: Effect.map(Ref.get(projects), (_) =>
        [...HashMap.values(_)].sort((left, right) => (left.id < right.id ? -1 : 1))
      ),
      projectById: (id) => Effect.map(Ref.get(projects), HashMap.get(id)),
      projectByName: (name) =>
        Effect.map(Ref.get(projects), (_) =>
          Option.map(
            HashMap.findFirst(_, (project) => project.name === name),
            ([, project]) => project
          )
        ),
      setConfigs: (id, configs) =>
        Ref.update(projects, (_) => {
          const name = Option.match(HashMap.get(_, id), { onNone: () => id, onSome: (project) => project.name })
          return HashMap.set(_, id, { id, name, base: Dataset.fromArray([...configs]), added: 0 })
        }),
      addConfig: (id) =>
        Ref.update(
          projects,
          HashMap.modify(id, (project) => ({ ...project, added: project.added + 1 }))
        ),
      datasetOf: ({ added, base, id }) =>
        added === 0
          ? base
          : // The far end of the same sequence, so that no ID comes twice.
            Dataset.prepend(base, Dataset.seeded({ seed, count: Dataset.maxSize, projectId: id }), added),
      tokens: Ref.get(tokens),
      issueToken: (scope, now, lifetime) =>
        Effect.gen(function* () {
          const number = yield* Ref.getAndUpdate(issued, (_) => _ + 1)
          const token = `emulated-${Prng.hex32(seed, streams.token, number)}${Prng.hex32(~seed, streams.token, number)}`
          yield* Ref.update(tokens, HashMap.set(token, { scope, expiresAt: now + lifetime }))
          return token
        }),
      revokeToken: (token) => Ref.update(tokens, HashMap.remove(token)),
      faults: Effect.map(Ref.get(script), (_) => _.faults),
      inject: (faults) => Ref.update(script, (_) => Script.append(_, faults)),
      clearFaults: Ref.update(script, (_) => ({ ..._, faults: [] })),
      nextFault: (target) => Ref.modify(script, (_) => Script.next(_, target, seed)),
      reset: Effect.gen(function* () {
        yield* Ref.set(projects, atStart)
        yield* Ref.set(tokens, initialTokens)
        yield* Ref.set(script, Script.make(initial.faults))
        requestLog.clear()
      })
    })
  })

/** The state at its start. */
export const layer = (initial: Initial): Layer.Layer<State> => Layer.effect(State, make(initial))
