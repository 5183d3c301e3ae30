import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { Monotonic } from "@hotspot-session/core"
import type { NodeGateway } from "@hotspot-session/gateway/node"
import { Effect, FastCheck } from "effect"
import type { Caller } from "../src/caller/Callers.js"
import * as Failure from "../src/Failure.js"
import { html } from "../src/page/Html.js"
import { ageOf, type ProjectResult, rowsOf } from "../src/page/Overview.js"
import * as PageApp from "../src/page/PageApp.js"
import { contentSecurityPolicy, overviewPage as render } from "../src/page/PageTemplate.js"
import { headOf } from "../src/RequestHead.js"
import { client, makeGateway, makeUpstream, ownCredentials, page, send, token } from "./support.js"

const first = "0123456789abcdef0123456789abcdef"
const second = "fedcba9876543210fedcba9876543210"

const config = (
  id: string,
  on: boolean | undefined,
  number: number | undefined,
  users: ReadonlyArray<string> = []
) => ({
  id,
  ...(on === undefined ? {} : { hotspot_session_migration_enable: on }),
  ...(number === undefined ? {} : { hotspot_exit_session_num: number }),
  non_migrate_users: users.map((name, index) => ({ user_id: `${id}-${index}`, user_name: name }))
})

const configs = [
  config("c-on", true, 4, ["Ann", "Bob", "Cem", "Dörte"]),
  config("c-off", false, 2, ["<script>alert(1)</script>"]),
  config("c-unknown", undefined, undefined),
  config("c-none", true, 0, ["bobby \"'&"])
]

const start = (
  reply: Parameters<typeof makeUpstream>[0] = () => page({ items: configs }),
  options: NodeGateway.ServerOptions = {}
) =>
  Effect.gen(function* () {
    const upstream = yield* makeUpstream(reply)
    const gateway = yield* makeGateway(client(upstream.endpoint), {
      cache: {},
      upstream: "ap-southeast-1",
      page: { projects: [{ id: first, name: "Design <b>office</b>" }] },
      ...options
    })
    return { ...gateway, requests: upstream.requests }
  })

/** The header that a browser sends after the user enters a password. */
const basic = { authorization: `Basic ${Buffer.from(`me:${token}`).toString("base64")}` }

const indexOf = (text: string, ...parts: ReadonlyArray<string>) => parts.map((part) => text.indexOf(part))

