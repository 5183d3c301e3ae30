import { describe, expect, it } from "@effect/vitest"
import { HotspotSession } from "@hotspot-session/client"
import { Gateway, SharedStore } from "@hotspot-session/gateway"
import type { NodeGateway } from "@hotspot-session/gateway/node"
import { Context, Effect, Layer, Option } from "effect"
import { upstreamLabel } from "../src/Metrics.js"
import { client, makeGateway, makeUpstream, page, projectId, type Reply, send, token } from "./support.js"

const lab = "fedcba9876543210fedcba9876543210"
const archive = "00112233445566778899aabbccddeeff"
const path = (project: string) => `/v1/${project}/hotspot-session-config`
const basic = { authorization: `Basic ${Buffer.from(`me:${token}`).toString("base64")}` }

const replyOf = (id: string): Reply =>
  page({ items: [{ id, hotspot_session_migration_enable: false, non_migrate_users: [] }] })

const serviceOf = (endpoint: string) =>
  Effect.map(Layer.build(client(endpoint)), Context.get(HotspotSession.HotspotSession))

/** A gateway with a default upstream, and another one for two remote projects. */
const start = (
  options: NodeGateway.ServerOptions = {},
  replies: { primary?: () => Reply | "reset"; remote?: () => Reply | "reset" } = {}
) =>
  Effect.gen(function* () {
    const primary = yield* makeUpstream(replies.primary ?? (() => replyOf("from-primary")))
    const remote = yield* makeUpstream(replies.remote ?? (() => replyOf("from-remote")))
    const remoteProject = { upstream: "ap-southeast-1", client: yield* serviceOf(remote.endpoint) }
    const gateway = yield* makeGateway(client(primary.endpoint), {
      upstream: "cn-north-4",
      remoteProjects: new Map([
        [lab, remoteProject],
        [archive, remoteProject]
      ]),
      metrics: true,
      ...options
    })
    const urls = (upstream: typeof primary) => upstream.requests.map(({ url }) => url)
    return { ...gateway, primary: () => urls(primary), remote: () => urls(remote), requests: remote.requests }
  })

const failing = { primary: () => replyOf("from-primary"), remote: () => ({ status: 503 }) }

