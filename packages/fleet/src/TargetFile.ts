import * as Either from "effect/Either"
import { TextFileError } from "./TextFileError.js"

/**
 * A target in a file: a region, optionally with one of its projects, or a project if there is an endpoint.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileTarget {
  readonly region?: string | undefined
  readonly projectId?: string | undefined
  /** The number of its line. */
  readonly line: number
}

/**
 * The settings of `parseTargets`.
 *
 * @category models
 * @since 0.1.0
 */
export interface TargetFileOptions {
  /**
   * Whether there is an endpoint for the targets, so that lines name projects only. `unlessRegions`: only for files that name
   * no region, which is any word such as `cn-north-4`. Default: none, so that lines name regions.
   */
  readonly endpoint?: "given" | "unlessRegions" | undefined
}

interface Line {
  readonly words: ReadonlyArray<string>
  readonly line: number
}

/** The lines without comments and empty lines. */
const linesOf = (text: string): ReadonlyArray<Line> =>
  text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, index) => ({
      words: line
        .replace(/(^|\s)#.*$/, "")
        .split(/\s+/)
        .filter((word) => word !== ""),
      line: index + 1
    }))
    .filter(({ words }) => words.length > 0)

/** Regions of the machine are not known here, and a region with a typing error is not a project. IDs of projects are different. */
const regionPattern = /^[a-z]+(?:-[a-z]+)*-\d+$/

const isRegion = (word = ""): boolean => regionPattern.test(word)

const nameRegions = (lines: ReadonlyArray<Line>): boolean =>
  lines.some(({ words: [first, second] }) => second !== undefined || isRegion(first))

const regionHint = "Write a region on each line, followed by a project ID if the region has several projects."

/**
 * Parses distinct targets. A line is `REGION`, `REGION PROJECT-ID`, or `PROJECT-ID` if there is an endpoint; a comment
 * begins with `#`.
 *
 * @category operations
 * @since 0.1.0
 */
export const parseTargets = (
  text: string,
  { endpoint }: TargetFileOptions = {}
): Either.Either<ReadonlyArray<FileTarget>, TextFileError> => {
  const lines = linesOf(text)
  const hasEndpoint = endpoint === "given" || (endpoint === "unlessRegions" && !nameRegions(lines))
  const invalid = (problem: string, hint: string, line?: number) =>
    Either.left(new TextFileError({ line, problem, hint }))
  const targets = new Map<string, FileTarget>()
  for (const { line, words } of lines) {
    const [first, second] = words
    if (words.length > (hasEndpoint ? 1 : 2)) {
      const hint = hasEndpoint ? "With an endpoint, write one project ID on each line." : regionHint
      return invalid(`has ${words.length} words`, hint, line)
    }
    const target: FileTarget = hasEndpoint ? { projectId: first, line } : { region: first, projectId: second, line }
    const key = words.join(" ")
    const same = targets.get(key)
    if (same !== undefined) return invalid(`duplicates line ${same.line}`, "Remove one of them.", line)
    targets.set(key, target)
  }
  return targets.size === 0 ? invalid("has no targets", regionHint) : Either.right([...targets.values()])
}