describe("the page", () => {
  it.scopedLive("has its responses in the OpenAPI document", () =>
    Effect.gen(function* () {
      const { url } = yield* start(undefined, { rateLimit: { requests: 1, per: "1 hour" } })
      const { json } = yield* send(`${url}/openapi.json`, {})
      const { get } = (json["paths"] as Record<string, { readonly get: { readonly responses: object } }>)["/"] ?? {}
      const responses = [
        yield* send(`${url}/`, {}),
        yield* send(`${url}/?project=%00`, { headers: basic }),
        yield* send(`${url}/`, { headers: basic }),
        yield* send(`${url}/`, { method: "POST" })
      ]
      expect(responses.map(({ status }) => status)).toEqual([401, 400, 429, 405])
      for (const { headers, status } of responses) {
        const content = { [headers.get("content-type")?.split(";")[0] ?? ""]: {} }
        expect(get?.responses).toMatchObject({ [status]: { content } })
      }
    })
  )

  it.effect("shows times of the wall clock, although ages are measured on another", () =>
    Effect.gen(function* () {
      const app = PageApp.make({
        projects: () => [{ id: first, name: "Office" }],
        mayRead: () => true,
        isAccepted: () => Effect.succeed(true),
        upstream: undefined,
        upstreamOf: () => undefined
      })
      const body = new TextEncoder().encode(JSON.stringify({ items: configs, total_count: configs.length }))
      const clock = yield* Effect.clock
      const wall = Date.parse("2031-02-03T04:05:06Z")
      const { body: shown } = yield* app
        .show({} as Caller, headOf("GET", "/", {}, undefined), () =>
          Effect.succeed({ outcome: "hit", stored: { body, etag: '""', readAt: Monotonic.millisOf(clock) - 60_000 } })
        )
        .pipe(
          Effect.withClock({
            ...clock,
            unsafeCurrentTimeMillis: () => wall,
            unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos()
          })
        )
      const text = new TextDecoder().decode(shown)
      expect(text).toContain('as of <time datetime="2031-02-03T04:05:06.000Z">2031-02-03 04:05:06 UTC</time>')
      expect(text).toContain('<time datetime="2031-02-03T04:04:06.000Z">60 s ago</time>')
    })
  )

  it.effect("names no project that the caller may not see, nor any to an unknown token while all fail", () =>
    Effect.gen(function* () {
      const show = (
        url: string,
        {
          accepted,
          failure = Failure.overloaded,
          visible
        }: { accepted: boolean; visible: boolean; failure?: Failure.Failure }
      ) =>
        PageApp.make({
          projects: () => [{ id: first, name: "Secret office" }],
          mayRead: () => visible,
          isAccepted: () => Effect.succeed(accepted),
          upstream: undefined,
          upstreamOf: () => "cn-secret-1"
        })
          .show({} as Caller, headOf("GET", url, {}, undefined), () =>
            Effect.fail({ failure, isOutage: true, outcome: "not_done" })
          )
          .pipe(Effect.map(({ body, status }) => [status, new TextDecoder().decode(body)] as const))
      const [, known] = yield* show("/", { accepted: true, visible: true })
      expect(known).toContain("Secret office")
      const missing: Failure.Failure = { status: 404, error_code: "WKS.1", error_msg: "There is no such project." }
      const [found, answered] = yield* show("/", { accepted: false, visible: true, failure: missing })
      expect(found).toBe(200)
      expect(answered).toContain("There is no such project.")
      const [, hidden] = yield* show(`/?project=${first}`, { accepted: true, visible: false })
      expect(hidden).not.toMatch(/Secret office|cn-secret-1/)
      for (const url of ["/", `/?project=${first}`]) {
        const [status, unknown] = yield* show(url, { accepted: false, visible: true })
        expect(status).toBe(503)
        expect(unknown).not.toMatch(/Secret office|cn-secret-1/)
      }
    })
  )

  it.scopedLive("shows configurations that need attention first, and escapes all values", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start()
      const { headers, status, text } = yield* send(`${url}/`, { headers: basic })
      expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([
        200,
        "text/html; charset=utf-8",
        "no-store"
      ])
      expect(requests[0]?.headers["x-auth-token"]).toBe(token)
      const table = text.slice(text.indexOf("<tbody>"))
      const positions = indexOf(table, "c-unknown", "c-off", "c-none", "c-on")
      expect(positions).toEqual([...positions].sort((a, b) => a - b))
      expect(Math.min(...positions)).toBeGreaterThan(0)
      expect(text).toContain("Migration is on, but the number of exit sessions is 0.")
      expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;")
      expect(text).toContain("Design &lt;b&gt;office&lt;/b&gt;")
      expect(text).not.toMatch(/<script|<b>/)
      expect(text).toMatch(/<details><summary>4 users<\/summary>/)
      expect(text).not.toContain(token)
      const style = /<style>(.*)<\/style>/s.exec(text)?.[1] ?? ""
      expect(headers.get("content-security-policy")).toBe(contentSecurityPolicy)
      expect(contentSecurityPolicy).toContain(createHash("sha256").update(style).digest("base64"))
      expect(contentSecurityPolicy).toMatch(/^default-src 'none'; /)
    })
  )

  it.scopedLive("searches exempt users by name and ID, ignoring case", () =>
    Effect.gen(function* () {
      const { url } = yield* start()
      const rows = (user: string) =>
        Effect.map(send(`${url}/?user=${encodeURIComponent(user)}`, { headers: basic }), ({ text }) => ({
          text,
          ids: ["c-on", "c-off", "c-unknown", "c-none"].filter((id) => text.includes(`<td><code>${id}</code>`))
        }))
      const bob = yield* rows("BOB")
      expect(bob.ids).toEqual(["c-on", "c-none"])
      expect(bob.text).toContain("2 configurations of 4 with an exempt user like “BOB”")
      expect(bob.text).toContain('value="BOB"')
      expect((yield* rows("c-off-0")).ids).toEqual(["c-off"])
      const hostile = yield* rows('"><script>alert(1)</script>')
      expect(hostile.ids).toEqual([])
      expect(hostile.text).not.toContain("<script>")
    })
  )

  it.scopedLive("shows the requested project, or 400 with a message if its ID is invalid", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start()
      const other = yield* send(`${url}/?project=${second}&user=`, { headers: basic })
      expect(other.text).toContain(second)
      expect(other.text).not.toContain("Design")
      expect(requests.map((request) => request.url)).toEqual([`/v1/${second}/hotspot-session-config?limit=100`])
      const wrong = yield* send(`${url}/?project=..%2F%22`, { headers: basic })
      expect(wrong.status).toBe(400)
      expect(wrong.text).toMatch(/value="..\/&quot;"[^>]* aria-invalid="true" aria-describedby="problem"/)
      const none = yield* start(undefined, { page: {} })
      expect((yield* send(`${none.url}/`, { headers: basic })).text).toContain("Enter a project ID")
      expect(none.requests).toEqual([])
    })
  )

  it.scopedLive("shares the cache and the rate limit with the API, and shows that data is stale", () =>
    Effect.gen(function* () {
      let isDown = false
      const { requests, url } = yield* start(() => (isDown ? { status: 503 } : page({ items: configs })), {
        cache: { fresh: 0, staleWhileRevalidate: 0 },
        rateLimit: { requests: 4, per: "1 hour" }
      })
      yield* send(`${url}/v1/${first}/hotspot-session-config?limit=100`, { headers: { "x-auth-token": token } })
      isDown = true
      const stale = yield* send(`${url}/`, { headers: basic })
      expect(stale.text).toMatch(/stale data, last updated (now|\d+ s ago)\./)
      expect(stale.text).toContain('<span class="warn">stale</span>')
      expect(requests).toHaveLength(2)
      const failed = yield* send(`${url}/?project=${second}`, { headers: basic })
      expect(failed.status).toBe(200)
      expect(failed.text).toMatch(/unknown\. The cloud responded with status 503/)
      expect((yield* send(`${url}/`, { headers: basic })).headers.get("ratelimit-remaining")).toBe("0")
      const rejected = yield* send(`${url}/`, { headers: basic })
      expect([rejected.status, rejected.headers.get("content-type")]).toEqual([429, "text/html; charset=utf-8"])
    })
  )

  it.scopedLive("requires the same authentication as the API", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* start()
      const missing = yield* send(`${url}/`, {})
      expect([missing.status, missing.headers.get("www-authenticate")]).toEqual([401, expect.stringMatching(/^Basic /)])
      expect(missing.headers.get("content-security-policy")).toBe(contentSecurityPolicy)
      expect((yield* send(`${url}/`, { headers: { authorization: "SDK-HMAC-SHA256 Access=a" } })).status).toBe(401)
      expect((yield* send(`${url}/`, { method: "POST", headers: basic })).status).toBe(405)
      expect(requests).toEqual([])
      const upstream = yield* makeUpstream(() => page({ items: [] }))
      const key = createHash("sha256").update("key").digest("hex")
      const own = yield* makeGateway(client(upstream.endpoint, {}, ownCredentials), {
        credentials: "own",
        apiKeys: [key],
        page: { projects: [{ id: first, name: first }] }
      })
      expect((yield* send(`${own.url}/`, {})).status).toBe(401)
      expect((yield* send(`${own.url}/`, { headers: basic })).status).toBe(401)
      const authorization = `Basic ${Buffer.from("x:key").toString("base64")}`
      const response = yield* send(`${own.url}/`, { headers: { authorization } })
      expect([response.status, response.text.includes("0 configurations")]).toEqual([200, true])
    })
  )
})

