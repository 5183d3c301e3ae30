/** The secrets in the input of an operation: its `Redacted` values, which neither errors nor spans may show. */
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as SchemaAST from "effect/SchemaAST"
import type { Issue } from "./Core.js"

const isRedactedType = (ast: SchemaAST.Declaration): boolean =>
  Predicate.hasProperty(ast.annotations[SchemaAST.TypeConstructorAnnotationId], "_tag") &&
  ast.annotations[SchemaAST.TypeConstructorAnnotationId]._tag === "effect/Redacted"

/** Whether a schema has a `Redacted` at any depth. One that refers to itself counts, because unfolding it may not end. */
export const hasRedacted = (ast: SchemaAST.AST): boolean => {
  switch (ast._tag) {
    case "Declaration":
      return isRedactedType(ast) || ast.typeParameters.some(hasRedacted)
    case "Refinement":
      return hasRedacted(ast.from)
    case "Suspend":
      return true
    case "Transformation":
      return hasRedacted(ast.from) || hasRedacted(ast.to)
    case "TupleType":
      return [...ast.elements, ...ast.rest].some(({ type }) => hasRedacted(type))
    case "TypeLiteral":
      return [...ast.propertySignatures, ...ast.indexSignatures].some(({ type }) => hasRedacted(type))
    case "Union":
      return ast.types.some(hasRedacted)
    default:
      return false
  }
}

/** Issues that do not say what was found, which may be a secret that is not `Redacted` by mistake. */
export const withoutValues = (issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map(({ message, path }) => ({ path, message: message.replace(/, actual .*$/s, "") }))

const textsIn = (value: unknown, isSecret = false, seen = new Set<object>()): ReadonlyArray<string> => {
  if (Redacted.isRedacted(value)) return textsIn(Redacted.value(value), true, seen)
  if (typeof value !== "object" || value === null) {
    const text = String(value ?? "")
    return isSecret && text !== "" ? [text] : []
  }
  if (seen.has(value)) return []
  seen.add(value)
  const parts: ReadonlyArray<unknown> = Predicate.isIterable(value) ? [...value] : Object.values(value)
  return parts.flatMap((part) => textsIn(part, isSecret, seen))
}

type Values = Readonly<Record<string, unknown>>

/**
 * The texts of the secrets in an input, and the values that are sent for it without those that are secret, for URLs that are
 * shown.
 */
export const hideSecrets = (
  input: unknown,
  sent: Values
): { readonly secrets: ReadonlyArray<string>; readonly shown: Values } => {
  const secrets = new Set(textsIn(input))
  const shown = Object.entries(sent).map(([name, value]) => {
    const given = Predicate.hasProperty(input, name) ? textsIn(input[name]) : []
    // A schema may send a secret in another form, and by another name.
    const texts = textsIn(value, true)
    if (given.length === 0 && !texts.some((text) => secrets.has(text))) return [name, value]
    if (typeof value !== "object") for (const text of texts) secrets.add(text)
    return [name, "REDACTED"]
  })
  return { secrets: [...secrets], shown: Object.fromEntries(shown) }
}
