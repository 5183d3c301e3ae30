import * as Dns from "node:dns"
import * as Net from "node:net"
import { codeOf } from "../SystemError.js"

/** Resolves a name to all its addresses, in the order in which they are tried. */
export type Lookup = (host: string) => Promise<ReadonlyArray<string>>

export const systemLookup: Lookup = (host) =>
  new Promise((resolve, reject) => {
    Dns.lookup(host, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses.map(({ address }) => address))
      else reject(error)
    })
  })

/** Addresses of both families in turn, so that a family that is not connected delays the other only once. */
const interleaved = (addresses: ReadonlyArray<string>): ReadonlyArray<string> => {
  const family = Net.isIP(addresses[0] ?? "")
  const first = addresses.filter((address) => Net.isIP(address) === family)
  const second = addresses.filter((address) => Net.isIP(address) !== family)
  return first
    .flatMap((address, index) => [address, ...second.slice(index, index + 1)])
    .concat(second.slice(first.length))
}

/** The result, unless the signal is aborted before. What is aborted goes on unnoticed. */
const unlessAborted = <A>(promise: Promise<A>, signal: AbortSignal): Promise<A> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener("abort", abort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort))
  })

/** The addresses of a host. Rejects if the signal is aborted before the name is resolved, with its reason. */
export const addressesOf = async (host: string, lookup: Lookup, signal: AbortSignal): Promise<ReadonlyArray<string>> =>
  Net.isIP(host) === 0 ? interleaved(await unlessAborted(lookup(host), signal)) : [host]

/** When the next address is tried, too, in milliseconds. */
const attemptDelay = 250

/** The same for an address that has accepted the connection, because a TLS handshake takes several round trips. */
const handshakeDelay = 1_000

/** The most telling error: that of the address that was reached, else that of the first. */
const errorOf = (errors: ReadonlyArray<Error>, reached: ReadonlySet<Error>): Error => {
  const ordered = [...errors].sort((a, b) => Number(reached.has(b)) - Number(reached.has(a)))
  const [error = new Error("the name has no address")] = ordered
  return ordered.length > 1 ? Object.assign(new AggregateError(ordered, error.message), { code: codeOf(error) }) : error
}

/**
 * Connects to the first address that is `ready`, TLS handshake included. Addresses are tried one after the other, each while
 * the ones before go on (RFC 8305). Node's own `autoSelectFamily` gives up an address after 250 ms, even if it is only slow
 * and no other one is alive.
 *
 * Rejects if all addresses fail or the signal is aborted, with its reason.
 */
export const firstReady = (
  addresses: ReadonlyArray<string>,
  start: (address: string) => Net.Socket,
  ready: "connect" | "secureConnect",
  signal: AbortSignal
): Promise<Net.Socket> =>
  new Promise((resolve, reject) => {
    const pending = new Set<Net.Socket>()
    const errors: Array<Error> = []
    const reached = new Set<Error>()
    const waiting = [...addresses]
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const end = () => {
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener("abort", abort)
      for (const socket of pending) socket.destroy()
    }
    const abort = () => {
      end()
      reject(signal.reason)
    }
    const startNextIn = (delay: number) => {
      clearTimeout(timer)
      timer = setTimeout(startNext, delay)
    }
    const startNext = () => {
      clearTimeout(timer)
      const address = waiting.shift()
      if (address === undefined) {
        if (pending.size > 0) return
        end()
        return reject(errorOf(errors, reached))
      }
      const socket = start(address)
      let isConnected = false
      pending.add(socket)
      startNextIn(attemptDelay)
      // Also listens after the end, because a destroyed handshake reports an error.
      const fail = (error: Error) => {
        if (isOver) return
        pending.delete(socket)
        errors.push(error)
        if (isConnected) reached.add(error)
        startNext()
      }
      socket.on("error", fail)
      socket.once("connect", () => {
        isConnected = true
        if (ready !== "connect" && !isOver) startNextIn(handshakeDelay)
      })
      socket.once(ready, () => {
        if (isOver) return
        pending.delete(socket)
        socket.off("error", fail)
        end()
        resolve(socket)
      })
    }
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener("abort", abort)
    startNext()
  })
