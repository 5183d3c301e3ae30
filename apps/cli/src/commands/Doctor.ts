import { lookup } from "node:dns/promises"
import * as Net from "node:net"
import * as Tls from "node:tls"
import * as HttpClient from "@effect/platform/HttpClient"
import type { Profile, SkippedSource } from "@hotspot-session/client"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { clientFor, resolver } from "../Calls.js"
import type { DoctorFlags } from "../commandLine/Invocation.js"
import { ExitCode } from "../ExitCode.js"
import * as Http from "../Http.js"
import * as Io from "../Io.js"
import type { Colours } from "../output/Colours.js"
import { plural } from "../output/Counts.js"
import { advice, type CommandError } from "../output/ErrorReport.js"
import { printable, printableJson } from "../output/Printable.js"
import { padEnd } from "../output/Width.js"
import { findProfile, locate, type Settings } from "../Settings.js"

/** What was looked at, and how it is. */
interface Check {
  readonly check: string
  readonly status: "ok" | "warning" | "failed" | "skipped"
  readonly detail: string
  /** What to do. */
  readonly fix?: string | undefined
}

const ok = (check: string, detail: string): Check => ({ check, status: "ok", detail })
const skipped = (check: string, detail: string): Check => ({ check, status: "skipped", detail })
const failed = (check: string, detail: string, fix?: string): Check => ({ check, status: "failed", detail, fix })
const failedBy = (check: string, error: CommandError): Check => failed(check, error.message, advice(error))

const kinds: Record<Profile["credentials"]["_tag"], string> = {
  Token: "a token",
  AccessKey: "an access key",
  Password: "an IAM user and password",
  EcsMetadata: "the agency of this ECS"
}

const sourceText = ({ source }: Profile): string => (source === "environment" ? "the environment" : source)

const passedOverText = (skipped: ReadonlyArray<SkippedSource>): string =>
  skipped
    .filter(({ broken }) => broken)
    .map(({ reason, source }) => `${source} is passed over: ${reason}`)
    .join("; ")

/** Variables of a proxy, which this program does not use. */
const proxyVariables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]

