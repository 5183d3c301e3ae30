import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { HotspotSession } from "@hotspot-session/client"
import { HotspotSessionMigrationConfig, NotFound } from "@hotspot-session/core"
import { Effect, Schema, TestClock } from "effect"
import * as Exporter from "../src/Exporter.js"
import { client, documentedPage, makeGateway, makeUpstream, ownCredentials, page, projectId, send } from "./support.js"

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

const all = () => true

describe("Exporter", () => {
  it.scoped("reads each project at the interval, keeps the last values of one that fails, and shows their time", () =>
    Effect.gen(function* () {
      let isFailing = false
      let isBroken = false
      let interval = 60_000
      const session = yield* Effect.provide(
        HotspotSession.HotspotSession,
        HotspotSession.mock({
          listHotspotSessionConfig: ({ project_id }) =>
            isBroken
              ? Effect.die(new Error("broken"))
              : isFailing && project_id === "p1"
                ? Effect.fail(new NotFound({}))
                : Effect.map(
                    Schema.decode(HotspotSessionMigrationConfig)({
                      id: `of-${project_id}`,
                      hotspot_session_migration_enable: !isFailing,
                      hotspot_exit_session_num: 4,
                      non_migrate_users: [{ user_id: "1" }, { user_id: "2" }]
                    }),
                    (config) => ({ items: [config] })
                  ).pipe(Effect.orDie)
        })
      )
      const exporter = Exporter.make(
        () => ({ projects: ["p1", "p2"], interval }),
        () => session
      )
      expect(exporter.text(all)).not.toContain("p1")
      yield* Effect.forkScoped(exporter.run)
      yield* TestClock.adjust("10 seconds")
      const p1 = 'project="p1",config_id="of-p1"'
      const before = exporter.text(all)
      expect(before).toContain(`hotspot_session_config_enabled{${p1}} 1\n`)
      expect(before).toContain(`hotspot_session_config_exit_sessions{${p1}} 4\n`)
      expect(before).toContain(`hotspot_session_config_exempt_users{${p1}} 2\n`)
      expect(before).toContain('hotspot_session_project_read_timestamp_seconds{project="p1"} 0\n')
      expect(exporter.text((project) => project === "p2")).not.toContain("p1")
      isFailing = true
      yield* TestClock.adjust("1 minute")
      const after = exporter.text(all)
      expect(after).toContain(`hotspot_session_config_enabled{${p1}} 1\n`)
      expect(after).toContain('hotspot_session_config_enabled{project="p2",config_id="of-p2"} 0\n')
      expect(after).toContain('hotspot_session_project_up{project="p1"} 0\n')
      expect(after).toContain('hotspot_session_project_read_timestamp_seconds{project="p1"} 0\n')
      expect(after).toContain('hotspot_session_project_read_timestamp_seconds{project="p2"} 60\n')
      isFailing = false
      isBroken = true
      interval = 10_000
      yield* TestClock.adjust("1 minute")
      expect(exporter.text(all)).toContain('hotspot_session_project_up{project="p2"} 0\n')
      expect(exporter.text(() => false)).toContain("hotspot_session_exporter_interval_seconds 10\n")
      isBroken = false
      yield* TestClock.adjust("10 seconds")
      expect(exporter.text(all)).toContain('hotspot_session_project_read_timestamp_seconds{project="p2"} 140\n')
    })
  )

  it.scoped("shows each series once", () =>
    Effect.gen(function* () {
      const config = (id: string | undefined, count: number) =>
        Schema.decodeSync(HotspotSessionMigrationConfig)({
          ...(id === undefined ? {} : { id }),
          hotspot_exit_session_num: count
        })
      const items = [config("a", 1), config("a", 2), config(undefined, 3), config(undefined, 4), config("b", 5)]
      const session = yield* Effect.provide(
        HotspotSession.HotspotSession,
        HotspotSession.mock({ listHotspotSessionConfig: () => Effect.succeed({ items }) })
      )
      const exporter = Exporter.make(
        () => ({ projects: ["p"], interval: 60_000 }),
        () => session
      )
      yield* Effect.forkScoped(exporter.run)
      yield* TestClock.adjust("1 second")
      const lines = exporter.text(all).match(/^hotspot_session_config_exit_sessions\{.*$/gm)
      expect(lines).toEqual(
        Object.entries({ a: 1, "": 3, b: 5 }).map(
          ([id, count]) => `hotspot_session_config_exit_sessions{project="p",config_id="${id}"} ${count}`
        )
      )
    })
  )

  it.scopedLive(
    "shows projects only to keys that open them, or on a port of its own, and a scrape calls no cloud",
    () =>
      Effect.gen(function* () {
        const upstream = yield* makeUpstream(() => page())
        const { metricsUrl, url } = yield* makeGateway(client(upstream.endpoint, {}, ownCredentials), {
          credentials: "own",
          apiKeys: [{ hash: sha256("monitor") }, { hash: sha256("other"), projects: ["other"] }],
          metrics: true,
          metricsPort: 0,
          exporter: { projects: [projectId] }
        })
        const sample = `hotspot_session_config_exit_sessions{project="${projectId}",config_id="${documentedPage.items[0]?.id}"} 4\n`
        const textFor = (url: string, headers: Record<string, string>) =>
          Effect.map(send(url, { headers }), ({ status, text }) => {
            expect(status).toBe(200)
            return text
          })
        yield* Effect.repeat(textFor(metricsUrl ?? "", {}), { until: (text) => text.includes(sample) })
        expect(yield* textFor(`${url}/metrics`, { authorization: "Bearer monitor" })).toContain(sample)
        for (const headers of [{}, { authorization: "Bearer guess" }, { authorization: "Bearer other" }]) {
          expect(yield* textFor(`${url}/metrics`, headers)).not.toContain(projectId)
        }
        expect(upstream.requests).toHaveLength(1)
      })
  )
})
