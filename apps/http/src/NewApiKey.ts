import { createHash, randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"

/** A new API key, and the hash that a gateway is configured with. */
export const newApiKey: Effect.Effect<{ readonly key: string; readonly hash: string }> = Effect.sync(() => {
  const key = `hsg_${randomBytes(24).toString("base64url")}`
  return { key, hash: createHash("sha256").update(key).digest("hex") }
})
