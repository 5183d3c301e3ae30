import leven from "leven"

const minSimilarity = 0.4

/** The candidate with the smallest edit distance, if it is similar enough. */
export const nearest = (text: string, candidates: ReadonlyArray<string>, maxDistance = 3): string | undefined => {
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: leven(text.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  if (best === undefined || best.distance > maxDistance) return undefined
  const length = Math.max(text.length, best.candidate.length)
  return (length - best.distance) / length > minSimilarity ? best.candidate : undefined
}

/** The beginning of a hint that suggests a candidate; empty if there is none. */
export const suggestion = (meant: string | undefined): string => (meant === undefined ? "" : `Did you mean ${meant}? `)

export const didYouMean = (text: string, candidates: ReadonlyArray<string>): string =>
  suggestion(nearest(text, candidates))
