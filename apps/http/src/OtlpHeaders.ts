import { validateHeaderName, validateHeaderValue } from "node:http"
import type { Environment } from "@hotspot-session/client"
import { ConfigurationError } from "@hotspot-session/settings/ConfigurationError"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { secrets } from "./SettingDefinitions.js"

const decode = (text: string): string => Either.getOrElse(Encoding.decodeUriComponent(text), () => text)

const isValid = (check: () => void): boolean => {
  try {
    check()
    return true
  } catch {
    return false
  }
}

/** A header written as `name=value`. Left is the problem as a predicate, which repeats nothing of it. */
const headerOf = (entry: string): Either.Either<readonly [name: string, value: string], string> => {
  const [, name = "", encoded] = /^([^=]*)=(.*)$/s.exec(entry)?.map((part) => part.trim()) ?? []
  if (encoded === undefined) return Either.left("has no =")
  if (!isValid(() => validateHeaderName(name))) return Either.left("does not begin with the name of a header")
  const value = decode(encoded)
  return isValid(() => validateHeaderValue(name, value))
    ? Either.right([name.toLowerCase(), value])
    : Either.left("has a value that no header can have")
}

/** The headers of the variable: `name=value`, percent-encoded, separated by commas. No message repeats one, which may be a secret. */
export const resolve = (
  environment: Environment
): Either.Either<Redacted.Redacted<Readonly<Record<string, string>>>, ConfigurationError> => {
  const entries = (environment[secrets.otlpHeaders] ?? "").split(",").filter((entry) => entry.trim() !== "")
  const headers = entries.map((entry, index) =>
    Either.mapLeft(
      headerOf(entry),
      (problem) =>
        new ConfigurationError({
          message: `Entry ${index + 1} of ${secrets.otlpHeaders} ${problem}.`,
          hint: "Separate headers by commas, each as name=value, percent-encoded: Authorization=Bearer%20TOKEN."
        })
    )
  )
  return Either.map(Either.all(headers), (all) => Redacted.make(Object.fromEntries(all)))
}
