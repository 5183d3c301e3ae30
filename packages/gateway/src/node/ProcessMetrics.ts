import { readdirSync, readFileSync } from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { labels, type Metrics } from "../Metrics.js"

/** How often the event loop is looked at, in milliseconds. */
const resolution = 20

/** Absent on systems without it. */
const openDescriptors = (): number | undefined => {
  try {
    return readdirSync("/proc/self/fd").length
  } catch {
    return undefined
  }
}

const maxDescriptors = (): number | undefined => {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

const sample = (value: number | undefined): ReadonlyArray<readonly [string, number]> =>
  value === undefined ? [] : [["", value]]

/** Adds the metrics of this process, with the names that Prometheus' client libraries have in common. */
export const register = Effect.fnUntraced(function* (
  metrics: Metrics,
  version: string
): Effect.fn.Return<void, never, Scope.Scope> {
  const delay = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const histogram = monitorEventLoopDelay({ resolution })
      histogram.enable()
      return histogram
    }),
    (histogram) => Effect.sync(() => histogram.disable())
  )
  const max = maxDescriptors()
  const startedAt = performance.timeOrigin / 1_000
  /** The time beyond that between two looks. Nothing has been recorded directly after a scrape. */
  const lag = (nanos: number) => (delay.count === 0 ? 0 : Math.max(0, nanos / 1e9 - resolution / 1_000))

  metrics.gauge({
    name: "build_info",
    help: "The versions of the gateway and of Node.js.",
    type: "gauge",
    read: () => [[labels({ version, node: process.versions.node }), 1]]
  })
  const add = (name: string, help: string, type: "gauge" | "counter", read: () => number | undefined) =>
    metrics.gauge({ name, help, type, prefix: "", read: () => sample(read()) })
  add("process_cpu_seconds_total", "CPU time of the process.", "counter", () => {
    const { system, user } = process.cpuUsage()
    return (system + user) / 1e6
  })
  add("process_resident_memory_bytes", "Resident memory of the process.", "gauge", () => process.memoryUsage.rss())
  add("process_start_time_seconds", "When the process was started.", "gauge", () => startedAt)
  add("process_open_fds", "Open file descriptors.", "gauge", openDescriptors)
  add("process_max_fds", "Maximum number of open file descriptors.", "gauge", () => max)
  add("nodejs_eventloop_lag_p50_seconds", "Median lag of the event loop since the last scrape.", "gauge", () =>
    lag(delay.percentile(50))
  )
  add("nodejs_eventloop_lag_p99_seconds", "99th percentile of it.", "gauge", () => lag(delay.percentile(99)))
  add("nodejs_eventloop_lag_max_seconds", "Maximum of it.", "gauge", () => {
    const value = lag(delay.max)
    // The last of the three to be read.
    delay.reset()
    return value
  })
})
