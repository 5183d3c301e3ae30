import leven from "leven"

/** Of single letters. */
const mostChanges = 3

/** The part of the letters that must be the same. */
const leastInCommon = 0.4

/** The candidate that was most likely meant, if one is close enough to have been. */
export const nearest = (text: string, candidates: ReadonlyArray<string>): string | undefined => {
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: leven(text.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  if (best === undefined || best.distance > mostChanges) return undefined
  const length = Math.max(text.length, best.candidate.length)
  return (length - best.distance) / length > leastInCommon ? best.candidate : undefined
}
