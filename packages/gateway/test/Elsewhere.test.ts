import { describe, expect, it } from "@effect/vitest"
import { HotspotSession } from "@hotspot-session/client"
import { Gateway, SharedStore } from "@hotspot-session/gateway"
import type { NodeGateway } from "@hotspot-session/gateway/node"
import { Context, Effect, Layer, Option } from "effect"
import { cloudLabel } from "../src/Metrics.js"
import { ask, client, makeGateway, makeUpstream, page, projectId, type Reply, token } from "./support.js"

const lab = "fedcba9876543210fedcba9876543210"
const attic = "00112233445566778899aabbccddeeff"
const path = (project: string) => `/v1/${project}/hotspot-session-config`
const basic = { authorization: `Basic ${Buffer.from(`me:${token}`).toString("base64")}` }

const replyOf = (id: string): Reply =>
  page({ items: [{ id, hotspot_session_migration_enable: false, non_migrate_users: [] }] })

const serviceOf = (endpoint: string) =>
  Effect.map(Layer.build(client(endpoint)), Context.get(HotspotSession.HotspotSession))

/** A gateway whose own cloud is one server, and another server that two other projects are to be asked of. */
const start = (
  options: NodeGateway.ServerOptions = {},
  replies: { home?: () => Reply | "reset"; away?: () => Reply | "reset" } = {}
) =>
  Effect.gen(function* () {
    const home = yield* makeUpstream(replies.home ?? (() => replyOf("from-home")))
    const away = yield* makeUpstream(replies.away ?? (() => replyOf("from-away")))
    const elsewhere = { cloud: "ap-southeast-1", client: yield* serviceOf(away.endpoint) }
    const gateway = yield* makeGateway(client(home.endpoint), {
      cloud: "cn-north-4",
      elsewhere: new Map([
        [lab, elsewhere],
        [attic, elsewhere]
      ]),
      metrics: true,
      ...options
    })
    const urls = (upstream: typeof home) => upstream.requests.map(({ url }) => url)
    return { ...gateway, home: () => urls(home), away: () => urls(away), requests: away.requests }
  })

const failing = { home: () => replyOf("from-home"), away: () => ({ status: 503 }) }

