import { readdirSync } from "node:fs"
import { join } from "node:path"
import type * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import {
  type Credentials,
  CredentialsError,
  DecodeError,
  HotspotSession,
  Iam,
  InvalidRequest,
  type ListHotspotSessionConfigError,
  PaginationError,
  ProjectLookupError,
  RetryPolicy,
  TransportError,
  type TransportErrorReason,
  UnexpectedStatus
} from "@hotspot-session/client"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { statusError } from "@hotspot-session/core"
import { Demo, Emulator, Fault } from "@hotspot-session/emulator"
import { Gateway, GatewayErrorCode, SharedStore } from "@hotspot-session/gateway"
import { NodeGateway } from "@hotspot-session/gateway/node"
import { Context, Effect, Either, Layer, Logger, Metric, Redacted, Tracer } from "effect"
import { parse } from "../apps/cli/src/commandLine/CommandLine.js"
import { environment } from "../apps/cli/src/commands/man/Reference.js"
import { type CommandError, errorFields, exitCode } from "../apps/cli/src/output/ErrorReport.js"
import { UsageError } from "../apps/cli/src/UsageError.js"
import {
  ChangedSinceShown,
  ConfigNotFound,
  CreateUnknown,
  IncompleteUsers,
  NotVerified
} from "../apps/cli/src/WriteErrors.js"
import * as GatewayCommandLine from "../apps/http/src/GatewayCommandLine.js"
import * as Failure from "../packages/gateway/src/Failure.js"
import { ConfigurationError } from "../packages/settings/src/ConfigurationError.js"
import { codeOf, columnOf, members, type Row, read, root, tableOf, tablesOf } from "./markdown.js"

const sorted = (values: Iterable<string>): ReadonlyArray<string> => [...new Set(values)].sort()

const cliHelp = (...command: ReadonlyArray<string>): string => {
  const invocation = parse([...command, "--help"], "1.2.3", { columns: 80, heading: (text) => text })
  return invocation._tag === "Print" ? invocation.text : ""
}

const gatewayHelp = () =>
  Either.match(GatewayCommandLine.parse(["--help"]), {
    onLeft: ({ stdout }) => stdout,
    onRight: () => ""
  })

interface HelpOption {
  /** The flags in the help, such as `-o, --output <format>`. */
  readonly flags: string
  readonly description: string
  readonly fallback: string
}

/** The options in a help text, except those that every command has. */
const optionsOf = (help: string): ReadonlyArray<HelpOption> =>
  [...help.matchAll(/^ {2}(-\S+(?:, --\S+)?(?: <[^>]+>)?) {2,}(\S.*(?:\n {20,}\S.*)*)/gm)]
    .map(([, flags = "", text = ""]) => ({ flags, description: text.replace(/\s+/g, " ") }))
    .filter(({ flags }) => !/--(?:help|version)$/.test(flags))
    .map((option) => ({ ...option, fallback: /default: ([^)]*)\)/.exec(option.description)?.[1] ?? "" }))

/** The exit codes in a help text, which may have several on a line. */
const exitCodesOf = (help: string): ReadonlyArray<string> =>
  [...(help.split("Exit codes:")[1] ?? "").matchAll(/(?:^| {2,})(\d+(?:, \d+)*) +(?=[a-z])/gm)].flatMap(
    ([, codes = ""]) => codes.split(", ")
  )

const plain = (cell = ""): string => cell.replaceAll("`", "")

