import { Credentials, HotspotSession } from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { checkPage } from "../SamplePage.js"
import { accessKey, type Make, projectId, secretKey } from "../Subject.js"

const keys = Credentials.layerAccessKey({ accessKey, secretKey: Redacted.make(secretKey) })

/** This library with its defaults: signatures, validation, retries and timeouts. */
const over =
  (
    layer: typeof NodeHotspotSession.layer,
    extra: Layer.Layer<never> = Layer.empty,
    { credentials, path }: { readonly credentials: typeof keys; readonly path: string } = {
      credentials: keys,
      path: "/signed"
    }
  ): Make =>
  async (origin) => {
    const runtime = ManagedRuntime.make(
      layer({ endpoint: `${origin}${path}` }).pipe(Layer.provide(credentials), Layer.provideMerge(extra))
    )
    const { listHotspotSessionConfig } = await runtime.runPromise(HotspotSession.HotspotSession)
    return {
      lane: (size, shouldContinue) => {
        const call = () =>
          Effect.map(listHotspotSessionConfig({ project_id: projectId, limit: size, offset: 0 }), (page) =>
            checkPage(page, size)
          )
        return runtime.runPromise(Effect.whileLoop({ while: shouldContinue, body: call, step: () => {} }))
      }
    }
  }

/** Samples every span, as an exporter does, and drops it when it ends. */
const tracer = Tracer.make({
  span: (name, parent, context, links, startTime, kind) => {
    const attributes = new Map<string, unknown>()
    let status: Tracer.SpanStatus = { _tag: "Started", startTime }
    return {
      _tag: "Span",
      name,
      spanId: Math.random().toString(16).slice(2).padEnd(16, "0").slice(0, 16),
      traceId: parent._tag === "Some" ? parent.value.traceId : "0123456789abcdef0123456789abcdef",
      parent,
      context,
      get status() {
        return status
      },
      attributes,
      links,
      sampled: true,
      kind,
      end: (endTime, exit) => {
        status = { _tag: "Ended", startTime, endTime, exit }
      },
      attribute: (key, value) => {
        attributes.set(key, value)
      },
      event: () => {},
      addLinks: () => {}
    }
  },
  context: (run) => run()
})

const nodeHttp: typeof NodeHotspotSession.layer = (options) =>
  Layer.provide(HotspotSession.layer(options), NodeHotspotSession.layerHttpClient())

export const standard = over(NodeHotspotSession.layer)
export const traced = over(NodeHotspotSession.layer, Layer.setTracer(tracer))
export const node = over(nodeHttp)
/** As the gateway calls the cloud for a token. */
export const withToken = over(NodeHotspotSession.layer, Layer.empty, {
  credentials: Credentials.layerToken(Redacted.make("bench")),
  path: ""
})

/** Counts the configurations of a whole listing. */
export const count = (origin: string, total: number): Promise<number> =>
  Effect.gen(function* () {
    const context = yield* Layer.build(
      NodeHotspotSession.layer({ endpoint: `${origin}/endless/${total}` }).pipe(Layer.provide(keys))
    )
    const { listHotspotSessionConfig } = Context.get(context, HotspotSession.HotspotSession)
    return yield* Stream.runCount(listHotspotSessionConfig.items({ project_id: projectId }))
  }).pipe(Effect.scoped, Effect.runPromise)
