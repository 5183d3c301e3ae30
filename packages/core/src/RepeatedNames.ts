/**
 * The number of fields in a text that is valid JSON: outside strings, a colon follows each name. A pattern would exhaust the
 * stack on a long string.
 */
const writtenFields = (json: string): number => {
  let count = 0
  let isInString = false
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '"') isInString = !isInString
    else if (isInString && character === "\\") at++
    else if (!isInString && character === ":") count++
  }
  return count
}

/** The number of fields in a parsed value. Not recursive, because the nesting may be deeper than the stack. */
const parsedFields = (value: unknown): number => {
  let count = 0
  const left = [value]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next !== "object" || next === null) continue
    const values: ReadonlyArray<unknown> = Object.values(next)
    if (!Array.isArray(next)) count += values.length
    for (const item of values) left.push(item)
  }
  return count
}

/**
 * Whether an object in a JSON text has two fields of the same name. `JSON.parse`, which returned `value`, keeps only the last
 * of them, so that a program may do something else than its reader sees.
 *
 * @category predicates
 * @since 0.1.0
 */
export const hasRepeatedNames = (json: string, value: unknown): boolean => writtenFields(json) !== parsedFields(value)
