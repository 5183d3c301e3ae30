import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { SharedStoreService } from "../shared/SharedStore.js"
import type { SharedStoreGuard } from "../shared/SharedStoreGuard.js"
import type { SharedGenerations } from "./Generations.js"

export interface Settings {
  /** How long the store remembers a generation, in milliseconds. */
  readonly lifetime: number
  /** Makes irreversible names of projects. */
  readonly digest: (project: string) => string
}

/** The stored format, beside those of responses. */
const Value = Schema.Struct({ v: Schema.Literal(1), generation: Schema.String })

const decodeValue = Schema.decodeUnknownOption(Value)

/** The generations in the store of the responses. */
export const make = (
  responses: SharedStoreService["responses"],
  guard: SharedStoreGuard,
  { digest, lifetime }: Settings
): SharedGenerations => {
  const keyOf = (project: string) => digest(`generation ${project}`)
  return {
    get: (project) =>
      Effect.map(
        guard.run("read", responses.get(keyOf(project))),
        Option.map((value) =>
          Option.match(Option.flatMap(value, decodeValue), { onNone: () => "", onSome: ({ generation }) => generation })
        )
      ),
    set: (project, generation) => {
      const value: typeof Value.Type = { v: 1, generation }
      return Effect.map(
        guard.run("write", responses.set(keyOf(project), value, Option.some(Duration.millis(lifetime)))),
        Option.isSome
      )
    }
  }
}
