/** Markup, which is not escaped again. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

/** Characters that would change the text direction of what follows them. */
const bidiControls = /[\u202a-\u202e\u2066-\u2069]/g

const escape = (text: string): string =>
  text.replace(bidiControls, "�").replace(/[&<>"']/g, (character) => entities[character] ?? "")

type Value = Html | string | number | undefined | ReadonlyArray<Html>

const textOf = (value: Value): string => {
  if (value === undefined) return ""
  if (value instanceof Html) return value.text
  return typeof value === "object" ? value.map(({ text }) => text).join("") : escape(String(value))
}

/** A template whose values are escaped unless they are `Html`. Attribute values must be quoted. */
export const html = (parts: TemplateStringsArray, ...values: ReadonlyArray<Value>): Html =>
  new Html(parts.map((part, index) => part + (index < values.length ? textOf(values[index]) : "")).join(""))
