import { Document, visit } from "yaml"
import { escapeUnprintable, isUnprintable } from "./Printable.js"

/** A value as YAML, each text on one line, without a character that a terminal would obey. */
export const yamlOf = (value: unknown): string => {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (_, node) => {
      // Only between double quotes can a character be escaped.
      if (typeof node.value === "string" && isUnprintable(node.value)) node.type = "QUOTE_DOUBLE"
    }
  })
  return escapeUnprintable(document.toString({ lineWidth: 0 }))
}
