/** Not a value of another type in any version of YAML: numbers, dates, times and signs do not begin with a letter. */
const isPlain = (text: string): boolean =>
  /^\p{L}(?:[\p{L}\p{N} _.@/-]*[\p{L}\p{N}_.@/-])?$/u.test(text) && !/^(y|yes|n|no|on|off|true|false|null)$/i.test(text)

/** Controls, line separators, reordering marks, and what some readers reject. */
const special = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu

/** As in JSON, which every version of YAML includes. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(special, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Lone surrogates, which YAML does not have, are replaced. */
const replaced = (text: string): string => text.replace(/\p{Cs}/gu, "\ufffd")

const scalarOf = (value: unknown, isOwnFile: boolean): string =>
  typeof value === "string"
    ? isOwnFile
      ? quoted(value)
      : isPlain(value)
        ? value
        : quoted(replaced(value))
    : // YAML 1.1 has no number with an exponent and without a point.
      (JSON.stringify(value) ?? "null").replace(/^(-?\d+)e/, "$1.0e")

const keyOf = (name: string, indent: string): string => {
  const key = isPlain(name) ? name : quoted(replaced(name))
  // Of a key with more characters, readers do not expect the colon on the same line.
  return key.length > 1024 ? `? ${key}\n${indent}` : key
}

interface YamlOptions {
  /**
   * Whether it is a file that people edit and this program reads again. Every string is quoted, so that an ID looks alike
   * whatever its characters are, and lone surrogates are kept as escapes.
   */
  readonly isOwnFile?: boolean
}

/** A value as YAML that readers of the versions 1.1 and 1.2 parse to the same value. Each string is on one line. */
export const yamlOf = (value: unknown, { isOwnFile = false }: YamlOptions = {}): string => {
  /** The first line has no indent. */
  const nodeOf = (value: unknown, indent: string): string => {
    if (typeof value !== "object" || value === null) return scalarOf(value, isOwnFile)
    const inner = `${indent}  `
    if (Array.isArray(value)) {
      return value.length === 0 ? "[]" : value.map((item) => `- ${nodeOf(item, inner)}`).join(`\n${indent}`)
    }
    const fields: Array<string> = []
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue
      const node = nodeOf(field, inner)
      const isBlock = typeof field === "object" && node !== "null" && node !== "[]" && node !== "{}"
      fields.push(`${keyOf(name, indent)}:${isBlock ? `\n${inner}` : " "}${node}`)
    }
    return fields.length === 0 ? "{}" : fields.join(`\n${indent}`)
  }
  return `${nodeOf(value, "")}\n`
}
