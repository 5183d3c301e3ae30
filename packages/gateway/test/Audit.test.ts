import { describe, expect, it } from "@effect/vitest"
import { HotspotSession } from "@hotspot-session/client"
import { Gateway } from "@hotspot-session/gateway"
import { Effect, TestClock } from "effect"
import * as Audit from "../src/Audit.js"
import type { AuditEntry } from "../src/AuditLog.js"
import * as Failure from "../src/Failure.js"
import { contractPath, readResponse, token } from "./support.js"

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

describe("a write in flight when the gateway stops", () => {
  it("gets and audits the response that it may have been made, also if its client has left", async () => {
    for (const isConnected of [true, false]) {
      const entries: Array<AuditEntry> = []
      const { dispose, handler } = Gateway.toWebHandler(HotspotSession.mock({ call: () => Effect.never }), {
        writes: true,
        auditLog: (entry) => Effect.sync(() => void entries.push(entry))
      })
      const client = new AbortController()
      const body = JSON.stringify({ hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 })
      const response = handler(
        new Request(`http://gateway${contractPath}`, {
          method: "POST",
          headers: {
            "x-auth-token": token,
            "content-type": "application/json",
            "content-length": String(body.length)
          },
          body,
          signal: client.signal
        })
      )
      await expect.poll(() => entries.length).toBe(1)
      if (!isConnected) client.abort()
      await dispose()
      if (isConnected) {
        const { json, status } = await readResponse(await response)
        expect([status, json["error_code"]]).toEqual([504, "HSG.0025"])
      }
      expect(entries[1]).toMatchObject({ event: "result", outcome: "unknown", status: 504, error_code: "HSG.0025" })
    }
  })
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
