import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { checkPage } from "../SamplePage.js"
import { type Make, pathOf } from "../Subject.js"

/** A stock layer as it comes: a GET, its status and its JSON. */
const over =
  (layer: Layer.Layer<HttpClient.HttpClient>): Make =>
  async (origin) => {
    const runtime = ManagedRuntime.make(layer)
    const client = await runtime.runPromise(HttpClient.HttpClient)
    return {
      lane: (size, goOn) => {
        const call = client.get(origin + pathOf(size)).pipe(
          Effect.flatMap((response) =>
            response.status === 200 ? response.json : Effect.dieMessage(`status ${response.status}`)
          ),
          Effect.map((page) => checkPage(page, size))
        )
        return runtime.runPromise(Effect.whileLoop({ while: goOn, body: () => call, step: () => {} }))
      }
    }
  }

export const node = over(NodeHttpClient.layer)
export const undici = over(NodeHttpClient.layerUndici)
export const fetch = over(FetchHttpClient.layer)
