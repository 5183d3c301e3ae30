import { Document, visit } from "yaml"
import { escapeUnprintable, isUnprintable } from "./Printable.js"

interface YamlOptions {
  /** Whether every string is quoted, so that no reader takes `no` or `1_000` for something else. */
  readonly quoted?: boolean
}

/** A value as YAML, each string on one line, with control characters escaped. */
export const yamlOf = (value: unknown, { quoted = false }: YamlOptions = {}): string => {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (_, node) => {
      // YAML allows escapes only in double quotes.
      if (typeof node.value === "string" && isUnprintable(node.value)) node.type = "QUOTE_DOUBLE"
    }
  })
  return escapeUnprintable(
    document.toString({
      lineWidth: 0,
      ...(quoted ? { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" } : {})
    })
  )
}
