import { describe, expect, it } from "@effect/vitest"
import { CallableOperation, type CallError, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { Chunk, Effect, Either, Layer, Schema, Stream } from "effect"
import * as FC from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import { type Handler, layer, projectId, type Sent, script, server } from "./support.js"

const config_id = "895110260098859008"

/** Runs an effect with a client whose upstream is a handler, and returns the requests, too. */
const run = <A, E>(
  handler: Handler,
  use: (service: HotspotSession.Service) => Effect.Effect<A, E>,
  options: Partial<HotspotSession.Options> = {}
) =>
  Effect.gen(function* () {
    const { client, sent } = yield* server(handler)
    const context = yield* Layer.build(layer(client, options))
    const result = yield* Effect.either(
      Effect.flatMap(HotspotSession.HotspotSession, use).pipe(Effect.provide(context))
    )
    return { result, sent: yield* sent }
  }).pipe(Effect.scoped)

const lineOf = ({ request: { body, method, url } }: Sent) => ({
  line: `${method} ${url.replace(/^https?:\/\/[^/]*/, "")}`,
  ...(body._tag === "Uint8Array" ? { type: body.contentType, body: new TextDecoder().decode(body.body) } : {})
})

const settings = { hotspot_session_migration_enable: false, hotspot_exit_session_num: 0 }

const ok = { status: 200, body: "{}" }

/** Written from the documentation, not from the code. */
const requests: ReadonlyArray<
  readonly [
    name: string,
    (service: HotspotSession.Service) => Effect.Effect<unknown, unknown>,
    expected: { readonly line: string; readonly type?: string; readonly body?: string }
  ]
> = [
  [
    "listHotspotSessionConfig",
    ({ listHotspotSessionConfig }) => listHotspotSessionConfig({ project_id: projectId, offset: 20, limit: 10 }),
    { line: `GET /v1/${projectId}/hotspot-session-config?limit=10&offset=20` }
  ],
  [
    "createHotspotSessionConfig without users",
    ({ createHotspotSessionConfig }) => createHotspotSessionConfig({ project_id: projectId, ...settings }),
    {
      line: `POST /v1/${projectId}/hotspot-session-config`,
      type: "application/json",
      body: '{"hotspot_session_migration_enable":false,"hotspot_exit_session_num":0}'
    }
  ],
  [
    "createHotspotSessionConfig with users",
    ({ createHotspotSessionConfig }) =>
      createHotspotSessionConfig({
        project_id: projectId,
        hotspot_session_migration_enable: true,
        hotspot_exit_session_num: 100,
        non_migrate_users: [{ user_id: "u1", user_name: "佐藤" }, { user_name: '"quoted" 🙂' }]
      }),
    {
      line: `POST /v1/${projectId}/hotspot-session-config`,
      type: "application/json",
      body: '{"hotspot_session_migration_enable":true,"hotspot_exit_session_num":100,"non_migrate_users":[{"user_id":"u1","user_name":"佐藤"},{"user_name":"\\"quoted\\" 🙂"}]}'
    }
  ],
  [
    "updateHotspotSessionConfig",
    ({ updateHotspotSessionConfig }) =>
      updateHotspotSessionConfig({
        project_id: projectId,
        config_id,
        hotspot_session_migration_enable: true,
        hotspot_exit_session_num: 4
      }),
    {
      line: `PATCH /v1/${projectId}/hotspot-session-config/${config_id}`,
      type: "application/json",
      body: '{"hotspot_session_migration_enable":true,"hotspot_exit_session_num":4}'
    }
  ],
  [
    "listNonMigrationUsers",
    ({ listNonMigrationUsers }) =>
      listNonMigrationUsers({ project_id: projectId, config_id, user_name: "a b&c", offset: 0, limit: 1 }),
    {
      line: `GET /v1/${projectId}/hotspot-session-config/${config_id}/non-migration-users?limit=1&offset=0&user_name=a%20b%26c`
    }
  ],
  [
    "updateNonMigrationUsers",
    ({ updateNonMigrationUsers }) =>
      updateNonMigrationUsers({
        project_id: projectId,
        config_id,
        update_type: "DELETE",
        non_migrate_users: [{ user_id: "u1" }]
      }),
    {
      line: `PATCH /v1/${projectId}/hotspot-session-config/${config_id}/non-migration-users`,
      type: "application/json",
      body: '{"update_type":"DELETE","non_migrate_users":[{"user_id":"u1"}]}'
    }
  ]
]

describe("the request", () => {
  for (const [name, use, expected] of requests) {
    it.effect(`of ${name} has the documented method, path, query and body`, () =>
      Effect.gen(function* () {
        const { sent } = yield* run(script(ok), use)
        expect(sent.map(lineOf)).toEqual([expected])
      })
    )
  }
})

describe("a response", () => {
  it.effect("is decoded leniently, and keeps unknown fields", () =>
    Effect.gen(function* () {
      const created = yield* run(
        script({ status: 200, body: '{"id":"1","hotspot_exit_session_num":null,"zone":"a"}' }),
        ({ createHotspotSessionConfig }) => createHotspotSessionConfig({ project_id: projectId, ...settings })
      )
      expect(created.result).toMatchObject({ right: { id: "1", zone: "a", non_migrate_users: [] } })
      const updated = yield* run(script(ok), ({ updateHotspotSessionConfig }) =>
        updateHotspotSessionConfig({ project_id: projectId, config_id, ...settings })
      )
      expect(updated.result).toMatchObject({ right: {} })
      const users = yield* run(script({ status: 200, body: '{"non_migrate_users":null}' }), (service) =>
        service.listNonMigrationUsers({ project_id: projectId, config_id })
      )
      expect(users.result).toMatchObject({ right: { non_migrate_users: [] } })
    })
  )

  it.effect("with unknown fields of too many levels is an error, because nothing could show it", () =>
    Effect.gen(function* () {
      const nested = (levels: number) => `{"id":"1","zone":${"[".repeat(levels)}${"]".repeat(levels)}}`
      const create = (levels: number) =>
        run(script({ status: 200, body: nested(levels) }), ({ createHotspotSessionConfig }) =>
          createHotspotSessionConfig({ project_id: projectId, ...settings })
        )
      expect((yield* create(400)).result).toMatchObject({ right: { id: "1" } })
      expect((yield* create(3_000)).result).toMatchObject({
        left: { _tag: "DecodeError", issues: [{ message: "the body is nested too deeply" }] }
      })
    })
  )

  it.effect("of updateNonMigrationUsers is a success whatever its body is, unless it is a web page", () =>
    Effect.gen(function* () {
      for (const body of ["", "null", "{}", "[]", "<done/>", " "]) {
        const { result, sent } = yield* run(script({ status: 200, body }), (service) =>
          service.updateNonMigrationUsers({
            project_id: projectId,
            config_id,
            update_type: "ADD",
            non_migrate_users: []
          })
        )
        expect([result._tag, sent.length]).toEqual(["Right", 1])
      }
    })
  )

  it.effect("that is a web page does not mean that the change was made", () =>
    Effect.gen(function* () {
      const page = { status: 200, body: "<!doctype html><title>Sign in</title>" }
      const writes: ReadonlyArray<(service: HotspotSession.Service) => Effect.Effect<unknown, CallError>> = [
        (service) => service.createHotspotSessionConfig({ project_id: projectId, ...settings }),
        (service) => service.updateHotspotSessionConfig({ project_id: projectId, config_id, ...settings }),
        (service) =>
          service.updateNonMigrationUsers({
            project_id: projectId,
            config_id,
            update_type: "ADD",
            non_migrate_users: [{ user_id: "a" }]
          })
      ]
      for (const write of writes) {
        const { result } = yield* run(script(page), write)
        expect(result).toMatchObject({ left: { _tag: "DecodeError", outcome: "unknown" } })
      }
    })
  )

  it.effect("of create that cannot be parsed means that the change was made", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(script({ status: 200, body: '{"id":' }), (service) =>
        service.createHotspotSessionConfig({ project_id: projectId, ...settings })
      )
      expect(result).toMatchObject({ left: { _tag: "DecodeError", outcome: "done" } })
      expect(result).toHaveProperty("left.message", expect.stringContaining("the change was made"))
      expect(sent).toHaveLength(1)
    })
  )
})

