import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import { Credentials, HotspotSession } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Chunk, Data, Effect, Redacted, Stream } from "effect"
import { listFleet } from "../src/ListFleet.js"

class Unknown extends Data.TaggedError("Unknown")<{ readonly name: string }> {}

const config = (id: string) => ({ id: id as never, hotspot_exit_session_num: 2, non_migrate_users: [] })

/** A fleet whose targets are project names; connecting to `mars` fails. */
const setUp = Effect.gen(function* () {
  const emulator = yield* Emulator.make()
  yield* emulator.setConfigs("north", [config("n1"), config("n2"), config("n3")])
  yield* emulator.setConfigs("east", [config("e1")])
  const client = yield* HotspotSession.make({ endpoint: emulator.endpoint }).pipe(
    Effect.provideService(Credentials.Credentials, Credentials.token(Redacted.make(Demo.token)))
  )
  const connect = (name: string) =>
    name === "mars" ? new Unknown({ name }) : Effect.succeed({ client, projectId: name, region: `of ${name}` })
  const list = (names: ReadonlyArray<string>, options?: Parameters<typeof listFleet>[2]) =>
    Stream.runCollect(listFleet(names, connect, options)).pipe(
      Effect.map((listings) =>
        Chunk.toReadonlyArray(listings).map((one) =>
          "error" in one
            ? [one.target, one.connection?.region, one.error._tag]
            : [one.target, one.connection.region, one.configs.map(({ id }) => id).join()]
        )
      )
    )
  return { emulator, list }
}).pipe(Effect.provideServiceEffect(HttpClient.HttpClient, NodeHotspotSession.makeHttpClient()))

describe("a fleet", () => {
  it.scopedLive("is listed in the given order, even if some targets fail", () =>
    Effect.gen(function* () {
      const { list } = yield* setUp
      expect(yield* list(["north", "mars", "not a project", "east"])).toEqual([
        ["north", "of north", "n1,n2,n3"],
        ["mars", undefined, "Unknown"],
        ["not a project", "of not a project", "InvalidRequest"],
        ["east", "of east", "e1"]
      ])
    })
  )

  it.scopedLive("is listed with all configurations, page by page", () =>
    Effect.gen(function* () {
      const { emulator, list } = yield* setUp
      const ids = Array.from({ length: 11 }, (_, index) => `c${index}`)
      yield* emulator.setConfigs("north", ids.map(config))
      expect(yield* list(["north"])).toEqual([["north", "of north", ids.join()]])
      const before = (yield* emulator.requests).length
      expect(yield* list(["north"], { pageSize: 6 })).toEqual([["north", "of north", ids.join()]])
      expect((yield* emulator.requests).length - before).toBe(2)
    })
  )
})