const checkProxy = (environment: Readonly<Record<string, string | undefined>>): ReadonlyArray<Check> => {
  const set = proxyVariables.filter((name) => environment[name])
  return set.length === 0
    ? []
    : [
        {
          check: "proxy",
          status: "warning",
          detail: `${set.join(" and ")} ${set.length === 1 ? "is" : "are"} set, but hotspot-session connects directly.`,
          fix: "Where only the proxy reaches the cloud, give an --endpoint that forwards to it."
        }
      ]
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const checkDns = (host: string) =>
  Net.isIP(host.replace(/^\[|\]$/g, "")) !== 0
    ? Effect.succeed(ok("DNS", `${host} is an address`))
    : Effect.tryPromise({ try: () => lookup(host, { all: true }), catch: messageOf }).pipe(
        Effect.match({
          onFailure: (reason) =>
            failed(
              "DNS",
              `${host} has no address: ${reason}.`,
              "Check the name of the endpoint, and the network's DNS."
            ),
          onSuccess: (addresses) => ok("DNS", `${host} is ${addresses.map(({ address }) => address).join(", ")}`)
        })
      )

/** Connects, over TLS where the URL says so, and gives what there is to say about the connection. */
const connect = (url: URL): Effect.Effect<string, string> =>
  Effect.async((resume) => {
    const host = url.hostname.replace(/^\[|\]$/g, "")
    const isTls = url.protocol === "https:"
    const port = Number(url.port || (isTls ? 443 : 80))
    const socket = isTls
      ? Tls.connect({ host, port, ...(Net.isIP(host) === 0 ? { servername: host } : {}) })
      : Net.connect({ host, port })
    const done = () => {
      const address = socket.remoteAddress ?? ""
      const where = `${Net.isIPv6(address) ? `[${address}]` : address}:${socket.remotePort}`
      if (!(socket instanceof Tls.TLSSocket)) return `connected to ${where}, without TLS`
      const { issuer, valid_to } = socket.getPeerCertificate()
      return `connected to ${where}, ${socket.getProtocol()}, certificate of ${issuer?.O ?? issuer?.CN} until ${valid_to}`
    }
    socket.once(isTls ? "secureConnect" : "connect", () => {
      const text = done()
      socket.destroy()
      resume(Effect.succeed(text))
    })
    socket.once("error", (error) => resume(Effect.fail(error.message)))
    return Effect.sync(() => socket.destroy())
  })

const checkConnection = (url: URL, timeout: Duration.Duration) =>
  connect(url).pipe(
    Effect.timeoutFail({ duration: timeout, onTimeout: () => `no connection within ${Duration.format(timeout)}` }),
    Effect.match({
      onFailure: (reason) =>
        failed(
          "connection",
          `${url.host} cannot be reached: ${reason}.`,
          /certificate|self.signed/i.test(reason)
            ? "Something between here and the cloud answers in its place, or its authority is unknown here: NODE_EXTRA_CA_CERTS names a file of more authorities."
            : "Check the endpoint, the network and its firewall."
        ),
      onSuccess: (text) => ok("connection", text)
    })
  )

/** Signatures older or newer than 15 minutes are refused. */
const mostSkew = Duration.minutes(15)

const checkClock = (endpoint: string, timeout: Duration.Duration) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const { headers } = yield* client.get(`${endpoint}/`)
    const now = yield* Clock.currentTimeMillis
    const skew = now - Date.parse(headers["date"] ?? "")
    if (Number.isNaN(skew)) return skipped("clock", "the answer tells no time")
    const seconds = Math.round(Math.abs(skew) / 1000)
    const apart = seconds < 120 ? plural(seconds, "second") : plural(Math.round(seconds / 60), "minute")
    const text = `this machine is ${apart} ${skew < 0 ? "behind" : "ahead of"} the service`
    if (Math.abs(skew) < 2000) return ok("clock", "as the service's")
    return Math.abs(skew) < Duration.toMillis(mostSkew)
      ? ok("clock", text)
      : failed("clock", `${text}; signatures are refused.`, "Set this machine's clock, best by NTP.")
  }).pipe(
    Effect.scoped,
    Effect.timeout(timeout),
    Effect.catchAll(() => Effect.succeed(skipped("clock", "the service gives no answer that would tell the time")))
  )

const checkPermission = (settings: Settings, timeout: number | undefined) =>
  Effect.flatMap(clientFor(settings, timeout), ({ listHotspotSessionConfig }) =>
    listHotspotSessionConfig({ project_id: settings.projectId, limit: 1 })
  ).pipe(
    Effect.match({
      onFailure: (error) => failedBy("permission", error),
      onSuccess: ({ items }) =>
        ok("permission", `configurations can be listed${items.length === 0 ? "; the project has none" : ""}`)
    })
  )

