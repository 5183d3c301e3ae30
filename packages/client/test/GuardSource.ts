/**
 * Makes the guards of `src/listHotspotSessionConfig/Guards.ts`: functions that tell of a value whether a schema would
 * decode it to itself. Where it does, nothing is to be done but to take the value, and that takes a thousandth of the
 * time; where it does not, the schema itself decodes, or says all that is wrong.
 *
 * They are source and not made at run time, because Effect's Schema takes a while to load and most programs that ask once
 * would need it for nothing else, and because many forbid `new Function`.
 */
import type { Schema } from "effect"
import { SchemaAST as AST, Option } from "effect"

/** True only for what decodes to an equal value, fields that the schema does not know preserved. */
interface Guard {
  /** The functions that it consists of, those before that others call. */
  readonly functions: ReadonlyArray<{
    readonly name: string
    /** The type that it tells of, where others rely on that. */
    readonly type?: string
    /** An expression about `value`. */
    readonly body: string
  }>
  /** The check of a value that is written so. */
  readonly check: (value: string) => string
}

/** `isLimit`. Schemas of Effect, such as `Schema.Int`, have only a title once they are annotated. */
const nameOf = (ast: AST.AST): string | undefined => {
  const name = Option.getOrUndefined(Option.orElse(AST.getIdentifierAnnotation(ast), () => AST.getTitleAnnotation(ast)))
  return name === undefined || !/^\w+$/.test(name) ? undefined : `is${name[0]?.toUpperCase()}${name.slice(1)}`
}

const keyword = (type: "string" | "number" | "boolean"): Guard => {
  const name = `is${type[0]?.toUpperCase()}${type.slice(1)}`
  return {
    functions: [{ name, type, body: `typeof value === "${type}"` }],
    check: (value) => `${name}(${value})`
  }
}

/** All of them, or none where one cannot be had. */
const all = <A>(values: ReadonlyArray<A | undefined>): ReadonlyArray<A> | undefined =>
  values.every((value): value is A => value !== undefined) ? values : undefined

const functionsOf = (guards: ReadonlyArray<Guard>): Guard["functions"] => {
  const byName = new Map(guards.flatMap(({ functions }) => functions).map((one) => [one.name, one]))
  return [...byName.values()]
}

/** What of a union is told apart by looking at it: it overlaps with no object and no array. */
const isPlain = (ast: AST.AST): boolean =>
  AST.isRefinement(ast)
    ? isPlain(ast.from)
    : AST.isLiteral(ast) || AST.isStringKeyword(ast) || AST.isNumberKeyword(ast) || AST.isBooleanKeyword(ast)

interface Field {
  readonly name: string
  /** Whether a value without this field decodes to one without it. */
  readonly mayBeAbsent: boolean
  readonly guard: Guard
}

/** A function of its own, of the schema's name, for it looks at one value several times. */
const fieldsGuard = (ast: AST.AST, fields: ReadonlyArray<Field>): Guard | undefined => {
  const name = nameOf(ast)
  if (name === undefined) return undefined
  const checks = fields.map(({ guard, mayBeAbsent, name }) => {
    const key = JSON.stringify(name)
    const check = guard.check(`value[${key}]`)
    return mayBeAbsent ? `(${check} || isAbsent(value, ${key}))` : check
  })
  const body = ["isObject(value)", ...checks].join(" && ")
  return {
    functions: [...functionsOf(fields.map(({ guard }) => guard)), { name, body }],
    check: (value) => `${name}(${value})`
  }
}

const typeLiteral = (ast: AST.TypeLiteral): Guard | undefined => {
  // Without fields it takes all but null and undefined.
  if (ast.indexSignatures.length > 0 || ast.propertySignatures.length === 0) return undefined
  const fields = all(
    ast.propertySignatures.map(({ isOptional, name, type }): Field | undefined => {
      const guard = compile(type)
      return guard === undefined || typeof name !== "string" ? undefined : { name, mayBeAbsent: isOptional, guard }
    })
  )
  return fields === undefined ? undefined : fieldsGuard(ast, fields)
}

const array = (ast: AST.TupleType): Guard | undefined => {
  const [rest, ...after] = ast.rest
  if (ast.elements.length > 0 || rest === undefined || after.length > 0) return undefined
  const guard = compile(rest.type)
  if (guard === undefined) return undefined
  const { functions } = guard
  const check = guard.check("item")
  const own = functions.find(({ name }) => check === `${name}(item)`)
  const each = own === undefined ? `(item) => ${check}` : own.name
  return { functions, check: (value) => `Array.isArray(${value}) && ${value}.every(${each})` }
}

const union = (ast: AST.Union): Guard | undefined => {
  // At most one that may transform, and only objects or arrays: no other one could take those in its place.
  if (ast.types.filter((type) => !isPlain(type)).length > 1) return undefined
  const guards = all(ast.types.map(compile))
  return guards === undefined
    ? undefined
    : {
        functions: functionsOf(guards),
        check: (value) => `(${guards.map((guard) => `(${guard.check(value)})`).join(" || ")})`
      }
}

