import { projectIdPattern } from "@hotspot-session/core"
import { isOrigin } from "@hotspot-session/gateway/Cors"
import { isNetwork } from "@hotspot-session/gateway/TrustedProxies"
import { parseDuration } from "@hotspot-session/settings/Durations"
import { usableUrl } from "@hotspot-session/settings/ResolvedEndpoint"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

/** Parses the text of a setting. Left says what it must be, as a sentence. */
export type Parser<A> = (text: string) => Either.Either<A, string>

export const integer =
  (min: number, max: number): Parser<number> =>
  (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return number >= min && number <= max
      ? Either.right(number)
      : Either.left(`It must be an integer from ${min} to ${max}.`)
  }

/** A duration in whole numbers, such as `30s`, in milliseconds. */
export const time = (min: string, max: string): Parser<number> => {
  const range = { min: parseDuration(min), max: parseDuration(max) }
  return (text) => {
    const millis = text.includes(".") ? Number.NaN : parseDuration(text)
    return millis >= range.min && millis <= range.max
      ? Either.right(millis)
      : Either.left(`It must be a duration from ${min} to ${max}, such as 500ms, 30s or 2m.`)
  }
}

export const choice =
  <A extends string>(...words: ReadonlyArray<A>): Parser<A> =>
  (text) => {
    const chosen = words.find((word) => word === text)
    return chosen === undefined ? Either.left(`It must be ${words.join(" or ")}.`) : Either.right(chosen)
  }

export const host: Parser<string> = (text) => {
  const name = text.replace(/^\[(.*)\]$/, "$1")
  return /^[0-9A-Za-z.:_%-]+$/.test(name)
    ? Either.right(name)
    : Either.left("It must be a host name or an IP address, without scheme and port.")
}

export const endpoint: Parser<string> = (text) =>
  Either.mapBoth(usableUrl(text), { onLeft: (reason) => `It cannot be used: ${reason}.`, onRight: () => text })

export const rateLimit: Parser<{ readonly requests: number; readonly millis: number } | "off"> = (text) => {
  if (text === "off") return Either.right("off" as const)
  const [, requests = "", per = ""] = /^(\d{1,9})\/(\w+)$/.exec(text) ?? []
  const millis = time("1s", "24h")(/^\d/.test(per) ? per : `1${per}`)
  return Number(requests) >= 1 && Either.isRight(millis)
    ? Either.right({ requests: Number(requests), millis: millis.right })
    : Either.left("It must be requests per duration, such as 600/m or 10/5s, or off.")
}

export const metrics: Parser<"on" | "off" | number> = (text) => {
  if (text === "on" || text === "off") return Either.right(text)
  return Either.mapLeft(integer(0, 65535)(text), () => "It must be on, off, or a port from 0 to 65535.")
}

/** An interval in milliseconds. */
export const exporter: Parser<"off" | number> = (text) =>
  text === "off"
    ? Either.right("off" as const)
    : Either.mapLeft(time("10s", "24h")(text), () => "It must be off, or a duration from 10s to 24h, such as 5m.")

export const text: Parser<string> = (value) =>
  value.trim() === "" ? Either.left("It must not be empty.") : Either.right(value)

/** A text that may contain a secret. */
export const secret: Parser<Redacted.Redacted> = (value) => Either.map(text(value), Redacted.make)

export const keyPrefix: Parser<string> = (value) =>
  /^[\w.:-]{1,64}$/.test(value)
    ? Either.right(value)
    : Either.left("It must be 1 to 64 letters, digits, or any of _ . : -")

export interface NamedProject {
  readonly id: string
  readonly name: string
  /** Absent if it is the gateway's own region. Which there are depends on the machine and its credentials. */
  readonly region: string | undefined
}

/** A project as `id`, `name=id`, `region/id` or `name=region/id`. */
const project: Parser<NamedProject> = (value) => {
  const [, name, region, id = ""] = /^(?:([^=]+)=\s*)?(?:([^=/]+)\/)?([^=/]*)$/.exec(value.trim()) ?? []
  return projectIdPattern.test(id)
    ? Either.right({ id, name: name?.trim() || id, region })
    : Either.left(
        "It must be project IDs separated by commas, each as id, name=id, or name=region/id if it is in another region."
      )
}

/** Projects, each of which is listed once. */
export const projectsOf = (values: ReadonlyArray<string>): Either.Either<ReadonlyArray<NamedProject>, string> =>
  Either.flatMap(Either.all(values.map(project)), (found) => {
    const twice = found.find(({ id }, index) => found.findIndex((other) => other.id === id) < index)
    return twice === undefined ? Either.right(found) : Either.left(`The project ${twice.id} is listed more than once.`)
  })

export const projects: Parser<ReadonlyArray<NamedProject>> = (value) => projectsOf(value.split(","))

export const networks: Parser<ReadonlyArray<string>> = (value) => {
  const found = value.split(",").map((part) => part.trim())
  return found.every(isNetwork)
    ? Either.right(found)
    : Either.left("It must be IP addresses or networks such as 10.0.0.0/8 or fd00::/8, separated by commas.")
}

export const origins: Parser<ReadonlyArray<string>> = (value) => {
  const found = value.split(",").map((part) => part.trim())
  return found.every(isOrigin)
    ? Either.right(found)
    : Either.left(
        "It must be origins such as https://dashboard.example, separated by commas, without a path or a wildcard."
      )
}