describe("a lost response", () => {
  it.effect("of create is not repeated, and the error says what to do", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(script({ status: 503 }), (service) =>
        service.createHotspotSessionConfig({ project_id: projectId, ...settings })
      )
      expect(result).toMatchObject({
        left: { _tag: "ServiceUnavailable", outcome: "unknown", attempts: 1, hint: expect.stringContaining("List the") }
      })
      expect(sent).toHaveLength(1)
    })
  )

  it.live("of update is repeated", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(
        script({ status: 503 }, ok),
        (service) => service.updateHotspotSessionConfig({ project_id: projectId, config_id, ...settings }),
        { retry: RetryPolicy.make({ baseDelay: 0 }) }
      )
      expect([result._tag, sent.length]).toEqual(["Right", 2])
    })
  )
})

const refusedIds = ["", ".", "..", "a/b", "a\\b", "a%2fb", "%2e%2e", "a\nb", "a\u0000", "a\u2028", "x".repeat(129)]

describe("an input", () => {
  it.effect("is refused before anything is sent if a configuration ID could address something else", () =>
    Effect.gen(function* () {
      for (const id of refusedIds) {
        const { result, sent } = yield* run(script(ok), (service) =>
          service.updateHotspotSessionConfig({ project_id: projectId, config_id: id, ...settings })
        )
        expect(result).toMatchObject({
          left: { _tag: "InvalidRequest", outcome: "not_done", issues: [{ path: "config_id" }] }
        })
        expect(sent).toEqual([])
      }
    })
  )

  it.effect("of any other ID of 1 to 128 characters is sent as one segment", () =>
    Effect.promise(() =>
      FC.assert(
        FC.asyncProperty(
          FC.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).filter(
            (id) => !/[\p{C}\p{Zl}\p{Zp}/\\%]/u.test(id) && !/^\.{1,2}$/.test(id)
          ),
          (id) =>
            Effect.gen(function* () {
              const { sent } = yield* run(script(ok), (service) =>
                service.listNonMigrationUsers({ project_id: projectId, config_id: id })
              )
              const path = new URL(sent[0]?.request.url ?? "").pathname
              const [, , , , segment = "", last] = path.split("/")
              expect([decodeURIComponent(segment), last]).toEqual([id, "non-migration-users"])
            }).pipe(Effect.runPromise)
        ),
        { numRuns: runs(100) }
      )
    )
  )

  const users = (count: number) => Array.from({ length: count }, (_, index) => ({ user_id: `u${index}` }))

  const invalid: ReadonlyArray<readonly [string, object, path: string]> = [
    ["sessions below 0", { hotspot_exit_session_num: -1 }, "hotspot_exit_session_num"],
    ["more than 100 sessions", { hotspot_exit_session_num: 101 }, "hotspot_exit_session_num"],
    ["a part of a session", { hotspot_exit_session_num: 1.5 }, "hotspot_exit_session_num"],
    ["sessions as text", { hotspot_exit_session_num: "4" }, "hotspot_exit_session_num"],
    ["no sessions", { hotspot_exit_session_num: undefined }, "hotspot_exit_session_num"],
    ["a switch as text", { hotspot_session_migration_enable: "true" }, "hotspot_session_migration_enable"],
    ["null in place of the switch", { hotspot_session_migration_enable: null }, "hotspot_session_migration_enable"],
    ["1,001 users", { non_migrate_users: users(1001) }, "non_migrate_users"],
    ["a user without ID and name", { non_migrate_users: [{}] }, "non_migrate_users[0]"],
    ["a user whose ID and name are undefined", { non_migrate_users: [{ user_id: undefined }] }, "non_migrate_users[0]"],
    ["an empty ID", { non_migrate_users: [{ user_id: "" }] }, "non_migrate_users[0].user_id"],
    ["an ID of 129 characters", { non_migrate_users: [{ user_id: "x".repeat(129) }] }, "non_migrate_users[0].user_id"],
    ["a name of 129 emoji", { non_migrate_users: [{ user_name: "🙂".repeat(129) }] }, "non_migrate_users[0].user_name"],
    ["a number as ID", { non_migrate_users: [{ user_id: 5 }] }, "non_migrate_users[0].user_id"],
    ["users as an object", { non_migrate_users: {} }, "non_migrate_users"],
    ["no project", { project_id: undefined }, "project_id"]
  ]
  for (const [name, input, path] of invalid) {
    it.effect(`of create with ${name} is refused before anything is sent`, () =>
      Effect.gen(function* () {
        const { result, sent } = yield* run(script(ok), (service) =>
          service.createHotspotSessionConfig({ project_id: projectId, ...settings, ...input })
        )
        expect(result).toMatchObject({ left: { _tag: "InvalidRequest", issues: [{ path }] } })
        expect(sent).toEqual([])
      })
    )
  }

  const unknownFields: ReadonlyArray<
    readonly [
      name: string,
      (service: HotspotSession.Service) => Effect.Effect<unknown, unknown>,
      issue: { readonly path: string; readonly message: string }
    ]
  > = [
    [
      "create",
      (service) =>
        service.createHotspotSessionConfig({
          project_id: projectId,
          ...settings,
          ...{ non_migrate_user: [{ user_id: "vip" }] }
        }),
      { path: "non_migrate_user", message: "unknown field; did you mean non_migrate_users?" }
    ],
    [
      "create, in a user",
      (service) =>
        service.createHotspotSessionConfig({
          project_id: projectId,
          ...settings,
          non_migrate_users: [{ user_id: "1" }, { user_id: "vip", ...{ username: "x" } }]
        }),
      { path: "non_migrate_users[1].username", message: "unknown field; did you mean user_name?" }
    ],
    [
      "update",
      (service) =>
        service.updateHotspotSessionConfig({
          project_id: projectId,
          config_id,
          ...settings,
          ...{ non_migrate_users: [{ user_id: "vip" }] }
        }),
      { path: "non_migrate_users", message: "unknown field; users are changed by updateNonMigrationUsers" }
    ],
    [
      "updateNonMigrationUsers of more than 1,000 users",
      (service) =>
        service.updateNonMigrationUsers({
          project_id: projectId,
          config_id,
          update_type: "ADD",
          non_migrate_users: [...users(2000), { user_id: "vip", ...{ userName: "x" } }]
        }),
      { path: "non_migrate_users[2000].userName", message: "unknown field; did you mean user_name?" }
    ],
    [
      "a list",
      (service) => service.listHotspotSessionConfig({ project_id: projectId, ...{ size: 5 } }),
      { path: "size", message: "unknown field; known are project_id, offset, limit" }
    ],
    [
      "a list of users, read to its end",
      (service) =>
        Stream.runDrain(
          service.listNonMigrationUsers.items({ project_id: projectId, config_id, ...{ username: "x" } })
        ),
      { path: "username", message: "unknown field; did you mean user_name?" }
    ]
  ]
  for (const [name, use, issue] of unknownFields) {
    it.effect(`of ${name} with an unknown field is refused before anything is sent`, () =>
      Effect.gen(function* () {
        const { result, sent } = yield* run(script(ok), use)
        expect(result).toMatchObject({ left: { _tag: "InvalidRequest", issues: [issue] } })
        expect(sent).toEqual([])
      })
    )
  }

  it.effect("whose unknown fields are undefined is sent without them", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(script(ok), (service) =>
        Effect.zipRight(
          service.listHotspotSessionConfig({ project_id: projectId, ...{ size: undefined } }),
          service.createHotspotSessionConfig({
            project_id: projectId,
            ...settings,
            non_migrate_users: [{ user_id: "vip", ...{ username: undefined } }]
          })
        )
      )
      expect([result._tag, sent.map(lineOf)]).toEqual([
        "Right",
        [
          { line: `GET /v1/${projectId}/hotspot-session-config` },
          expect.objectContaining({
            body: '{"hotspot_session_migration_enable":false,"hotspot_exit_session_num":0,"non_migrate_users":[{"user_id":"vip"}]}'
          })
        ]
      ])
    })
  )

  it.effect("of an operation of the program with an unknown field is refused, too", () =>
    Effect.gen(function* () {
      const showJob = CallableOperation.make(
        { name: "showJob", method: "GET", path: "/v1/jobs/{job_id}", idempotency: "safe" },
        { request: Schema.Struct({ job_id: Schema.String }) }
      )
      const { result, sent } = yield* run(script(ok), ({ call }) => call(showJob, { job_id: "1", ...{ jobId: "2" } }))
      expect(result).toMatchObject({ left: { _tag: "InvalidRequest", issues: [{ path: "jobId" }] } })
      expect(sent).toEqual([])
    })
  )

  it.effect("of create at its bounds is sent", () =>
    Effect.gen(function* () {
      for (const input of [
        { hotspot_exit_session_num: 100, non_migrate_users: users(1000) },
        { hotspot_exit_session_num: 0, non_migrate_users: [] },
        { non_migrate_users: [{ user_id: "x", user_name: "🙂".repeat(128) }] },
        { non_migrate_users: [{ user_name: "管".repeat(128) }] },
        // What is `undefined` is absent, also in a user.
        { non_migrate_users: [{ user_id: undefined, user_name: "x" } as never] }
      ]) {
        const { result, sent } = yield* run(script(ok), (service) =>
          service.createHotspotSessionConfig({ project_id: projectId, ...settings, ...input })
        )
        expect([result._tag, sent.length]).toEqual(["Right", 1])
      }
    })
  )

  it.effect("of updateNonMigrationUsers has a known update_type", () =>
    Effect.gen(function* () {
      const { result } = yield* run(script(ok), (service) =>
        service.updateNonMigrationUsers({
          project_id: projectId,
          config_id,
          update_type: "REMOVE" as "DELETE",
          non_migrate_users: []
        })
      )
      expect(result).toMatchObject({
        left: { issues: [{ path: "update_type", message: 'must be ADD or DELETE, was "REMOVE"' }] }
      })
    })
  )

  it.effect("of 2,500 users is sent in three requests, and a failure says how many were changed", () =>
    Effect.gen(function* () {
      const update = (service: HotspotSession.Service) =>
        service.updateNonMigrationUsers({
          project_id: projectId,
          config_id,
          update_type: "ADD",
          non_migrate_users: users(2500)
        })
      const countOf = (sent: Sent) =>
        (JSON.parse(lineOf(sent).body ?? "") as { non_migrate_users: ReadonlyArray<unknown> }).non_migrate_users.length
      const all = yield* run(script(ok), update)
      expect([all.result._tag, all.sent.map(countOf)]).toEqual(["Right", [1000, 1000, 500]])
      const failed = yield* run(script(ok, { status: 403, body: '{"error_msg":"No."}' }), update)
      expect(failed.sent.map(countOf)).toEqual([1000, 1000])
      expect(failed.result).toMatchObject({ left: { _tag: "Forbidden", completed: 1000, outcome: "not_done" } })
      expect(failed.result).toHaveProperty(
        "left.message",
        expect.stringContaining("1000 users were changed before, nothing more was changed)")
      )
    })
  )

  it.effect("of 2,500 users with an invalid last one is refused before anything is sent", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* run(script(ok), (service) =>
        service.updateNonMigrationUsers({
          project_id: projectId,
          config_id,
          update_type: "ADD",
          non_migrate_users: [...users(2499), { user_id: "" }]
        })
      )
      expect(result).toMatchObject({
        left: { _tag: "InvalidRequest", issues: [{ path: "non_migrate_users[2499].user_id" }] }
      })
      expect(sent).toEqual([])
    })
  )
})

