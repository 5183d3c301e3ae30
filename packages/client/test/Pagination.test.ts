import { describe, expect, it } from "@effect/vitest"
import { HotspotSession, Operations, paged } from "@hotspot-session/client"
import { Forbidden, HotspotSessionMigrationConfig } from "@hotspot-session/core"
import { Chunk, Effect, Exit, Schema, Stream } from "effect"
import * as FC from "effect/FastCheck"
import type { PageParameters } from "../src/Pagination.js"
import { connect, type Handler, page, projectId } from "./support.js"

const ids = (count: number, from = 0) => Array.from({ length: count }, (_, index) => String(from + index))

const parameter = (url: URL, name: string, fallback: number) => Number(url.searchParams.get(name) ?? fallback)

/** A server that pages a list as documented. */
const paging =
  (all: ReadonlyArray<string>): Handler =>
  ({ url }) => {
    const offset = parameter(url, "offset", 0)
    return Effect.succeed(page(all.slice(offset, offset + parameter(url, "limit", 10))))
  }

const idsOf = (items: Chunk.Chunk<{ readonly id?: string }>) => Chunk.toReadonlyArray(items).map(({ id }) => id)

describe("paged", () => {
  const jobs = { name: "listJobs", method: "GET", pagination: { items: "jobs", key: "id" } } as const

  for (const [name, idOf] of [
    ["a number", Number],
    ["a BigInt", BigInt]
  ] as const) {
    it.effect(`returns an item once if its key is ${name}`, () =>
      Effect.gen(function* () {
        let requests = 0
        const list = paged(jobs, ({ limit = 10, offset = 0 }: PageParameters) =>
          Effect.sync(() => {
            const all = requests++ === 0 ? [1, 2, 3, 4, 5, 6, 7] : [0, 1, 2, 3, 4, 5, 6, 7]
            return { jobs: all.slice(offset, offset + limit).map((id) => ({ id: idOf(id) })) }
          })
        )
        const found = yield* Stream.runCollect(list.items({ limit: 5 }))
        expect(Chunk.toArray(found).map(({ id }) => Number(id))).toEqual([1, 2, 3, 4, 5, 6, 7])
      })
    )
  }

  it.effect("takes pages of items without a key for repeated if they are equal, whatever these contain", () =>
    Effect.gen(function* () {
      const list = paged(jobs, (_: PageParameters) => Effect.succeed({ jobs: [{ size: 5n }] }))
      expect(yield* Effect.flip(Stream.runDrain(list.items({ limit: 1 })))).toMatchObject({ _tag: "PaginationError" })
    })
  )

  const configs = Schema.decodeSync(Schema.Array(HotspotSessionMigrationConfig))(ids(250).map((id) => ({ id })))

  it.effect("runs an effect for each page, of which a page is requested when the one before is done", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const list = paged(
        Operations.listHotspotSessionConfig,
        ({ limit = 10, offset = 0 }: HotspotSession.ListParameters) =>
          Effect.sync(() => {
            events.push(`request ${offset}`)
            return { items: configs.slice(offset, offset + limit) }
          })
      )
      const each = ({ items }: { readonly items: ReadonlyArray<unknown> }) =>
        Effect.zipRight(
          Effect.yieldNow(),
          Effect.sync(() => void events.push(`page of ${items.length}`))
        )
      yield* list.forEachPage({ project_id: projectId, offset: 50 }, each)
      expect(events).toEqual(["request 50", "page of 100", "request 150", "page of 100", "request 250", "page of 0"])
    })
  )

  it.effect("ends with the failure of the effect for a page, or with that of repeated pages", () =>
    Effect.gen(function* () {
      let requests = 0
      const list = paged(Operations.listHotspotSessionConfig, (_: HotspotSession.ListParameters) =>
        Effect.sync(() => {
          requests++
          return { items: configs.slice(0, 100) }
        })
      )
      expect(yield* Effect.flip(list.forEachPage({ project_id: projectId }, () => Effect.fail("full")))).toBe("full")
      expect(requests).toBe(1)
      const repeated = yield* Effect.flip(list.forEachPage({ project_id: projectId }, () => Effect.void))
      expect(repeated).toMatchObject({ _tag: "PaginationError", offset: 100 })
    })
  )

  it.effect("returns one page, and streams of pages and items", () =>
    Effect.gen(function* () {
      const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession
      expect((yield* listHotspotSessionConfig({ project_id: projectId })).items).toHaveLength(10)
      const pages = yield* Stream.runCollect(listHotspotSessionConfig.pages({ project_id: projectId }))
      expect(Chunk.toReadonlyArray(pages).map(({ items }) => items.length)).toEqual([100, 100, 50])
      const items = yield* Stream.runCollect(listHotspotSessionConfig.items({ project_id: projectId, offset: 200 }))
      expect(idsOf(items)).toEqual(ids(50, 200))
    }).pipe(
      Effect.provide(
        HotspotSession.mock({
          listHotspotSessionConfig: ({ limit = 10, offset = 0 }) =>
            Effect.succeed({ items: configs.slice(offset, offset + limit) })
        })
      )
    )
  )

  it.effect(
    "passes options to each page, fails with the error of a page, and reports repeated pages without a URL",
    () =>
      Effect.gen(function* () {
        const seen: Array<HotspotSession.CallOptions | undefined> = []
        const onePage = ({ offset = 0 }: HotspotSession.ListParameters, options?: HotspotSession.CallOptions) => {
          seen.push(options)
          return offset < 200
            ? Effect.succeed({ items: configs.slice(0, 100) })
            : Effect.fail(new Forbidden({ error_msg: "no" }))
        }
        const list = paged(Operations.listHotspotSessionConfig, onePage)
        const options = { timeout: "1 second" } as const
        const repeated = yield* Effect.flip(Stream.runDrain(list.items({ project_id: projectId }, options)))
        expect(repeated).toMatchObject({ _tag: "PaginationError", offset: 100, url: undefined })
        expect(seen).toEqual([options, options])
        expect(yield* Effect.flip(list({ project_id: projectId, offset: 200 }))).toMatchObject({ _tag: "Forbidden" })
        expect(onePage).not.toHaveProperty("pages")
      })
  )
})

