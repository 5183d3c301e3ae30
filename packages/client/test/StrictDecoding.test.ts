import { describe, expect, it } from "@effect/vitest"
import { CallableOperation, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { Effect, Layer, Schema } from "effect"
import { layer, page, projectId, script, server } from "./support.js"

const config_id = "895110260098859008"
const config = { id: config_id, hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }
const listed = { ...config, project_id: projectId, non_migrate_users: [{ user_id: "u1", user_name: "a" }] }
const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }

const showQuota = CallableOperation.make(
  { name: "showQuota", method: "GET", path: "/v1/{project_id}/quotas", idempotency: "safe" },
  { request: Schema.Struct({ project_id: Schema.String }), response: Schema.Struct({ total: Schema.Number }) }
)

type Use = (service: HotspotSession.Service) => Effect.Effect<unknown, unknown>

/** The result of a call whose response has this body. */
const decoded = (use: Use, body: unknown, options: Partial<HotspotSession.Options> = { decoding: "strict" }) =>
  Effect.gen(function* () {
    const { client } = yield* server(script({ status: 200, body: JSON.stringify(body) }))
    const context = yield* Layer.build(layer(client, options))
    return yield* Effect.either(Effect.flatMap(HotspotSession.HotspotSession, use).pipe(Effect.provide(context)))
  }).pipe(Effect.scoped)

const list: Use = ({ listHotspotSessionConfig }) => listHotspotSessionConfig({ project_id: projectId })

const cases: ReadonlyArray<readonly [name: string, use: Use, body: object]> = [
  ["listHotspotSessionConfig", list, { items: [listed] }],
  [
    "createHotspotSessionConfig",
    ({ createHotspotSessionConfig }) => createHotspotSessionConfig({ project_id: projectId, ...settings }),
    { ...config, non_migrate_users: [] }
  ],
  [
    "updateHotspotSessionConfig",
    ({ updateHotspotSessionConfig }) => updateHotspotSessionConfig({ project_id: projectId, config_id, ...settings }),
    config
  ],
  [
    "listNonMigrationUsers",
    ({ listNonMigrationUsers }) => listNonMigrationUsers({ project_id: projectId, config_id }),
    { total_count: 1, non_migrate_users: [{ user_name: "a" }] }
  ],
  ["an operation of one's own", ({ call }) => call(showQuota, { project_id: projectId }), { total: 5 }]
]

describe("strict decoding", () => {
  for (const [name, use, body] of cases) {
    it.effect(`of ${name} accepts the documented response, and rejects unknown, absent and null fields`, () =>
      Effect.gen(function* () {
        expect(yield* decoded(use, body)).toMatchObject({ _tag: "Right", right: body })
        const rejected = [{ ...body, added: 1 }, ...Object.keys(body).map((field) => ({ ...body, [field]: null })), {}]
        for (const response of rejected) {
          expect(yield* decoded(use, response), JSON.stringify(response)).toMatchObject({
            _tag: "Left",
            left: { _tag: "DecodeError" }
          })
        }
      })
    )
  }

  it.effect("rejects fields at every depth, and names them", () =>
    Effect.gen(function* () {
      const issues = (item: object) =>
        Effect.map(decoded(list, { items: [item] }), (result) => result._tag === "Left" && String(result.left))
      expect(yield* issues({ ...listed, added: 1 })).toContain("items[0].added")
      expect(yield* issues(config)).toContain("items[0].project_id: is missing")
      expect(yield* issues({ ...listed, non_migrate_users: [{ user_name: "a", mail: "b" }] })).toContain(
        "items[0].non_migrate_users[0].mail"
      )
      expect(yield* issues({ ...listed, non_migrate_users: [{}] })).toContain(
        "neither user_id nor user_name is present"
      )
    })
  )

  it.effect("is not the default", () =>
    Effect.gen(function* () {
      expect(yield* decoded(list, { items: [{ id: null, added: 1 }] }, {})).toMatchObject({
        _tag: "Right",
        right: { items: [{ added: 1, non_migrate_users: [] }] }
      })
    })
  )

  it.effect("says that a write was made whose response it rejects", () =>
    Effect.gen(function* () {
      const [, create = list] = cases[1] ?? []
      expect(yield* decoded(create, { id: config_id })).toMatchObject({ left: { outcome: "done" } })
    })
  )
})

describe("the retry policy of a layer", () => {
  const attempts = (options: Partial<HotspotSession.Options>, policy: RetryPolicy.RetryPolicy) =>
    Effect.gen(function* () {
      const { client, sent } = yield* server(script({ status: 503 }, { status: 503 }, page([])))
      const context = yield* Layer.build(Layer.provide(layer(client, options), RetryPolicy.layer(policy)))
      yield* Effect.either(Effect.flatMap(HotspotSession.HotspotSession, list).pipe(Effect.provide(context)))
      return (yield* sent).length
    }).pipe(Effect.scoped)

  const immediate = (attempts: number) => RetryPolicy.make({ attempts, baseDelay: 0 })

  it.effect("applies to clients without a policy of their own", () =>
    Effect.gen(function* () {
      expect(yield* attempts({}, RetryPolicy.none)).toBe(1)
      expect(yield* attempts({}, immediate(2))).toBe(2)
      expect(yield* attempts({ retry: immediate(3) }, RetryPolicy.none)).toBe(3)
    })
  )

  it.effect("is checked when a client is made", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(attempts({}, {} as never))
      expect(String(error)).toContain("retry must be a retry policy")
    })
  )
})
