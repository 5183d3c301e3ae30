const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** Parses a duration such as `500ms`, `30s` or `1.5m` to milliseconds; `NaN` if the text is not one. */
export const parseDuration = (text: string): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  return Math.round(Number(amount) * units[unit as keyof typeof units])
}