describe("a success without a body", () => {
  const create = ({ createHotspotSessionConfig }: HotspotSession.Service) =>
    createHotspotSessionConfig({ project_id: projectId, ...settings })
  const update = ({ updateHotspotSessionConfig }: HotspotSession.Service) =>
    updateHotspotSessionConfig({ project_id: projectId, config_id, ...settings })

  it.effect("whose status allows that is a result without fields, unless they are required", () =>
    Effect.gen(function* () {
      for (const status of [202, 204]) {
        expect((yield* run(script({ status }), update)).result).toEqual(Either.right({}))
      }
      expect((yield* run(script({ status: 202 }), create)).result).toEqual(Either.right({ non_migrate_users: [] }))
      expect((yield* run(script({ status: 202 }), update, { decoding: "strict" })).result).toMatchObject({
        left: { _tag: "DecodeError", outcome: "done", issues: [{ message: "the body is empty" }] }
      })
    })
  )

  it.effect("of any other status cannot be parsed, but was made", () =>
    Effect.gen(function* () {
      for (const [status, use] of [
        [200, update],
        [201, create]
      ] as const) {
        expect((yield* run(script({ status }), use)).result).toMatchObject({
          left: { _tag: "DecodeError", outcome: "done", issues: [{ message: "the body is empty" }] }
        })
      }
    })
  )
})

