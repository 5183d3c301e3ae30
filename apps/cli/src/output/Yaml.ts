import { Document, type ScalarTag } from "yaml"

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

const tagsOf = (quotesAll: boolean): ReadonlyArray<ScalarTag> => [
  {
    tag: "tag:yaml.org,2002:str",
    default: true,
    identify: (value) => typeof value === "string",
    resolve: (text) => text,
    stringify: ({ value }, { implicitKey: isKey }) =>
      isPlain(String(value)) && (isKey === true || !quotesAll) ? String(value) : quoted(String(value))
  },
  {
    tag: "tag:yaml.org,2002:float",
    default: true,
    identify: (value) => typeof value === "number",
    // A tag with a test precedes those without one, and the built-in ones have one.
    test: /^-?\d/,
    resolve: Number,
    // YAML 1.1 has no number with an exponent and without a point.
    stringify: ({ value }) => JSON.stringify(value).replace(/^(-?\d+)e/, "$1.0e")
  }
]

interface YamlOptions {
  /** Whether every string is quoted, for a file that people edit: an ID looks alike whatever its characters are. */
  readonly quotesAll?: boolean
}

/** A value as YAML that readers of the versions 1.1 and 1.2 parse to the same value. Each string is on one line. */
export const yamlOf = (value: unknown, { quotesAll = false }: YamlOptions = {}): string =>
  new Document(value, {
    aliasDuplicateObjects: false,
    customTags: (others) => [...tagsOf(quotesAll), ...others]
  }).toString({ lineWidth: 0 })
