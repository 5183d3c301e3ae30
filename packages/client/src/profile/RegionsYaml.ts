import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { parseDocument } from "yaml"
import type { SourcedValue } from "./Profile.js"

const Entries = Schema.Array(
  Schema.Struct({
    id: Schema.NonEmptyString,
    endpoint: Schema.optional(Schema.NonEmptyString),
    endpoints: Schema.optional(Schema.NonEmptyArray(Schema.NonEmptyString))
  })
)

const decodeEntries = Schema.decodeUnknownOption(Entries)

type Endpoints = ReadonlyMap<string, SourcedValue<string>>

const endpointsOf = (content: unknown, serviceName: string, source: string): Either.Either<Endpoints, string> => {
  // A file of comments only has no content.
  if (content !== null && !Predicate.isRecord(content)) return Either.left(`must have ${serviceName} as a key`)
  const found = Object.entries(content ?? {})
    .filter(([name]) => name.toUpperCase() === serviceName)
    .map(([, entries]) => entries ?? [])
  const endpoints = new Map<string, SourcedValue<string>>()
  for (const entries of found) {
    const decoded = decodeEntries(entries)
    if (Option.isNone(decoded)) {
      return Either.left(`must have a list of regions, each with an id and an endpoint, under ${serviceName}`)
    }
    for (const { endpoint, endpoints: several, id } of decoded.value) {
      const value = endpoint ?? several?.[0]
      if (value === undefined) return Either.left(`has no endpoint for ${id} under ${serviceName}`)
      endpoints.set(id, { value: value.trim(), source: `${serviceName} in ${source}` })
    }
  }
  return Either.right(endpoints)
}

/**
 * The endpoints of a service by region in the text of a file of regions; the name of the service is in capitals. Left is what
 * is wrong with the file, as the end of a sentence.
 */
export const parse = (text: string, serviceName: string, source: string): Either.Either<Endpoints, string> => {
  const document = parseDocument(text, { uniqueKeys: false, logLevel: "silent" })
  const [error] = document.errors
  if (error !== undefined) return Either.left(`is not valid YAML in line ${error.linePos?.[0].line ?? 1}`)
  return Either.flatMap(
    Either.try({ try: () => document.toJS() as unknown, catch: () => "is not valid YAML" }),
    (content) => endpointsOf(content, serviceName, source)
  )
}
