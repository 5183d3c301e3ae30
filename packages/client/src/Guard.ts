/**
 * Tells of a value whether a schema would decode it to itself. Where it does, nothing is to be done but to take the value,
 * and that takes a hundredth of the time; where it does not, the schema itself decodes, or says all that is wrong.
 *
 * Derived from the schema, so that the two cannot drift apart. Closures and no `new Function`, which many do not allow.
 */
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

/** True only for what decodes to an equal value, fields that the schema does not know preserved. */
type Check = (value: unknown) => boolean

const isString: Check = (value) => typeof value === "string"
const isBoolean: Check = (value) => typeof value === "boolean"

const isObject = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What of a union is told apart by looking at it: it overlaps with no object and no array. */
const isPlain = (ast: AST.AST): boolean =>
  AST.isRefinement(ast)
    ? isPlain(ast.from)
    : AST.isLiteral(ast) || AST.isStringKeyword(ast) || AST.isNumberKeyword(ast) || AST.isBooleanKeyword(ast)

const every = (checks: ReadonlyArray<Check>): Check => {
  const [a, b, c, d, e, ...others] = checks
  // A loop over checks is several times slower than calls that have a place of their own each.
  if (a === undefined) return () => true
  if (b === undefined) return a
  if (c === undefined) return (value) => a(value) && b(value)
  if (d === undefined) return (value) => a(value) && b(value) && c(value)
  if (e === undefined) return (value) => a(value) && b(value) && c(value) && d(value)
  const rest = every(others)
  return (value) => a(value) && b(value) && c(value) && d(value) && e(value) && rest(value)
}

/** All of them, or none where one cannot be had. */
const all = <A>(values: ReadonlyArray<A | undefined>): ReadonlyArray<A> | undefined =>
  values.every((value): value is A => value !== undefined) ? values : undefined

interface Field {
  readonly name: PropertyKey
  /** Whether a value without this field decodes to one without it. */
  readonly mayBeAbsent: boolean
  readonly check: Check
}

const checkFields = (fields: ReadonlyArray<Field>): Check => {
  const checks = every(
    fields.map(({ check, mayBeAbsent, name }): Check => {
      const isAbsent = (value: unknown) => mayBeAbsent && !Object.hasOwn(value as object, name)
      const fieldOf = (value: unknown) => (value as Record<PropertyKey, unknown>)[name]
      // The commonest without another call.
      if (check === isString)
        return (value) => typeof fieldOf(value) === "string" || (fieldOf(value) === undefined && isAbsent(value))
      if (check === isBoolean)
        return (value) => typeof fieldOf(value) === "boolean" || (fieldOf(value) === undefined && isAbsent(value))
      return (value) => {
        const field = fieldOf(value)
        return field === undefined ? isAbsent(value) : check(field)
      }
    })
  )
  return (value) => isObject(value) && checks(value)
}

const compileTypeLiteral = (ast: AST.TypeLiteral): Check | undefined => {
  // Without fields it takes all but null and undefined.
  if (ast.indexSignatures.length > 0 || ast.propertySignatures.length === 0) return undefined
  const fields = all(
    ast.propertySignatures.map(({ isOptional, name, type }): Field | undefined => {
      const check = compile(type)
      return check === undefined ? undefined : { name, mayBeAbsent: isOptional, check }
    })
  )
  return fields === undefined ? undefined : checkFields(fields)
}

const compileArray = (ast: AST.TupleType): Check | undefined => {
  const [rest, ...after] = ast.rest
  if (ast.elements.length > 0 || rest === undefined || after.length > 0) return undefined
  const check = compile(rest.type)
  if (check === undefined) return undefined
  return (value) => {
    if (!Array.isArray(value)) return false
    for (let index = 0; index < value.length; index++) if (!check(value[index])) return false
    return true
  }
}

const compileUnion = (ast: AST.Union): Check | undefined => {
  // At most one that may transform, and only objects or arrays: no other one could take those in its place.
  if (ast.types.filter((type) => !isPlain(type)).length > 1) return undefined
  const checks = all(ast.types.map(compile))
  return checks === undefined ? undefined : (value) => checks.some((check) => check(value))
}

const compileRefinement = (ast: AST.Refinement): Check | undefined => {
  const from = compile(ast.from)
  const { filter } = ast
  return from === undefined
    ? undefined
    : (value) => from(value) && Option.isNone(filter(value, AST.defaultParseOption, ast))
}

