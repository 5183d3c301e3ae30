/** The exit codes, in rows as the help has them; a text may have several lines. */
export const exitCodes: ReadonlyArray<ReadonlyArray<readonly [codes: string, meaning: string]>> = [
  [["0", "success; for diff and plan: no difference"]],
  [
    [
      "1",
      "negative result: diff or plan found a difference, doctor a problem;\nfor what writes: not confirmed, or not as written"
    ]
  ],
  [
    ["2", "invalid command line"],
    ["3", "invalid or missing setting"]
  ],
  [
    ["4", "not authenticated or permitted"],
    ["5", "rejected by the service"]
  ],
  [
    ["6", "unavailable or timed out"],
    ["7", "of several projects, some failed"]
  ],
  [
    ["8", "changed since it was shown"],
    ["9", "a write whose outcome is unknown"]
  ],
  [
    ["70", "a bug"],
    ["74", "output cannot be written"]
  ],
  [["129, 130, 143", "stopped by a signal"]]
]

const row = (items: (typeof exitCodes)[number]): string =>
  items
    .map(([codes, meaning], column) => `${`${codes} `.padEnd(column === 0 ? 4 : 3)}${meaning.padEnd(34)}`)
    .join("")
    .trimEnd()

export const exitCodesHelp = `Exit codes:
${exitCodes.map((items) => `  ${row(items).replaceAll("\n", "\n      ")}\n`).join("")}`
