/**
 * Generates the guards of packages/client/src/operations/Guards.ts: functions that report whether a schema would decode a
 * value to itself. Such a value needs no decoding, which takes a thousand times as long; any other one is decoded by the
 * schema, which also reports what is wrong.
 *
 * They are source code because Effect's Schema takes long to load and most programs need it for nothing else, and because
 * many environments forbid `new Function`.
 *
 * Checks the file; with --write, generates it. Needs the build of packages/core: npx tsc -b packages/core
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"
import { SchemaAST as AST, Option } from "effect"

/** The function's name, such as `isLimit`. Annotated schemas of Effect, such as `Schema.Int`, have only a title. */
const nameOf = (ast) => {
  const name = Option.getOrUndefined(Option.orElse(AST.getIdentifierAnnotation(ast), () => AST.getTitleAnnotation(ast)))
  return name === undefined || !/^\w+$/.test(name) ? undefined : `is${name[0]?.toUpperCase()}${name.slice(1)}`
}

const keyword = (type) => {
  const name = `is${type[0]?.toUpperCase()}${type.slice(1)}`
  return {
    functions: [{ name, type, body: `typeof value === "${type}"` }],
    check: (value) => `${name}(${value})`
  }
}

/** All values, or `undefined` if one of them is undefined. */
const allDefined = (values) => (values.every((value) => value !== undefined) ? values : undefined)

const functionsOf = (guards) => {
  const byName = new Map(guards.flatMap(({ functions }) => functions).map((one) => [one.name, one]))
  return [...byName.values()]
}

/** Whether no object and no array matches, so that the members of a union can be distinguished. */
const isPlain = (ast) =>
  AST.isRefinement(ast)
    ? isPlain(ast.from)
    : AST.isLiteral(ast) || AST.isStringKeyword(ast) || AST.isNumberKeyword(ast) || AST.isBooleanKeyword(ast)

/** The input of an operation may have no other fields. */
const isClosed = (name) => name.endsWith("Request")

/** A separate function with the schema's name, because it uses the value several times. */
const fieldsGuard = (ast, fields) => {
  const name = nameOf(ast)
  if (name === undefined) return undefined
  const isField = {
    name: `${name}Field`,
    body: fields.map(({ name }) => `value === ${JSON.stringify(name)}`).join(" || ")
  }
  const onlyFields = isClosed(name) ? [isField] : []
  const checks = fields.map(({ guard, mayBeAbsent, name }) => {
    const key = JSON.stringify(name)
    const check = guard.check(`value[${key}]`)
    return mayBeAbsent ? `(${check} || isAbsent(value, ${key}))` : check
  })
  const body = ["isObject(value)", ...checks, ...onlyFields.map(({ name }) => `hasOnly(value, ${name})`)].join(" && ")
  return {
    functions: [...functionsOf(fields.map(({ guard }) => guard)), ...onlyFields, { name, body }],
    check: (value) => `${name}(${value})`
  }
}

const typeLiteral = (ast) => {
  // A type without fields matches everything but null and undefined.
  if (ast.indexSignatures.length > 0 || ast.propertySignatures.length === 0) return undefined
  const fields = allDefined(
    ast.propertySignatures.map(({ isOptional, name, type }) => {
      const guard = compile(type)
      return guard === undefined || typeof name !== "string" ? undefined : { name, mayBeAbsent: isOptional, guard }
    })
  )
  return fields === undefined ? undefined : fieldsGuard(ast, fields)
}