describe("docs/cli.md", () => {
  it("has each option of each command, with its default", () => {
    const commands = [
      ...["list", "create", "update", "users list", "users add", "users remove", "diff"],
      ...["export", "plan", "apply", "config", "doctor"]
    ]
    const documented = tableOf("docs/cli.md", "Options").flatMap((row) =>
      (row["commands"] ?? "").split(", ").map((command) => `${command} ${plain(row["option"])} = ${row["default"]}`)
    )
    const actual = commands.flatMap((command) =>
      optionsOf(cliHelp(...command.split(" "))).map(({ fallback, flags }) => `${command} ${flags} = ${fallback}`)
    )
    expect(actual.length).toBeGreaterThan(30)
    expect([...documented].sort()).toEqual([...actual].sort())
  })

  it("has each format and each exit code", () => {
    const [output] = optionsOf(cliHelp("list")).filter(({ flags }) => flags.includes("--output"))
    const formats = columnOf(tableOf("docs/cli.md", "Output formats"), "-o")
    expect(output?.description.replace(/ or /, ", ").replace(/ \(.*/, "").split(", ")).toEqual(formats)
    const codes = exitCodesOf(cliHelp())
    expect(codes.length).toBeGreaterThan(10)
    expect(columnOf(tableOf("docs/cli.md", "Exit codes"), "code")).toEqual(codes)
  })
})

describe("the manual page", () => {
  it("has the environment variables of docs/cli.md", () => {
    const documented = tableOf("docs/cli.md", "Environment variables").flatMap(({ variable = "" }) => codeOf(variable))
    expect(sorted(environment.flatMap(([names]) => names))).toEqual(sorted(documented))
  })
})

describe("docs/gateway.md", () => {
  it("has each option, with its default and its variable", () => {
    const help = gatewayHelp()
    const [options = [], others = []] = tablesOf("docs/gateway.md", "Options")
    const documented = options.map((row) => [plain(row["option"]), plain(row["default"])])
    expect(documented).toEqual(
      optionsOf(help).map(({ fallback, flags }) => [flags.replace(/ .*/, ""), fallback.replace(/ /g, "")])
    )
    const exceptions = /except for ([^.]*)\./.exec(help)?.[1]?.split(/,\s+|\s+and\s+/) ?? []
    const named = options.flatMap((row) => codeOf(row["meaning"] ?? "").filter((code) => /^[A-Z_]+$/.test(code)))
    expect(exceptions).toHaveLength(3)
    expect(named).toEqual(expect.arrayContaining(exceptions))
    expect(columnOf(others, "variable without an option")).toContain("HOTSPOT_SESSION_HTTP_API_KEYS")
  })

  it("has each exit code", () => {
    const codes = exitCodesOf(gatewayHelp())
    expect(codes.length).toBeGreaterThan(5)
    expect(columnOf(tableOf("docs/gateway.md", "Exit codes"), "code")).toEqual(codes)
  })

  it.effect("has each metric and its labels", () =>
    Effect.gen(function* () {
      const store = Layer.succeed(SharedStore, {
        responses: { get: () => Effect.succeedNone, set: () => Effect.void },
        buckets: { tokenBucket: () => Effect.succeed(1) }
      })
      const client = NodeHotspotSession.layer({ endpoint: "http://127.0.0.1:1", retry: RetryPolicy.none }).pipe(
        Layer.provide(Gateway.layerNoCredentials)
      )
      const silent = Logger.remove(Logger.defaultLogger)
      const { dispose, handler } = Gateway.toWebHandler(Layer.mergeAll(client, store, silent), {
        ...Gateway.recommended,
        rateLimit: { requests: 1, per: "1 hour" }
      })
      const get = (path: string) =>
        Effect.promise(async () => (await handler(new Request(`http://gateway${path}`, { headers }))).text())
      const headers = { "x-auth-token": "token" }
      for (const _ of [1, 2]) yield* get(`/v1/${Demo.projectId}/hotspot-session-config`)
      const text = yield* get("/metrics")
      yield* Effect.promise(dispose)

      const table = tableOf("docs/gateway.md", "Metrics")
      const labelsOf = new Map(
        table.flatMap((row) => {
          const [name = "", labels = ""] = Object.values(row)
          return codeOf(name).map((metric) => [metric, codeOf(labels)] as const)
        })
      )
      const metrics = [...text.matchAll(/^# TYPE hotspot_session_gateway_(\w+)/gm)].map(([, name = ""]) => name)
      expect(sorted(labelsOf.keys())).toEqual(sorted(metrics))
      const samples = [...text.matchAll(/^hotspot_session_gateway_(\w+?)(?:_bucket|_sum|_count)?\{(.*)\} /gm)]
      expect(samples.length).toBeGreaterThan(10)
      for (const [, name = "", labels = ""] of samples) {
        const found = [...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label).filter((label) => label !== "le")
        // This gateway has only one cloud.
        const documented = (labelsOf.get(name) ?? []).filter((label) => label !== "cloud")
        expect(found, name).toEqual(documented)
      }
    })
  )
})

describe("docs/gateway.md, with a server", () => {
  it.scopedLive("has each metric of the process and of the exporter", () =>
    Effect.gen(function* () {
      const client = NodeHotspotSession.layer({ endpoint: "http://127.0.0.1:1", retry: RetryPolicy.none }).pipe(
        Layer.provide(Gateway.layerNoCredentials)
      )
      const { metricsUrl = "" } = yield* Effect.map(
        Layer.build(
          NodeGateway.layerServer({
            port: 0,
            drain: 0,
            metricsPort: 0,
            credentials: "own",
            apiKeys: ["ab".repeat(32)],
            exporter: { projects: [] },
            lostLogEntries: () => 0
          }).pipe(Layer.provide(client))
        ),
        Context.get(NodeGateway.Server)
      )
      const text = yield* Effect.promise(async () => (await fetch(metricsUrl)).text())
      const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => name)
      const [gateway = [], process = []] = tablesOf("docs/gateway.md", "Metrics")
      const firstOf = (rows: ReadonlyArray<Row>) => rows.flatMap((row) => codeOf(row["metric"] ?? ""))
      const documented = gateway
        .flatMap((row) => codeOf(Object.values(row)[0] ?? ""))
        .map((name) => `hotspot_session_gateway_${name}`)
      const exported = firstOf(tableOf("docs/gateway.md", "Exporter"))
      expect(sorted(names.filter((name) => !documented.includes(name)))).toEqual(
        sorted([...firstOf(process), ...exported])
      )
    })
  )
})

describe("docs/errors.md", () => {
  type Tag = ListHotspotSessionConfigError["_tag"] | "PaginationError" | "ProjectLookupError"

  const transport = (reason: TransportErrorReason) => new TransportError({ reason })

  /** An error of each tag, or several if only some of them are retried. */
  const examples: Record<Tag, ReadonlyArray<ListHotspotSessionConfigError | PaginationError | ProjectLookupError>> = {
    BadRequest: [statusError(400, {})],
    Unauthorized: [statusError(401, {})],
    Forbidden: [statusError(403, {})],
    NotFound: [statusError(404, {})],
    MethodNotAllowed: [statusError(405, {})],
    TooManyRequests: [statusError(429, {})],
    InternalServerError: [statusError(500, {})],
    ServiceUnavailable: [statusError(503, {})],
    UnexpectedStatus: [418, 502, 504, 599].map((status) => new UnexpectedStatus({ status })),
    TransportError: [
      transport("connect"),
      transport("tls"),
      new TransportError({ reason: "proxy", code: "ERR_PROXY_SETTING" }),
      new TransportError({ reason: "proxy", code: "ERR_PROXY_407" })
    ],
    DecodeError: [new DecodeError({ status: 200, issues: [] })],
    CredentialsError: [
      new CredentialsError({ reason: "none" }),
      new CredentialsError({ reason: "later", transient: true, unavailable: true })
    ],
    InvalidRequest: [new InvalidRequest({ issues: [] })],
    PaginationError: [new PaginationError({ offset: 0, repeated: 1 })],
    ProjectLookupError: [new ProjectLookupError({ region: "cn-north-4", project_ids: [] })]
  }

  const rows = tableOf("docs/errors.md", "Error tags")

  it("has each error, whether it is retried, and its exit code", () => {
    expect(columnOf(rows, "error")).toEqual(Object.keys(examples))
    for (const row of rows) {
      const tag = plain(row["error"])
      const errors = examples[tag as Tag]
      for (const error of errors) expect(error._tag).toBe(tag)
      const codes = [...(row["exit code"] ?? "").matchAll(/\b\d\b/g)].map(([code]) => Number(code))
      expect(codes, tag).toEqual([...new Set(errors.map(exitCode))])
      const status = /^status (\d+)$/.exec(row["when"] ?? "")?.[1]
      for (const error of errors) if (status !== undefined) expect(error).toHaveProperty("status", Number(status))
      if (row["retried"] === "yes" || row["retried"] === "no") {
        expect(errors.map(({ retryable }) => retryable)).toEqual(errors.map(() => row["retried"] === "yes"))
      }
    }
    const retriedStatuses = Array.from({ length: 400 }, (_, index) => 200 + index).filter(
      (status) => new UnexpectedStatus({ status }).retryable
    )
    const unexpected = rows.find((row) => plain(row["error"]) === "UnexpectedStatus")
    expect(unexpected?.["retried"]).toBe(retriedStatuses.join(" and "))
  })

  it("has each error of the command line, its fields in JSON, and its exit code", () => {
    // docs/fleets.md has those of files and plans.
    type OwnTag = Exclude<
      CommandError["_tag"],
      Tag | "InvalidFile" | "ChangedSincePlanned" | "OutputError" | "PlanError"
    >
    const text = { message: "m", hint: "h" }
    const examples: { readonly [T in OwnTag]: Extract<CommandError, { readonly _tag: T }> } = {
      UsageError: new UsageError(text),
      ConfigurationError: new ConfigurationError(text),
      ConfigNotFound: new ConfigNotFound({ ...text, config_id: "1" }),
      IncompleteUsers: new IncompleteUsers({ ...text, config_id: "1", received: 1, total_count: 2 }),
      ChangedSinceShown: new ChangedSinceShown({ ...text, changes: [] }),
      CreateUnknown: new CreateUnknown({
        ...text,
        cause: new TransportError({ reason: "reset" }),
        new_configurations: []
      }),
      NotVerified: new NotVerified({ ...text, config_id: "1", outcome: "done" })
    }
    const rows = tableOf("docs/errors.md", "Errors of the command line")
    expect(columnOf(rows, "error")).toEqual(Object.keys(examples))
    for (const row of rows) {
      const error = examples[plain(row["error"]) as OwnTag]
      expect(error._tag).toBe(plain(row["error"]))
      expect(row["exit code"]).toBe(String(exitCode(error)))
      const ofCause = "cause" in error && error.cause instanceof TransportError ? Object.keys(error.cause) : []
      const fields = Object.keys(errorFields(error)).filter(
        (name) => !["tag", "message", "hint", "exit_code", ...ofCause].includes(name)
      )
      expect(codeOf(row["further fields"] ?? ""), row["error"]).toEqual(fields)
    }
  })

  it("has each reason of a transport error, and whether it is retried", () => {
    const retried: Record<TransportErrorReason, string> = {
      dns: "on `EAI_AGAIN`",
      connect: "yes",
      tls: "no",
      proxy: "if it may pass",
      reset: "yes",
      timeout: "yes",
      deadline: "no",
      protocol: "no",
      size: "no",
      encoding: "if it is damaged",
      request: "no",
      closed: "no",
      unknown: "yes"
    }
    const table = tableOf("docs/errors.md", "Transport errors")
    expect(table.map((row) => [plain(row["reason"]), row["retried"]])).toEqual(Object.entries(retried))
    for (const [reason, expected] of Object.entries(retried)) {
      expect(transport(reason as TransportErrorReason).retryable, reason).toBe(expected === "yes")
    }
    expect(new TransportError({ reason: "dns", code: "EAI_AGAIN" }).retryable).toBe(true)
    expect(new TransportError({ reason: "encoding", code: "Z_DATA_ERROR" }).retryable).toBe(true)
  })

  it("has each code of the gateway, with its status", () => {
    const table = tableOf("docs/errors.md", "Gateway error codes")
    expect(columnOf(table, "code")).toEqual(Object.values(GatewayErrorCode))
    const docstring = [
      ...read("packages/gateway/src/GatewayErrorCode.ts").matchAll(/^ \* \| `(HSG\.\d+)` \| ([^|]+) \|/gm)
    ]
    const documented = table.map((row) => [plain(row["code"]), row["status"]])
    expect(documented).toEqual(docstring.map(([, code, status]) => [code, status]))
    const failures = Object.values(Failure).filter((value): value is Failure.Failure => "error_code" in Object(value))
    expect(failures.length).toBeGreaterThan(7)
    for (const { error_code, status } of failures) {
      if (error_code.startsWith("HSG.")) expect(documented).toContainEqual([error_code, String(status)])
    }
  })
})

describe("docs/emulator.md", () => {
  it("has each option, with its default", () => {
    const documented = tableOf("docs/emulator.md", "Options").map((row) => [plain(row["option"]), row["default"]])
    expect(documented).toEqual(optionsOf(cliHelp("emulator")).map(({ fallback, flags }) => [flags, fallback]))
  })

  it("has each fault, body, target and mode of the metadata service", () => {
    const [kinds = [], settings = []] = tablesOf("docs/emulator.md", "Faults")
    expect(columnOf(kinds, "kind")).toEqual(Fault.kinds)
    for (const row of kinds) {
      const targets = Fault.targetsOf(plain(row["kind"]) as Fault.Kind)
      const all = targets.length === Fault.Target.literals.length
      expect(row["target"], row["kind"]).toBe(all ? "any" : targets.join(", "))
    }
    const values = settings.map((row) => codeOf(row["values"] ?? ""))
    expect(values.slice(0, 2)).toEqual([Fault.StatusBody.literals, Fault.Target.literals])
    const [metadata] = optionsOf(cliHelp("emulator")).filter(({ flags }) => flags.startsWith("--metadata"))
    const modes = /: (.*) \(default/.exec(metadata?.description ?? "")?.[1]?.split(/, | or /)
    expect(columnOf(tableOf("docs/emulator.md", "ECS metadata service"), "mode")).toEqual(modes)
  })

  it("has the credentials", () => {
    const [project, token, accessKey, secretKey, user] = tableOf("docs/emulator.md", "Credentials").map((row) =>
      codeOf(row["value"] ?? "")
    )
    expect([project, token, accessKey, secretKey].flat()).toEqual([
      Demo.projectId,
      Demo.token,
      Demo.accessKey,
      Demo.secretKey
    ])
    expect(user).toEqual([Demo.domainName, Demo.userName, Demo.password])
  })

  it.scopedLive("has each admin endpoint", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* Emulator.make()
      const get = (name: string, method: string) =>
        Effect.promise(() => fetch(`${endpoint}/_emulator/${name}`, { method }))
      const missing = yield* Effect.promise(async () => (await fetch(`${endpoint}/_emulator/nothing`)).text())
      const names = /must be one of ([^.]*)\./.exec(missing)?.[1]?.split(", ") ?? []
      const actual = yield* Effect.forEach(names, (name) =>
        Effect.map(get(name, "OPTIONS"), ({ headers }) =>
          (headers.get("allow") ?? "").split(", ").map((method) => `${method} ${name}`)
        )
      )
      const documented = tableOf("docs/emulator.md", "Admin endpoints").flatMap((row) => codeOf(row["request"] ?? ""))
      expect(names.length).toBeGreaterThan(3)
      expect(sorted(documented)).toEqual(sorted(actual.flat()))
    })
  )
})

describe("docs/library.md", () => {
  /** Makes a call with an IAM user's token, which is retried once, and looks up the project. */
  const observed = Effect.gen(function* () {
    const emulator = yield* Emulator.make({ faults: [{ kind: "status", status: 503, times: 1 }] })
    const native = yield* Effect.tracer
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      span: (...args) => {
        const span = native.span(...args)
        spans.push(span)
        return span
      },
      context: (f, fiber) => native.context(f, fiber)
    })
    const credentials = Iam.layerPassword({
      domainName: Demo.domainName,
      userName: Demo.userName,
      password: Redacted.make(Demo.password),
      project: { id: Demo.projectId },
      endpoint: emulator.endpoint
    })
    const client = HotspotSession.layer({
      endpoint: emulator.endpoint,
      retry: RetryPolicy.make({ baseDelay: "1 millis" })
    })
    yield* Effect.gen(function* () {
      const { listHotspotSessionConfig } = yield* HotspotSession.HotspotSession
      yield* listHotspotSessionConfig({ project_id: Demo.projectId, limit: 5, offset: 0 })
      yield* Iam.findProjectId({ region: Demo.projectName, endpoint: emulator.endpoint })
    }).pipe(
      Effect.provide(
        client.pipe(Layer.provideMerge(credentials), Layer.provideMerge(NodeHotspotSession.layerHttpClient()))
      ),
      Effect.withTracer(tracer),
      Effect.tagMetrics("test", "docs/library.md")
    )
    // The metrics of a process are those of all its tests.
    const metrics = (yield* Metric.snapshot)
      .map(({ metricKey: { name, tags } }) => ({ name, labels: tags.filter(({ key }) => key !== "test"), tags }))
      .filter(
        ({ name, tags }) =>
          name.startsWith("hotspot_session_client_") && tags.some(({ value }) => value === "docs/library.md")
      )
    return { metrics, spans }
  })

  it.scopedLive("has each metric with its labels, and each span with its attributes", () =>
    Effect.gen(function* () {
      const { metrics, spans } = yield* observed
      const rows = tableOf("docs/library.md", "Telemetry").map((row) => ({
        name: plain(row["name"]),
        kind: row["kind"] ?? "",
        labels: codeOf(row["labels or attributes"] ?? "")
      }))
      const spanRows = rows.filter(({ kind }) => kind.endsWith("span"))
      const metricRows = rows.filter((row) => !spanRows.includes(row))
      expect(sorted(metrics.map(({ name, labels }) => `${name} ${labels.map(({ key }) => key).join(" ")}`))).toEqual(
        sorted(metricRows.map(({ labels, name }) => `${name} ${labels.join(" ")}`))
      )
      const named = new Map<string, Set<string>>()
      for (const { attributes, kind, name } of spans) {
        const key = `${name}, ${kind} span`
        named.set(key, new Set([...(named.get(key) ?? []), ...attributes.keys()]))
      }
      const documented = spanRows.map(({ kind, labels, name }) => [`${name}, ${kind}`, sorted(labels)] as const)
      expect(sorted(named.keys())).toEqual(sorted(documented.map(([name]) => name)))
      for (const [name, attributes] of documented) expect(sorted(named.get(name) ?? []), name).toEqual(attributes)
    })
  )

  it("has each setting of a client", () => {
    type Settings = HotspotSession.Options & NodeHotspotSession.UndiciOptions
    const settings = {
      region: 0,
      endpoint: 0,
      regionEndpoint: 0,
      retry: 0,
      retryQuota: 0,
      timeout: 0,
      attemptTimeout: 0,
      decoding: 0,
      userAgent: 0,
      transformClient: 0,
      connectTimeout: 0,
      maxSockets: 0,
      proxy: 0,
      ca: 0,
      systemCa: 0,
      environment: 0,
      maxBodyBytes: 0
    } satisfies Record<keyof Settings, number>
    const documented = tableOf("docs/library.md", "Client settings").flatMap((row) => codeOf(row["setting"] ?? ""))
    expect(documented).toEqual(Object.keys(settings))
  })

  it("has layers with the documented requirements", () => {
    const modules: Readonly<Record<string, object>> = { HotspotSession, NodeHotspotSession }
    for (const name of columnOf(tableOf("docs/library.md", "Choose a layer"), "layer")) {
      const [module = "", layer = ""] = name.split(".")
      expect(modules[module], name).toHaveProperty(layer)
    }
    type Client<R> = Layer.Layer<HotspotSession.HotspotSession, unknown, R>
    const options = { endpoint: "http://127.0.0.1:1" }
    const complete: Client<never> = NodeHotspotSession.layerMachine(options)
    const node: ReadonlyArray<Client<Credentials.Credentials>> = [
      NodeHotspotSession.layer(options),
      NodeHotspotSession.layerConfig(options)
    ]
    const general: ReadonlyArray<Client<Credentials.Credentials | HttpClient.HttpClient>> = [
      HotspotSession.layer(options),
      HotspotSession.layerConfig(options)
    ]
    expect([complete, ...node, ...general].every(Layer.isLayer)).toBe(true)
  })
})

