import type { HotspotSession } from "@hotspot-session/client"

/**
 * What an answer is kept under: who asked, and what for. `caller` is a digest that no other caller has, so that nobody is
 * ever given what was kept for another one. No offset is the same as 0; no limit is left to the service. `elsewhere` is
 * the name of the cloud that is asked, where it is not the gateway's own: another gateway may ask its own for the project.
 */
export const cacheKey = (
  caller: string,
  { limit, offset, project_id }: HotspotSession.ListParameters,
  elsewhere: string | undefined
): string => `${caller} ${project_id} ${limit ?? ""} ${offset ?? 0}${elsewhere === undefined ? "" : ` ${elsewhere}`}`
