import { describe, expect, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import * as Audit from "../src/Audit.js"
import type { AuditEntry } from "../src/AuditLog.js"
import * as Failure from "../src/Failure.js"

const audited = { request_id: "r", key_name: undefined, operation: "update", project_id: "p", config_id: "c" }

describe("the audit of a write", () => {
  it.effect("has nothing of one that is not sent, and a result only after an intent", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const log = ({ event, outcome }: AuditEntry) => Effect.sync(() => events.push(`${event} ${outcome}`))
      const refused = { failure: Failure.overloaded, isOutage: true, outcome: "not_done" as const }
      yield* Effect.flip(Audit.around(log, audited, () => Effect.fail(refused)))
      expect(events).toEqual([])
      yield* Audit.around(log, audited, (intent) => intent)
      yield* Effect.flip(Audit.around(log, audited, (intent) => Effect.zipRight(intent, Effect.fail(refused))))
      expect(events).toEqual(["intent undefined", "result done", "intent undefined", "result not_done"])
    })
  )
})

describe("an audit log that does not respond", () => {
  it.effect("does not hold up the response to a write that was made", () =>
    Effect.gen(function* () {
      const log = ({ event }: { readonly event: string }) => (event === "result" ? Effect.never : Effect.void)
      const fiber = yield* Effect.fork(Audit.around(log, audited, (intent) => Effect.as(intent, "written")))
      yield* TestClock.adjust("1 minute")
      expect(yield* fiber).toBe("written")
    })
  )
})