describe("the template", () => {
  it.prop("escapes every value", [FastCheck.string()], ([value]) => {
    const { text } = html`<p title="${value}">${value}</p>`
    expect(text).toMatch(/^<p title="[^"<>]*">[^<>"']*<\/p>$/)
  })

  it("replaces bidirectional control characters", () => {
    expect(html`${"a\u202eb"}`.text).toBe("a�b")
  })

  it("names each project, and has a row for each configuration", () => {
    const results: ReadonlyArray<ProjectResult> = [
      { _tag: "Failed", project: { id: "p", name: "p", upstream: undefined }, reason: "no" },
      {
        _tag: "Loaded",
        project: { id: "q", name: "Q", upstream: undefined },
        configs: [{ non_migrate_users: [] }],
        readAt: 0,
        isStale: false,
        isTruncated: true
      }
    ]
    expect(rowsOf(results)).toMatchObject([{ migration: "unknown", config: { non_migrate_users: [] } }])
    const text = render({ upstream: undefined, results, projectId: "", problem: undefined, search: "", now: 3_600_000 })
    expect(text).toContain("<code>p</code>: unknown. no")
    expect(text).toContain("more configurations than the 1 shown")
    expect(text).toContain("60 min ago")
  })

  it("formats ages", () => {
    expect([-5, 0, 999, 1_000, 119_999, 120_000, 7_199_999, 7_200_000].map(ageOf)).toEqual([
      "now",
      "now",
      "now",
      "1 s ago",
      "119 s ago",
      "2 min ago",
      "119 min ago",
      "2 h ago"
    ])
  })
})
