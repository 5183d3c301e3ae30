/** Types with a description, for which Schema's messages would quote the description in place of the type. */
import type { ParseIssue } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { show } from "./Setting.js"

const expected =
  (type: string) =>
  ({ actual }: ParseIssue): string =>
    `Expected ${type}, actual ${show(actual)}`

export const describedInt = (description: string): typeof Schema.Int =>
  Schema.Int.annotations({ description, message: expected("an integer") })

export const describedArray = <Item extends Schema.Schema.Any>(item: Item, description: string): Schema.Array$<Item> =>
  Schema.Array(item).annotations({ description, message: expected("an array") })
