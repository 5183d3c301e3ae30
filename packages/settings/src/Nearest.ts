import leven from "leven"

/** Of single letters. */
const maxChanges = 3

/** The part of the letters that must be the same. */
const minInCommon = 0.4

/** The candidate that was most likely meant, if one is close enough to have been. */
export const nearest = (text: string, candidates: ReadonlyArray<string>): string | undefined => {
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: leven(text.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  if (best === undefined || best.distance > maxChanges) return undefined
  const length = Math.max(text.length, best.candidate.length)
  return (length - best.distance) / length > minInCommon ? best.candidate : undefined
}

/** The beginning of a hint that names a candidate, and nothing where none is meant. */
export const suggestion = (meant: string | undefined): string => (meant === undefined ? "" : `Did you mean ${meant}? `)

/** `suggestion` of the nearest candidate. */
export const didYouMean = (text: string, candidates: ReadonlyArray<string>): string =>
  suggestion(nearest(text, candidates))
