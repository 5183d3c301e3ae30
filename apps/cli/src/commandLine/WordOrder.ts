import type { CommandSpec } from "./CommandSpec.js"

/**
 * Moves the command to the front, so that options may precede it. The command is the first word that is neither an option
 * nor an option's value.
 */
export const commandFirst = (
  words: ReadonlyArray<string>,
  commands: ReadonlyArray<CommandSpec>
): ReadonlyArray<string> => {
  const takesValue = new Set(
    commands.flatMap(({ options }) => options.filter((option) => option.takesValue).flatMap(({ names }) => names))
  )
  for (let index = 0; index < words.length && words[index] !== "--"; index++) {
    const word = words[index] ?? ""
    if (takesValue.has(word)) index++
    else if (!word.startsWith("-")) return [word, ...words.slice(0, index), ...words.slice(index + 1)]
  }
  return words
}
