/** Not a value of another type in any version of YAML: numbers, dates, times and signs do not begin with a letter. */
const isPlain = (text: string): boolean =>
  /^\p{L}(?:[\p{L}\p{N} _.@/-]*[\p{L}\p{N}_.@/-])?$/u.test(text) && !/^(y|yes|n|no|on|off|true|false|null)$/i.test(text)

/** Controls, line separators, reordering marks, and what some readers reject. */
const special = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu

/** As in JSON, which every version of YAML includes. Lone surrogates, which YAML does not have, are replaced. */
const quoted = (text: string): string =>
  JSON.stringify(text.replace(/\p{Cs}/gu, "\ufffd")).replace(
    special,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

const scalarOf = (value: unknown, quotesAll: boolean): string =>
  typeof value === "string"
    ? !quotesAll && isPlain(value)
      ? value
      : quoted(value)
    : // YAML 1.1 has no number with an exponent and without a point.
      (JSON.stringify(value) ?? "null").replace(/^(-?\d+)e/, "$1.0e")

const keyOf = (name: string, indent: string): string => {
  const key = isPlain(name) ? name : quoted(name)
  // Of a key with more characters, readers do not expect the colon on the same line.
  return key.length > 1024 ? `? ${key}\n${indent}` : key
}

interface YamlOptions {
  /** Whether every string is quoted, for a file that people edit: an ID looks alike whatever its characters are. */
  readonly quotesAll?: boolean
}

/** A value as YAML that readers of the versions 1.1 and 1.2 parse to the same value. Each string is on one line. */
export const yamlOf = (value: unknown, { quotesAll = false }: YamlOptions = {}): string => {
  /** The first line has no indent. */
  const nodeOf = (value: unknown, indent: string): string => {
    if (typeof value !== "object" || value === null) return scalarOf(value, quotesAll)
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
