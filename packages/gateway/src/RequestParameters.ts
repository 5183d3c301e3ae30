import type { HotspotSession } from "@hotspot-session/client"
import { type Issue, issuesOf, listHotspotSessionConfigEndpoint } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { contractPath } from "./RouteTable.js"

const { pathSchema, urlParamsSchema } = listHotspotSessionConfigEndpoint

const decodePath = Schema.decodeUnknownEither(Option.getOrThrow(pathSchema), { errors: "all" })
const decodeQuery = Schema.decodeUnknownEither(Option.getOrThrow(urlParamsSchema), { errors: "all" })

const decodeSegment = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The query parameters of the contract. A repeated one is an array, which the schema rejects. */
const queryParametersOf = (query: string): Record<string, string | ReadonlyArray<string>> => {
  const parameters = new URLSearchParams(query)
  const known: Record<string, string | ReadonlyArray<string>> = {}
  for (const name of ["limit", "offset"]) {
    const [first, ...others] = parameters.getAll(name)
    if (first !== undefined) known[name] = others.length === 0 ? first : [first, ...others]
  }
  return known
}

/** Decodes the parameters of a request by the contract's schemas. Left is every issue found. */
export const parametersOf = (target: {
  readonly path: string
  readonly query: string
}): Either.Either<HotspotSession.ListParameters, ReadonlyArray<Issue>> => {
  const id = decodePath({ project_id: decodeSegment(contractPath.exec(target.path)?.[1] ?? "") })
  const query = decodeQuery(queryParametersOf(target.query))
  if (Either.isLeft(id) || Either.isLeft(query)) {
    return Either.left([
      ...(Either.isLeft(id) ? issuesOf(id.left) : []),
      ...(Either.isLeft(query) ? issuesOf(query.left) : [])
    ])
  }
  const { limit, offset } = query.right
  return Either.right({
    project_id: id.right.project_id,
    ...(offset === undefined ? {} : { offset }),
    ...(limit === undefined ? {} : { limit })
  })
}
