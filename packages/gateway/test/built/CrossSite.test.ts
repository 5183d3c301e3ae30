import { createHash } from "node:crypto"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Credentials } from "@hotspot-session/client"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect, Redacted } from "effect"
import type { Page } from "playwright-core"
import { client, makeGateway } from "../support.js"
import { chromium } from "./chromium.js"

const path = `/v1/${Demo.projectId}/hotspot-session-config`
const body = '{"hotspot_session_migration_enable":true,"hotspot_exit_session_num":7}'

/** A site of its own: to a browser, `localhost` is another one than `127.0.0.1`. */
const otherSite = Effect.acquireRelease(
  Effect.async<{ readonly server: Http.Server; readonly url: string }>((resume) => {
    const server = Http.createServer((_, response) => {
      response.setHeader("content-type", "text/html")
      response.end("<!doctype html><title>other site</title>")
    }).listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({ server, url: `http://localhost:${port}/` }))
    })
  }),
  ({ server }) =>
    Effect.sync(() => {
      server.closeAllConnections()
      server.close()
    })
)

const browserPage = Effect.acquireRelease(
  Effect.promise(async () => {
    const { chromium: browserType } = await import("playwright-core")
    return await browserType.launch({ executablePath: chromium ?? "", args: ["--no-sandbox"] })
  }),
  (browser) => Effect.promise(() => browser.close())
).pipe(Effect.flatMap((browser) => Effect.promise(() => browser.newPage())))

/** Submits a form whose body is the JSON of a configuration, as far as its encoding permits, and returns the response. */
const submitForm = (page: Page, from: string, action: string, enctype: string) =>
  Effect.promise(async () => {
    await page.goto(from)
    // A form in plain text is sent as name=value.
    const input = { type: "hidden", name: `${body.slice(0, -1)},"ignored":"`, value: '"}' }
    const [response] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === "POST"),
      page.evaluate(`
        const form = Object.assign(document.createElement("form"), ${JSON.stringify({ method: "post", action, enctype })})
        form.append(Object.assign(document.createElement("input"), ${JSON.stringify(input)}))
        document.documentElement.append(form)
        form.submit()`)
    ])
    return { status: response.status(), ...(await response.json()) }
  })

/** What a script of a page gets: a status, `opaque`, or that the browser has blocked it. */
const fetchFrom = (page: Page, from: string, url: string, contentType: string, mode: "cors" | "no-cors") =>
  Effect.promise(async () => {
    await page.goto(from)
    return await page.evaluate(
      async ([url, init]) => {
        try {
          const response = await fetch(url, init)
          return response.type === "opaque" ? "opaque" : response.status
        } catch {
          return "blocked"
        }
      },
      [
        url,
        { method: "POST", credentials: "include", mode, body, headers: { "content-type": contentType } }
      ] as const satisfies [string, RequestInit]
    )
  })

describe.skipIf(chromium === undefined)(
  "a browser with the password of a key that may write, in Chromium (skipped if it is not installed)",
  () => {
    it.scopedLive(
      "writes nothing for a page of another site, nor for a form of the gateway's own",
      () =>
        Effect.gen(function* () {
          const emulator = yield* Emulator.make({ count: 2 })
          const upstream = client(emulator.endpoint, {}, Credentials.layerToken(Redacted.make(Demo.token)))
          const { logs, port } = yield* makeGateway(upstream, {
            credentials: "own",
            apiKeys: [{ hash: createHash("sha256").update("writer").digest("hex"), permissions: ["read", "write"] }],
            writes: true,
            page: { projects: [{ id: Demo.projectId, name: "Office" }] }
          })
          const gateway = `http://127.0.0.1:${port}`
          const configs = `${gateway}${path}`
          const other = yield* otherSite
          const page = yield* browserPage
          yield* Effect.promise(() => page.goto(`http://me:writer@127.0.0.1:${port}/`))
          // From here on, the browser sends the password by itself.
          const again = yield* Effect.promise(() => page.goto(`${gateway}/`))
          expect(again?.status()).toBe(200)

          const basic = { status: 403, error_code: "HSG.0022" }
          for (const [site, enctype] of [
            [other.url, "text/plain"],
            [other.url, "application/x-www-form-urlencoded"],
            [`${gateway}/livez`, "text/plain"]
          ] as const) {
            expect([site, yield* submitForm(page, site, configs, enctype)]).toMatchObject([site, basic])
          }
          expect(yield* fetchFrom(page, other.url, configs, "text/plain", "no-cors")).toBe("opaque")
          expect(yield* fetchFrom(page, other.url, configs, "application/json", "cors")).toBe("blocked")
          expect(yield* fetchFrom(page, `${gateway}/livez`, configs, "application/json", "cors")).toBe(403)

          const posts = logs.filter((line) => line.includes('"method":"POST"'))
          // All but the one in JSON from the other site, for which the browser asks first.
          expect(posts).toHaveLength(5)
          const methods = (yield* emulator.requests).map(({ method }) => method)
          expect(new Set(methods)).toEqual(new Set(["GET"]))
        }),
      { timeout: 60_000 }
    )
  }
)
