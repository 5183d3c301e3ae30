import * as Effect from "effect/Effect"
import { UsageError } from "../CliError.js"
import type { Format } from "../commandLine/Invocation.js"
import * as Io from "../Io.js"

/** A query: writes what it finds in a document. */
export type Query = (document: unknown, format: Format) => Effect.Effect<void, UsageError, Io.Io>

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Reads a JMESPath expression, before anything is asked. */
export const makeQuery = (expression: string): Effect.Effect<Query, UsageError> =>
  Effect.gen(function* () {
    const { queryOf, renderValue } = yield* Effect.promise(() => import("../output/Query.js"))
    const query = yield* Effect.try({
      try: () => queryOf(expression),
      catch: (error) =>
        new UsageError({
          message: `option '--query <expression>' cannot be read: ${messageOf(error)}`,
          hint: "Write a JMESPath expression, such as items[].id; https://jmespath.org has a tutorial."
        })
    })
    return (document, format) =>
      Effect.gen(function* () {
        const io = yield* Io.Io
        const value = yield* Effect.try({
          try: () => query(document),
          catch: (error) =>
            new UsageError({
              message: `option '--query <expression>' cannot be applied: ${messageOf(error)}`,
              hint: "It is applied to what -o json shows without it."
            })
        })
        yield* io.data(renderValue(value, format, io.colours.stdout))
        if (value === null) yield* io.note("the query finds nothing\n")
      })
  })
