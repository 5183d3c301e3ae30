import { randomBytes } from "node:crypto"
import { regionIds } from "@hotspot-session/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as AccessKey from "./AccessKey.js"
import type * as Authentication from "./Authentication.js"
import * as Dataset from "./Dataset.js"
import { Demo } from "./Demo.js"
import * as Documented from "./Documented.js"
import type { Fault, Target } from "./Fault.js"
import * as FaultScript from "./FaultScript.js"
import type * as GatewayError from "./GatewayError.js"
import * as Lockout from "./Lockout.js"
import * as Prng from "./Prng.js"
import * as Project from "./Project.js"
import * as RequestLog from "./RequestLog.js"
import type * as SignatureCheck from "./SignatureCheck.js"

/**
 * A project as IAM lists it.
 *
 * @category models
 * @since 0.1.0
 */
export interface NamedProject {
  readonly id: string
  /** Not unique: several projects may have the same name, and a project may have several names. */
  readonly name: string
}

/**
 * The projects that IAM lists by default: the demo project with its own name and the name of every region that serves the
 * API, because projects are named after regions, and the project of the documentation's example.
 */
export const defaultProjects: ReadonlyArray<NamedProject> = [
  { id: Demo.projectId, name: Demo.projectName },
  { id: Documented.projectId, name: "documentation" },
  ...regionIds.map((name) => ({ id: Demo.projectId, name }))
]

/** The initial state, which a reset restores. */
interface Initial {
  readonly seed: number
  readonly count: number
  readonly faults: ReadonlyArray<Fault>
  readonly projects: ReadonlyArray<NamedProject>
  /** How far the emulator's clock is ahead of Effect's, in milliseconds. */
  readonly clockSkew: number
}

/** The tokens of the metadata service, each with the epoch milliseconds from which it is rejected. */
type MetadataTokens = HashMap.HashMap<string, number>

