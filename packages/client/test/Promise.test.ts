import { getEventListeners } from "node:events"
import { afterAll, beforeAll, describe, expect, it, vi } from "@effect/vitest"
import {
  CallableOperation,
  Credentials,
  type HotspotSession,
  InvalidRequest,
  RetryPolicy,
  ServiceUnavailable
} from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { type Client, connect, fromLayer } from "@hotspot-session/client/promise"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect, Exit, Layer, Redacted, Schema, Scope } from "effect"

const scope = Effect.runSync(Scope.make())
let emulator: Emulator.Service
const open: Array<Client> = []

beforeAll(async () => {
  emulator = await Effect.runPromise(Scope.extend(Emulator.make({ count: 5 }), scope))
})

afterAll(async () => {
  await Promise.all(open.map(({ close }) => close()))
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

const project = { project_id: Demo.projectId }
const settings = { hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }

const connected = async (options: Partial<Parameters<typeof connect>[0]> = {}) => {
  await Effect.runPromise(emulator.reset)
  const client = await connect({
    endpoint: emulator.endpoint,
    credentials: { token: Demo.token },
    retry: RetryPolicy.none,
    ...options
  } as Parameters<typeof connect>[0])
  open.push(client)
  return client
}

const inject = (faults: Parameters<Emulator.Service["inject"]>[0]) => Effect.runPromise(emulator.inject(faults))

const requests = () => Effect.runPromise(emulator.requests)

/** The error of a rejected promise. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "not rejected",
    (error: unknown) => error
  )

const showQuota = CallableOperation.make(
  { name: "showQuota", method: "GET", path: "/v1/{project_id}/hotspot-session-config", idempotency: "safe" },
  {
    request: Schema.Struct({ project_id: Schema.String }),
    response: Schema.Struct({ items: Schema.Array(Schema.Object) })
  }
)

describe("a client with promises", () => {
  it("calls each operation", async () => {
    const client = await connected()
    const { id } = await client.createHotspotSessionConfig({ ...project, ...settings })
    const config = { ...project, config_id: id ?? "" }
    await client.updateHotspotSessionConfig({ ...config, ...settings, hotspot_exit_session_num: 7 })
    await client.updateNonMigrationUsers({ ...config, update_type: "ADD", non_migrate_users: [{ user_name: "a" }] })
    expect((await client.listNonMigrationUsers(config)).non_migrate_users).toEqual([{ user_name: "a" }])
    const { items } = await client.listHotspotSessionConfig(project)
    expect(items.at(-1)).toMatchObject({ id, hotspot_exit_session_num: 7, non_migrate_users: [{ user_name: "a" }] })
    expect((await client.call(showQuota, project)).items).toHaveLength(6)
  })

  it("reads pages when they are awaited, and none after a break", async () => {
    const client = await connected()
    const ids: Array<string | undefined> = []
    for await (const { id } of client.listHotspotSessionConfig.items({ ...project, limit: 2 })) ids.push(id)
    expect(new Set(ids).size).toBe(5)
    expect(await requests()).toHaveLength(3)
    for await (const page of client.listHotspotSessionConfig.pages({ ...project, limit: 2 })) {
      expect(page.items).toHaveLength(2)
      break
    }
    expect(await requests()).toHaveLength(4)
  })

  it("rejects with the error of the call, whose stack is the caller's", async () => {
    const client = await connected()
    await inject([{ kind: "status", status: 503 }])
    const callingFunction = () => client.listHotspotSessionConfig(project)
    const error = await rejection(callingFunction())
    expect(error).toBeInstanceOf(ServiceUnavailable)
    expect(error).toBeInstanceOf(Error)
    const [head, first] = String((error as Error).stack).split(/\n(?=\s+at )/)
    expect(head).toMatch(/^ServiceUnavailable: The service is unavailable \(503\)/)
    expect(first).toContain("callingFunction")
    const iterate = () => client.listHotspotSessionConfig.items(project)
    const iterated = await rejection(iterate().next())
    expect(String((iterated as Error).stack)).toContain("at iterate")
    expect(await rejection(client.listHotspotSessionConfig({ ...project, limit: 0 }))).toBeInstanceOf(InvalidRequest)
  })

  it("is interrupted by a signal, with its reason", async () => {
    const client = await connected()
    await inject([{ kind: "stall" }])
    const controller = new AbortController()
    const call = rejection(client.listHotspotSessionConfig(project, { signal: controller.signal }))
    const next = rejection(client.listHotspotSessionConfig.items(project, { signal: controller.signal }).next())
    await expect.poll(requests).toHaveLength(2)
    controller.abort("enough")
    expect(await Promise.all([call, next])).toEqual(["enough", "enough"])
    expect(await rejection(client.listHotspotSessionConfig(project, { signal: controller.signal }))).toBe("enough")
    expect(await requests()).toHaveLength(2)
  })

  it("is interrupted by a signal that it shares with many others, without a warning of Node", async () => {
    const clients = await Promise.all([connected(), connected()])
    await inject([{ kind: "stall" }])
    const warnings: Array<Error> = []
    const warn = (warning: Error) => warnings.push(warning)
    process.on("warning", warn)
    const controller = new AbortController()
    const calls = [...clients, ...Array<Client>(10).fill(clients[0])].map((client) =>
      rejection(client.listHotspotSessionConfig(project, { signal: controller.signal }))
    )
    await expect.poll(async () => (await requests()).length).toBeGreaterThan(0)
    controller.abort("enough")
    expect(await Promise.all(calls)).toEqual(calls.map(() => "enough"))
    process.off("warning", warn)
    expect(warnings).toEqual([])
    expect(getEventListeners(controller.signal, "abort")).toEqual([])
  })

  it("keeps nothing of a call that has ended", async () => {
    const client = await connected()
    const { signal } = new AbortController()
    await client.listHotspotSessionConfig(project, { signal })
    expect(getEventListeners(signal, "abort")).toEqual([])
    const abort = vi.spyOn(AbortController.prototype, "abort")
    await client.close()
    expect(abort).not.toHaveBeenCalled()
    abort.mockRestore()
  })

  it("rejects the calls in progress and all later ones when it is closed", async () => {
    const client = await connected()
    await inject([{ kind: "stall" }])
    const call = rejection(client.listHotspotSessionConfig(project))
    await expect.poll(requests).toHaveLength(1)
    await Promise.all([client.close(), client[Symbol.asyncDispose]()])
    expect(await call).toEqual(new Error("The client is closed"))
    expect(await rejection(client.listHotspotSessionConfig.items(project).next())).toEqual(
      new Error("The client is closed")
    )
  })

  it("delivers no item after it was closed or aborted", async () => {
    for (const end of ["abort", "close"] as const) {
      const client = await connected()
      const controller = new AbortController()
      const items = client.listHotspotSessionConfig.items(project, { signal: controller.signal })
      expect((await items.next()).done).toBe(false)
      if (end === "abort") controller.abort("enough")
      else await client.close()
      expect(await rejection(items.next())).toEqual(end === "abort" ? "enough" : new Error("The client is closed"))
    }
  })

  it("keeps the stack of what the program throws", async () => {
    const programsMistake = () => {
      throw new TypeError("mistake")
    }
    const client = await connected({ retry: RetryPolicy.make({ retryable: programsMistake }) })
    await inject([{ kind: "status", status: 503 }])
    const error = await rejection(client.listHotspotSessionConfig(project))
    expect(String((error as Error).stack)).toContain("programsMistake")
  })

  it("uses a service of credentials that has fields of its own", async () => {
    const service = Credentials.token(Redacted.make(Demo.token))
    for (const credentials of [
      { ...service, token: "outdated" },
      { ...service, accessKey: "other" }
    ]) {
      const client = await connected({ credentials })
      expect((await client.listHotspotSessionConfig(project, { credentials })).items).toHaveLength(5)
    }
  })

  it("does not say that it is closed if credentials interrupt themselves", async () => {
    const client = await connected({ credentials: { get: Effect.interrupt, invalidate: () => Effect.succeed(false) } })
    expect(String(await rejection(client.listHotspotSessionConfig(project)))).not.toContain("closed")
  })

  it("accepts credentials as plain strings, for the client and for a call", async () => {
    const key = { accessKey: Demo.accessKey, secretKey: Demo.secretKey }
    const client = await connected({ credentials: key })
    expect((await client.listHotspotSessionConfig(project)).items).toHaveLength(5)
    const wrong = await rejection(client.listHotspotSessionConfig(project, { credentials: { token: "other-token" } }))
    expect(wrong).toMatchObject({ _tag: "Unauthorized" })
    const missing = { credentials: { token: undefined as never } }
    expect(String(await rejection(client.listHotspotSessionConfig(project, missing)))).toContain("is missing")
  })

  it("is not made with an invalid setting, which the error names", async () => {
    const secret = "canary"
    for (const [options, message] of [
      [{ timeout: "soon" }, /^timeout must be /],
      [{ credentials: secret }, /^credentials must be /],
      [{ credentials: undefined }, /^credentials must be /],
      [{ credentials: { get: secret } }, /^credentials must be /],
      [{ credentials: { token: secret, accessKey: secret, secretKey: secret } }, /^credentials must be /],
      [{ credentials: { token: null } }, /^The token .* is missing$/],
      [{ credentials: { token: 5 } }, /^The token .* it is not a string$/],
      [{ credentials: { accessKey: secret, secretKey: 5 } }, /the secret key is not a string$/],
      [{ credentials: { token: `${secret}\n` } }, /^The token .* line break$/],
      [{ credentials: { accessKey: secret } }, /^The access key .* the secret key is missing$/],
      [{ endpoint: "nowhere" }, /^the endpoint must be /]
    ] as const) {
      const error = await rejection(connected(options as never))
      expect(error).toBeInstanceOf(Error)
      expect(error).toMatchObject({ name: "ConfigError", message: expect.stringMatching(message) })
      expect(String(error)).not.toContain(secret)
    }
    expect(await rejection(connect(undefined as never))).toMatchObject({ name: "ConfigError" })
  })

  it("rejects options and inputs that are no objects, or that contain themselves, before anything is sent", async () => {
    const client = await connected()
    const cyclic: Record<string, unknown> = { ...project, ...settings }
    cyclic["self"] = cyclic
    for (const [call, message] of [
      [() => client.listHotspotSessionConfig(project, null as never), "options must be an object"],
      [() => client.createHotspotSessionConfig({ ...project, ...settings }, 5 as never), "options must be an object"],
      [() => client.listHotspotSessionConfig.items(project, null as never).next(), "options must be an object"],
      [() => client.listHotspotSessionConfig(project, { signal: {} as never }), "signal must be an AbortSignal"],
      [() => client.updateHotspotSessionConfig(null as never, { signal: 5 as never }), "signal must be an AbortSignal"],
      [
        () => client.listHotspotSessionConfig.items(project, { signal: new AbortController() as never }).next(),
        "signal must be an AbortSignal"
      ],
      [() => client.listHotspotSessionConfig(null as never), "project_id: is missing"],
      [() => client.createHotspotSessionConfig(cyclic as never), "input must not contain itself"]
    ] as const) {
      const error = await rejection(call())
      expect(error).toBeInstanceOf(InvalidRequest)
      expect(String(error)).toContain(message)
    }
    expect(await requests()).toEqual([])
  })

  it("advises to change a port to which fetch sends nothing", async () => {
    const client = await connected({ endpoint: "http://127.0.0.1:6000" })
    expect(await rejection(client.listHotspotSessionConfig(project))).toMatchObject({
      reason: "request",
      hint: expect.stringContaining("port of the endpoint")
    })
  })

  it("is made from any layer", async () => {
    const client = await fromLayer(
      NodeHotspotSession.layer({ endpoint: emulator.endpoint }).pipe(
        Layer.provide(Credentials.layerToken(Redacted.make(Demo.token)))
      )
    )
    open.push(client)
    expect((await client.listHotspotSessionConfig(project)).items.length).toBeGreaterThan(0)
  })

  it("releases what a layer that fails has acquired", async () => {
    const events: Array<string> = []
    const acquired = Layer.scopedDiscard(
      Effect.acquireRelease(
        Effect.sync(() => events.push("acquired")),
        () => Effect.sync(() => events.push("released"))
      )
    )
    const failing: Layer.Layer<HotspotSession.HotspotSession, string> = Layer.fail("no service")
    for (const layer of [
      Layer.provideMerge(failing, acquired),
      Layer.unwrapScoped(Effect.as(Layer.build(acquired), failing))
    ]) {
      expect(await rejection(fromLayer(layer))).toBe("no service")
      expect(events.splice(0)).toEqual(["acquired", "released"])
    }
  })
})
