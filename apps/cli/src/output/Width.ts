import fastStringWidth from "fast-string-width"

export const widthOf = (text: string): number => fastStringWidth(text)

export const padEnd = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)))

export const padStart = (text: string, width: number): string => " ".repeat(Math.max(0, width - widthOf(text))) + text

/** Shortens a text to a width, by grapheme clusters. */
export const shorten = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let kept = ""
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}
