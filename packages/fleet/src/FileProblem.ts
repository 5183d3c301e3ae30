/**
 * What is wrong with a file, and where.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileProblem {
  /** The number of the line; absent if the problem is the whole file. */
  readonly line?: number | undefined
  /** Such as `targets[0].items[2].id`; empty for the document, and where the file cannot be parsed. */
  readonly path: string
  readonly problem: string
}

/**
 * A problem as a line of text: `line 7, targets[0].items[2].id: must be text`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const problemText = ({ line, path, problem }: FileProblem): string =>
  [[...(line === undefined ? [] : [`line ${line}`]), ...(path === "" ? [] : [path])].join(", "), problem]
    .filter((part) => part !== "")
    .join(": ")