/** All checks; each that can be made is made, whatever the others give. */
const examine = (flags: DoctorFlags) =>
  Effect.gen(function* () {
    const { machine, progress } = yield* Io.Io
    const checks: Array<Check> = []
    const add = (...more: ReadonlyArray<Check>) => Effect.sync(() => void checks.push(...more))
    const timeout = Duration.millis(flags.timeout ?? 10_000)

    yield* add(...checkProxy(machine.environment))
    const found = flags.demo ? undefined : yield* Effect.either(findProfile(flags, machine))
    const profile = found !== undefined && Either.isRight(found) ? found.right.profile : undefined
    const target = locate(flags, machine.environment, profile)
    const endpoint = flags.demo ? undefined : target.endpoint
    if (endpoint !== undefined) {
      yield* add(
        Either.match(endpoint, {
          onLeft: ({ hint, message }) => failed("endpoint", message, hint),
          onRight: ({ source, value }) => ok("endpoint", `${value} (${source})`)
        })
      )
    }
    if (found !== undefined) {
      yield* add(
        Either.match(found, {
          onLeft: (error) =>
            error._tag === "ConfigurationError"
              ? skipped("credentials", "not looked for without an endpoint")
              : failed(
                  "credentials",
                  [error.reason, ...error.attempted.map(({ reason, source }) => `${source}: ${reason}`)].join("\n"),
                  advice(error)
                ),
          onRight: ({ skipped, profile }) =>
            passedOverText(skipped) === ""
              ? ok("credentials", `${kinds[profile.credentials._tag]} from ${sourceText(profile)}`)
              : {
                  check: "credentials",
                  status: "warning",
                  detail: `${kinds[profile.credentials._tag]} from ${sourceText(profile)}; ${passedOverText(skipped)}`,
                  fix: "Complete what is passed over, or remove it."
                }
        })
      )
    } else {
      yield* add(ok("endpoint", "an emulator inside this program"), ok("credentials", "the emulator's token"))
    }

    const canResolve = found === undefined || Either.isRight(found)
    const settings = canResolve
      ? yield* Effect.either(Effect.flatMap(resolver(flags, flags), (resolve) => resolve(flags)))
      : undefined
    const url = Either.isRight(settings ?? Either.left(undefined))
      ? (settings as Either.Right<never, Settings>).right.endpoint
      : endpoint !== undefined && Either.isRight(endpoint)
        ? endpoint.right.value
        : undefined
    if (url === undefined) {
      yield* add(...["DNS", "connection", "clock"].map((check) => skipped(check, "there is no endpoint")))
    } else {
      yield* progress({ doing: `connecting to ${new URL(url).host}` })
      const dns = yield* checkDns(new URL(url).hostname)
      yield* add(dns)
      const connection =
        dns.status === "ok"
          ? yield* checkConnection(new URL(url), timeout)
          : skipped("connection", "there is no address")
      yield* add(connection)
      yield* add(
        connection.status === "ok" ? yield* checkClock(url, timeout) : skipped("clock", "there is no connection")
      )
    }

    if (settings === undefined) {
      yield* add(skipped("project", "there are no credentials to look it up with"))
      yield* add(skipped("permission", "there are no credentials"))
    } else if (Either.isLeft(settings)) {
      yield* add(failedBy("project", settings.left), skipped("permission", "there is no project to ask for"))
    } else {
      // The demo asks for its own project, whatever the environment names.
      const given = flags.demo && flags.projectId === undefined ? undefined : target.projectId
      const origin = given?.source ?? (flags.demo ? "the emulator's" : "looked up by the region")
      yield* add(ok("project", `${settings.right.projectId} (${origin})`))
      yield* add(yield* checkPermission(settings.right, flags.timeout))
    }
    return checks as ReadonlyArray<Check>
  })

const marks = { ok: "ok", warning: "warning", failed: "FAILED", skipped: "skipped" } as const
const paints = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" } as const

const report = (checks: ReadonlyArray<Check>, colours: Colours): string => {
  const width = checks.reduce((widest, { check }) => Math.max(widest, check.length), 0)
  const indent = " ".repeat(9 + width + 2)
  return checks
    .map(({ check, detail, fix, status }) => {
      const mark = colours[paints[status]](padEnd(marks[status], 7))
      const lines = detail.split("\n").map(printable).join(`\n${indent}  `)
      return `${mark}  ${padEnd(check, width)}  ${lines}\n${fix === undefined ? "" : `${indent}${colours.bold(printable(fix))}\n`}`
    })
    .join("")
}

/** `hotspot-session doctor`. */
export const doctor = (flags: DoctorFlags): Effect.Effect<ExitCode, CommandError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const checks = yield* examine(flags)
    yield* io.data(flags.output === "json" ? `${printableJson({ checks }, 2)}\n` : report(checks, io.colours.stdout))
    const troubles = checks.filter(({ status }) => status === "failed").length
    yield* io.note(troubles === 0 ? "no trouble found\n" : `${plural(troubles, "trouble")} found\n`)
    return troubles === 0 ? ExitCode.ok : ExitCode.negative
  }).pipe(Effect.scoped, Effect.provide(Http.layer(flags.debug)))