const array = (ast) => {
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

const union = (ast) => {
  // Only one member may be an object or an array, because another one could match first and decode it differently.
  if (ast.types.filter((type) => !isPlain(type)).length > 1) return undefined
  const guards = allDefined(ast.types.map(compile))
  return guards === undefined
    ? undefined
    : {
        functions: functionsOf(guards),
        check: (value) => `(${guards.map((guard) => `(${guard.check(value)})`).join(" || ")})`
      }
}

/** The conditions for the JSON Schema annotations of refinements, except those implied by the refined schema. */
const conditions = {
  type: (what) => (what === "integer" ? "Number.isSafeInteger(value)" : undefined),
  minimum: (what) => `value >= ${what}`,
  maximum: (what) => `value <= ${what}`,
  // The pattern implies these.
  minLength: () => undefined,
  maxLength: () => undefined,
  pattern: (what) => `${new RegExp(String(what), "u")}.test(value)`
}

/** Relies on the JSON Schema annotation being complete, which `Guard.test.ts` verifies. */
const refinement = (ast) => {
  const from = compile(ast.from)
  const name = nameOf(ast)
  const facts = Object.entries(Option.getOrElse(AST.getJSONSchemaAnnotation(ast), () => ({})))
  const hasPattern = facts.some(([name]) => name === "pattern")
  const isKnown =
    facts.length > 0 && facts.every(([name]) => name in conditions && (hasPattern || !/^m(in|ax)Length$/.test(name)))
  if (from === undefined || name === undefined || !isKnown) return undefined
  const extraConditions = facts
    .map(([fact, what]) => conditions[fact]?.(what))
    .filter((condition) => condition !== undefined)
  const type = from.functions.at(-1)?.type
  const own = {
    name,
    ...(type === undefined ? {} : { type }),
    body: [from.check("value"), ...extraConditions].join(" && ")
  }
  return { functions: [...from.functions, own], check: (value) => `${name}(${value})` }
}

/** Whether two types are the same; refinements are compared by identity. */
const isSameType = (a, b) => {
  if (a === b) return true
  if (AST.isRefinement(a) && AST.isRefinement(b)) return a.filter === b.filter && isSameType(a.from, b.from)
  if (AST.isLiteral(a) && AST.isLiteral(b)) return a.literal === b.literal
  if (AST.isUnion(a) && AST.isUnion(b)) {
    return (
      a.types.length === b.types.length &&
      a.types.every((type, index) => {
        const other = b.types[index]
        return other !== undefined && isSameType(type, other)
      })
    )
  }
  if (AST.isTupleType(a) && AST.isTupleType(b)) {
    const [x, y] = [a.rest[0], b.rest[0]]
    return (
      a.elements.length + b.elements.length === 0 && x !== undefined && y !== undefined && isSameType(x.type, y.type)
    )
  }
  if (AST.isTypeLiteral(a) && AST.isTypeLiteral(b)) {
    return (
      a.indexSignatures.length + b.indexSignatures.length === 0 &&
      a.propertySignatures.length === b.propertySignatures.length &&
      a.propertySignatures.every((field, index) => {
        const other = b.propertySignatures[index]
        return other?.name === field.name && other.isOptional === field.isOptional && isSameType(field.type, other.type)
      })
    )
  }
  return (
    (AST.isStringKeyword(a) && AST.isStringKeyword(b)) ||
    (AST.isNumberKeyword(a) && AST.isNumberKeyword(b)) ||
    (AST.isBooleanKeyword(a) && AST.isBooleanKeyword(b))
  )
}

const probes = [{}, [], "", "text", 0, 1, true, false]

/**
 * Whether the transformation changes only `null` and `undefined`, as for a default or for `null` decoded as absent. Any
 * other transformation would change some of the probes.
 */
const isIdentity = (decode) =>
  probes.every((probe) => {
    const kept = decode(Option.some(probe))
    return Option.isSome(kept) && kept.value === probe
  })

/** `Schema.optionalWith`: fields that may be `null` or absent, or have a default, but keep their names and types. */
const transformation = (ast) => {
  const { from, to, transformation } = ast
  if (!AST.isTypeLiteralTransformation(transformation) || !AST.isTypeLiteral(from) || !AST.isTypeLiteral(to)) {
    return undefined
  }
  if (from.indexSignatures.length + to.indexSignatures.length > 0) return undefined
  if (from.propertySignatures.length !== to.propertySignatures.length) return undefined
  const fields = allDefined(
    from.propertySignatures.map(({ isOptional, name, type }) => {
      const target = to.propertySignatures.find((field) => field.name === name)
      const change = transformation.propertySignatureTransformations.find((change) => change.from === name)
      if (target === undefined || typeof name !== "string") return undefined
      const kept = (AST.isUnion(type) ? type.types : [type]).filter((member) =>
        isSameType(AST.typeAST(member), target.type)
      )
      const [member] = kept
      if (member === undefined || kept.length > 1) return undefined
      if (AST.isUnion(type) && type.types.some((other) => other !== member && !isPlain(other))) return undefined
      if (change !== undefined && (change.to !== name || !isIdentity(change.decode))) return undefined
      const guard = compile(member)
      if (guard === undefined) return undefined
      const staysAbsent = change === undefined || Option.isNone(change.decode(Option.none()))
      return { name, mayBeAbsent: isOptional && target.isOptional && staysAbsent, guard }
    })
  )
  return fields === undefined ? undefined : fieldsGuard(ast, fields)
}

const compile = (ast) => {
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

const isObject = {
  name: "isObject",
  type: "Record<string, unknown>",
  body: 'typeof value === "object" && value !== null && !Array.isArray(value)'
}

const maxLineLength = 120

/** Formats a statement like the formatter. */
const statement = (head, body) => {
  if (`${head} ${body}`.length <= maxLineLength) return `${head} ${body}\n`
  if (body.length + 2 <= maxLineLength) return `${head}\n  ${body}\n`
  return `${head}\n  ${body.split(" && ").join(" &&\n  ")}\n`
}

/** The schemas that have guards: those of the requests and responses of lists, of which programs make many. */
export const guardedSchemas = (core) =>
  Object.entries(core)
    .filter(([name, value]) => /^List.*(Request|Response)$/.test(name) && "ast" in value)
    .map(([, schema]) => schema)

/** A module with the guards of named schemas, for values returned by `JSON.parse`. */
export const guardModule = (origin, schemas) => {
  const identifiers = schemas.map(({ ast }) => Option.getOrThrow(AST.getIdentifierAnnotation(ast)))
  const guards = schemas.map(({ ast }, index) => {
    const guard = compile(ast)
    if (guard === undefined) throw new Error(`the schema ${identifiers[index]} has unsupported parts`)
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
    "// Generated from the schemas of core. To regenerate it: node scripts/guards.mjs --write",
    `import type {\n  ${[...identifiers].sort().join(",\n  ")}\n} from "${origin}"\n`,
    "const isAbsent = (object: object, name: string): boolean => !Object.hasOwn(object, name)\n",
    // A quarter faster than `Object.keys`, and without an array.
    [
      "const hasOnly = (object: object, isField: (name: string) => boolean): boolean => {",
      "  for (const name in object) if (!isField(name)) return false",
      "  return true",
      "}\n"
    ].join("\n"),
    functions.join("\n")
  ].join("\n")
}

/** The guard of a single schema, which rejects everything if the schema has unsupported parts. */
export const guardOf = (schema) => {
  const guard = compile(schema.ast)
  if (guard === undefined) return () => false
  const functions = [isObject, ...guard.functions].map(({ body, name }) => `const ${name} = (value) => ${body}\n`)
  return new Function(`const isAbsent = (object, name) => !Object.hasOwn(object, name)
    const hasOnly = (object, isField) => Object.keys(object).every(isField)
    ${functions.join("")}
    return (value) => ${guard.check("value")}`)()
}

const file = fileURLToPath(new URL("../packages/client/src/operations/Guards.ts", import.meta.url))

const main = async (args) => {
  const core = await import(new URL("../packages/core/dist/index.js", import.meta.url).href)
  const text = guardModule("@hotspot-session/core", guardedSchemas(core))
  if (args.includes("--write")) return writeFileSync(file, text)
  if (readFileSync(file, "utf8") !== text) {
    process.stderr.write("Guards.ts differs from the schemas; run node scripts/guards.mjs --write to update it\n")
    process.exitCode = 1
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(process.argv.slice(2))
