import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

/**
 * Where a Redis is.
 *
 * @category models
 */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly db: number
  readonly username: string | undefined
  readonly password: Redacted.Redacted | undefined
}

const form =
  "It must be redis://host:6379 or, with TLS, rediss://host:6379, and may name a user and a database: redis://user@host:6379/0."

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text) || undefined
  } catch {
    return undefined
  }
}

/**
 * Reads the URL of a Redis. Left is what it must be, and holds nothing of the URL, where a password may stand.
 *
 * @category conversions
 */
export const parse = (text: string): Either.Either<RedisAddress, string> => {
  if (!URL.canParse(text)) return Either.left(form)
  const { hash, hostname, password, pathname, port, protocol, search, username } = new URL(text)
  const [, db = "0"] = /^\/?(\d{0,4})$/.exec(pathname) ?? []
  const isPlain = search === "" && hash === "" && /^\/?\d{0,4}$/.test(pathname)
  const user = decoded(username)
  const secret = decoded(password)
  const isReadable = (user !== undefined || username === "") && (secret !== undefined || password === "")
  if (!/^rediss?:$/.test(protocol) || hostname === "" || !isPlain || !isReadable) return Either.left(form)
  return Either.right({
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? 6379 : Number(port),
    tls: protocol === "rediss:",
    db: Number(db),
    username: user,
    password: secret === undefined ? undefined : Redacted.make(secret)
  })
}

/**
 * A Redis's URL for people, its password masked.
 *
 * @category conversions
 */
export const show = ({ db, host, password, port, tls, username }: RedisAddress): string => {
  const user = username === undefined ? "" : encodeURIComponent(username)
  const secret = password === undefined ? "" : ":********"
  const at = user === "" && secret === "" ? "" : "@"
  return `${tls ? "rediss" : "redis"}://${user}${secret}${at}${host.includes(":") ? `[${host}]` : host}:${port}/${db}`
}
