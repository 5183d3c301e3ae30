import * as Either from "effect/Either"
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

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text) || undefined
  } catch {
    return undefined
  }
}

/**
 * Parses the URL of a Redis. Left is the expected format; it repeats nothing of the URL, which may hold a password.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parse = (text: string): Either.Either<RedisAddress, string> => {
  if (typeof text !== "string" || !URL.canParse(text)) return Either.left(expectedFormat)
  const { hash, hostname, password, pathname, port, protocol, search, username } = new URL(text)
  const [, db = "0"] = /^\/?(\d{0,4})$/.exec(pathname) ?? []
  const isPlain = search === "" && hash === "" && /^\/?\d{0,4}$/.test(pathname)
  const decodedUsername = decode(username)
  const decodedPassword = decode(password)
  const isDecodable =
    (decodedUsername !== undefined || username === "") && (decodedPassword !== undefined || password === "")
  if (!/^rediss?:$/.test(protocol) || hostname === "" || !isPlain || !isDecodable) return Either.left(expectedFormat)
  return Either.right({
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? 6379 : Number(port),
    tls: protocol === "rediss:",
    db: Number(db),
    username: decodedUsername,
    password: decodedPassword === undefined ? undefined : Redacted.make(decodedPassword)
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
  return `${tls ? "rediss" : "redis"}://${user}${secret}${at}${host.includes(":") ? `[${host}]` : host}:${port}/${db}`
}
