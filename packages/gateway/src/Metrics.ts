/** A counter by labels. */
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

/** A value that is read when somebody wants to know it. */
export interface Gauge {
  readonly name: string
  readonly help: string
  readonly type: "gauge" | "counter"
  readonly read: () => ReadonlyArray<readonly [labels: string, value: number]>
}

/** What the gateway counts. No label holds a caller or a project. */
export interface Metrics {
  readonly request: (route: string, method: string, status: number, seconds: number) => void
  readonly cache: (outcome: string) => void
  /** `name` is the cloud's, where there are several. */
  readonly cloud: (outcome: string, seconds: number, name: string | undefined) => void
  readonly shed: (reason: string) => void
  readonly gauge: (gauge: Gauge) => void
  /** All of it, in Prometheus' text format. */
  readonly text: () => string
}

/** The media type of Prometheus' text format. */
export const contentType = "text/plain; version=0.0.4; charset=utf-8"

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

const prefix = "hotspot_session_gateway_"

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])

const line = (name: string, labels: string, value: number) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`

const head = (name: string, help: string, type: string) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`

const escapes: Record<string, string> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" }

/** The label that tells a cloud from others; none where it has no name. */
export const cloudLabel = (name: string | undefined): string =>
  name === undefined ? "" : `cloud="${name.replace(/[\\"\n]/g, (character) => escapes[character] ?? "")}"`

/** Counts from zero. */
export const make = (): Metrics => {
  const counter = (name: string, help: string): Counter => ({ name: `${prefix}${name}`, help, values: new Map() })
  const requests = counter("requests_total", "Requests answered.")
  const cache = counter("cache_requests_total", "Answers by how they came about.")
  const cloud = counter("cloud_requests_total", "Calls to the cloud, retries of one call not counted.")
  const shed = counter("refused_total", "Requests refused to protect the gateway or the cloud.")
  const requestSeconds = new Map<string, Histogram>()
  const cloudSeconds = new Map<string, Histogram>()
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

  const histogramText = (short: string, help: string, histograms: Map<string, Histogram>) => {
    const name = `${prefix}${short}`
    let text = head(name, help, "histogram")
    for (const [labels, { count, counts, sum }] of histograms) {
      const more = labels === "" ? "" : `${labels},`
      let below = 0
      buckets.forEach((bound, index) => {
        below += counts[index] ?? 0
        text += line(`${name}_bucket`, `${more}le="${bound}"`, below)
      })
      text += line(`${name}_bucket`, `${more}le="+Inf"`, count)
      text += line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, count)
    }
    return text
  }

  return {
    request: (route, method, status, seconds) => {
      add(requests, `route="${route}",method="${methods.has(method) ? method : "other"}",status="${status}"`)
      observe(requestSeconds, `route="${route}"`, seconds)
    },
    cache: (outcome) => add(cache, `outcome="${outcome}"`),
    cloud: (outcome, seconds, name) => {
      const label = cloudLabel(name)
      add(cloud, `outcome="${outcome}"${label === "" ? "" : `,${label}`}`)
      observe(cloudSeconds, label, seconds)
    },
    shed: (reason) => add(shed, `reason="${reason}"`),
    gauge: (gauge) => void gauges.push(gauge),
    text: () =>
      [
        counterText(requests),
        histogramText("request_duration_seconds", "From a request's head to its answer.", requestSeconds),
        counterText(cache),
        counterText(cloud),
        histogramText("cloud_duration_seconds", "How long calls to the cloud took, retries included.", cloudSeconds),
        counterText(shed),
        ...gauges.map(
          ({ help, name, read, type }) =>
            head(`${prefix}${name}`, help, type) +
            read()
              .map(([labels, value]) => line(`${prefix}${name}`, labels, value))
              .join("")
        )
      ].join("")
  }
}