/** What refinements say in JSON Schema of what they check, as a condition, if it is more than what they refine says. */
const conditions: Record<string, (what: unknown) => string | undefined> = {
  type: (what) => (what === "integer" ? "Number.isSafeInteger(value)" : undefined),
  minimum: (what) => `value >= ${what}`,
  maximum: (what) => `value <= ${what}`,
  // These only repeat a pattern.
  minLength: () => undefined,
  maxLength: () => undefined,
  pattern: (what) => `${new RegExp(String(what))}.test(value)`
}

/** Its JSON Schema says what it checks; that this is all, `Guard.test.ts` proves. */
const refinement = (ast: AST.Refinement): Guard | undefined => {
  const from = compile(ast.from)
  const name = nameOf(ast)
  const facts = Object.entries(Option.getOrElse(AST.getJSONSchemaAnnotation(ast), () => ({})))
  const isKnown = facts.length > 0 && facts.every(([name]) => name in conditions)
  if (from === undefined || name === undefined || !isKnown) return undefined
  const more = facts.map(([fact, what]) => conditions[fact]?.(what)).filter((condition) => condition !== undefined)
  const type = from.functions.at(-1)?.type
  const own = { name, ...(type === undefined ? {} : { type }), body: [from.check("value"), ...more].join(" && ") }
  return { functions: [...from.functions, own], check: (value) => `${name}(${value})` }
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
const transformation = (ast: AST.Transformation): Guard | undefined => {
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
      if (target === undefined || typeof name !== "string") return undefined
      const kept = (AST.isUnion(type) ? type.types : [type]).filter((member) => same(AST.typeAST(member), target.type))
      const [member] = kept
      if (member === undefined || kept.length > 1) return undefined
      if (AST.isUnion(type) && type.types.some((other) => other !== member && !isPlain(other))) return undefined
      if (change !== undefined && (change.to !== name || !keepsValues(change.decode))) return undefined
      const guard = compile(member)
      if (guard === undefined) return undefined
      const staysAbsent = change === undefined || Option.isNone(change.decode(Option.none()))
      return { name, mayBeAbsent: isOptional && target.isOptional && staysAbsent, guard }
    })
  )
  return fields === undefined ? undefined : fieldsGuard(ast, fields)
}

const compile = (ast: AST.AST): Guard | undefined => {
  switch (ast._tag) {
    case "StringKeyword":
      return keyword("string")
    case "NumberKeyword":
      return keyword("number")
    case "BooleanKeyword":
      return keyword("boolean")
    case "Literal":
      return { functions: [], check: (value) => `${value} === ${JSON.stringify(ast.literal)}` }
    case "Refinement":
      return refinement(ast)
    case "TypeLiteral":
      return typeLiteral(ast)
    case "TupleType":
      return array(ast)
    case "Union":
      return union(ast)
    case "Transformation":
      return transformation(ast)
    default:
      return undefined
  }
}

const isObject: Guard["functions"][number] = {
  name: "isObject",
  type: "Record<string, unknown>",
  body: 'typeof value === "object" && value !== null && !Array.isArray(value)'
}

const longestLine = 120

/** As the formatter would have it. */
const statement = (head: string, body: string): string => {
  if (`${head} ${body}`.length <= longestLine) return `${head} ${body}\n`
  if (body.length + 2 <= longestLine) return `${head}\n  ${body}\n`
  return `${head}\n  ${body.split(" && ").join(" &&\n  ")}\n`
}

/** A module with the guards of schemas that have names, for values that came out of `JSON.parse`. */
export const guardModule = (origin: string, schemas: ReadonlyArray<Schema.Schema.Any>): string => {
  const identifiers = schemas.map(({ ast }) => Option.getOrThrow(AST.getIdentifierAnnotation(ast)))
  const guards = schemas.map(({ ast }, index) => {
    const guard = compile(ast)
    if (guard === undefined) throw new Error(`the schema ${identifiers[index]} has parts that are not understood`)
    return guard
  })
  const functions = [isObject, ...functionsOf(guards)].map(({ body, name, type }) => {
    const schema = identifiers.find((identifier) => name === `is${identifier}`)
    const result = schema ?? type
    const head = `const ${name} = (value: unknown): ${result === undefined ? "boolean" : `value is ${result}`} =>`
    return schema === undefined
      ? statement(head, body)
      : `/** Whether \`${schema}\` would decode it to itself. */\n${statement(`export ${head}`, body)}`
  })
  return [
    "// Made from the schemas by test/GuardSource.ts. To make it anew: npx vitest run packages/client/test/Guard -u",
    `import type { ${[...identifiers].sort().join(", ")} } from "${origin}"\n`,
    "const isAbsent = (object: object, name: string): boolean => !Object.hasOwn(object, name)\n",
    functions.join("\n")
  ].join("\n")
}

/** The same for one schema at once; never true where the schema has parts that are not understood. */
export const guardOf = (schema: Schema.Schema.Any): ((value: unknown) => boolean) => {
  const guard = compile(schema.ast)
  if (guard === undefined) return () => false
  const functions = [isObject, ...guard.functions].map(({ body, name }) => `const ${name} = (value) => ${body}\n`)
  return new Function(
    `const isAbsent = (object, name) => !Object.hasOwn(object, name)
    ${functions.join("")}
    return (value) => ${guard.check("value")}`
  )() as (value: unknown) => boolean
}
