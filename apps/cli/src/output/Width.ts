import fastStringWidth from "fast-string-width"

/** Columns that a text takes on a terminal. */
export const widthOf = (text: string): number => fastStringWidth(text)

/** Filled up with spaces to a width. */
export const padEnd = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)))

/** Filled up with spaces in front to a width. */
export const padStart = (text: string, width: number): string => " ".repeat(Math.max(0, width - widthOf(text))) + text

/** Cut to a width, by whole characters as people see them. */
export const shorten = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let kept = ""
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept}…`
}
