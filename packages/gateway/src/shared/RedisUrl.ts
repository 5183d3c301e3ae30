import { authorityOf } from "@hotspot-session/core"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"

/**
 * The parts of a Redis URL.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly db: number
  readonly username: string | undefined
  readonly password: Redacted.Redacted | undefined
}

const expectedFormat =
  "It must be redis://host:6379 or, with TLS, rediss://host:6379, and may name a user and a database: redis://user@host:6379/0."

const decode = (text: string): string | undefined => Either.getOrUndefined(Encoding.decodeUriComponent(text))

/**
 * Parses the URL of a Redis. Left is the expected format; it repeats nothing of the URL, which may hold a password.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parse = (text: string): Either.Either<RedisAddress, string> => {
  if (typeof text !== "string" || !URL.canParse(text)) return Either.left(expectedFormat)
  const { hash, hostname, password, pathname, port, protocol, search, username } = new URL(text)
  const db = /^\/?(\d{0,4})$/.exec(pathname)?.[1]
  const user = decode(username)
  const secret = decode(password)
  const isRedis = /^rediss?:$/.test(protocol) && hostname !== "" && search === "" && hash === ""
  if (!isRedis || db === undefined || user === undefined || secret === undefined) return Either.left(expectedFormat)
  return Either.right({
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? 6379 : Number(port),
    tls: protocol === "rediss:",
    db: Number(db),
    username: user || undefined,
    password: secret === "" ? undefined : Redacted.make(secret)
  })
}

/**
 * The URL of a Redis with its password masked.
 *
 * @category conversions
 * @since 0.1.0
 */
export const redacted = ({ db, host, password, port, tls, username }: RedisAddress): string => {
  const user = username === undefined ? "" : encodeURIComponent(username)
  const secret = password === undefined ? "" : ":********"
  const at = user === "" && secret === "" ? "" : "@"
  return `${tls ? "rediss" : "redis"}://${user}${secret}${at}${authorityOf({ host, port })}/${db}`
}
