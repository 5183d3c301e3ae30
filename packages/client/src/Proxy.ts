/**
 * Which proxy a URL is reached through: the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, with the
 * meaning that they have for curl.
 */
import { authorityOf } from "@hotspot-session/core/Authority"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Environment } from "./Environment.js"

/**
 * A proxy that speaks HTTP.
 *
 * @category models
 * @since 0.1.0
 */
export interface Proxy {
  /** Whether the connection to the proxy itself uses TLS. */
  readonly isTls: boolean
  /** A name or an address, an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
  /** The value of `Proxy-Authorization`; absent if the URL has no user. */
  readonly authorization: Redacted.Redacted | undefined
  /** Where the proxy is configured, such as `environment variable HTTPS_PROXY`. */
  readonly source: string
}

/**
 * A setting that is not a usable proxy. No text contains its value, which may have a password.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProxyProblem {
  readonly source: string
  /** What is wrong, as a predicate, such as `is not a URL`. */
  readonly problem: string
  readonly hint: string
}

/** A proxy, or why the setting cannot be used. */
type Configured = Either.Either<Proxy, ProxyProblem>

interface NoProxy {
  readonly source: string
  readonly entries: ReadonlyArray<string>
}

/**
 * The proxies of both schemes. A setting that cannot be used is a problem only for URLs that it is used for.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProxySettings {
  /** For `http` URLs. */
  readonly http?: Configured | undefined
  /** For `https` URLs. */
  readonly https?: Configured | undefined
  /** The hosts that are reached directly. */
  readonly noProxy?: NoProxy | undefined
}

/**
 * The way to the host of a URL.
 *
 * @category models
 * @since 0.1.0
 */
export type Route =
  | {
      readonly _tag: "Direct"
      /** Why, such as `no proxy is set`. */
      readonly reason: string
    }
  | { readonly _tag: "Proxied"; readonly proxy: Proxy }
  | { readonly _tag: "Unusable"; readonly problem: ProxyProblem }

const scheme = /^([a-z][a-z0-9+.-]*):\/\//i

/** Bytes, because a password may be percent-encoded in any charset. */
const percentDecoded = (text: string): ReadonlyArray<number> =>
  [...text.matchAll(/%([0-9a-f]{2})|[^%]+|%/gi)].flatMap(([part, hex]) =>
    hex === undefined ? [...new TextEncoder().encode(part)] : [Number.parseInt(hex, 16)]
  )

const basic = (user: string, password: string): Redacted.Redacted =>
  Redacted.make(`Basic ${btoa(String.fromCharCode(...percentDecoded(user), 0x3a, ...percentDecoded(password)))}`)

const format = "It must be a URL such as http://proxy.example:3128 or http://user:password@proxy.example:3128."

/**
 * Parses the URL of a proxy. Without a scheme it is `http`; without a port it is 1080, or 443 for `https`, as for curl.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parse = (text: string, source: string): Either.Either<Proxy, ProxyProblem> => {
  const refuse = (problem: string, hint = format) => Either.left({ source, problem, hint })
  const value = text.trim()
  const [prefix = "", name = "http"] = scheme.exec(value) ?? []
  const protocol = name.toLowerCase()
  if (protocol.startsWith("socks")) {
    return refuse(
      "is a SOCKS proxy, which is not supported",
      "Use the http or https URL of a proxy that supports CONNECT, or reach the host directly with NO_PROXY."
    )
  }
  if (protocol !== "http" && protocol !== "https") return refuse(`has the scheme ${protocol}, which is not supported`)
  const rest = value.slice(prefix.length)
  if (rest.startsWith("/")) return refuse(prefix === "" ? "has no scheme before //" : "is not a URL")
  const url = URL.canParse(`${protocol}://${rest}`) ? new URL(`${protocol}://${rest}`) : undefined
  if (url === undefined || url.hostname === "" || /\s/.test(rest)) {
    return refuse(
      "is not a URL",
      rest.includes("@")
        ? `${format} Percent-encode special characters of user and password, such as %40 for @ and %2F for /.`
        : format
    )
  }
  if (`${url.pathname}${url.search}${url.hash}`.includes("@")) {
    return refuse(
      "has an @ after its host",
      "Percent-encode special characters of user and password, such as %2F for /, %3F for ? and %23 for #."
    )
  }
  // `URL` omits a port that is the default of its scheme.
  const [authority = ""] = rest.split(/[/?#\\]/)
  const [, port] = /:(\d+)$/.exec(authority) ?? []
  if (port !== undefined && Number(port) === 0) return refuse("has the port 0")
  const isTls = protocol === "https"
  return Either.right({
    isTls,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: port === undefined ? (isTls ? 443 : 1080) : Number(port),
    authorization: url.username === "" && url.password === "" ? undefined : basic(url.username, url.password),
    source
  })
}

type Variable = { readonly name: string; readonly value: string }

/** The first variable that is not empty. */
const first = (environment: Environment, ...names: ReadonlyArray<string>): Variable | undefined => {
  for (const name of names) {
    const value = environment[name]?.trim()
    if (value !== undefined && value !== "") return { name, value }
  }
  return undefined
}

const sourceOf = ({ name }: Variable): string => `environment variable ${name}`

const noProxyOf = (environment: Environment): NoProxy | undefined => {
  const found = first(environment, "no_proxy", "NO_PROXY")
  return found && { source: sourceOf(found), entries: found.value.split(/[\s,]+/).filter((entry) => entry !== "") }
}

