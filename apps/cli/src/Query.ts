import * as Effect from "effect/Effect"
import * as Io from "./Io.js"
import type { Format } from "./output/FormatNames.js"
import { messageOf } from "./output/MessageOf.js"
import { UsageError } from "./UsageError.js"

/** Applies a query to a document and writes the result. */
export type Query = (document: unknown, format: Format) => Effect.Effect<void, UsageError, Io.Io>

/** The names of the numbers in the library's messages. */
const typeNames = ["number", "any", "string", "array", "object", "boolean", "expression", "null"]

const problemOf = (error: unknown): string => {
  const message = messageOf(error)
  const [, expected, received] = /^TypeError: expected (?:one of )?([\d,]+), received (\d)$/.exec(message) ?? []
  if (expected !== undefined) {
    const types = expected.split(",").map((type) => typeNames[Number(type)])
    return `the expression of a function must return ${types.join(" or ")}, and has returned ${typeNames[Number(received)]}`
  }
  // The library gives no other message.
  return message === "TypeError" ? "a function was called with an argument of the wrong type" : message
}

const sample = {
  items: [
    {
      id: "1",
      project_id: "1",
      hotspot_session_migration_enable: true,
      hotspot_exit_session_num: 1,
      non_migrate_users: [{ user_id: "1", user_name: "a" }]
    }
  ]
}

/** Throws if a query names an unknown function, which the library detects only on the call. */
const tryOn = (query: (document: unknown) => unknown) => {
  try {
    query(sample)
  } catch (error) {
    if (problemOf(error).startsWith("Unknown function")) throw error
  }
}

interface SyntaxNode {
  readonly type: string
  readonly name?: string
  readonly children?: ReadonlyArray<SyntaxNode>
  readonly value?: unknown
}

const fieldsOf = ({ children = [], name, type, value }: SyntaxNode): ReadonlyArray<string> => [
  ...(type === "Field" && name !== undefined ? [name] : []),
  ...(type === "KeyValuePair" ? fieldsOf(value as SyntaxNode) : []),
  ...children.flatMap(fieldsOf)
]

/** Throws if a query names what the library would find in the prototype of every object. */
const checkFields = (node: SyntaxNode) => {
  const inherited = fieldsOf(node).find((name) => name in Object.prototype)
  if (inherited !== undefined) throw new Error(`${inherited} is not a field`)
}

const attempt = <A>(what: "parsed" | "applied", hint: string, evaluate: () => A): Effect.Effect<A, UsageError> =>
  Effect.try({
    try: evaluate,
    catch: (error) =>
      new UsageError({ message: `option '--query <expression>' cannot be ${what}: ${problemOf(error)}`, hint })
  })

/** Source: {@link https://jmespath.org/specification.html JMESPath}. */
export const makeQuery = Effect.fnUntraced(function* (expression: string): Effect.fn.Return<Query, UsageError> {
  const [{ default: jmespath }, { renderValue }] = yield* Effect.promise(() =>
    Promise.all([import("jmespath"), import("./output/ValueFormats.js")])
  )
  // The types of the library lack `compile`.
  const { compile, search } = jmespath as typeof jmespath & { readonly compile: (expression: string) => SyntaxNode }
  const syntaxHint = "Write a JMESPath expression, such as items[].id; https://jmespath.org has a tutorial."
  const query = yield* attempt("parsed", syntaxHint, () => {
    checkFields(compile(expression))
    const query = (document: unknown) => search(document, expression)
    tryOn(query)
    return query
  })
  return (document, format) =>
    Effect.gen(function* () {
      const io = yield* Io.Io
      const value = yield* attempt("applied", "It is applied to the output of -o json.", () => query(document))
      yield* io.data(renderValue(value, format, { colours: io.colours.stdout, isTerminal: io.isTerminal }))
      if (value === null) yield* io.note("the query matched nothing\n")
    })
})
