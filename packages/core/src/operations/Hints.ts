/** Hints that several operations share. */
export const readRateHint = "The cloud allows about 200 reads a minute per user. Wait a minute, or send fewer requests."

export const writeRateHint =
  "The cloud allows about 100 writes a minute per user. Wait a minute, or send fewer requests."

export const configNotFoundHint =
  "Check the project ID and the configuration ID: list the configurations to see which exist."
