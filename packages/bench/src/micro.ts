// Parts of a call alone, in one process: ratios to `JSON.parse` of the same page, as JSON.
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Signature } from "@hotspot-session/client"
import { ListHotspotSessionConfigResponse } from "@hotspot-session/core"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isListHotspotSessionConfigResponse as isPage } from "../../client/src/listHotspotSessionConfig/Guards.js"
import { pageBytes } from "./SamplePage.js"
import { medians } from "./Statistics.js"
import { accessKey, pathOf, projectId, secretKey } from "./Subject.js"

const text = pageBytes(0, 100).toString()
const parsed: unknown = JSON.parse(text)
const decode = Schema.decodeUnknownSync(ListHotspotSessionConfigResponse, { onExcessProperty: "preserve" })
const key = { accessKey, secretKey: Redacted.make(secretKey) }
const request = HttpClientRequest.get(`http://127.0.0.1:8080${pathOf(100)}`, {
  headers: { accept: "application/json", "user-agent": "bench" }
})
let at = Date.UTC(2026, 0, 2)

const parts: Record<string, { readonly times: number; readonly run: () => unknown }> = {
  parse: { times: 200, run: () => JSON.parse(text) },
  guard: { times: 500, run: () => isPage(parsed) || fail() },
  schema: { times: 20, run: () => decode(parsed) },
  sign: {
    times: 500,
    // No two at the same second: nothing of one serves the next.
    run: () => {
      at += 1000
      return Signature.sign(request, key, { at, projectId }).headers["authorization"] ?? fail()
    }
  }
}

const fail = (): never => {
  throw new Error("not what it should be")
}

const micros: Record<string, Array<number>> = {}
const rounds = Number(process.argv[2])
for (let round = -10; round < rounds; round++) {
  for (const [name, { run, times }] of Object.entries(parts)) {
    const began = performance.now()
    for (let index = 0; index < times; index++) run()
    const each = ((performance.now() - began) * 1000) / times
    if (round >= 0) micros[name] = [...(micros[name] ?? []), each]
  }
}
process.stdout.write(JSON.stringify(medians(micros)))
