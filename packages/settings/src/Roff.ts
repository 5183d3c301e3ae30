/** Characters that roff interprets, or replaces with typographic ones, which cannot be pasted into a terminal. */
const special: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti"
}

/** Text that roff shows as it is. */
export const escape = (text: string): string =>
  text.replace(/[\\\-'"`^~]/g, (character) => special[character] ?? character).replace(/^\./gm, "\\&.")

const maxColumns = 78

const wrap = (text: string): string => {
  const [first = "", ...words] = text.split(" ")
  const lines = [first]
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`
    if (escape(line).length > maxColumns) lines.push(word)
    else lines[lines.length - 1] = line
  }
  return lines.map(escape).join("\n")
}

/** Lines of filled text, each sentence on lines of its own, as the macros expect it. */
export const filled = (text: string): string =>
  `${text
    .split(/(?<=[.!?]) /)
    .map(wrap)
    .join("\n")}\n`

export const section = (title: string, content: string): string => `.SH ${escape(title)}\n${content}`

export const subsection = (title: string, content: string): string => `.SS ${escape(title)}\n${content}`

export const paragraph = (content: string): string => `.PP\n${content}`

/** Lines that are not filled. */
export const literal = (lines: ReadonlyArray<string>): string => `.EX\n${lines.map(escape).join("\n")}\n.EE\n`

/** A term in bold, but for its placeholders, and what it means. */
export const item = (term: string, meaning: string): string => {
  const parts = term.split(/(<[^>]*>|\[[^\]]*\]|, )/)
  const styled = parts.map((part, index) =>
    index % 2 === 1 ? escape(part) : part === "" ? "" : `\\fB${escape(part)}\\fR`
  )
  return `.TP\n${styled.join("")}\n${filled(meaning)}`
}
