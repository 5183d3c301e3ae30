import jmespath from "jmespath"

/**
 * A JMESPath expression as a function. Throws an `Error` whose message says what is wrong, before anything is looked at.
 *
 * Source: {@link https://jmespath.org/specification.html JMESPath}.
 */
export const queryOf = (expression: string): ((document: unknown) => unknown) => {
  // The types lack it.
  const { compile, search } = jmespath as typeof jmespath & { readonly compile: (expression: string) => unknown }
  compile(expression)
  return (document) => search(document, expression)
}
