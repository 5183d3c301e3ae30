interface Counter {
  readonly name: string
  readonly help: string
  readonly values: Map<string, number>
}

interface Histogram {
  readonly counts: Array<number>
  sum: number
  count: number
}

/** A value that is read when the metrics are scraped. */
export interface Gauge {
  readonly name: string
  readonly help: string
  readonly type: "gauge" | "counter"
  /** What the name begins with. Default: that of all metrics of the gateway. */
  readonly prefix?: string
  readonly read: () => ReadonlyArray<readonly [labels: string, value: number]>
}

/** The metrics of the gateway. No label holds a caller or a project. */
export interface Metrics {
  readonly request: (route: string, method: string, status: number, seconds: number) => void
  readonly cache: (outcome: string) => void
  /** `name` is that of the upstream; absent if it is the only one. */
  readonly upstream: (outcome: string, seconds: number, name: string | undefined) => void
  readonly refused: (reason: string) => void
  readonly gauge: (gauge: Gauge) => void
  /** All metrics in the Prometheus text format. */
  readonly text: () => string
}

export const contentType = "text/plain; version=0.0.4; charset=utf-8"

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

const prefix = "hotspot_session_gateway_"

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])

/** Remembers each result: to build a label takes longer than to count a request. */
const memoized = <K, V>(make: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, V>()
  return (key) => {
    const existing = known.get(key)
    if (existing !== undefined) return existing
    const made = make(key)
    known.set(key, made)
    return made
  }
}

const routeLabel = memoized((route: string) => `route="${route}"`)
const outcomeLabel = memoized((outcome: string) => `outcome="${outcome}"`)
const requestLabels = memoized((route: string) =>
  memoized((method: string) =>
    memoized((status: number) => `${routeLabel(route)},method="${method}",status="${status}"`)
  )
)

const line = (name: string, labels: string, value: number) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`

const head = (name: string, help: string, type: string) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`

/** A value that is read when the metrics are scraped, in the text format. */
export const gaugeText = ({ help, name, prefix: own = prefix, read, type }: Gauge): string =>
  head(`${own}${name}`, help, type) +
  read()
    .map(([labels, value]) => line(`${own}${name}`, labels, value))
    .join("")

const escapes: Record<string, string> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" }

/** Labels in the text format, whose values may contain any character. */
export const labels = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (character) => escapes[character] ?? "")}"`)
    .join(",")

/** The label of an upstream; empty if it has no name. */
export const upstreamLabel = (name: string | undefined): string => (name === undefined ? "" : labels({ cloud: name }))

/** Errors that occur before anything is sent. */
const unsent: ReadonlySet<string> = new Set(["InvalidRequest", "CredentialsError"])

export const make = (): Metrics => {
  const counter = (name: string, help: string): Counter => ({ name: `${prefix}${name}`, help, values: new Map() })
  const requests = counter("requests_total", "Requests by route, method and status.")
  const cache = counter("cache_requests_total", "Responses by how they were obtained.")
  const upstream = counter("cloud_requests_total", "Calls to the cloud; the retries of a call are not counted.")
  const notSent = counter("cloud_unsent_total", "Calls that failed before anything was sent to the cloud.")
  const refused = counter("refused_total", "Requests rejected to protect the gateway or the cloud.")
  const requestSeconds = new Map<string, Histogram>()
  const upstreamSeconds = new Map<string, Histogram>()
  const gauges: Array<Gauge> = []

  const add = ({ values }: Counter, labels: string) => void values.set(labels, (values.get(labels) ?? 0) + 1)

  const observe = (histograms: Map<string, Histogram>, labels: string, seconds: number) => {
    let histogram = histograms.get(labels)
    if (histogram === undefined) {
      histogram = { counts: buckets.map(() => 0), sum: 0, count: 0 }
      histograms.set(labels, histogram)
    }
    const index = buckets.findIndex((bound) => seconds <= bound)
    if (index >= 0) histogram.counts[index] = (histogram.counts[index] ?? 0) + 1
    histogram.sum += seconds
    histogram.count++
  }

  const counterText = ({ help, name, values }: Counter) =>
    head(name, help, "counter") + [...values].map(([labels, value]) => line(name, labels, value)).join("")

  const histogramText = (suffix: string, help: string, histograms: Map<string, Histogram>) => {
    const name = `${prefix}${suffix}`
    let text = head(name, help, "histogram")
    for (const [labels, { count, counts, sum }] of histograms) {
      const labelPrefix = labels === "" ? "" : `${labels},`
      let cumulative = 0
      buckets.forEach((bound, index) => {
        cumulative += counts[index] ?? 0
        text += line(`${name}_bucket`, `${labelPrefix}le="${bound}"`, cumulative)
      })
      text += line(`${name}_bucket`, `${labelPrefix}le="+Inf"`, count)
      text += line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, count)
    }
    return text
  }

  return {
    request: (route, method, status, seconds) => {
      add(requests, requestLabels(route)(methods.has(method) ? method : "other")(status))
      observe(requestSeconds, routeLabel(route), seconds)
    },
    cache: (outcome) => add(cache, outcomeLabel(outcome)),
    upstream: (outcome, seconds, name) => {
      const label = upstreamLabel(name)
      const suffix = label === "" ? "" : `,${label}`
      if (unsent.has(outcome)) return add(notSent, `reason="${outcome}"${suffix}`)
      add(upstream, `outcome="${outcome}"${suffix}`)
      observe(upstreamSeconds, label, seconds)
    },
    refused: (reason) => add(refused, `reason="${reason}"`),
    gauge: (gauge) => void gauges.push(gauge),
    text: () =>
      [
        counterText(requests),
        histogramText("request_duration_seconds", "Time from the head of a request to its response.", requestSeconds),
        counterText(cache),
        counterText(upstream),
        counterText(notSent),
        histogramText("cloud_duration_seconds", "Duration of calls to the cloud, retries included.", upstreamSeconds),
        counterText(refused),
        ...gauges.map(gaugeText)
      ].join("")
  }
}