describe("pagination", () => {
  it.effect("returns 1,234 configurations once, in order, with 13 requests", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(paging(ids(1234)))
      expect(idsOf(yield* Stream.runCollect(list.items({ project_id: projectId })))).toEqual(ids(1234))
      const requests = yield* sent
      expect(requests).toHaveLength(13)
      expect(requests.at(-1)?.url.search).toBe("?limit=100&offset=1200")
    })
  )

  it.effect("is lazy: sends no request before it runs, and only one if the consumer needs one page", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(paging(ids(1234)))
      const items = list.items({ project_id: projectId })
      expect(yield* sent).toHaveLength(0)
      expect(idsOf(yield* Stream.runCollect(Stream.take(items, 1)))).toEqual(["0"])
      expect(yield* sent).toHaveLength(1)
      yield* Stream.runCollect(Stream.take(items, 100))
      expect(yield* sent).toHaveLength(2)
      yield* Stream.runCollect(Stream.take(items, 101))
      expect(yield* sent).toHaveLength(4)
    })
  )

  it.effect("starts at the offset and uses the limit", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(paging(ids(30)))
      const pages = yield* Stream.runCollect(list.pages({ project_id: projectId, offset: 5, limit: 8 }))
      expect(Chunk.toReadonlyArray(pages).map(({ items }) => items.length)).toEqual([8, 8, 8, 1])
      expect((yield* sent).map(({ url }) => url.search)).toEqual([5, 13, 21, 29].map((at) => `?limit=8&offset=${at}`))
    })
  )

  it.effect("fails after the second page if the server ignores the offset", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(({ url }) => Effect.succeed(page(ids(parameter(url, "limit", 10)))))
      const error = yield* Effect.flip(Stream.runDrain(list.items({ project_id: projectId, limit: 20 })))
      expect(error).toMatchObject({ _tag: "PaginationError", offset: 20, repeated: 20, id: "0" })
      expect(error.message).toContain("offset=20")
      expect(yield* sent).toHaveLength(2)
      const elsewhere = { endpoint: "https://elsewhere.example/prefix" }
      const named = yield* Effect.flip(Stream.runDrain(list.items({ project_id: projectId, limit: 20 }, elsewhere)))
      expect(named).toHaveProperty("url", expect.stringMatching(/^https:\/\/elsewhere\.example\/prefix\/v1\//))
    })
  )

  it.effect("fails if the pages after the first repeat in a cycle", () =>
    Effect.gen(function* () {
      const { list, sent } = yield* connect(({ url }) => {
        const number = parameter(url, "offset", 0) / 20
        if (number > 30) return Effect.succeed(page([]))
        return Effect.succeed(page(ids(20, number < 2 ? number * 20 : 40 + ((number - 2) % 3) * 20)))
      })
      const error = yield* Effect.flip(Stream.runDrain(list.items({ project_id: projectId, limit: 20 })))
      expect(error).toMatchObject({ _tag: "PaginationError", repeated: 20 })
      expect((yield* sent).length).toBeLessThan(10)
    })
  )

  it.effect("fails if the server starts over", () =>
    Effect.gen(function* () {
      const { list } = yield* connect(({ url }) => Effect.succeed(page(ids(20, parameter(url, "offset", 0) % 60))))
      const error = yield* Effect.flip(Stream.runDrain(list.items({ project_id: projectId, limit: 20 })))
      expect(error).toMatchObject({ _tag: "PaginationError", offset: 60 })
    })
  )

  it.effect("does not end at a page of the service's default size, because a proxy may drop the limit", () =>
    Effect.gen(function* () {
      const ignoresLimit = yield* connect(({ url }) =>
        Effect.succeed(
          page(
            ids(34)
              .slice(parameter(url, "offset", 0))
              .slice(0, 10)
          )
        )
      )
      expect(idsOf(yield* Stream.runCollect(ignoresLimit.list.items({ project_id: projectId })))).toEqual(ids(34))

      const ignoresBoth = yield* connect(() => Effect.succeed(page(ids(10))))
      const exit = yield* Effect.exit(Stream.runDrain(ignoresBoth.list.items({ project_id: projectId })))
      expect(Exit.isFailure(exit)).toBe(true)

      const hasTen = yield* connect(paging(ids(10)))
      expect(idsOf(yield* Stream.runCollect(hasTen.list.items({ project_id: projectId })))).toEqual(ids(10))
      expect(yield* hasTen.sent).toHaveLength(2)
    })
  )

  it.effect("returns a configuration once if it moves to the next page because another one was created", () =>
    Effect.gen(function* () {
      const { list } = yield* connect((sent, nth) => paging([...ids(nth - 1, 1000), ...ids(50)])(sent, nth))
      const found = idsOf(yield* Stream.runCollect(list.items({ project_id: projectId, limit: 20 })))
      expect(found).toEqual(ids(50))
    })
  )

  it.effect("succeeds if the last page has only configurations that moved there", () =>
    Effect.gen(function* () {
      const { list } = yield* connect((sent, nth) => paging([...ids(nth - 1, 1000), ...ids(100)])(sent, nth))
      expect(idsOf(yield* Stream.runCollect(list.items({ project_id: projectId })))).toEqual(ids(100))
    })
  )

  it.effect("fails with the error of a page after returning the pages before it", () =>
    Effect.gen(function* () {
      const { list } = yield* connect((sent, nth) =>
        nth === 3 ? Effect.succeed({ status: 403, body: "{}" }) : paging(ids(100))(sent, nth)
      )
      const seen: Array<string | undefined> = []
      const error = yield* list.items({ project_id: projectId, limit: 20 }).pipe(
        Stream.runForEach(({ id }) => Effect.sync(() => seen.push(id))),
        Effect.flip
      )
      expect(error).toMatchObject({ _tag: "Forbidden" })
      expect(seen).toEqual(ids(40))
    })
  )

  it.effect.prop(
    "returns every configuration once, in order, with the fewest requests",
    [FC.integer({ min: 0, max: 120 }), FC.integer({ min: 5, max: 100 }), FC.integer({ min: 0, max: 150 })],
    ([count, limit, offset]) =>
      Effect.gen(function* () {
        const { list, sent } = yield* connect(paging(ids(count)))
        const found = idsOf(yield* Stream.runCollect(list.items({ project_id: projectId, limit, offset })))
        expect(found).toEqual(ids(count).slice(offset))
        const last = found.length % limit
        const extraRequests = last === 10 ? 1 : 0
        expect(yield* sent).toHaveLength(Math.floor(found.length / limit) + 1 + extraRequests)
      })
  )
})