describe("projects elsewhere", () => {
  it.scopedLive("are asked there, with the caller's token, and the others at home", () =>
    Effect.gen(function* () {
      const { away, home, requests, url } = yield* start({ cache: {} })
      for (const turn of ["miss", "hit"]) {
        for (const [project, id] of [
          [projectId, "from-home"],
          [lab, "from-away"]
        ] as const) {
          const answer = yield* ask(`${url}${path(project)}`)
          expect([answer.headers.get("x-cache"), answer.json["items"]]).toMatchObject([turn, [{ id }]])
        }
      }
      expect([home(), away()]).toEqual([[path(projectId)], [path(lab)]])
      expect(requests[0]?.headers["x-auth-token"]).toBe(token)
    })
  )

  it.scopedLive("have a region on the page: in the table, in what needs attention, at the top", () =>
    Effect.gen(function* () {
      const projects = [
        { id: projectId, name: "Office" },
        { id: lab, name: "Lab" }
      ]
      const { url } = yield* start({ page: { projects } })
      const { text } = yield* ask(`${url}/`, { headers: basic })
      expect(text).toContain('<th scope="col">Region</th>')
      const rows = [
        ...text.matchAll(/<tr>\n<th scope="row">(\w+) .*\n<td class="region">(.*)<\/td>\n<td><code>(.*)<\/code>/g)
      ]
      expect(rows.map(([, ...cells]) => cells)).toEqual([
        ["Office", "cn-north-4", "from-home"],
        ["Lab", "ap-southeast-1", "from-away"]
      ])
      expect(text).toMatch(/<li>Lab <code[^>]*>\w+<\/code> in ap-southeast-1, configuration <code>from-away<\/code>: /)
      expect(text).toContain('<p class="soft">cn-north-4, ap-southeast-1, as of ')
      const other = yield* ask(`${url}/?project=${attic}`, { headers: basic })
      expect(other.text).toContain('<p class="soft">ap-southeast-1, as of ')
      const unnamed = yield* start({ cloud: undefined, page: {} })
      expect((yield* ask(`${unnamed.url}/?project=${projectId}`, { headers: basic })).text).not.toContain("Region")
    })
  )

  it.scopedLive("fail for themselves: each cloud has its own circuit and its own metrics", () =>
    Effect.gen(function* () {
      const { away, logs, url } = yield* start({ circuitBreaker: { failures: 2, open: "1 hour" } }, failing)
      for (let call = 0; call < 2; call++) expect((yield* ask(`${url}${path(lab)}`)).status).toBe(503)
      expect((yield* ask(`${url}${path(attic)}`)).json["error_code"]).toBe("HSG.0016")
      expect(away()).toHaveLength(2)
      expect((yield* ask(`${url}${path(projectId)}`)).status).toBe(200)
      const { text } = yield* ask(`${url}/metrics`, {})
      for (const line of [
        'circuit_open{cloud="cn-north-4"} 0',
        'circuit_open{cloud="ap-southeast-1"} 1',
        'cloud_requests_total{outcome="ok",cloud="cn-north-4"} 1',
        'cloud_requests_total{outcome="ServiceUnavailable",cloud="ap-southeast-1"} 2',
        'cloud_duration_seconds_count{cloud="ap-southeast-1"} 2'
      ]) {
        expect(text).toContain(`hotspot_session_gateway_${line}\n`)
      }
      expect(logs.join("\n")).not.toContain(token)
    })
  )

  it.scopedLive("are no label where there are none, and one cloud where the name is the gateway's own", () =>
    Effect.gen(function* () {
      const alone = yield* start({ elsewhere: undefined, circuitBreaker: {} })
      yield* ask(`${alone.url}${path(projectId)}`)
      const { text } = yield* ask(`${alone.url}/metrics`, {})
      expect(text).toContain("hotspot_session_gateway_circuit_open 0\n")
      expect(text).toContain('hotspot_session_gateway_cloud_requests_total{outcome="ok"} 1\n')
      const same = yield* start({ cloud: "ap-southeast-1", circuitBreaker: { failures: 1, open: "1 hour" } }, failing)
      expect((yield* ask(`${same.url}${path(lab)}`)).status).toBe(503)
      expect((yield* ask(`${same.url}${path(projectId)}`)).json["error_code"]).toBe("HSG.0016")
      expect((yield* ask(`${same.url}/metrics`, {})).text).toContain("hotspot_session_gateway_circuit_open 1\n")
    })
  )

  it("escape what a cloud is called in metrics", () => {
    expect(cloudLabel('a"b\\c\nd')).toBe('cloud="a\\"b\\\\c\\nd"')
  })

  it.scopedLive("are kept under keys of their own in a store that gateways share, whoever shares it", () =>
    Effect.gen(function* () {
      const kept = new Map<string, unknown>()
      const store = Layer.succeed(SharedStore, {
        answers: {
          get: (key: string) => Effect.sync(() => Option.fromNullable(kept.get(key))),
          set: (key: string, value: unknown) => Effect.sync(() => void kept.set(key, value))
        },
        buckets: { tokenBucket: () => Effect.succeed(1) }
      })
      const home = yield* makeUpstream(() => replyOf("from-home"))
      const away = yield* makeUpstream(() => replyOf("from-away"))
      const there = { cloud: "ap-southeast-1", client: yield* serviceOf(away.endpoint) }
      const gatewayOf = (settings: Gateway.Options) =>
        Effect.map(
          Effect.acquireRelease(
            Effect.sync(() =>
              Gateway.toWebHandler(Layer.merge(client(home.endpoint), store), {
                cache: {},
                cloud: "cn-north-4",
                ...settings
              })
            ),
            ({ dispose }) => Effect.promise(dispose)
          ),
          ({ handler }) =>
            Effect.promise(async () => {
              const request = new Request(`http://gateway${path(lab)}`, { headers: { "x-auth-token": token } })
              return (await handler(request)).text()
            })
        )
      const knows = yield* gatewayOf({ elsewhere: new Map([[lab, there]]) })
      const alsoKnows = yield* gatewayOf({
        elsewhere: new Map([
          [attic, there],
          [lab, there]
        ])
      })
      const knowsNot = yield* gatewayOf({})
      const ownByName = yield* gatewayOf({ elsewhere: new Map([[lab, { ...there, cloud: "cn-north-4" }]]) })
      expect(yield* knows).toContain("from-away")
      expect(yield* knowsNot).toContain("from-home")
      while (kept.size < 2) yield* Effect.sleep(1)
      expect(yield* alsoKnows).toContain("from-away")
      expect(yield* ownByName).toContain("from-home")
      expect([home.requests.length, away.requests.length]).toEqual([1, 1])
    })
  )
})
