import { Document, visit } from "yaml"
import { escapeUnprintable, isUnprintable } from "./Printable.js"

/** A value as YAML, each string on one line, with control characters escaped. */
export const yamlOf = (value: unknown): string => {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (_, node) => {
      // YAML allows escapes only in double quotes.
      if (typeof node.value === "string" && isUnprintable(node.value)) node.type = "QUOTE_DOUBLE"
    }
  })
  return escapeUnprintable(document.toString({ lineWidth: 0 }))
}
