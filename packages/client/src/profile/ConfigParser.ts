import * as Either from "effect/Either"

/** Why a file cannot be parsed. It quotes nothing of the file, which may contain secrets. */
export interface ParseProblem {
  /** Starts at 1. */
  readonly line: number
  readonly expected: string
}

/** The options of a section by name in lower case, including those of `[DEFAULT]`. */
type Section = ReadonlyMap<string, ConfigOption>

interface ConfigOption {
  readonly line: number
  /** The text before references are resolved. */
  readonly value: string
}

/** Python's whitespace, which differs from JavaScript's. */
const space = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
const leading = new RegExp(`^[${space}]+`)
const trailing = new RegExp(`[${space}]+$`)

const strip = (text: string): string => text.replace(leading, "").replace(trailing, "")

const defaultSection = "DEFAULT"

/** An option whose lines are still being parsed. */
interface OpenOption {
  readonly line: number
  readonly lines: Array<string>
}

/**
 * Parses a file like Python's `configparser.ConfigParser()` with its defaults, which the official SDK for Python uses for
 * credentials. Packages for INI files differ from it and from each other: they strip comments after values, nest sections
 * at dots, or parse a header with a comment as an option of the previous section.
 *
 * The options of `[DEFAULT]` are part of every section. `valuesOf` resolves references such as `%(name)s`.
 *
 * Source: the documentation of Python's `configparser`, "Supported INI File Structure".
 */
export const parse = (text: string): Either.Either<ReadonlyMap<string, Section>, ParseProblem> => {
  const defaults = new Map<string, OpenOption>()
  const sections = new Map<string, Map<string, OpenOption>>()
  let section: Map<string, OpenOption> | undefined
  let option: OpenOption | undefined
  let optionIndent = 0

  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = index + 1
    const problem = (expected: string) => Either.left<ParseProblem>({ line, expected })
    const content = strip(raw)
    if (content.startsWith("#") || content.startsWith(";")) continue
    if (content === "") {
      option?.lines.push("")
      continue
    }
    const indent = leading.exec(raw)?.[0].length ?? 0
    if (option !== undefined && indent > optionIndent) {
      option.lines.push(content)
      continue
    }
    optionIndent = indent
    const name = /^\[(.+)\]/s.exec(content)?.[1]
    if (name !== undefined) {
      if (sections.has(name)) return problem("a section name that is not used yet")
      section = name === defaultSection ? defaults : new Map()
      if (section !== defaults) sections.set(name, section)
      option = undefined
      continue
    }
    if (section === undefined) return problem("a section header such as [basic]")
    const delimiter = content.search(/[=:]/)
    if (delimiter < 1) return problem("name = value")
    const key = strip(content.slice(0, delimiter)).toLowerCase()
    if (section.has(key)) return problem("an option name that is not used in the section yet")
    option = { line, lines: [strip(content.slice(delimiter + 1))] }
    section.set(key, option)
  }

  const closed = (options: ReadonlyMap<string, OpenOption>): ReadonlyArray<readonly [string, ConfigOption]> =>
    Array.from(options, ([key, { line, lines }]) => [key, { line, value: lines.join("\n").replace(trailing, "") }])
  return Either.right(
    new Map(Array.from(sections, ([name, options]) => [name, new Map([...closed(defaults), ...closed(options)])]))
  )
}

const maxDepth = 10

/**
 * The values of a section, with `%(name)s` replaced by that option's value and `%%` by `%`. An unresolvable reference in any
 * option is a problem of the whole section.
 */
export const valuesOf = (section: Section): Either.Either<Readonly<Record<string, string>>, ParseProblem> => {
  const resolve = (text: string, line: number, depth: number): Either.Either<string, ParseProblem> => {
    const problem = (expected: string) => Either.left<ParseProblem>({ line, expected })
    if (depth > maxDepth) return problem(`references nested at most ${maxDepth} levels deep`)
    let resolved = ""
    let rest = text
    for (let at = rest.indexOf("%"); at >= 0; at = rest.indexOf("%")) {
      resolved += rest.slice(0, at)
      rest = rest.slice(at)
      const reference = /^%\(([^)]+)\)s/.exec(rest)
      if (reference !== null) {
        const value = section.get((reference[1] ?? "").toLowerCase())?.value
        if (value === undefined) return problem("a reference to an existing option")
        const inner = value.includes("%") ? resolve(value, line, depth + 1) : Either.right(value)
        if (Either.isLeft(inner)) return inner
        resolved += inner.right
        rest = rest.slice(reference[0].length)
      } else if (rest.startsWith("%%")) {
        resolved += "%"
        rest = rest.slice(2)
      } else {
        return problem("%% for a percent sign, or %(name)s for the value of another option")
      }
    }
    return Either.right(resolved + rest)
  }
  return Either.map(
    Either.all(Array.from(section, ([name, { line, value }]) => Either.map(resolve(value, line, 1), (v) => [name, v]))),
    Object.fromEntries
  )
}
