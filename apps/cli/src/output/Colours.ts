import { styleText } from "node:util"

/** Styles text for a terminal, or leaves it unchanged. */
export interface Colours {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
}

const styles = ["bold", "dim", "red", "green", "yellow"] as const

const painter = (paint: (style: (typeof styles)[number], text: string) => string): Colours =>
  Object.fromEntries(styles.map((style) => [style, (text: string) => (text === "" ? "" : paint(style, text))])) as never

export const plain: Colours = painter((_, text) => text)

/** The caller decides; by default `styleText` checks the process's own streams. */
const coloured: Colours = painter((style, text) => styleText(style, text, { validateStream: false }))

const isOn = (value: string | undefined): boolean => value !== undefined && value !== "" && value !== "0"

/** Whether the terminal has no escape sequences at all: neither colours nor movements of the cursor. */
export const isDumb = (environment: Readonly<Record<string, string | undefined>>): boolean =>
  environment["TERM"] === "dumb"

/**
 * Whether a stream gets colours, decided by `--no-color` and TERM=dumb, else FORCE_COLOR and CLICOLOR_FORCE, else NO_COLOR, else whether
 * it is a terminal with colours.
 *
 * Source: {@link https://no-color.org}, {@link https://force-color.org}, {@link https://bixense.com/clicolors}.
 */
const usesColours = (
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  flag: boolean | undefined
): boolean => {
  if (flag === false || isDumb(environment)) return false
  if (isOn(environment["FORCE_COLOR"]) || isOn(environment["CLICOLOR_FORCE"])) return true
  if (environment["NO_COLOR"] || environment["FORCE_COLOR"] === "0") return false
  return isTerminal && environment["CLICOLOR"] !== "0"
}

export const coloursOf = (...decision: Parameters<typeof usesColours>): Colours =>
  usesColours(...decision) ? coloured : plain
