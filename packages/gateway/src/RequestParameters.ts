import {
  HotspotSessionGroup,
  hasRepeatedNames,
  type Issue,
  issuesOf,
  type Operation,
  pathPattern
} from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { parametersKey } from "./cache/CacheKey.js"
import { pathOf, percentDecoded, queryOf, type RequestHead } from "./RequestHead.js"

/** The parameters of an operation, from path and query. */
export interface RequestParameters {
  readonly values: { readonly project_id: string; readonly [name: string]: unknown }
  /** Their part of the cache key. */
  readonly key: string
}

/** Left is every issue found. */
export type DecodedParameters = Either.Either<RequestParameters, ReadonlyArray<Issue>>

export const parametersOf = (operation: Operation, values: RequestParameters["values"]): RequestParameters => ({
  values,
  key: parametersKey(operation, values)
})

const decodeSegments = (groups: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(groups).map(([name, segment]) => [name, percentDecoded(segment)]))

/** The parameters in the path of an operation, decoded and not checked. */
export const pathParametersOf = (operation: Operation, path: string): Readonly<Record<string, string>> =>
  decodeSegments(pathPattern(operation).exec(path)?.groups)

/** Its schema would only say what one value must be. */
const repeated = "is given more than once; send it once"

/** The query parameters of an operation. A repeated one is an array, which the schema rejects. */
const queryParametersOf = (names: ReadonlyArray<string>, query: string) => {
  const parameters = new URLSearchParams(query)
  const known: Record<string, string | ReadonlyArray<string>> = {}
  for (const name of names) {
    const [first, ...others] = parameters.getAll(name)
    if (first !== undefined) known[name] = others.length === 0 ? first : [first, ...others]
  }
  return known
}

/** Fields that a schema does not have are issues; of query and path, only those that it has are decoded. */
const schemaDecoder = (schema: Option.Option<unknown>) =>
  Schema.decodeUnknownEither(
    Option.getOrElse(schema, () => Schema.Struct({})) as Schema.Schema<Record<string, unknown>, unknown>,
    { errors: "all", onExcessProperty: "error" }
  )

const decoder = new TextDecoder("utf-8", { fatal: true })

const parseBody = (body: Uint8Array = new Uint8Array()): Either.Either<unknown, Issue> =>
  Either.try({
    try: () => {
      const text = decoder.decode(body)
      return { text, value: JSON.parse(text) as unknown }
    },
    catch: () => ({ path: "", message: "the body is not valid JSON in UTF-8" })
  }).pipe(
    Either.filterOrLeft(
      ({ value }) => Predicate.isRecord(value),
      () => ({ path: "", message: "the body must be a JSON object" })
    ),
    Either.filterOrLeft(
      ({ text, value }) => !hasRepeatedNames(text, value),
      () => ({ path: "", message: "an object in the body has two fields of the same name" })
    ),
    Either.map(({ value }) => value)
  )

/** Decodes the parameters and the body of an operation by the schemas of its endpoint. */
const decoderOf = (operation: Operation): ((url: string, body: Uint8Array | undefined) => DecodedParameters) => {
  const endpoint = Object.values(HotspotSessionGroup.endpoints).find(({ name }) => name === operation.name)
  if (endpoint === undefined) throw new Error(`the contract has no endpoint ${operation.name}`)
  const pattern = pathPattern(operation)
  const decodePath = schemaDecoder(endpoint.pathSchema)
  const decodeQuery = schemaDecoder(endpoint.urlParamsSchema)
  const decodeBody = schemaDecoder(endpoint.payloadSchema)
  return (url, body) => {
    const path = decodePath(decodeSegments(pattern.exec(pathOf(url))?.groups))
    const parameters = queryParametersOf(operation.query ?? [], queryOf(url))
    const query = decodeQuery(parameters)
    const json = operation.body === undefined ? Either.right({}) : parseBody(body)
    if (Either.isLeft(json)) return Either.left([json.left])
    const fields = decodeBody(json.right)
    return Either.isLeft(path) || Either.isLeft(query) || Either.isLeft(fields)
      ? Either.left(
          [path, query, fields]
            .flatMap((result) => (Either.isLeft(result) ? issuesOf(result.left) : []))
            .map((issue) => (Array.isArray(parameters[issue.path]) ? { ...issue, message: repeated } : issue))
        )
      : Either.right(
          parametersOf(operation, { ...path.right, ...query.right, ...fields.right } as RequestParameters["values"])
        )
  }
}

const maxCachedUrls = 10_000
const maxCachedUrlLength = 300

/** Decodes the parameters of requests, and caches those of reads by URL. */
export const makeDecoder = (
  operations: ReadonlyArray<Operation>
): ((operation: Operation, head: RequestHead, body: Uint8Array | undefined) => DecodedParameters) => {
  const decoders = new Map(operations.map((operation) => [operation, decoderOf(operation)]))
  const cache = new Map<string, DecodedParameters>()
  return (operation, { url }, body) => {
    const isCacheable = operation.method === "GET" && url.length <= maxCachedUrlLength
    const cached = isCacheable ? cache.get(url) : undefined
    if (cached !== undefined) return cached
    const decode = decoders.get(operation) ?? decoderOf(operation)
    const decoded = decode(url, body)
    if (isCacheable && Either.isRight(decoded)) {
      if (cache.size >= maxCachedUrls) cache.clear()
      cache.set(url, decoded)
    }
    return decoded
  }
}
