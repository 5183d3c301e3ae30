import { InvalidArgumentError, Option } from "@commander-js/extra-typings"
import { type FieldName, type Format, fieldNames, formats, outputVariable } from "../output/FormatNames.js"
import { alternatives, choice, once, text } from "./OptionValues.js"

/** The options that decide how data is written. */
export interface OutputFlags<Name extends string = FieldName> {
  readonly output?: Format | undefined
  readonly fields?: ReadonlyArray<Name> | undefined
  readonly query?: string | undefined
}

/** The values that a shell completes, by the names of the flags. */
export const outputValues = { output: formats, fields: fieldNames }

/** Names of fields, separated by commas. */
const fieldList =
  <Name extends string>(known: ReadonlyArray<Name>) =>
  (value: string): ReadonlyArray<Name> => {
    const names = value.split(",").map((name) => choice(known)(name.trim()))
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw new InvalidArgumentError(`It names ${twice} twice.`)
    return names
  }

export const output = () =>
  new Option(
    "-o, --output <format>",
    `${alternatives(formats)} (environment: ${outputVariable}; default: table on a terminal, else tsv)`
  ).argParser(once<Format>(choice(formats)))

export const fields = <Name extends string>(known: ReadonlyArray<Name>) =>
  new Option("--fields <names>", `fields to show, separated by commas: ${known.join(", ")}`).argParser(
    once(fieldList(known))
  )

/** `example` is an expression for the command's JSON. */
export const query = (example: string) =>
  new Option("--query <expression>", `JMESPath expression to apply to the output of -o json, such as ${example}`)
    .argParser(once(text))
    .conflicts("fields")
