import jmespath from "jmespath"

/**
 * Compiles a JMESPath expression. Throws an `Error` for a syntax error.
 *
 * Source: {@link https://jmespath.org/specification.html JMESPath}.
 */
export const queryOf = (expression: string): ((document: unknown) => unknown) => {
  // The types of the library lack `compile`.
  const { compile, search } = jmespath as typeof jmespath & { readonly compile: (expression: string) => unknown }
  compile(expression)
  return (document) => search(document, expression)
}
