import * as Net from "node:net"

interface Network {
  readonly address: string
  readonly prefix: number
  readonly family: "ipv4" | "ipv6"
}

const mappedFormat = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i

/** The IPv4 address in an IPv4-mapped IPv6 address. */
const unmapped = (address: string): string | undefined => {
  const [, dotted, high = "", low = ""] = mappedFormat.exec(address) ?? []
  if (dotted !== undefined || high === "") return dotted
  return [high, low].flatMap((hex) => [Number.parseInt(hex, 16) >> 8, Number.parseInt(hex, 16) & 255]).join(".")
}

/** An address in the form in which all spellings of it are equal; `undefined` if it is none. */
const canonical = (text: string): string | undefined => {
  const family = Net.isIP(text)
  if (family !== 6) return family === 4 ? text : undefined
  const { address } = new Net.SocketAddress({ address: text.replace(/%.*$/, ""), family: "ipv6" })
  return unmapped(address) ?? address
}

const familyOf = (address: string): Network["family"] => (address.includes(":") ? "ipv6" : "ipv4")

const parse = (text: string): Network | undefined => {
  const [, written = "", digits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = canonical(written)
  if (address === undefined) return undefined
  const family = familyOf(address)
  const bits = family === "ipv4" ? 32 : 128
  // The prefix of a mapped network counts the 96 bits before the IPv4 address.
  const prefix = digits === undefined ? bits : Number(digits) - (family === "ipv4" && written.includes(":") ? 96 : 0)
  return prefix >= 0 && prefix <= bits ? { address, prefix, family } : undefined
}

/**
 * Whether a text is an IPv4 or IPv6 address, or a network in CIDR notation such as `10.0.0.0/8` or `fd00::/8`.
 *
 * @category guards
 * @since 0.1.0
 */
export const isNetwork = (text: string): boolean => parse(text) !== undefined

/** An entry of `X-Forwarded-For`, which may have a port. */
const addressOf = (entry: string): string | undefined => {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(entry) ?? []
  return canonical(bracketed ?? dotted ?? entry)
}

/**
 * The address of a client, from that of its connection and `X-Forwarded-For`.
 *
 * @category models
 * @since 0.1.0
 */
export type ClientAddress = (remote: string | undefined, forwardedFor: string | undefined) => string | undefined

/**
 * Believes `X-Forwarded-For` only as far as it was written by one of `proxies`: the client is the last address, from the
 * right, that is not a proxy's. An entry that is not an address ends the search at the proxy that sent it. Without proxies,
 * the client is the connection's peer.
 *
 * @example
 * ```ts
 * import * as TrustedProxies from "@hotspot-session/gateway/TrustedProxies"
 *
 * const addressOf = TrustedProxies.make(["10.0.0.0/8"])
 * const client = addressOf("10.1.2.3", "203.0.113.7") // "203.0.113.7"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (proxies: ReadonlyArray<string> = []): ClientAddress => {
  const trusted = new Net.BlockList()
  for (const network of proxies.flatMap((text) => parse(text) ?? [])) {
    trusted.addSubnet(network.address, network.prefix, network.family)
  }
  return (remote, forwardedFor) => {
    if (remote === undefined) return undefined
    let client = remote.startsWith("::") ? (canonical(remote) ?? remote) : remote
    if (proxies.length === 0 || forwardedFor === undefined) return client
    let end = forwardedFor.length
    while (end >= 0 && trusted.check(client, familyOf(client))) {
      const start = end === 0 ? -1 : forwardedFor.lastIndexOf(",", end - 1)
      const address = addressOf(forwardedFor.slice(start + 1, end).trim())
      if (address === undefined) break
      client = address
      end = start
    }
    return client
  }
}
