import { makeMethods, type Vitest } from "@effect/vitest"
import { Effect, FiberRef, HashSet, Layer, Logger, TestClock, TestServices } from "effect"
import * as FastCheck from "effect/FastCheck"
import { it } from "vitest"
import { runs } from "./runs.js"

FastCheck.configureGlobal({ numRuns: runs(100) })

// That of users. Vitest sets 100, and every error of a call that fails as expected has a stack.
Error.stackTraceLimit = 10

/** What `it.effect` provides, a clock of the test's own included. Its layers take five milliseconds, this a tenth. */
const inTestEnvironment = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Layer.build(TestClock.defaultTestClock).pipe(
    Effect.zipRight(effect),
    Effect.scoped,
    Effect.provide(TestServices.liveServices),
    Effect.locallyWith(FiberRef.currentLoggers, HashSet.remove(Logger.defaultLogger))
  )

type Test = (...args: ReadonlyArray<never>) => Effect.Effect<unknown, unknown>

/** The same methods with tests in the test environment. */
const withTestEnvironment = <R>(tester: Vitest.Tester<R>): Vitest.Tester<R | TestServices.TestServices> => {
  const inside =
    (self: Test) =>
    (...args: ReadonlyArray<never>) =>
      inTestEnvironment(Effect.suspend(() => self(...args)))
  // The test is the last argument but for the options.
  const changed =
    (method: unknown) =>
    (...args: ReadonlyArray<unknown>) =>
      (method as (...args: ReadonlyArray<unknown>) => unknown)(
        ...args.map((argument) => (typeof argument === "function" ? inside(argument as Test) : argument))
      )
  const { each, fails, only, prop, runIf, skip, skipIf } = tester
  return Object.assign(changed(tester), {
    ...{ skip: changed(skip), only: changed(only), fails: changed(fails), prop: changed(prop) },
    each: (cases: ReadonlyArray<unknown>) => changed(each(cases)),
    skipIf: (condition: unknown) => changed(skipIf(condition)),
    runIf: (condition: unknown) => changed(runIf(condition))
  }) as Vitest.Tester<R | TestServices.TestServices>
}

// The test files share a process, and `layer` modifies `it` for all later ones.
const { live, scopedLive } = makeMethods(Object.assign(it, { scopedFixtures: it.scoped }))
Object.assign(it, { effect: withTestEnvironment(live), scoped: withTestEnvironment(scopedLive) })
