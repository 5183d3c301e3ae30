/** Whatever follows must be able to go through all levels of what is kept, unknown fields included. */
const maxDepth = 500

/**
 * Whether a parsed value is nested so deeply that it could exhaust the stack of what goes through it, such as a schema.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isTooDeep = (value: unknown): boolean => {
  let level = [value]
  for (let depth = 0; depth <= maxDepth; depth++) {
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []))
    if (level.length === 0) return false
  }
  return true
}