describe("the users of a configuration", () => {
  const all = Array.from({ length: 230 }, (_, index) => ({ user_id: `u${index}`, user_name: `name ${index}` }))

  const paging =
    (total: boolean): Handler =>
    ({ url }) => {
      const offset = Number(url.searchParams.get("offset") ?? 0)
      const limit = Number(url.searchParams.get("limit") ?? 10)
      const body = {
        ...(total ? { total_count: all.length } : {}),
        non_migrate_users: all.slice(offset, offset + limit)
      }
      return Effect.succeed({ status: 200, body: JSON.stringify(body) })
    }

  for (const total of [true, false]) {
    it.effect(`are read to the end ${total ? "with" : "without"} a total`, () =>
      Effect.gen(function* () {
        const { result, sent } = yield* run(paging(total), ({ listNonMigrationUsers }) =>
          Stream.runCollect(listNonMigrationUsers.items({ project_id: projectId, config_id }))
        )
        expect(result._tag === "Right" && Chunk.toReadonlyArray(result.right)).toEqual(all)
        expect(sent).toHaveLength(3)
      })
    )
  }

  it.effect("are read without a further request if the total says that the page is the last one", () =>
    Effect.gen(function* () {
      const hundred = JSON.stringify({ total_count: 100, non_migrate_users: all.slice(0, 100) })
      const { sent } = yield* run(script({ status: 200, body: hundred }), ({ listNonMigrationUsers }) =>
        Stream.runDrain(listNonMigrationUsers.items({ project_id: projectId, config_id }))
      )
      expect(sent).toHaveLength(1)
    })
  )

  it.effect("fail if the server ignores the offset", () =>
    Effect.gen(function* () {
      const same = JSON.stringify({ total_count: 230, non_migrate_users: all.slice(0, 100) })
      const { result, sent } = yield* run(script({ status: 200, body: same }), ({ listNonMigrationUsers }) =>
        Stream.runDrain(listNonMigrationUsers.items({ project_id: projectId, config_id }))
      )
      expect(result).toMatchObject({
        left: { _tag: "PaginationError", operation: "listNonMigrationUsers", offset: 100, id: "u0" }
      })
      expect(sent).toHaveLength(2)
    })
  )
})