/** Whether two types are the same, refinements by their identity. */
const same = (a: AST.AST, b: AST.AST): boolean => {
  if (a === b) return true
  if (AST.isRefinement(a) && AST.isRefinement(b)) return a.filter === b.filter && same(a.from, b.from)
  if (AST.isLiteral(a) && AST.isLiteral(b)) return a.literal === b.literal
  if (AST.isUnion(a) && AST.isUnion(b)) {
    return (
      a.types.length === b.types.length &&
      a.types.every((type, index) => {
        const other = b.types[index]
        return other !== undefined && same(type, other)
      })
    )
  }
  if (AST.isTupleType(a) && AST.isTupleType(b)) {
    const [x, y] = [a.rest[0], b.rest[0]]
    return a.elements.length + b.elements.length === 0 && x !== undefined && y !== undefined && same(x.type, y.type)
  }
  if (AST.isTypeLiteral(a) && AST.isTypeLiteral(b)) {
    return (
      a.indexSignatures.length + b.indexSignatures.length === 0 &&
      a.propertySignatures.length === b.propertySignatures.length &&
      a.propertySignatures.every((field, index) => {
        const other = b.propertySignatures[index]
        return other?.name === field.name && other.isOptional === field.isOptional && same(field.type, other.type)
      })
    )
  }
  return (
    (AST.isStringKeyword(a) && AST.isStringKeyword(b)) ||
    (AST.isNumberKeyword(a) && AST.isNumberKeyword(b)) ||
    (AST.isBooleanKeyword(a) && AST.isBooleanKeyword(b))
  )
}

const probes: ReadonlyArray<unknown> = [{}, [], "", "text", 0, 1, true, false]

/**
 * Whether it leaves every value alone. That of a default, or of `null` read as absent, looks at no value but `null` and
 * `undefined`; one that does more would change some of these.
 */
const keepsValues = (decode: AST.PropertySignatureTransformation["decode"]): boolean =>
  probes.every((probe) => {
    const kept = decode(Option.some(probe))
    return Option.isSome(kept) && kept.value === probe
  })

/** `Schema.optionalWith`: fields that may be `null` or absent, or have a default, but keep their names and types. */
const compileTransformation = (ast: AST.Transformation): Check | undefined => {
  const { from, to, transformation } = ast
  if (!AST.isTypeLiteralTransformation(transformation) || !AST.isTypeLiteral(from) || !AST.isTypeLiteral(to)) {
    return undefined
  }
  if (from.indexSignatures.length + to.indexSignatures.length > 0) return undefined
  if (from.propertySignatures.length !== to.propertySignatures.length) return undefined
  const fields = all(
    from.propertySignatures.map(({ isOptional, name, type }): Field | undefined => {
      const target = to.propertySignatures.find((field) => field.name === name)
      const change = transformation.propertySignatureTransformations.find((change) => change.from === name)
      if (target === undefined) return undefined
      const kept = (AST.isUnion(type) ? type.types : [type]).filter((member) => same(AST.typeAST(member), target.type))
      const [member] = kept
      if (member === undefined || kept.length > 1) return undefined
      if (AST.isUnion(type) && type.types.some((other) => other !== member && !isPlain(other))) return undefined
      if (change !== undefined && (change.to !== name || !keepsValues(change.decode))) return undefined
      const check = compile(member)
      if (check === undefined) return undefined
      const staysAbsent = change === undefined || Option.isNone(change.decode(Option.none()))
      return { name, mayBeAbsent: isOptional && target.isOptional && staysAbsent, check }
    })
  )
  return fields === undefined ? undefined : checkFields(fields)
}

const compile = (ast: AST.AST): Check | undefined => {
  switch (ast._tag) {
    case "StringKeyword":
      return isString
    case "NumberKeyword":
      return (value) => typeof value === "number"
    case "BooleanKeyword":
      return isBoolean
    case "Literal":
      return (value) => value === ast.literal
    case "Refinement":
      return compileRefinement(ast)
    case "TypeLiteral":
      return compileTypeLiteral(ast)
    case "TupleType":
      return compileArray(ast)
    case "Union":
      return compileUnion(ast)
    case "Transformation":
      return compileTransformation(ast)
    default:
      return undefined
  }
}

/**
 * The guard of a schema, for values that came out of `JSON.parse`. Never true where the schema has parts that are not
 * understood here: then the schema does all the work.
 */
export const guardOf = <A, I>(schema: Schema.Schema<A, I>): ((value: unknown) => value is A) => {
  const check = compile(schema.ast) ?? (() => false)
  return (value): value is A => check(value)
}