/**
 * The proxies that the environment names. The lower-case name of a variable takes precedence, and an empty variable counts as
 * not set. `HTTP_PROXY` in upper case is ignored in a CGI program, where it is a header of the client.
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromEnvironment = (environment: Environment): ProxySettings => {
  const all = ["all_proxy", "ALL_PROXY"]
  const upper = environment["REQUEST_METHOD"] === undefined ? ["HTTP_PROXY"] : []
  const parsed = (found: Variable | undefined) => found && parse(found.value, sourceOf(found))
  return {
    http: parsed(first(environment, "http_proxy", ...upper, ...all)),
    https: parsed(first(environment, "https_proxy", "HTTPS_PROXY", ...all)),
    noProxy: noProxyOf(environment)
  }
}

/**
 * One proxy for both schemes, except for the hosts of the environment's `NO_PROXY`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const forAll = (proxy: Either.Either<Proxy, ProxyProblem>, environment: Environment = {}): ProxySettings => ({
  http: proxy,
  https: proxy,
  noProxy: noProxyOf(environment)
})

/** An IP address as a number, and its length in bits. */
interface Address {
  readonly value: bigint
  readonly bits: 32 | 128
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

/** The groups of a canonical IPv6 address, without its `::`. */
const groupsOf = (text: string): ReadonlyArray<string> => (text === "" ? [] : text.split(":"))

const addressOf = (text: string): Address | undefined => {
  if (ipv4.test(text)) {
    return { value: text.split(".").reduce((value, part) => value * 256n + BigInt(part), 0n), bits: 32 }
  }
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) || !URL.canParse(`http://[${text}]`)) return undefined
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::")
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")]
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => "0"), ...after]
  return { value: groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n), bits: 128 }
}

/** Whether an address is in a network. As for curl, without a number after the slash, and with 0, it is one address. */
const isInNetwork = ({ bits, value }: Address, network: string): boolean => {
  const [text = "", length = ""] = network.split("/")
  const base = addressOf(text)
  const prefix = Number.parseInt(length, 10) || 0
  if (base === undefined || base.bits !== bits || prefix < 0 || prefix > bits) return false
  return (value ^ base.value) >> BigInt(bits - (prefix || bits)) === 0n
}

/** Whether an entry of `NO_PROXY` names a host: an address, a network, or a domain with everything below it. */
const names = (entry: string, host: string, address: Address | undefined): boolean => {
  if (address !== undefined) return isInNetwork(address, entry.replace(/^\[([^\]]*)\]/, "$1"))
  const domain = entry.toLowerCase().replace(/\.$/, "").replace(/^\./, "")
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`))
}

/** An entry with a port, which must not be mistaken for an IPv6 address. */
const withPort = /^([^:[\]]+|\[[^\]]*\](?:\/\d+)?):(\d+)$/

const matches = (entry: string, host: string, address: Address | undefined, port: number): boolean => {
  const [, name = entry, only] = withPort.exec(entry) ?? []
  return (only === undefined || Number(only) === port) && names(name, host, address)
}

/** Addresses that are valid only on the machine's own network, such as those of metadata services. */
const isLinkLocal = (address: Address): boolean =>
  isInNetwork(address, "169.254.0.0/16") || isInNetwork(address, "fe80::/10")

/**
 * The part of a URL that decides its route.
 *
 * @category models
 * @since 0.1.0
 */
export type Destination = Pick<URL, "protocol" | "hostname" | "port">

/**
 * The route to the host of a URL. `NO_PROXY` holds host names, which also stand for the names below them, with or without a
 * dot in front; addresses; networks such as `10.0.0.0/8`; and all of these with a port, such as `host:8443`. `*` alone stands
 * for all hosts. Link-local addresses, such as those of metadata services, are always reached directly.
 *
 * @category operations
 * @since 0.1.0
 */
export const routeOf = ({ hostname, port, protocol }: Destination, settings: ProxySettings): Route => {
  const configured = protocol === "https:" ? settings.https : settings.http
  if (configured === undefined) return { _tag: "Direct", reason: "no proxy is set" }
  const host = hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
  const address = addressOf(host)
  if (address !== undefined && isLinkLocal(address)) return { _tag: "Direct", reason: "a link-local address" }
  const { entries = [], source } = settings.noProxy ?? {}
  const number = Number(port) || (protocol === "https:" ? 443 : 80)
  const isAll = entries.length === 1 && entries[0] === "*"
  const entry = isAll ? "*" : entries.find((entry) => matches(entry, host, address, number))
  if (entry !== undefined) return { _tag: "Direct", reason: `${entry} in ${source}` }
  return Either.match(configured, {
    onLeft: (problem): Route => ({ _tag: "Unusable", problem }),
    onRight: (proxy): Route => ({ _tag: "Proxied", proxy })
  })
}

/**
 * A proxy and where it is configured, without its password: `proxy.example:3128 (environment variable HTTPS_PROXY)`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const describe = (proxy: Proxy): string =>
  `${proxy.isTls ? "https://" : ""}${authorityOf(proxy)} (${proxy.source})`

/**
 * The URL of a proxy, with a mask in place of user and password.
 *
 * @category conversions
 * @since 0.1.0
 */
export const urlOf = (proxy: Proxy): string =>
  `${proxy.isTls ? "https" : "http"}://${proxy.authorization === undefined ? "" : "********@"}${authorityOf(proxy)}`