/** The mutable state of the emulator. */
export interface Service {
  readonly requestLog: RequestLog.RequestLog
  /** The emulator's time, in epoch milliseconds. */
  readonly now: () => number
  /** Returns a new ID with each call: 32 hexadecimal digits. */
  readonly nextRequestId: () => string
  readonly projects: Effect.Effect<ReadonlyArray<Project.Project>>
  readonly projectById: (id: string) => Effect.Effect<Option.Option<Project.Project>>
  /** The projects that IAM lists, those created by `setConfigs` at the end. */
  readonly namedProjects: Effect.Effect<ReadonlyArray<NamedProject>>
  readonly setConfigs: (projectId: string, configs: ReadonlyArray<Dataset.Config>) => Effect.Effect<void>
  /** Changes a project and returns a result; none if the project does not exist or `change` returns none. */
  readonly changeProject: <A>(
    id: string,
    change: (project: Project.Project) => Option.Option<readonly [A, Project.Project]>
  ) => Effect.Effect<Option.Option<A>>
  /** All tokens, including expired ones. */
  readonly tokens: Effect.Effect<HashMap.HashMap<string, Authentication.Token>>
  /** `lifetime` in milliseconds. */
  readonly issueToken: (scope: Authentication.TokenScope, lifetime: number) => Effect.Effect<string>
  readonly revokeToken: (token: string) => Effect.Effect<void>
  /** Checks the password of the user. Consecutive failures lock the user. */
  readonly checkPassword: (password: string) => Effect.Effect<"right" | "wrong" | "locked">
  /** Changes the password of the user and revokes the user's tokens. */
  readonly setPassword: (password: string) => Effect.Effect<void>
  /** The current ID token of the identity provider. */
  readonly idToken: Effect.Effect<string>
  readonly setIdToken: (token: string) => Effect.Effect<void>
  /** The token that the agent of pods accepts. */
  readonly podToken: Effect.Effect<string>
  readonly setPodToken: (token: string) => Effect.Effect<void>
  readonly accessKeys: Effect.Effect<AccessKey.AccessKeys>
  readonly addAccessKey: (accessKey: string, secretKey: string) => Effect.Effect<void>
  readonly removeAccessKey: (accessKey: string) => Effect.Effect<void>
  /** `lifetime` in milliseconds. */
  readonly issueTemporaryKey: (lifetime: number) => Effect.Effect<AccessKey.TemporaryKey>
  /** Verifies the signature of a request. Consecutive failures lock the access key. */
  readonly verify: (
    request: SignatureCheck.Request,
    authorization: string
  ) => Effect.Effect<Either.Either<void, GatewayError.GatewayError>>
  readonly metadataTokens: Effect.Effect<MetadataTokens>
  /** `lifetime` in milliseconds. */
  readonly issueMetadataToken: (lifetime: number) => Effect.Effect<string>
  readonly faults: Effect.Effect<ReadonlyArray<Fault>>
  readonly inject: (faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  readonly clearFaults: Effect.Effect<void>
  /** The effect of the script on the next request. */
  readonly nextFault: (target: Target) => Effect.Effect<FaultScript.Choice>
  /** Runs the response to a request, which a reset interrupts. */
  readonly untilReset: <A, R>(response: Effect.Effect<A, never, R>) => Effect.Effect<A, never, R>
  readonly reset: Effect.Effect<void>
}

export class State extends Context.Tag("@hotspot-session/emulator/State")<State, Service>() {}

const requestIdStream = 200

/** Independent of the seed, so that what one emulator issues is not valid at another one. */
const randomHex64 = Effect.sync(() => randomBytes(32).toString("hex"))

const initialData = ({ count, projects, seed }: Initial): HashMap.HashMap<string, Project.Project> => {
  const seeded = (id: string, name: string) =>
    [id, Project.make({ id, name, seed, base: Dataset.seeded({ seed, count, projectId: id }) })] as const
  const documented = Project.make({
    id: Documented.projectId,
    name: "documentation",
    seed,
    base: Dataset.fromArray(Documented.example.items)
  })
  return HashMap.fromIterable([
    ...projects.map(({ id, name }) => seeded(id, name)),
    seeded(Demo.projectId, Demo.projectName),
    [documented.id, documented]
  ])
}

const staticToken: Authentication.Token = { scope: { _tag: "EveryProject" }, expiresAt: Number.POSITIVE_INFINITY }

const initialTokens: HashMap.HashMap<string, Authentication.Token> = HashMap.make([Demo.token, staticToken])

const initialAccessKeys: AccessKey.AccessKeys = HashMap.make(
  [Demo.accessKey, AccessKey.permanent(Demo.secretKey)],
  [Demo.temporaryKey.accessKey, AccessKey.temporary({ ...Demo.temporaryKey, expiresAt: Number.POSITIVE_INFINITY })]
)

/**
 * Five consecutive wrong passwords lock the user for 15 minutes, the default of IAM's login policy.
 *
 * Source of the duration: ShowDomainLoginPolicy of IAM's API reference.
 */
const passwordPolicy: Lockout.Policy = { limit: 5, duration: 15 * 60 * 1000 }

interface User {
  readonly password: string
  readonly lockout: Lockout.Lockout
}

const initialUser: User = { password: Demo.password, lockout: Lockout.none }

const make = Effect.fnUntraced(function* (initial: Initial) {
  const { seed } = initial
  const clock = yield* Effect.clock
  const now = () => clock.unsafeCurrentTimeMillis() + initial.clockSkew
  const atStart = initialData(initial)
  const projects = yield* Ref.make(atStart)
  const tokens = yield* Ref.make(initialTokens)
  const user = yield* Ref.make(initialUser)
  const accessKeys = yield* Ref.make(initialAccessKeys)
  const idToken = yield* Ref.make<string>(Demo.idToken)
  const podToken = yield* Ref.make<string>(Demo.podToken)
  const metadataTokens = yield* Ref.make<MetadataTokens>(HashMap.empty())
  const script = yield* Ref.make(FaultScript.make(initial.faults))
  const requestLog = RequestLog.make()
  const inFlight = yield* FiberSet.make()
  // Not restored by a reset, so that no ID is used twice.
  let requestIds = 0

  return State.of({
    requestLog,
    now,
    nextRequestId: () => Prng.hex32(seed, requestIdStream, requestIds++),
    projects: Effect.map(Ref.get(projects), (_) =>
      [...HashMap.values(_)].sort((left, right) => (left.id < right.id ? -1 : 1))
    ),
    projectById: (id) => Effect.map(Ref.get(projects), HashMap.get(id)),
    namedProjects: Effect.map(Ref.get(projects), (_) => {
      const created = [...HashMap.values(_)].filter(({ id }) => !HashMap.has(atStart, id))
      return initial.projects.concat(created.map(({ id, name }) => ({ id, name })))
    }),
    setConfigs: (id, configs) =>
      Ref.update(projects, (_) => {
        const name = Option.match(HashMap.get(_, id), { onNone: () => id, onSome: (project) => project.name })
        return HashMap.set(_, id, Project.make({ id, name, seed, base: Dataset.fromArray([...configs]) }))
      }),
    changeProject: (id, change) =>
      Ref.modify(projects, (_) =>
        Option.match(Option.flatMap(HashMap.get(_, id), change), {
          onNone: () => [Option.none(), _],
          onSome: ([result, changed]) => [Option.some(result), HashMap.set(_, id, changed)]
        })
      ),
    tokens: Ref.get(tokens),
    issueToken: (scope, lifetime) =>
      Effect.gen(function* () {
        const token = `emulated-${yield* randomHex64}`
        yield* Ref.update(tokens, HashMap.set(token, { scope, expiresAt: now() + lifetime }))
        return token
      }),
    revokeToken: (token) => Ref.update(tokens, HashMap.remove(token)),
    checkPassword: (password) =>
      Ref.modify(user, (_) => {
        if (Lockout.isLocked(_.lockout, now())) return ["locked", _] as const
        return password === _.password
          ? (["right", { ..._, lockout: Lockout.none }] as const)
          : (["wrong", { ..._, lockout: Lockout.fail(_.lockout, now(), passwordPolicy) }] as const)
      }),
    setPassword: (password) =>
      Effect.zipRight(
        Ref.set(user, { password, lockout: Lockout.none }),
        Ref.update(
          tokens,
          HashMap.filter((_) => _ === staticToken)
        )
      ),
    idToken: Ref.get(idToken),
    setIdToken: (token) => Ref.set(idToken, token),
    podToken: Ref.get(podToken),
    setPodToken: (token) => Ref.set(podToken, token),
    accessKeys: Ref.get(accessKeys),
    addAccessKey: (accessKey, secretKey) =>
      Ref.update(accessKeys, HashMap.set(accessKey, AccessKey.permanent(secretKey))),
    removeAccessKey: (accessKey) => Ref.update(accessKeys, HashMap.remove(accessKey)),
    issueTemporaryKey: (lifetime) =>
      Effect.gen(function* () {
        const digits = yield* randomHex64
        const key: AccessKey.TemporaryKey = {
          accessKey: `HSTA${digits.slice(0, 16).toUpperCase()}`,
          secretKey: digits.slice(16, 56),
          securityToken: `emulated-${yield* randomHex64}`,
          expiresAt: now() + lifetime
        }
        yield* Ref.update(accessKeys, HashMap.set(key.accessKey, AccessKey.temporary(key)))
        return key
      }),
    verify: (request, authorization) =>
      Ref.modify(accessKeys, (_) => AccessKey.verify(_, request, authorization, now())),
    metadataTokens: Ref.get(metadataTokens),
    issueMetadataToken: (lifetime) =>
      Effect.gen(function* () {
        const token = `emulated-${yield* randomHex64}`
        yield* Ref.update(metadataTokens, HashMap.set(token, now() + lifetime))
        return token
      }),
    faults: Effect.map(Ref.get(script), (_) => _.faults),
    inject: (faults) => Ref.update(script, (_) => FaultScript.append(_, faults)),
    clearFaults: Ref.update(script, (_) => ({ ..._, faults: [] })),
    nextFault: (target) => Ref.modify(script, (_) => FaultScript.next(_, target, seed)),
    untilReset: (response) =>
      Effect.fork(response).pipe(
        Effect.tap((fiber) => FiberSet.add(inFlight, fiber)),
        Effect.flatMap(Fiber.join)
      ),
    reset: Effect.gen(function* () {
      yield* FiberSet.clear(inFlight)
      yield* Ref.set(projects, atStart)
      yield* Ref.set(tokens, initialTokens)
      yield* Ref.set(user, initialUser)
      yield* Ref.set(idToken, Demo.idToken)
      yield* Ref.set(podToken, Demo.podToken)
      yield* Ref.set(accessKeys, initialAccessKeys)
      yield* Ref.set(metadataTokens, HashMap.empty())
      yield* Ref.set(script, FaultScript.make(initial.faults))
      requestLog.clear()
    })
  })
})

export const layer = (initial: Initial): Layer.Layer<State> => Layer.scoped(State, make(initial))
