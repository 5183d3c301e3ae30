import { describe, expect, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as Audit from "../src/Audit.js"

const audited = { request_id: "r", key_name: undefined, operation: "update", project_id: "p", config_id: "c" }

describe("an audit log that does not respond", () => {
  it.effect("does not hold up the response to a write that was made", () =>
    Effect.gen(function* () {
      const log = ({ event }: { readonly event: string }) => (event === "result" ? Effect.never : Effect.void)
      const fiber = yield* Effect.fork(Audit.around(log, audited, Effect.succeed("written")))
      yield* TestClock.adjust("1 minute")
      expect(yield* fiber).toBe("written")
    })
  )
})
