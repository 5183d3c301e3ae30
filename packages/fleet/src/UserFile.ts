import { maxIdLength, type SentUser } from "@hotspot-session/core"
import * as Either from "effect/Either"
import { roundedNumber, unescapeFormulas } from "./SpreadsheetCell.js"
import { TextFileError } from "./TextFileError.js"

/**
 * A user in a file, known by ID, name or both.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileUser extends SentUser {
  /** The number of the line on which the user starts. */
  readonly line: number
}

const formatHint =
  'Write user_id,user_name or only an ID on each line. A field with a comma, a quote, a tab or spaces around it is quoted: "a, b ".'

const unlikelyHint =
  "Write an ID, or an ID, a comma and a name, on each line, and no comments. If it is part of the ID, write the ID in quotes, or begin the file with the line user_id,user_name."

const roundedHint =
  "Its last digits are lost: format the column as text, and enter the values again. If it is what it looks like, write it in quotes."

interface Field {
  readonly text: string
  readonly isQuoted: boolean
}

interface CsvRecord {
  readonly fields: ReadonlyArray<Field>
  readonly line: number
}

const invalid = (problem: string, line?: number, hint = formatHint) =>
  Either.left(new TextFileError({ line, problem, hint }))

/** A plain field and what ends it. No pattern finds the end of a quoted one: it would exhaust the stack on a long field. */
const plainField = /([^",\r\n]*)(,|\r?\n|$)/y

/** The quote that closes the field that the quote at `start` opens; -1 if none does. Two quotes in a row are one of the text. */
const closingQuote = (text: string, start: number): number => {
  let at = text.indexOf('"', start + 1)
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}

/**
 * The records of a file, without empty lines.
 *
 * Source: {@link https://www.rfc-editor.org/rfc/rfc4180 RFC 4180}, and the line ends of Unix.
 */
const recordsOf = (text: string): Either.Either<ReadonlyArray<CsvRecord>, TextFileError> => {
  const records: Array<CsvRecord> = []
  let fields: Array<Field> = []
  let line = 1
  let start = 1
  for (let at = 0; at < text.length || fields.length > 0; ) {
    const isQuoted = text[at] === '"'
    const close = isQuoted ? closingQuote(text, at) : at
    plainField.lastIndex = isQuoted ? close + 1 : at
    const [whole = "", plain = "", end] = (close === -1 ? null : plainField.exec(text)) ?? []
    if (end === undefined || (isQuoted && plain !== "")) {
      return invalid("has a quote that is not closed, or text around a quoted field", line)
    }
    const next = (isQuoted ? close + 1 : at) + whole.length
    fields.push({ text: isQuoted ? text.slice(at + 1, close).replaceAll('""', '"') : plain, isQuoted })
    line += text.slice(at, next).split("\n").length - 1
    at = next
    if (end === ",") continue
    if (fields.length > 1 || fields[0]?.text !== "" || fields[0].isQuoted) records.push({ fields, line: start })
    fields = []
    start = line
  }
  return Either.right(records)
}

const headerHint =
  "Name the columns user_id and user_name, in the first line. If it is a user, begin the file with the line user_id,user_name."

const columns = ["user_id", "user_name"] as const

type Column = (typeof columns)[number]

/** The columns that a header names, in its order; `undefined` if the record is not a header. */
const headerOf = (record: CsvRecord | undefined): Either.Either<ReadonlyArray<Column> | undefined, TextFileError> => {
  const names = record?.fields.map(({ text }) => text.trim().toLowerCase()) ?? []
  const found = names.flatMap((name) => columns.filter((column) => column === name))
  const isSeparatedOtherwise = names.length === 1 && /^user_(?:id|name)\s*[;|\t]/.test(names[0] ?? "")
  if (isSeparatedOtherwise) return invalid("is a header whose columns are not separated by a comma", record?.line)
  if (found.length === 0 && !isOtherHeader(record)) return Either.right(undefined)
  return found.length === names.length && new Set(found).size === found.length
    ? Either.right(found)
    : invalid("is a header with other columns than user_id and user_name", record?.line, headerHint)
}

/** Names of columns that other programs write, such as User ID, employee_id, SamAccountName and 用户名. */
const otherColumns = [
  /^(?:(?:.*[ _-]|user)?(?:id|name)|(?:user[ _-]?)?(?:e?-?mail|account|login))s?$|^users?$/i,
  /\p{Ll}(?:Id|ID|Name)$/u,
  /^用户|^(?:姓?名称?|[账帐][号户]|编号)$/u
]

/** Whether a record names one of its columns as other programs do. Quoting says nothing: some programs quote every field. */
const isOtherHeader = (record: CsvRecord | undefined): boolean =>
  record?.fields.some(({ text }) => otherColumns.some((pattern) => pattern.test(text.trim()))) ?? false

/** Whether a record after the first is the header of another file. */
const isLaterHeader = ({ fields }: CsvRecord): boolean =>
  fields.every(({ isQuoted, text }) => !isQuoted && columns.some((column) => column === text.toLowerCase()))

/** What is no ID in a file without a header, unless it is quoted: comments, other separators and settings. */
const unlikely = /[\s#;|]|.=/u

type Problem = readonly [problem: string, hint?: string]

/** Why a field cannot be an ID or a name; `undefined` if it can. What is not quoted is more likely a mistake. */
const problemOf = ({ isQuoted, text }: Field, what: "ID" | "name", hasHeader: boolean): Problem | undefined => {
  const start = `has ${what === "ID" ? "an ID" : "a name"}`
  if ([...text].length > maxIdLength) return [`${start} of more than ${maxIdLength} characters`]
  // Editors and readers of text change line breaks, so that it could be the ID of another user.
  if (/[\r\n]/.test(text)) return [`${start} with a line break`]
  // What decoding puts in place of other octets.
  if (text.includes("\uFFFD")) return [`${start} that is not UTF-8`]
  if (isQuoted) return undefined
  if (/\p{Cc}/u.test(text)) return [`${start} with a tab or another control character, which is not quoted`]
  if (text !== text.trim()) return [`${start} with spaces around it, which are not quoted`]
  if (roundedNumber.test(text)) {
    return [`${start} that looks like a number which a spreadsheet has rounded: ${text}`, roundedHint]
  }
  const [part] = (!hasHeader && what === "ID" && unlikely.exec(text)) || []
  return part === undefined ? undefined : [`${start} with "${part.slice(-1)}", which is not quoted`, unlikelyHint]
}

/**
 * Parses users, in their order: CSV with the columns `user_id` and `user_name`, with or without a header, or an ID on each
 * line. A user is an ID, a name, or both. Fields may be quoted; only in quotes, they may start or end with spaces, contain
 * control characters, other than line breaks, or look like a number that a spreadsheet has rounded. Without a header, an ID
 * with a space, `#`, `;`, `|` or `=` must be quoted, because it is more likely a mistake.
 *
 * @category operations
 * @since 0.1.0
 */
export const parseUsers = (text: string): Either.Either<ReadonlyArray<FileUser>, TextFileError> =>
  Either.gen(function* () {
    const records = yield* recordsOf(text.replace(/^\uFEFF/, ""))
    const header = yield* headerOf(records[0])
    const names = header ?? columns
    const users: Array<FileUser> = []
    for (const record of header === undefined ? records : records.slice(1)) {
      const { fields, line } = record
      if (isLaterHeader(record)) return yield* invalid("is a header, and not the first line", line, headerHint)
      if (fields.length > names.length) {
        return yield* invalid(`has ${fields.length} fields, and at most ${names.length} are expected`, line)
      }
      const user: { -readonly [column in Column]?: string } = {}
      for (const [index, column] of names.entries()) {
        const { isQuoted = false, text = "" } = fields[index] ?? {}
        const cell = { isQuoted, text: unescapeFormulas(text) }
        const [problem, hint] = problemOf(cell, column === "user_id" ? "ID" : "name", header !== undefined) ?? []
        if (problem !== undefined) return yield* invalid(problem, line, hint)
        if (cell.text !== "") user[column] = cell.text
      }
      if (user.user_id === undefined && user.user_name === undefined) {
        return yield* invalid("has neither an ID nor a name", line)
      }
      users.push({ ...user, line })
    }
    return users.length === 0 ? yield* invalid("names no user") : users
  })
