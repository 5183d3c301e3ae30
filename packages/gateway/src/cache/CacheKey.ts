import type { Operation } from "@hotspot-session/core"

/**
 * The part of a cache key that is the same for all callers. A missing offset equals 0; all other missing parameters are
 * left to the cloud.
 */
export const parametersKey = (
  { name, path, query = [] }: Pick<Operation, "name" | "path" | "query">,
  values: Readonly<Record<string, unknown>>
): string => {
  const names = [...[...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = ""]) => parameter), ...query]
  return JSON.stringify([
    name,
    ...names.map((parameter) => values[parameter] ?? (parameter === "offset" ? 0 : undefined))
  ])
}

/**
 * The cache key of a request. `caller` is a digest that is unique to the caller, so that no caller is served what was
 * fetched for another. `remoteUpstream` is the name of the project's upstream if that is not the default one: another
 * gateway may use its own default for the same project.
 */
export const cacheKey = (caller: string, parameters: string, remoteUpstream: string | undefined): string =>
  `${caller} ${parameters}${remoteUpstream === undefined ? "" : ` ${remoteUpstream}`}`
