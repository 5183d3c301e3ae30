import type { CallableOperation } from "@hotspot-session/client"
import * as Either from "effect/Either"

/** An operation whose result is the JSON of the response. */
export type JsonOperation = CallableOperation.CallableOperation<Readonly<Record<string, unknown>>, Uint8Array>

const encoder = new TextEncoder()

const openingBrace = 0x7b

const noBytes = new Uint8Array()

/** The same operation with the octets that the cloud sent as its result, if decoding changes nothing of them. */
export const asJson = <Input, Output>(operation: CallableOperation.CallableOperation<Input, Output>): JsonOperation => {
  // Only a type, which another one replaces.
  const { Input: _, ...untyped } = operation
  const encoded =
    (decode: typeof operation.decode): JsonOperation["decode"] =>
    (json, response) =>
      Either.map(decode(json, response), (result) => {
        if (operation.ignoresBody === true) return noBytes
        // Octets that start with a byte order mark are not JSON for every client.
        return (result as unknown) === json && response.bytes?.[0] === openingBrace
          ? response.bytes
          : encoder.encode(JSON.stringify(result))
      })
  const { decodeStrictly } = operation
  return {
    ...untyped,
    decode: encoded(operation.decode),
    decodeStrictly: decodeStrictly === undefined ? undefined : encoded(decodeStrictly)
  }
}