describe("remote projects", () => {
  it.scopedLive("are served by their upstream with the caller's token, and others by the default one", () =>
    Effect.gen(function* () {
      const { remote, primary, requests, url } = yield* start({ cache: {} })
      for (const turn of ["miss", "hit"]) {
        for (const [project, id] of [
          [projectId, "from-primary"],
          [lab, "from-remote"]
        ] as const) {
          const response = yield* send(`${url}${path(project)}`)
          expect([response.headers.get("x-cache"), response.json["items"]]).toMatchObject([turn, [{ id }]])
        }
      }
      expect([primary(), remote()]).toEqual([[path(projectId)], [path(lab)]])
      expect(requests[0]?.headers["x-auth-token"]).toBe(token)
    })
  )

  it.scopedLive("and those of the page are replaced while the gateway runs", () =>
    Effect.gen(function* () {
      const { primary, reload, remote, url } = yield* start({ page: { projects: [{ id: projectId, name: "Office" }] } })
      const other = yield* makeUpstream(() => replyOf("from-other"))
      yield* reload({
        remoteProjects: new Map([[projectId, { upstream: "cn-east-3", client: yield* serviceOf(other.endpoint) }]]),
        page: { projects: [{ id: lab, name: "Lab" }] }
      })
      const { text } = yield* send(`${url}/`, { headers: basic })
      expect(text).toContain("Lab")
      expect(text).not.toContain("Office")
      expect((yield* send(`${url}${path(projectId)}`)).json["items"]).toMatchObject([{ id: "from-other" }])
      expect([primary().length, remote().length]).toEqual([1, 0])
    })
  )

  it.scopedLive("are shown with their region on the page: in the table, the warnings and the header", () =>
    Effect.gen(function* () {
      const projects = [
        { id: projectId, name: "Office" },
        { id: lab, name: "Lab" }
      ]
      const { url } = yield* start({ page: { projects } })
      const { text } = yield* send(`${url}/`, { headers: basic })
      expect(text).toContain('<th scope="col">Region</th>')
      const rows = [
        ...text.matchAll(/<tr>\n<th scope="row">(\w+) .*\n<td class="region">(.*)<\/td>\n<td><code>(.*)<\/code>/g)
      ]
      expect(rows.map(([, ...cells]) => cells)).toEqual([
        ["Office", "cn-north-4", "from-primary"],
        ["Lab", "ap-southeast-1", "from-remote"]
      ])
      expect(text).toMatch(
        /<li>Lab <code[^>]*>\w+<\/code> in ap-southeast-1, configuration <code>from-remote<\/code>: /
      )
      expect(text).toContain('<p class="soft">cn-north-4, ap-southeast-1, as of ')
      const other = yield* send(`${url}/?project=${archive}`, { headers: basic })
      expect(other.text).toContain('<p class="soft">ap-southeast-1, as of ')
      const unnamed = yield* start({ upstream: undefined, page: {} })
      expect((yield* send(`${unnamed.url}/?project=${projectId}`, { headers: basic })).text).not.toContain("Region")
    })
  )

  it.scopedLive("have a circuit breaker and metrics for each upstream", () =>
    Effect.gen(function* () {
      const { remote, logs, url } = yield* start({ circuitBreaker: { failures: 2, open: "1 hour" } }, failing)
      for (const id of [lab, archive]) {
        for (let call = 0; call < 2; call++) expect((yield* send(`${url}${path(id)}`)).status).toBe(503)
        expect((yield* send(`${url}${path(id)}`)).json["error_code"]).toBe("HSG.0016")
      }
      expect(remote()).toHaveLength(4)
      expect((yield* send(`${url}${path(projectId)}`)).status).toBe(200)
      const { text } = yield* send(`${url}/metrics`, {})
      for (const line of [
        'circuit_open{cloud="cn-north-4"} 0',
        'circuit_open{cloud="ap-southeast-1"} 0',
        'circuit_open_projects{cloud="cn-north-4"} 0',
        'circuit_open_projects{cloud="ap-southeast-1"} 2',
        'cloud_requests_total{outcome="ok",cloud="cn-north-4"} 1',
        'cloud_requests_total{outcome="ServiceUnavailable",cloud="ap-southeast-1"} 4',
        'cloud_duration_seconds_count{cloud="ap-southeast-1"} 4'
      ]) {
        expect(text).toContain(`hotspot_session_gateway_${line}\n`)
      }
      expect(logs.join("\n")).not.toContain(token)
    })
  )

  it.scopedLive(
    "add no label to the metrics if there are none, and share the default upstream if they have its name",
    () =>
      Effect.gen(function* () {
        const alone = yield* start({ remoteProjects: undefined, circuitBreaker: {} })
        yield* send(`${alone.url}${path(projectId)}`)
        const { text } = yield* send(`${alone.url}/metrics`, {})
        expect(text).toContain("hotspot_session_gateway_circuit_open 0\n")
        expect(text).toContain('hotspot_session_gateway_cloud_requests_total{outcome="ok"} 1\n')
        const same = yield* start(
          { upstream: "ap-southeast-1", circuitBreaker: { failures: 1, open: "1 hour" } },
          failing
        )
        expect((yield* send(`${same.url}${path(lab)}`)).status).toBe(503)
        expect((yield* send(`${same.url}/metrics`, {})).text).toContain("gateway_circuit_open_projects 1\n")
      })
  )

  it.scopedLive("that are added while the gateway runs label the metrics of all clouds from then on", () =>
    Effect.gen(function* () {
      const { reload, url } = yield* start({ upstream: undefined, remoteProjects: undefined, circuitBreaker: {} })
      const metricsOf = Effect.map(send(`${url}/metrics`, {}), ({ text }) =>
        [...text.matchAll(/_(cloud_requests_total|circuit_open|cloud_duration_seconds_count)(\{.*\})? (\d)$/gm)].map(
          ([, name, labels = "", value]) => `${name}${labels} ${value}`
        )
      )
      yield* send(`${url}${path(projectId)}`)
      const before = ['cloud_requests_total{outcome="ok"} 1', "cloud_duration_seconds_count 1"]
      expect(yield* metricsOf).toEqual([...before, "circuit_open 0"])
      const other = yield* makeUpstream(() => replyOf("from-other"))
      yield* reload({
        remoteProjects: new Map([[lab, { upstream: "cn-east-3", client: yield* serviceOf(other.endpoint) }]])
      })
      for (const project of [projectId, lab]) yield* send(`${url}${path(project)}`)
      // What was counted before stays.
      expect((yield* metricsOf).sort()).toEqual(
        [
          ...before,
          ...["own", "cn-east-3"].flatMap((cloud) => [
            `cloud_requests_total{outcome="ok",cloud="${cloud}"} 1`,
            `cloud_duration_seconds_count{cloud="${cloud}"} 1`,
            `circuit_open{cloud="${cloud}"} 0`
          ])
        ].sort()
      )
    })
  )

  it("have an upstream name that is escaped in metrics", () => {
    expect(upstreamLabel('a"b\\c\nd')).toBe('cloud="a\\"b\\\\c\\nd"')
  })

  it.scopedLive("have separate keys in a shared store, whichever gateway uses it", () =>
    Effect.gen(function* () {
      const entries = new Map<string, unknown>()
      const store = Layer.succeed(SharedStore, {
        responses: {
          get: (key: string) => Effect.sync(() => Option.fromNullable(entries.get(key))),
          set: (key: string, value: unknown) => Effect.sync(() => void entries.set(key, value))
        },
        buckets: { tokenBucket: () => Effect.succeed(1) }
      })
      const primary = yield* makeUpstream(() => replyOf("from-primary"))
      const remote = yield* makeUpstream(() => replyOf("from-remote"))
      const remoteProject = { upstream: "ap-southeast-1", client: yield* serviceOf(remote.endpoint) }
      const gatewayOf = (settings: Gateway.Options) =>
        Effect.map(
          Effect.acquireRelease(
            Effect.sync(() =>
              Gateway.toWebHandler(Layer.merge(client(primary.endpoint), store), {
                cache: {},
                upstream: "cn-north-4",
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
      const withRemote = yield* gatewayOf({ remoteProjects: new Map([[lab, remoteProject]]) })
      const withTwoRemotes = yield* gatewayOf({
        remoteProjects: new Map([
          [archive, remoteProject],
          [lab, remoteProject]
        ])
      })
      const withoutRemote = yield* gatewayOf({})
      const withDefaultName = yield* gatewayOf({
        remoteProjects: new Map([[lab, { ...remoteProject, upstream: "cn-north-4" }]])
      })
      const withAddress = yield* gatewayOf({
        remoteProjects: new Map([[lab, { ...remoteProject, address: "https://elsewhere.example" }]])
      })
      expect(yield* withRemote).toContain("from-remote")
      expect(yield* withoutRemote).toContain("from-primary")
      while (entries.size < 2) yield* Effect.sleep(1)
      expect(yield* withTwoRemotes).toContain("from-remote")
      expect(yield* withDefaultName).toContain("from-primary")
      expect([primary.requests.length, remote.requests.length]).toEqual([1, 1])
      yield* withAddress
      expect(remote.requests).toHaveLength(2)
    })
  )
})
