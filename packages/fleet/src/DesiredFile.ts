import * as Data from "effect/Data"
import * as Either from "effect/Either"
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError
} from "yaml"
import { type DesiredState, decodeDesiredState } from "./DesiredState.js"
import { type FileProblem, problemText } from "./FileProblem.js"
import { readPlainYaml } from "./PlainYaml.js"

/**
 * A file is not a desired state.
 *
 * @category errors
 * @since 0.1.0
 */
export class DesiredFileError extends Data.TaggedError("DesiredFileError")<{
  /** At least one and at most 100, in the order of the file. */
  readonly problems: ReadonlyArray<FileProblem>
  /** How many there are. */
  readonly total: number
}> {
  override get message(): string {
    const more = this.total - this.problems.length
    return [...this.problems.map(problemText), ...(more > 0 ? [`${more} more`] : [])].join("\n")
  }
}

/** More are not read, and finding the line of what is behind an alias takes a search of the file. */
const maxProblems = 100

/** A shared list can be used by each of many projects, but not multiplied by nesting. */
const maxAliases = 10_000

/** Such as 1,000 projects with the same 1,000 users, of ID and name. Each value is checked wherever it is used. */
const maxRepeated = 3_000_000

/** The number of values that aliases repeat. */
const repeatedValues = (root: unknown): number => {
  const sizes = new Map<object, number>()
  let repeated = 0
  const sizeOf = (value: unknown): number => {
    if (typeof value !== "object" || value === null) return 1
    const known = sizes.get(value)
    if (known !== undefined) {
      repeated += known
      return known
    }
    // Until it is known, for what contains itself.
    sizes.set(value, 0)
    let size = 1
    for (const item of Object.values(value)) size += sizeOf(item)
    sizes.set(value, size)
    return size
  }
  sizeOf(root)
  return repeated
}

const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}${text === "" ? "" : "."}${String(key)}`),
    ""
  )

const syntaxProblem = ({ code, message }: Pick<YAMLError, "code" | "message">): string => {
  switch (code) {
    case "TAB_AS_INDENT":
      return "is indented with a tab; YAML allows spaces only"
    case "MULTIPLE_DOCS":
      return "starts a second document; a file has one"
    case "TAG_RESOLVE_FAILED":
      return `has a tag that is not known: ${message}`
    default:
      return `cannot be parsed: ${message}`
  }
}

/** The first name of a field that its object has already. */
const repeatedName = (document: Document.Parsed): Node | undefined => {
  let found: Node | undefined
  visit(document, {
    Map: (_, { items }) => {
      const names = new Set<string>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        const name = String(key.value)
        if (names.has(name)) {
          found = key
          return visit.BREAK
        }
        names.add(name)
      }
      return undefined
    }
  })
  return found
}

interface Positions {
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

/** The line of a value, or of the innermost value around it. A field has the line of its name. */
const lineOf = ({ document, lines }: Positions, path: ReadonlyArray<PropertyKey>): number | undefined => {
  const lineAt = (node: unknown): number | undefined =>
    isNode(node) && node.range != null ? lines.linePos(node.range[0]).line : undefined
  let node: Node | null | undefined = document.contents
  let line = lineAt(node)
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === key)
      if (pair === undefined) return line
      line = lineAt(pair.key) ?? line
      node = pair.value as Node | null
    } else if (node !== null && node !== undefined && "items" in node) {
      const item: unknown = node.items[key as number]
      line = lineAt(item) ?? line
      node = isNode(item) ? item : null
    } else return line
  }
  return line
}

/**
 * Parses a document of YAML 1.2, of which JSON is a part. Each field of an object has a name of its own; anchors and aliases
 * are allowed, merge keys and further documents are not.
 *
 * @internal
 */
export const parseYaml = (text: string): Either.Either<Positions & { readonly value: unknown }, DesiredFileError> => {
  const lines = new LineCounter()
  const document = parseDocument(text.replace(/^\uFEFF/, ""), {
    lineCounter: lines,
    prettyErrors: false,
    merge: false,
    // The parser compares each name with all others, which takes minutes for a map of many users.
    uniqueKeys: false,
    logLevel: "error"
  })
  const failed = (problem: FileProblem) => Either.left(new DesiredFileError({ problems: [problem], total: 1 }))
  const [first] = [...document.errors, ...document.warnings]
  if (first !== undefined) {
    // What follows the first error is often only its consequence.
    return failed({ line: lines.linePos(first.pos[0]).line, path: "", problem: syntaxProblem(first) })
  }
  const repeated = repeatedName(document)
  if (repeated?.range != null) {
    return failed({
      line: lines.linePos(repeated.range[0]).line,
      path: "",
      problem: "has a field that is there already"
    })
  }
  const { explicit, version } = document.directives.yaml
  if (explicit === true && version !== "1.2") {
    return failed({ path: "", problem: `The file has the directive %YAML ${version}, and must be YAML 1.2` })
  }
  if (document.contents === null) return failed({ path: "", problem: "The file is empty" })
  try {
    const value: unknown = document.toJS({ maxAliasCount: maxAliases })
    return repeatedValues(value) > maxRepeated
      ? failed({ path: "", problem: `The file repeats more than ${maxRepeated} values by aliases` })
      : Either.right({ document, lines, value })
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return failed({ path: "", problem: `The file cannot be parsed: ${problem}` })
  }
}

/**
 * Parses a desired state, in YAML or JSON.
 *
 * Fails with every problem that was found, each with its line and path.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parseDesiredState = (text: string): Either.Either<DesiredState, DesiredFileError> => {
  // Most files are as they were exported. If there is a problem, the other parser knows its line.
  const plain = readPlainYaml(text)
  const state = plain === undefined ? undefined : decodeDesiredState(plain)
  if (state !== undefined && Either.isRight(state)) return Either.right(state.right)
  return Either.flatMap(parseYaml(text), (parsed) =>
    Either.mapLeft(
      decodeDesiredState(parsed.value),
      (issues) =>
        new DesiredFileError({
          total: issues.length,
          problems: issues
            .slice(0, maxProblems)
            .map(({ message, path }) => ({ line: lineOf(parsed, path), path: pathText(path), problem: message }))
            .sort((one, other) => (one.line ?? 0) - (other.line ?? 0))
        })
    )
  )
}
