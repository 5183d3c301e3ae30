import { resolveEndpoint, type Target } from "@hotspot-session/client"
import { RegionId, regionIds } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isLoopback } from "../caller/LocalCaller.js"
import type { Options } from "../HotspotSessionHttp.js"

/** What the command line says; absent where it says nothing. */
export interface Flags {
  readonly host: string
  readonly port: number
  readonly region?: RegionId | undefined
  readonly endpoint?: string | undefined
  readonly credentials: NonNullable<Options["credentials"]>
  readonly timeout: number
}

/** The variables that are read. */
export const variables = {
  region: "HOTSPOT_SESSION_REGION",
  endpoint: "HOTSPOT_SESSION_ENDPOINT",
  token: "HOTSPOT_SESSION_AUTH_TOKEN"
} as const

/** Everything that the command needs to know. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly target: Target
  /** The token that everybody is answered with; absent in `pass-through`. */
  readonly token: Redacted.Redacted<string> | undefined
  /** How long a call to the cloud may take, in milliseconds. */
  readonly timeout: number
  /** What the operator should know before the start. */
  readonly warnings: ReadonlyArray<string>
}

type Environment = Record<string, string | undefined>

/** An empty variable says nothing. */
const read = (environment: Environment, name: string): string | undefined => environment[name]?.trim() || undefined

const isRegion = Schema.is(RegionId)

/** What is wrong with a URL as an endpoint. */
export const checkEndpoint = (endpoint: string): Either.Either<string, string> =>
  Either.mapLeft(resolveEndpoint({ endpoint }), (error) =>
    error._op === "InvalidData" || error._op === "MissingData" ? error.message : "it is no endpoint"
  )

/** A region, or what to say where there is none of this name. */
export const checkRegion = (region: string): Either.Either<RegionId, string> =>
  isRegion(region) ? Either.right(region) : Either.left(`Regions are ${regionIds.join(", ")}.`)

/** A flag beats the variables of both kinds: who names a region on the command line means that region. */
const targetOf = (flags: Flags, environment: Environment): Either.Either<Target, string> => {
  if (flags.endpoint !== undefined) return Either.right({ endpoint: flags.endpoint })
  if (flags.region !== undefined) return Either.right({ region: flags.region })
  const endpoint = read(environment, variables.endpoint)
  if (endpoint !== undefined) {
    return Either.mapBoth(checkEndpoint(endpoint), {
      onLeft: (problem) => `${variables.endpoint} is “${endpoint}”: ${problem}.`,
      onRight: () => ({ endpoint })
    })
  }
  const region = read(environment, variables.region)
  if (region !== undefined) {
    return Either.mapBoth(checkRegion(region), {
      onLeft: (problem) => `${variables.region} is “${region}”. ${problem}`,
      onRight: (region) => ({ region })
    })
  }
  return Either.left(
    `Neither a region nor an endpoint is given. Use --region or --endpoint, or set ${variables.region} or ${variables.endpoint}.`
  )
}

const hostOfUrl = (host: string) => (host.includes(":") ? `[${host}]` : host)

const tokenOf = (
  flags: Flags,
  environment: Environment
): Either.Either<Redacted.Redacted<string> | undefined, string> => {
  // Untrimmed: white space around a token is a mistake that the client names.
  const token = environment[variables.token]
  if (flags.credentials === "pass-through") return Either.right(undefined)
  if (token === undefined || token === "") {
    return Either.left(`--credentials own needs a token. Set ${variables.token}.`)
  }
  return isLoopback(hostOfUrl(flags.host))
    ? Either.right(Redacted.make(token))
    : Either.left(
        `With --credentials own everybody who reaches ${flags.host} would read with your token. Use --host 127.0.0.1, or --credentials pass-through so that callers send their own.`
      )
}

/**
 * The settings: flag before environment before default. Left is what is wrong and what to do.
 *
 * The variable of the token does not choose the mode. It is the one that the command line tool reads as well, and a gateway
 * must not begin to answer everybody because a shell has it.
 */
export const resolve = (flags: Flags, environment: Environment): Either.Either<Settings, string> =>
  Either.gen(function* () {
    const target = yield* targetOf(flags, environment)
    const token = yield* tokenOf(flags, environment)
    const unused = token === undefined && read(environment, variables.token) !== undefined
    return {
      host: flags.host,
      port: flags.port,
      target,
      token,
      timeout: flags.timeout,
      warnings: unused
        ? [
            `${variables.token} is set but not used: callers send their own X-Auth-Token. Use --credentials own to answer everybody on this machine with it.`
          ]
        : []
    }
  })
