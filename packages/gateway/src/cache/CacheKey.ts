import type { HotspotSession } from "@hotspot-session/client"

/**
 * The cache key of a request. `caller` is a digest that is unique to the caller, so that no caller is served what was
 * fetched for another. A missing offset equals 0; a missing limit is left to the cloud. `remoteUpstream` is the name of
 * the project's upstream if that is not the default one: another gateway may use its own default for the same project.
 */
export const cacheKey = (
  caller: string,
  { limit, offset, project_id }: HotspotSession.ListParameters,
  remoteUpstream: string | undefined
): string =>
  `${caller} ${project_id} ${limit ?? ""} ${offset ?? 0}${remoteUpstream === undefined ? "" : ` ${remoteUpstream}`}`