describe("environment variables", () => {
  const names =
    /\b(?:(?:HOTSPOT_SESSION|HUAWEICLOUD|HW|OS|HC|OTEL|NODE)_[A-Z0-9_]+|NO_COLOR|FORCE_COLOR|CLICOLOR(?:_FORCE)?|XDG_CACHE_HOME|USERPROFILE|HOME|TERM|(?:HTTPS?|ALL|NO)_PROXY|SSL_CERT_(?:FILE|DIR))\b/g

  /** Each region has its own endpoint variable. */
  const region = "HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_"

  const namesIn = (text: string): ReadonlyArray<string> =>
    [...text.matchAll(names)].map(([name]) => (name.startsWith(region) ? region : name))

  const sources = [
    ...members
      .filter((member) => !/emulator|bench/.test(member))
      .flatMap((member) =>
        readdirSync(join(root, member, "src"), { recursive: true, encoding: "utf8" })
          // The manual page names variables that others read.
          .filter((file) => file.endsWith(".ts") && file !== "commands/man/Reference.ts")
          .map((file) => `${member}/src/${file}`)
      ),
    "scripts/launcher.cjs"
  ]

  const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")

  it("are documented if the sources read them, and only then", () => {
    const used = sources
      .flatMap((file) => namesIn(withoutComments(read(file))))
      // The prefix of the variables for the gateway's options.
      .filter((name) => name !== "HOTSPOT_SESSION_HTTP_")
    const documented = ["docs/cli.md", "docs/credentials.md", "docs/gateway.md", "docs/network.md"].flatMap((file) =>
      read(file)
        .split("\n")
        .filter((line) => line.startsWith("|"))
        .flatMap(namesIn)
    )
    expect(sorted(documented)).toEqual(sorted(used))
  })
})

describe("README.md", () => {
  it("has the figures of docs/performance.md", () => {
    const row = (file: string, start: string) =>
      read(file)
        .split("\n")
        .filter((line) => line.startsWith(`| ${start}`))
        .map((line) => line.split("|").map((cell) => cell.trim()))
    const [calls, processes] = ["calls per second", "one listing as a whole process"].map((start) =>
      row("README.md", start)[0]?.slice(2, 4)
    )
    const ratio = (start: string) => row("docs/performance.md", start)[0]?.[2]
    expect(calls).toEqual([ratio("this client, its default layer"), ratio("official SDK core for Node.js")])
    expect(processes).toEqual([ratio("`hotspot-session list`, signed"), ratio("official SDK core, the same call")])
  })
})
