import { describe, expect, it } from "@effect/vitest"
import type { HotspotSession } from "@hotspot-session/client"
import { Chunk, Deferred, Effect, Exit, Fiber, Stream } from "effect"
import * as FC from "effect/FastCheck"
import { eachTarget, forEachTarget } from "../src/EachTarget.js"

/** A connection of which nothing is called. */
const connection = (projectId: string) => ({ projectId, client: {} as HotspotSession.Service })

const connect = (name: string) => (name.startsWith("!") ? Effect.fail("unknown") : Effect.succeed(connection(name)))

describe("forEachTarget", () => {
  it.effect("handles all targets, whatever the number at a time", () =>
    Effect.gen(function* () {
      for (const parallel of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        const handled: Array<string> = []
        yield* forEachTarget(
          ["a", "b"],
          () => Effect.fail("unresolved"),
          () => Effect.void,
          parallel,
          ({ target }) => Effect.sync(() => handled.push(target))
        )
        expect(handled).toEqual(["a", "b"])
      }
    })
  )

  it.effect("gives what eachTarget gives, in the order of the targets, whichever is ready first", () =>
    Effect.promise(() =>
      FC.assert(
        FC.asyncProperty(
          FC.array(FC.record({ name: FC.constantFrom("a", "b", "!c"), yields: FC.nat(4), fails: FC.boolean() })),
          FC.integer({ min: 1, max: 5 }),
          async (targets, parallel) => {
            const connectTo = ({ name }: (typeof targets)[number]) => connect(name)
            const use = (_: unknown, { fails, yields }: (typeof targets)[number]) =>
              Effect.zipRight(
                Effect.yieldNow().pipe(Effect.repeatN(yields)),
                fails ? Effect.fail("no") : Effect.succeed(1)
              )
            const handled: Array<unknown> = []
            const handle = (result: unknown) =>
              Effect.zipRight(
                Effect.yieldNow(),
                Effect.sync(() => void handled.push(result))
              )
            await Effect.runPromise(forEachTarget(targets, connectTo, use, parallel, handle))
            const expected = await Effect.runPromise(Stream.runCollect(eachTarget(targets, connectTo, use, parallel)))
            expect(handled).toEqual(Chunk.toReadonlyArray(expected))
          }
        ),
        { numRuns: 50 }
      )
    )
  )

  it.effect("uses as many targets at a time as are parallel, and handles one result at a time", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 10 }, (_, index) => String(index))
      const most = { used: 0, handled: 0 }
      const counted = (what: keyof typeof most) => {
        let now = 0
        return Effect.acquireUseRelease(
          Effect.sync(() => {
            most[what] = Math.max(most[what], ++now)
          }),
          () => Effect.yieldNow(),
          () => Effect.sync(() => void now--)
        )
      }
      const use = counted("used")
      const handle = counted("handled")
      yield* forEachTarget(
        names,
        connect,
        () => use,
        3,
        () => handle
      )
      expect(most).toEqual({ used: 3, handled: 1 })
    })
  )

  it.effect("goes on with later targets while an earlier one takes long, and stops with a failure of the handler", () =>
    Effect.gen(function* () {
      const release = yield* Deferred.make<void>()
      const used: Array<string> = []
      const use = (_: unknown, name: string) =>
        Effect.zipRight(
          Effect.sync(() => void used.push(name)),
          name === "slow" ? Deferred.await(release) : Effect.void
        )
      const handled: Array<string> = []
      const handle = ({ target }: { readonly target: string }) =>
        Effect.suspend(() => {
          handled.push(target)
          return target === "b" ? Effect.fail("full") : Effect.void
        })
      const fiber = yield* Effect.fork(forEachTarget(["slow", "a", "b", "c"], connect, use, 2, handle))
      yield* Effect.yieldNow().pipe(Effect.repeatN(20))
      expect([used, handled]).toEqual([["slow", "a", "b", "c"], []])
      yield* Deferred.succeed(release, undefined)
      expect(yield* Fiber.await(fiber)).toEqual(Exit.fail("full"))
      expect(handled).toEqual(["slow", "a", "b"])
    })
  )
})
