import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import * as Http from "node:http"
import type * as Net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeHotspotSession } from "@hotspot-session/client/node"
import { exitCodeOf } from "@hotspot-session/settings/ExitCode"
import { Effect, Either, Redacted } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  apiKeyHash,
  contractPath,
  documentedPage,
  ownToken,
  readResponse,
  token,
  withApiKey
} from "../../../packages/gateway/test/support.js"
import * as CommandLine from "../src/GatewayCommandLine.js"
import * as GatewaySettings from "../src/GatewaySettings.js"
import { findUpstreams } from "../src/ResolvedUpstreams.js"
import { settings as definitions } from "../src/SettingDefinitions.js"
import { endProcesses, keyOf, runCommand, startCommand as start, startProcess } from "./startCommand.js"

let upstream: Http.Server
let endpoint = ""
const pendingResponses: Array<Http.ServerResponse> = []

beforeAll(async () => {
  upstream = Http.createServer((request, response) => {
    if (request.url?.includes("limit=99") === true) pendingResponses.push(response)
    else response.end(JSON.stringify(documentedPage))
  })
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve))
  endpoint = `http://127.0.0.1:${(upstream.address() as Net.AddressInfo).port}`
})

afterAll(() => {
  endProcesses()
  upstream.closeAllConnections()
  upstream.close()
})

const waitUntil = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const region = ["--region", "cn-north-4"]
const endpointVariable = "HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_CN_NORTH_4"
const own = [...region, "--credentials", "own"]
const hash = apiKeyHash
const withKeys = { HOTSPOT_SESSION_HTTP_API_KEYS: hash }

const parse = (args: ReadonlyArray<string>) =>
  Either.flatMap(CommandLine.parse(args), (flags) =>
    "grant" in flags ? Either.left({ exitCode: 0, stdout: "", stderr: "" }) : Either.right(flags)
  )

/** The upstreams of the given settings, on a machine without files. */
const upstreamsOf = (flags: GatewaySettings.Flags, environment: Record<string, string> = {}) =>
  Effect.flatMap(GatewaySettings.resolve(flags, environment), (settings) =>
    findUpstreams(settings, settings.projects, {
      HOME: "/nonexistent",
      HOTSPOT_SESSION_METADATA_ENDPOINT: "off",
      ...environment
    })
  ).pipe(Effect.provide(NodeHotspotSession.layerHttpClient()), Effect.either, Effect.runPromise)

/** The exit code and the error text of a start with the given settings. */
const startError = async (args: ReadonlyArray<string>, environment: Record<string, string>) => {
  const flags = parse(args)
  if (Either.isLeft(flags)) return [flags.left.exitCode, flags.left.stderr] as const
  return Either.match(await upstreamsOf(flags.right, environment), {
    onLeft: (error) => [exitCodeOf(error), CommandLine.errorText(error.message, error.hint)] as const,
    onRight: () => [0, ""] as const
  })
}

describe("settings", () => {
  const rejected: ReadonlyArray<readonly [ReadonlyArray<string>, Record<string, string>, number, RegExp]> = [
    [["--name", "ci"], {}, 2, /^hotspot-session-http: option '--name' requires '--new-api-key'\n/],
    [[...own, "--write"], withKeys, 2, /option '--write' requires '--new-api-key'/],
    [["--new-api-key", "--name", "a b"], {}, 2, /'--name <name>' argument 'a b' is invalid. It must be 1 to 64/],
    [["--new-api-key", "--projects", "a,b c"], {}, 2, /It must be project IDs separated by commas/],
    [
      ["--new-api-key", "--expires", "2020-01-31"],
      {},
      2,
      /'--expires <date>' argument '2020-01-31' is invalid. It must be a/
    ],
    [["--new-api-key", "--expires", "2999-02-30"], {}, 2, /'--expires <date>'/],
    [[...own, "--expires", "2999-01-31"], withKeys, 2, /option '--expires' requires '--new-api-key'/],
    [[...own, "--from-stdin"], withKeys, 2, /option '--from-stdin' requires '--new-api-key'/],
    [[...region, "--projects", "a", "--projects-file", "b"], {}, 3, /both in a list and in a file.\n.*--projects-file/],
    [["--prot", "1"], {}, 2, /^hotspot-session-http: unknown option '--prot'\n {2}\(Did you mean --port\?\)\n$/],
    [["--PORT", "1"], {}, 2, /unknown option '--PORT'/],
    [
      ["--redis-urll=redis://:secret@h"],
      {},
      2,
      /^hotspot-session-http: unknown option '--redis-urll'\n {2}Did you mean --redis-url\?\n$/
    ],
    [
      ["--man=secret"],
      {},
      2,
      /^hotspot-session-http: option '--man' takes no value\n {2}See hotspot-session-http --help.\n$/
    ],
    [["--port", "65536"], {}, 2, /'--port <port>' argument '65536' is invalid. It must be an integer from 0 to 65535/],
    [["--port", "8080 "], {}, 2, /--port.*'8080 '/],
    [["--port", ""], {}, 2, /--port/],
    [["--port"], {}, 2, /--port <port>.*argument missing/],
    [["--port", "1", "--port", "2"], {}, 2, /--port.*used only once/],
    [
      ["--region", "cn-north-5"],
      {},
      3,
      /"cn-north-5" \(option --region\) is not known.\n {2}Did you mean cn-north-4\?/
    ],
    [["--endpoint", "ftp://x"], {}, 2, /'--endpoint <url>' argument is invalid.*https:/],
    [["--endpoint", "http://u:p@x"], {}, 2, /--endpoint.*password/],
    [["--timeout", "30"], {}, 2, /--timeout.*'30'.*30s/],
    [["--timeout", "0s"], {}, 2, /--timeout.*'0s'/],
    [["--host", "http://x"], {}, 2, /--host.*'http:\/\/x'/],
    [["--credentials", "owm"], {}, 2, /--credentials.*'owm'.*own/],
    [["--rate-limit", "600"], {}, 2, /--rate-limit.*600\/m or 10\/5s, or off/],
    [["--rate-limit", "0/m"], {}, 2, /--rate-limit/],
    [["--exporter", "5s"], {}, 2, /--exporter.*It must be off, or a duration from 10s to 24h/],
    [[...region, "--exporter", "5m"], {}, 3, /exporter is on and cannot work.\n.*--credentials own/],
    [[...own, "--exporter", "5m"], withKeys, 3, /Add --projects or --projects-file/],
    [[...own, "--exporter", "5m", "--projects=p", "--metrics=off"], withKeys, 3, /Add --metrics on/],
    [["--metrics", "maybe"], {}, 2, /--metrics.*on, off, or a port/],
    [["--cors-origins", "https://a.example/"], {}, 2, /--cors-origins.*without a path/],
    [["--cors-origins", "*"], {}, 2, /--cors-origins/],
    [["--trusted-proxies", "10.0.0.0/33"], {}, 2, /--trusted-proxies.*IP addresses or networks such as 10.0.0.0\/8/],
    [["--cache-entries", "0"], {}, 2, /--cache-entries.*1 to/],
    [["--projects", "Office=x,Lab=y z"], {}, 2, /--projects.*name=id, or name=region\/id/],
    [["--projects", "Office=x,"], {}, 2, /--projects.*project IDs/],
    [["--projects", "a/b/c"], {}, 2, /--projects.*project IDs/],
    [["--projects", "/x"], {}, 2, /--projects.*project IDs/],
    [
      [...region, "--projects", "Lab=cn-north-5/x"],
      {},
      3,
      /"cn-north-5" \(project x\) is not known.\n {2}Did you mean cn-north-4\?/
    ],
    [["--projects", "A=x,B=cn-north-4/x"], {}, 2, /--projects.*The project x is listed more than once/],
    [
      region,
      { HOTSPOT_SESSION_HTTP_PROJECTS: "Lab=mars/x y" },
      3,
      /_PROJECTS is invalid: “Lab=mars\/x y”.\n {2}It must be project IDs/
    ],
    [
      region,
      { [endpointVariable]: "nowhere, http://x" },
      3,
      /The endpoint \(.*_CN_NORTH_4\) cannot be used: the endpoint must be a URL/
    ],
    [[...region, "--endpoint", "http://x"], {}, 2, /--region.*cannot be used with.*--endpoint/],
    [["extra"], {}, 2, /too many arguments/],
    [[], {}, 3, /No region or endpoint.*\n.*--region.*HOTSPOT_SESSION_REGION/],
    [
      [],
      { HOTSPOT_SESSION_REGION: "mars" },
      3,
      /The region "mars" \(environment variable HOTSPOT_SESSION_REGION\) is not known/
    ],
    [[], { HOTSPOT_SESSION_REGION: "ap-southest-1" }, 3, /Did you mean ap-southeast-1\?/],
    [[], { HOTSPOT_SESSION_ENDPOINT: "nowhere" }, 3, /HOTSPOT_SESSION_ENDPOINT is invalid.\n {2}It cannot be used/],
    [
      region,
      { HOTSPOT_SESSION_HTTP_PORT: "x" },
      3,
      /HOTSPOT_SESSION_HTTP_PORT is invalid: “x”.\n {2}It must be an integer/
    ],
    [[...region, "--metrics", "8080"], {}, 3, /8080 is set for both metrics/]
  ]

  it.each(rejected)("%j with %j: exit code %i, %s", async (args, environment, exitCode, message) => {
    const [code, text] = await startError(args, environment)
    expect(text).toMatch(message)
    expect(code).toBe(exitCode)
  })

  const insecure: ReadonlyArray<readonly [ReadonlyArray<string>, Record<string, string>, RegExp]> = [
    [own, { HOTSPOT_SESSION_HTTP_API_KEYS: "secret" }, /Entry 1 .* not 64 hexadecimal digits.\n.*--new-api-key/],
    [
      own,
      { HOTSPOT_SESSION_HTTP_API_KEYS: `${hash},${createHash("sha256").digest("hex")}` },
      /Entry 2.*hash of an empty key/
    ],
    [
      region,
      withKeys,
      /Keys of callers are set, but in pass-through mode callers send the cloud's tokens.*\n.*--credentials own/
    ],
    [[...region, "--api-keys-file", "x"], {}, /Keys of callers are set/],
    [[...region, "--access-keys-file", "x"], {}, /Keys of callers are set/],
    [[...region, "--profile", "x"], {}, /A profile is set/]
  ]

  it.each(insecure)(
    "reject callers without a key and contradictory modes: %j with %j",
    async (args, environment, message) => {
      const [code, text] = await startError(args, environment)
      expect(text).toMatch(message)
      expect(text).not.toContain("secret")
      expect(code).toBe(3)
    }
  )

  const settings = (args: ReadonlyArray<string>, environment: Record<string, string> = {}) =>
    Effect.runSync(GatewaySettings.resolve(Either.getOrThrow(parse(args)), environment))

  it("have defaults", () => {
    const { explained: _, ...values } = settings(region)
    expect(values).toEqual({
      host: "127.0.0.1",
      port: 8080,
      credentials: "pass-through",
      target: { region: "cn-north-4" },
      writes: "off",
      timeout: 30_000,
      cache: "on",
      cacheFresh: 10_000,
      cacheStale: 60_000,
      cacheStaleIfError: 3_600_000,
      cacheEntries: 10_000,
      cacheMegabytes: 128,
      redisPrefix: "hotspot-session",
      rateLimit: { requests: 600, millis: 60_000 },
      circuitBreaker: "on",
      maxRequests: 2_000,
      maxConnections: 4_000,
      maxCalls: 64,
      drain: 10_000,
      drainDelay: 0,
      metrics: "on",
      exporter: "off",
      page: "on",
      accessLog: "on",
      apiKeys: [],
      connection: { proxy: {}, caFiles: [], ca: [] },
      otlpHeaders: Redacted.make({}),
      warnings: []
    })
  })

  const secret = "canary-redis-password"
  const redisVariable = "HOTSPOT_SESSION_HTTP_REDIS_URL"
  const wrongRedis: ReadonlyArray<readonly [ReadonlyArray<string>, Record<string, string>, RegExp]> = [
    [["--redis-url", "localhost:6379"], {}, /--redis-url\) is not valid.\n {2}It must be redis:/],
    [[], { [redisVariable]: `http://:${secret}@h` }, /HOTSPOT_SESSION_HTTP_REDIS_URL\) is not valid/],
    [[], { [redisVariable]: secret }, /HOTSPOT_SESSION_HTTP_REDIS_URL\) is not valid/],
    [
      ["--redis-url", `redis://:${secret}@h`],
      {},
      /contains a password, which every user.*\n.*--redis-password-file.*change/
    ],
    [["--redis-url", `rediss://u:${secret}@h`], {}, /contains a password/],
    [["--audit-log", "x"], {}, /audit log is set, but writes are off.*\n.*--writes on/],
    [["--redis-password-file", "x"], {}, /no Redis URL.*\n.*--redis-url.*HOTSPOT_SESSION_HTTP_REDIS_URL/],
    [["--redis-password-file", "x"], { [redisVariable]: `redis://:${secret}@h` }, /Two Redis passwords/],
    [
      ["--redis-url", "redis://h", "--cache", "off", "--rate-limit", "off"],
      {},
      /caching and rate limiting are both off/
    ],
    [
      [
        ...["--redis-url", "redis://h", "--cache", "off", "--rate-limit", "off"],
        "--credentials",
        "own",
        "--access-keys-file",
        "x"
      ],
      {},
      /there are no signed writes/
    ]
  ]

  it.each(wrongRedis)(
    "reject contradictory Redis settings without repeating a secret: %j",
    async (args, environment, message) => {
      const [code, text] = await startError([...region, ...args], environment)
      expect(text).toMatch(message)
      expect(text).not.toContain(secret)
      expect(code).toBe(3)
    }
  )

  const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" }
  const wrongHeaders: ReadonlyArray<readonly [string, RegExp]> = [
    ["authorization Bearer canary-otlp-1", /Entry 1 of OTEL_EXPORTER_OTLP_HEADERS has no =/],
    ["a=b,authorization Bearer canary-otlp-1==", /Entry 2 .* does not begin with the name of a header/],
    ["x-é=canary-otlp-1", /Entry 1 .* name of a header.\n.*Authorization=Bearer%20TOKEN/],
    ["a=canary-otlp-1%0A", /Entry 1 .* has a value that no header can have/]
  ]

  it.each(wrongHeaders)(
    "reject headers of traces that cannot be sent, without repeating them: %s",
    async (text, message) => {
      const variables = { OTEL_EXPORTER_OTLP_HEADERS: text }
      const [code, stderr] = await startError(region, { ...otlp, ...variables })
      expect([code, stderr]).toEqual([3, expect.stringMatching(message)])
      expect(stderr).not.toContain("canary-otlp-1")
      expect(await startError(region, variables)).toEqual([0, ""])
    }
  )

  it("accept percent-encoded headers of traces, and mask them", () => {
    const found = settings(region, { ...otlp, OTEL_EXPORTER_OTLP_HEADERS: " X-Key = a%20b=, ,y=50%" })
    expect(Redacted.value(found.otlpHeaders)).toEqual({ "x-key": "a b=", y: "50%" })
    expect(JSON.stringify(found)).not.toContain("a b")
  })

  const urlSecret = "canary-url-7c"
  const secretUrl = `http://u:${urlSecret}@h`
  const wrongUrls: ReadonlyArray<readonly [ReadonlyArray<string>, Record<string, string>]> = [
    [["--endpoint", secretUrl], {}],
    [[], { HOTSPOT_SESSION_ENDPOINT: secretUrl }],
    [region, { [endpointVariable]: secretUrl }],
    [[...region, "--otlp-endpoint", secretUrl], {}],
    [region, { OTEL_EXPORTER_OTLP_ENDPOINT: secretUrl }],
    [[...region, "--redis-url", "redis://h", "--redis-url", secretUrl], {}],
    [[...region, "--proxy", "off", "--proxy", secretUrl], {}],
    [[...region, "--proxy", "off", "--proxy", `ftp://u:${urlSecret}@h`], {}]
  ]

  it.each(wrongUrls)(
    "reject a URL that cannot be used without repeating its password: %j %j",
    async (args, environment) => {
      const [code, text] = await startError(args, environment)
      expect(code).toBeGreaterThan(0)
      expect(text).not.toContain(urlSecret)
    }
  )

  it("mask the password in a Redis URL", () => {
    const { redis, explained } = settings(region, { [redisVariable]: `redis://user:${secret}@h:1/2` })
    expect(Redacted.value(redis ?? Redacted.make(""))).toContain(secret)
    expect(JSON.stringify(settings(region, { [redisVariable]: `redis://user:${secret}@h` }))).not.toContain(secret)
    expect(explained.find(({ setting }) => setting === "redis-url")).toEqual({
      setting: "redis-url",
      value: "redis://user:********@h:1/2",
      source: `environment variable ${redisVariable}`
    })
  })

  const proxySecret = "canary-proxy-9d"
  const wrongProxies: ReadonlyArray<readonly [ReadonlyArray<string>, Record<string, string>, RegExp]> = [
    [[], { HTTPS_PROXY: `socks5://u:${proxySecret}@h` }, /\(environment variable HTTPS_PROXY\) .* SOCKS/],
    [
      [],
      { HOTSPOT_SESSION_HTTP_PROXY: `http://u:${proxySecret}#@h` },
      /\(environment variable HOTSPOT_SESSION_HTTP_PROXY\)/
    ],
    [["--proxy", `http://u:${proxySecret}@h`], {}, /\(option --proxy\) .*password.*\n.*HOTSPOT_SESSION_HTTP_PROXY/],
    [["--ca-file", "/nonexistent.pem"], {}, /\(option --ca-file\) cannot be used: \/nonexistent.pem does not exist/],
    [[], { SSL_CERT_FILE: "/nonexistent.pem" }, /\(environment variable SSL_CERT_FILE\) cannot be used/]
  ]

  it.each(wrongProxies)(
    "reject a proxy or certificates that cannot be used, without repeating a secret: %j %j",
    async (args, environment, message) => {
      const { code, stderr } = await runCommand([...region, ...args], environment)
      expect(stderr).toMatch(message)
      expect(stderr).not.toContain(proxySecret)
      expect(code).toBe(3)
    }
  )

  it("mask the password of a proxy", async () => {
    const environment = { HOTSPOT_SESSION_HTTP_PROXY: `http://u:${proxySecret}@proxy.example:3128` }
    expect(JSON.stringify(settings(region, environment))).not.toContain(proxySecret)
    const { stdout } = await runCommand([...region, "--print-config"], {
      ...environment,
      no_proxy: ".myhuaweicloud.com"
    })
    expect(stdout).toMatch(
      /^proxy +http:\/\/\*{8}@proxy\.example:3128 +environment variable HOTSPOT_SESSION_HTTP_PROXY$/m
    )
    expect(stdout).toMatch(/^cloud proxy +- +\.myhuaweicloud\.com in environment variable no_proxy$/m)
    expect(stdout).not.toContain(proxySecret)
  })

  const endpointOf = async (args: ReadonlyArray<string>, environment: Record<string, string>) =>
    Either.getOrThrow(await upstreamsOf(Either.getOrThrow(parse(args)), environment)).endpoint

  it("prefer the command line to the environment, and an endpoint to a region", async () => {
    const both = { HOTSPOT_SESSION_ENDPOINT: "http://x", HOTSPOT_SESSION_REGION: "sa-brazil-1" }
    expect(await endpointOf([], both)).toMatchObject({ url: "http://x", region: undefined })
    expect(await endpointOf([], { ...both, HOTSPOT_SESSION_ENDPOINT: "" })).toMatchObject({ region: "sa-brazil-1" })
    expect(await endpointOf(region, both)).toMatchObject({ region: "cn-north-4" })
    expect(await endpointOf(["--endpoint", "https://y"], both)).toMatchObject({ url: "https://y", region: undefined })
    const port = { HOTSPOT_SESSION_HTTP_PORT: "81", HOTSPOT_SESSION_HTTP_RATE_LIMIT: "off" }
    expect(settings(region, port)).toMatchObject({ port: 81, rateLimit: "off" })
    expect(settings([...region, "--port", "82"], port).port).toBe(82)
  })

  it("use the first endpoint in the official SDKs' variable of the region", async () => {
    const environment = { [endpointVariable]: "https://a.example, https://b.example" }
    expect(await endpointOf(region, environment)).toEqual({
      url: "https://a.example",
      configured: { value: "https://a.example", source: `environment variable ${endpointVariable}` },
      region: "cn-north-4",
      isDefault: false
    })
    expect(await endpointOf(["--endpoint", "https://y"], environment)).toMatchObject({ url: "https://y" })
    expect(await endpointOf(["--region", "cn-east-3"], environment)).toMatchObject({
      region: "cn-east-3",
      isDefault: true
    })
  })

  it("accept projects with and without name and region", () => {
    expect(settings([...region, "--projects", "R/D = a , ap-southeast-1/b,c,Lab=cn-north-4/d"]).projects).toEqual([
      { id: "a", name: "R/D", region: undefined },
      { id: "b", name: "b", region: "ap-southeast-1" },
      { id: "c", name: "c", region: undefined },
      { id: "d", name: "Lab", region: "cn-north-4" }
    ])
  })

  it("accept IPv6 hosts with and without brackets", () => {
    expect(settings([...region, "--host", "[::1]"]).host).toBe("::1")
    expect(settings([...own, "--host", "::1"]).host).toBe("::1")
  })

  it("warn of clear text if the host is not a loopback address", () => {
    expect(settings([...region, "--host", "0.0.0.0"]).warnings).toEqual([expect.stringMatching(/^Tokens .* TLS/)])
    expect(settings([...own, "--host", "0.0.0.0"], withKeys).warnings).toEqual([expect.stringMatching(/^Keys .* TLS/)])
    expect(settings(own, withKeys).warnings).toEqual([])
  })

  it("are documented in the help, examples first, each with its variable", () => {
    const help = Either.getOrThrow(Either.flip(CommandLine.parse(["--help"])))
    expect(help).toMatchObject({ exitCode: 0, stderr: "" })
    expect(help.stdout).toMatch(/^Examples:/)
    for (const { flag, variable } of Object.values(definitions)) {
      expect(help.stdout).toContain(`--${flag} <`)
      expect(variable).toMatch(
        new RegExp(`^(HOTSPOT_SESSION_(HTTP_)?|OTEL_EXPORTER_)${flag.toUpperCase().replaceAll("-", "_")}$`)
      )
    }
  })
})

describe("hotspot-session-http", { timeout: 20_000 }, () => {
  it("listens, responds, logs to stdout, ignores SIGUSR1 and SIGUSR2, and exits with 0 on SIGTERM", async () => {
    const { ended, kill, url } = startProcess(["--port", "0", "--endpoint", endpoint], {
      HOTSPOT_SESSION_AUTH_TOKEN: ownToken
    })
    const base = await url
    // The token of the machine is for no caller, and there is no key.
    expect((await fetch(`${base}/v1/p/hotspot-session-config`)).status).toBe(401)
    const response = await readResponse(
      await fetch(`${base}${contractPath}?limit=5`, { headers: { "x-auth-token": token, "x-request-id": "r-1" } })
    )
    expect(response.json).toEqual(documentedPage)
    // SIGUSR1 would open Node's inspector, which says so on stderr.
    for (const signal of ["SIGUSR1", "SIGUSR2"] as const) kill(signal)
    expect((await fetch(`${base}/livez`)).status).toBe(200)
    kill("SIGTERM")
    const { code, stderr, stdout } = await ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: `listening on ${base}\n` })
    expect(base).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const lines = stdout.trimEnd().split("\n")
    expect(lines).toHaveLength(3)
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ status: 200, path: contractPath, request_id: "r-1" })
    expect(stdout).not.toContain(token)
  })

  it("completes requests in flight before it exits with 130 on SIGINT", async () => {
    const { ended, kill, url } = start(["--port=0"], { HOTSPOT_SESSION_ENDPOINT: endpoint })
    const response = fetch(`${await url}${contractPath}?limit=99`, { headers: { "x-auth-token": token } })
    await waitUntil(() => pendingResponses.length > 0)
    kill("SIGINT")
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const response of pendingResponses.splice(0)) response.end(JSON.stringify(documentedPage))
    expect((await response).status).toBe(200)
    expect((await ended).code).toBe(130)
  })

  it("exits immediately on a second signal", async () => {
    const upstream = Http.createServer(() => {})
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve))
    const { ended, kill, url } = startProcess([
      "--port=0",
      "--endpoint",
      `http://127.0.0.1:${(upstream.address() as Net.AddressInfo).port}`
    ])
    const requested = new Promise((resolve) => upstream.once("request", resolve))
    const response = fetch(`${await url}${contractPath}`, { headers: { "x-auth-token": token } }).catch(() => "broken")
    await requested
    kill("SIGTERM")
    await new Promise((resolve) => setTimeout(resolve, 50))
    kill("SIGTERM")
    expect((await ended).signal).toBe("SIGTERM")
    expect(await response).toBe("broken")
    upstream.closeAllConnections()
    upstream.close()
  })

  it("generates a key if none is configured, and prints it once", async () => {
    const environment = { HOTSPOT_SESSION_AUTH_TOKEN: ownToken, HOTSPOT_SESSION_ENDPOINT: endpoint }
    const own = start(["--port", "0", "--credentials", "own", "--host", "127.0.0.1"], {
      ...environment,
      HOTSPOT_SESSION_HTTP_API_KEYS: " ,"
    })
    const url = `${await own.url}${contractPath}`
    const key = keyOf(own.output.stderr)
    for (const headers of [{}, { "x-api-key": `${key}x` }, { "x-auth-token": ownToken }]) {
      expect((await fetch(url, { headers: headers as Record<string, string> })).status).toBe(401)
    }
    expect((await fetch(url, { headers: { "x-api-key": key } })).status).toBe(200)
    own.kill("SIGTERM")
    const { code, stderr, stdout } = await own.ended
    expect(code).toBe(0)
    expect(`${stdout}${stderr}`.split(key)).toHaveLength(2)
    expect(`${stdout}${stderr}`).not.toContain(ownToken)
    const other = await runCommand(["--new-api-key"])
    expect(other.stdout).toMatch(/^key {5}hsg_/)
    expect(other.stdout).not.toContain(key)
    for (const more of [{}, { HOTSPOT_SESSION_HTTP_API_KEYS: " ," }]) {
      const shown = await runCommand(["--credentials", "own", "--print-config"], { ...environment, ...more })
      expect(shown.stdout).toMatch(/^API keys +- +not set; a new one is printed at each start$/m)
    }
  })

  it("serves writes only if they are on, also with the key that it generates", async () => {
    const environment = { HOTSPOT_SESSION_ENDPOINT: endpoint, HOTSPOT_SESSION_AUTH_TOKEN: ownToken }
    for (const [writes, expected] of [
      ["off", [405, "GET, HEAD"]],
      ["on", [200, null]]
    ] as const) {
      const { ended, kill, output, url } = start(["--port=0", "--credentials=own", `--writes=${writes}`], environment)
      const response = await fetch(`${await url}${contractPath}/c1/non-migration-users`, {
        method: "PATCH",
        headers: { "x-api-key": keyOf(output.stderr), "content-type": "application/json" },
        body: JSON.stringify({ update_type: "ADD", non_migrate_users: [{ user_id: "1" }] })
      })
      expect([writes, response.status, response.headers.get("allow")]).toEqual([writes, ...expected])
      kill("SIGTERM")
      await ended
    }
  })

  it("keeps an audit of writes in a file, and refuses them if it is full", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hotspot-session-http-"))
    const file = join(folder, "audit")
    const environment = { HOTSPOT_SESSION_ENDPOINT: endpoint }
    const writeWith = async (auditLog: string) => {
      const { ended, kill, url } = start(["--port=0", "--writes=on", `--audit-log=${auditLog}`], environment)
      const base = await url
      const statuses: Array<number> = []
      for (const id of ["r-1", "r-2"]) {
        const response = await fetch(`${base}${contractPath}/c1/non-migration-users`, {
          method: "PATCH",
          headers: { "x-auth-token": token, "content-type": "application/json", "x-request-id": id },
          body: JSON.stringify({ update_type: "ADD", non_migrate_users: [{ user_id: "canary-user" }] })
        })
        statuses.push(response.status)
      }
      kill("SIGTERM")
      await ended
      return statuses
    }
    expect(await writeWith(file)).toEqual([200, 200])
    const text = readFileSync(file, "utf8")
    const lines = text.trimEnd().split("\n")
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: "intent", request_id: "r-1", operation: "updateNonMigrationUsers", config_id: "c1" },
      { event: "result", request_id: "r-1", outcome: "done", status: 200 },
      { event: "intent", request_id: "r-2" },
      { event: "result", request_id: "r-2" }
    ])
    expect(text).not.toMatch(new RegExp(`canary-user|${token}`))
    if (process.platform === "linux") {
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(await writeWith("/dev/full")).toEqual([503, 503])
    }
    const pipe = join(folder, "pipe")
    const isPipe = process.platform !== "win32" && spawnSync("mkfifo", [pipe]).status === 0
    for (const unusable of [join(folder, "no", "audit"), ...(isPipe ? [pipe] : [])]) {
      const { code, stderr } = await start(["--port=0", "--writes=on", `--audit-log=${unusable}`], environment).ended
      expect([code, stderr]).toEqual([
        3,
        expect.stringMatching(/^hotspot-session-http: The audit log, \S+, cannot be written/)
      ])
    }
    rmSync(folder, { recursive: true })
  })

  it("does not start with credentials that cannot be used as intended", async () => {
    const environment = {
      HOTSPOT_SESSION_ENDPOINT: endpoint,
      HW_ACCESS_KEY: "A".repeat(20),
      HW_SECRET_KEY: "b".repeat(40),
      HW_ASSUME_ROLE_AGENCY_NAME: "auditor"
    }
    for (const more of [[], ["--print-config"]]) {
      const args = ["--port", "0", "--credentials", "own", "--host", "127.0.0.1", ...more]
      const { code, stderr, stdout } = await runCommand(args, environment)
      expect({ code, stdout }).toEqual({ code: 4, stdout: "" })
      expect(stderr).toContain(
        "HW_ASSUME_ROLE_AGENCY_NAME is set, but neither HW_ASSUME_ROLE_DOMAIN_NAME nor HW_ASSUME_ROLE_DOMAIN_ID is."
      )
      expect(stderr).not.toMatch(/b{40}|auditor/)
    }
  })

  it("shows the endpoint of the cloud and of the file of regions, and refuses to mix clouds", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hotspot-session-http-"))
    const regionsFile = join(folder, "regions.yaml")
    writeFileSync(regionsFile, `WORKSPACEAPP:\n  - id: cn-north-4\n    endpoint: ${endpoint}\n`)
    const keys = { HW_ACCESS_KEY: "A".repeat(20), HW_SECRET_KEY: "b".repeat(40) }
    const upstreamOf = async (args: ReadonlyArray<string>, environment: Record<string, string>) =>
      Either.match(await upstreamsOf(Either.getOrThrow(parse(args)), environment), {
        onLeft: ({ message }) => message,
        onRight: ({ endpoint }) => endpoint.configured
      })
    expect(await upstreamOf(own, { ...keys, HUAWEICLOUD_SDK_REGIONS_FILE: regionsFile })).toEqual({
      value: endpoint,
      source: expect.stringContaining("WORKSPACEAPP in")
    })
    expect(await upstreamOf(["--credentials", "own"], { ...keys, HW_REGION_NAME: "eu-west-101" })).toMatchObject({
      value: "https://appstream.eu-west-101.myhuaweicloud.eu"
    })
    expect(await upstreamOf(own, { ...keys, HW_CLOUD: "private.example" })).toEqual({
      value: "https://appstream.cn-north-4.private.example",
      source: expect.stringContaining("HW_CLOUD")
    })
    expect(await upstreamOf(own, { ...keys, HW_AUTH_URL: "https://iam.private.example/v3" })).toContain(
      "Credentials are not sent to another cloud"
    )
    rmSync(folder, { recursive: true })
  })

  const european = "http://workspace.eu-west-101.myhuaweicloud.eu"
  const withToken = { HOME: "/nonexistent", HOTSPOT_SESSION_AUTH_TOKEN: "token" }

  it("does not send one credential to two clouds, also when projects are read again", async () => {
    const message = new RegExp(
      `not sent to two clouds: the endpoint ${european} \\(.*\\) and the endpoint https:\\S+\\.com \\(region cn-north-4, project b\\)`
    )
    const args = ["--credentials", "own", "--port", "0"]
    const two = [...args, "--projects", "A=a,B=cn-north-4/b"]
    for (const more of [[], ["--print-config"]]) {
      const ended = await runCommand([...two, ...more, "--endpoint", european], withToken)
      expect(ended).toMatchObject({ code: 3, stdout: "", stderr: expect.stringMatching(message) })
    }
    const caller = ["--print-config", "--projects", "B=cn-north-4/b", "--endpoint", european]
    for (const more of [
      [...two, "--endpoint", endpoint],
      [...caller, "--credentials", "pass-through"]
    ]) {
      expect(await runCommand([...more, "--print-config"], withToken)).toMatchObject({ code: 0 })
    }

    const folder = mkdtempSync(join(tmpdir(), "hotspot-session-http-"))
    const file = join(folder, "projects")
    // The projects of the one cloud are replaced, too.
    for (const [own, before] of [
      [european, "a\n"],
      [endpoint, "eu-west-101/a\n"]
    ] as const) {
      writeFileSync(file, before)
      const gateway = start([...args, "--projects-file", file, "--endpoint", own], {
        ...withToken,
        HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_EU_WEST_101: european
      })
      await gateway.url
      writeFileSync(file, "cn-north-4/b\n")
      gateway.kill("SIGHUP")
      await waitUntil(() => gateway.output.stderr.includes("SIGHUP"))
      expect(gateway.output.stderr).toMatch(/previous keys and projects stay in use: Credentials are not sent to two/)
      gateway.kill("SIGTERM")
      await gateway.ended
    }
    rmSync(folder, { recursive: true })
  })

  it.each([
    [{ HUAWEICLOUD_SDK_IAM_ENDPOINT: "127.0.0.1:1" }, "The IAM endpoint (environment variable"],
    [
      { HUAWEICLOUD_SDK_IAM_ENDPOINT: "http://127.0.0.1:1", HW_PROJECT_ID: "bad id!" },
      "The project ID (environment variable HW_PROJECT_ID) is not valid"
    ],
    [{}, "No IAM endpoint is set for the user's token"]
  ])("does not start, or show settings, with those that no token can be had with: %j", async (environment, message) => {
    const user = { HW_USER_NAME: "u", HW_USER_PASSWORD: "canary-password", HW_DOMAIN_NAME: "d" }
    const args = ["--credentials", "own", "--endpoint", endpoint, "--port", "0"]
    for (const more of [[], ["--print-config"]]) {
      const ended = await runCommand([...args, ...more], { HW_REGION_NAME: "cn-north-4", ...user, ...environment })
      expect(ended).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining(message) })
    }
  })

  it("takes the region of a user's token from the variable, also for an endpoint of another one", async () => {
    const user = { HW_USER_NAME: "u", HW_USER_PASSWORD: "canary-password", HW_DOMAIN_NAME: "d" }
    const region = { HOTSPOT_SESSION_REGION: "cn-north-4", HUAWEICLOUD_SDK_IAM_ENDPOINT: "http://127.0.0.1:1" }
    const args = ["--credentials", "own", "--print-config"]
    const shown = await runCommand(args, { ...user, ...region, HOTSPOT_SESSION_ENDPOINT: endpoint })
    expect(shown).toMatchObject({ code: 0, stderr: "" })
  })

  it("serves regions that only this machine or the cloud of the credentials knows, and suggests the nearest", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hotspot-session-http-"))
    const regionsFile = join(folder, "regions.yaml")
    const lines = ["my-1", "my-2"].map((id) => `  - id: ${id}\n    endpoint: ${endpoint}/${id}\n`)
    writeFileSync(regionsFile, `WORKSPACEAPP:\n${lines.join("")}`)
    const environment = { ...withToken, HUAWEICLOUD_SDK_REGIONS_FILE: regionsFile, HOTSPOT_SESSION_REGION: "my-1" }
    const args = ["--projects", "A=my-1/a,B=my-2/b", "--port", "0"]
    for (const mode of ["own", "pass-through"]) {
      const shown = await runCommand([...args, "--credentials", mode, "--print-config"], environment)
      expect(shown).toMatchObject({ code: 0, stderr: "" })
      expect(shown.stdout).toMatch(new RegExp(`^cloud +${endpoint}/my-1 +WORKSPACEAPP in `, "m"))
      expect(shown.stdout).toMatch(new RegExp(`^cloud my-2 +${endpoint}/my-2 +WORKSPACEAPP in `, "m"))
      expect(shown.stdout).not.toContain("cloud my-1")
    }
    const gateway = start([...args, "--credentials", "own"], environment)
    const headers = async () => ({ "x-api-key": (await gateway.url) && keyOf(gateway.output.stderr) })
    for (const id of ["a", "b"]) {
      const url = `${await gateway.url}/v1/${id}/hotspot-session-config`
      expect((await fetch(url, { headers: await headers() })).status).toBe(200)
    }
    gateway.kill("SIGTERM")
    await gateway.ended

    const cloud = { HW_ACCESS_KEY: "A".repeat(20), HW_SECRET_KEY: "b".repeat(40), HW_CLOUD: "myhuaweicloud.eu" }
    const other = await runCommand(
      ["--credentials", "own", "--region", "eu-west-101", "--projects", "eu-west-102/b", "--print-config"],
      { HOME: folder, ...cloud }
    )
    expect(other.stdout).toMatch(/^cloud eu-west-102 +https:\/\/appstream\.eu-west-102\.myhuaweicloud\.eu /m)
    expect(await runCommand(["--projects", "B=my-3/b"], environment)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/The region "my-3" \(project b\) is not known.\n {2}Did you mean my-1\?/)
    })
    rmSync(folder, { recursive: true })
  })

  it("does not start while the metadata service fails, with the exit code of what may pass", async () => {
    const failing = Http.createServer((_, response) => response.writeHead(500).end())
    await new Promise<void>((resolve) => failing.listen(0, "127.0.0.1", resolve))
    const { code, stderr } = await runCommand(
      ["--endpoint", endpoint, "--port", "0", "--credentials", "own", "--host", "127.0.0.1"],
      { HOTSPOT_SESSION_METADATA_ENDPOINT: `http://127.0.0.1:${(failing.address() as Net.AddressInfo).port}` }
    )
    expect({ code, stderr }).toMatchObject({ code: 6, stderr: expect.stringContaining("failed with status 500") })
    failing.close()
  })

  it("serves callers with a key using the machine's credentials, and creates keys", async () => {
    const made = await runCommand(["--new-api-key"])
    const [, key = "", hash = ""] = /^key {5}(\S+)\nSHA-256 ([0-9a-f]{64})\n$/.exec(made.stdout) ?? []
    expect(createHash("sha256").update(key).digest("hex")).toBe(hash)
    const folder = mkdtempSync(join(tmpdir(), "hotspot-session-http-"))
    const file = join(folder, "keys")
    writeFileSync(file, `# callers\n\n${hash} # dashboard\n`)
    writeFileSync(join(folder, "credentials"), `[basic]\nak=${"A".repeat(20)}\nsk=${"s".repeat(40)}\n`, { mode: 0o600 })
    const environment = { HUAWEICLOUD_SDK_CREDENTIALS_FILE: join(folder, "credentials") }
    const args = ["--endpoint", endpoint, "--port", "0", "--credentials", "own", "--api-keys-file", file]
    const { ended, kill, output, url } = start([...args, "--metrics", "0"], environment)
    const base = await url
    expect((await fetch(`${base}${contractPath}`)).status).toBe(401)
    expect((await fetch(`${base}${contractPath}`, { headers: { "x-api-key": key } })).status).toBe(200)
    expect((await fetch(`${base}/metrics`)).status).toBe(404)

    const statusOf = async () => (await fetch(`${base}${contractPath}`, { headers: { "x-api-key": key } })).status
    writeFileSync(file, `${apiKeyHash}\n`)
    // The response is in the cache.
    while ((await statusOf()) !== 401) await new Promise((resolve) => setTimeout(resolve, 20))
    expect((await fetch(`${base}${contractPath}`, withApiKey)).status).toBe(200)
    writeFileSync(file, `${hash} expires=soon\n`)
    kill("SIGHUP")
    await waitUntil(() => output.stderr.includes("SIGHUP"))
    expect(output.stderr).toMatch(/previous keys and projects stay in use: Line 1 of \S+ .* its expiry is not a date/)
    expect((await fetch(`${base}${contractPath}`, withApiKey)).status).toBe(200)
    writeFileSync(file, `${hash}\n`)
    kill("SIGTERM")
    const { code, stderr, stdout } = await ended
    expect(code).toBe(0)
    expect(stderr).toMatch(/^metrics on http:\S+\/metrics\nlistening on /)
    expect(stderr + stdout).not.toContain(key)

    const config = await runCommand([...args, "--print-config"], environment)
    expect(config.code).toBe(0)
    expect(config.stdout).toMatch(/^rate-limit +600\/m +default$/m)
    expect(config.stdout).toMatch(/^credentials +own +option --credentials$/m)
    expect(config.stdout).toMatch(/^API keys +1 by hash +\S+keys$/m)
    expect(config.stdout).toMatch(/^own credentials +access key \*{8} +\S+credentials$/m)
    expect(config.stdout).not.toMatch(/AAAA|ssss/)
    // Written by PowerShell, named by a file of variables with the line ends of Windows, beside a service of Kubernetes.
    writeFileSync(file, Buffer.from(`\ufeff# 密钥\r\n${hash}\r\n`, "utf16le"))
    const windows = await runCommand(["--print-config"], {
      HOME: folder,
      HUAWEICLOUD_SDK_CREDENTIALS_FILE: "~/credentials\r",
      HOTSPOT_SESSION_ENDPOINT: `${endpoint} \r`,
      HOTSPOT_SESSION_HTTP_CREDENTIALS: "own\r",
      HOTSPOT_SESSION_HTTP_API_KEYS_FILE: "~/keys \r\n",
      HOTSPOT_SESSION_HTTP_PROFILE: " \r",
      HOTSPOT_SESSION_HTTP_PORT: "tcp://10.96.12.34:8080",
      HOTSPOT_SESSION_HTTP_SERVICE_HOST: "10.96.12.34"
    })
    expect(windows).toMatchObject({ code: 0, stderr: "" })
    expect(windows.stdout).toMatch(/^port +8080 +default$/m)
    expect(windows.stdout).toMatch(/^API keys +1 by hash +~\/keys$/m)
    expect(windows.stdout).toMatch(/^own credentials +access key \*{8} +~\/credentials$/m)

    const named = await runCommand(["--new-api-key", "--name", "ci", "--write", "--projects", "Office=a,cn-north-4/b"])
    const [, namedKey = "", line = ""] = /^key {5}(\S+)\nSHA-256 [0-9a-f]{64}\nline {4}(.*)\n$/.exec(named.stdout) ?? []
    const namedHash = createHash("sha256").update(namedKey).digest("hex")
    expect(line).toBe(`${namedHash} name=ci permissions=read,write projects=a,b`)
    const dated = await runCommand(["--new-api-key", "--expires", "2999-01-31", "--from-stdin"], {}, `${namedKey}\n`)
    expect(dated).toMatchObject({
      code: 0,
      stdout: `SHA-256 ${namedHash}\nline    ${namedHash} expires=2999-01-31\n`
    })
    for (const text of ["", "\n", "short", "schlüssel-0123456789", "two words-0123456789"]) {
      const refused = await runCommand(["--new-api-key", "--from-stdin"], {}, text)
      expect(refused).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringMatching(/16 visible ASCII characters/)
      })
    }
    expect(await runCommand(["--new-api-key", "--from-stdin"], {}, "k".repeat(32 * 1024 + 1))).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "hotspot-session-http: the key on standard input is refused: it has more than 32768 bytes.\n"
    })
    writeFileSync(file, `${line}\n`)
    const restricted = start(args, environment)
    const denied = await fetch(`${await restricted.url}${contractPath}`, { headers: { "x-api-key": namedKey } })
    expect([denied.status, await denied.json()]).toMatchObject([403, { error_code: "HSG.0020" }])
    restricted.kill("SIGTERM")
    const restrictedEnd = await restricted.ended
    expect(JSON.parse(restrictedEnd.stdout)).toMatchObject({ status: 403, key_name: "ci" })
    expect(restrictedEnd.stdout + restrictedEnd.stderr).not.toMatch(new RegExp(`${namedKey}|${namedHash}`))

    for (const [text, message] of [
      [`${hash} project=a\n`, /Line 1 of \S+ is not a SHA-256 followed only by name=/],
      [`${hash} permissions=admin\n`, /Line 1 of \S+ .* its permissions are not read, write or both/],
      ["# no keys\n", /contains none/],
      ["\nabc\n", /Line 2 .*64 hexadecimal/],
      [Buffer.from("# é\n", "latin1"), /cannot be read: line 1 is not UTF-8 but of another encoding/]
    ] as const) {
      writeFileSync(file, text)
      const rejected = await runCommand(args, environment)
      expect([rejected.code, rejected.stdout]).toEqual([3, ""])
      expect(rejected.stderr).toMatch(message)
    }
    rmSync(folder, { recursive: true })
  })

  it("calls other regions for their projects, with one token per project for an IAM user", async () => {
    const servers: Array<Http.Server> = []
    /** A separate cloud with an IAM, and the requests that it received. */
    const serve = async (id: string) => {
      const seen: Array<readonly [url: string | undefined, token: unknown]> = []
      const server = Http.createServer((request, response) => {
        let body = ""
        request.on("data", (chunk) => {
          body += chunk
        })
        request.on("end", () => {
          if (request.method === "POST") {
            const { project } = JSON.parse(body).auth.scope
            seen.push([request.url, project])
            response.writeHead(201, { "x-subject-token": `token-of-${project.id ?? project.name}` })
            response.end(JSON.stringify({ token: { expires_at: "2099-01-01T00:00:00.000000Z" } }))
          } else {
            seen.push([request.url, request.headers["x-auth-token"]])
            response.end(JSON.stringify({ items: [{ id, non_migrate_users: [] }] }))
          }
        })
      })
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      return { seen, url: `http://127.0.0.1:${(server.address() as Net.AddressInfo).port}` }
    }
    const [north, south, iam] = [await serve("in-north"), await serve("in-south"), await serve("iam")]
    const environment = {
      [endpointVariable]: north.url,
      HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_AP_SOUTHEAST_1: `${south.url}, http://unused.example`,
      HOTSPOT_SESSION_HTTP_PROJECTS: "Office=p1,Lab=ap-southeast-1/p2,Archive=ap-southeast-1/p3,Hall=cn-north-4/p4"
    }
    const user = {
      HUAWEICLOUD_SDK_IAM_ENDPOINT: iam.url,
      HW_USER_NAME: "ann",
      HW_USER_PASSWORD: "canary-password",
      HW_DOMAIN_NAME: "acme"
    }
    const path = (project: string) => `/v1/${project}/hotspot-session-config`
    const idOf = async (url: string, headers = {}) =>
      /"id":"([^"]+)"/.exec(await (await fetch(url, { headers })).text())?.[1]
    const ids = async (url: string, headers = {}) => [
      await idOf(`${url}${path("p1")}`, headers),
      await idOf(`${url}${path("p2")}`, headers),
      await idOf(`${url}${path("p4")}`, headers)
    ]
    const expected = ["in-north", "in-south", "in-north"]

    const passThrough = start([...region, "--port", "0"], environment)
    expect(await ids(await passThrough.url, { "x-auth-token": token })).toEqual(expected)
    expect(south.seen).toEqual([[path("p2"), token]])
    passThrough.kill("SIGTERM")

    const args = [...own, "--host", "127.0.0.1", "--port", "0"]
    south.seen.length = 0
    north.seen.length = 0
    const byUser = start(args, { ...environment, ...user, ...withKeys })
    expect(await ids(await byUser.url, withApiKey.headers)).toEqual(expected)
    expect(await idOf(`${await byUser.url}${path("p3")}`, withApiKey.headers)).toBe("in-south")
    expect(south.seen).toEqual([
      [path("p2"), "token-of-p2"],
      [path("p3"), "token-of-p3"]
    ])
    expect(north.seen).toEqual([
      [path("p1"), "token-of-cn-north-4"],
      [path("p4"), "token-of-cn-north-4"]
    ])
    expect(iam.seen.map(([, scope]) => scope)).toEqual([{ name: "cn-north-4" }, { id: "p2" }, { id: "p3" }])
    const shown = await (await fetch(`${await byUser.url}/`, withApiKey)).text()
    expect(shown).toContain('<p class="soft">cn-north-4, ap-southeast-1, as of ')
    byUser.kill("SIGTERM")

    const config = await runCommand([...args, "--print-config"], { ...environment, ...user })
    expect(config.stdout).toContain(`environment variable ${endpointVariable}\n`)
    expect(config.stdout).toMatch(new RegExp(`^cloud +${north.url} +environment variable ${endpointVariable}$`, "m"))
    expect(config.stdout).toMatch(/^cloud ap-southeast-1 +http:\/\/127\S+\d +environment variable \S+_AP_SOUTHEAST_1$/m)
    const plain = await runCommand([...args, "--projects", "cn-east-3/x", "--print-config"], user)
    expect(plain.stdout).toMatch(/^cloud cn-east-3 +https:\/\/appstream\.cn-east-3\.\S+ +region cn-east-3$/m)
    for (const text of [(await byUser.ended).stderr, config.stdout]) expect(text).not.toContain("canary-password")
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })

  it("does not start with an invalid option, or without usable credentials", async () => {
    const usage = await runCommand(["--prot", "1"])
    expect(usage).toMatchObject({ code: 2, stdout: "" })
    expect(usage.stderr).toBe("hotspot-session-http: unknown option '--prot'\n  (Did you mean --port?)\n")
    const args = [...region, "--credentials", "own", "--host", "127.0.0.1"]
    const configuration = await runCommand(args, {
      HOTSPOT_SESSION_AUTH_TOKEN: "a b",
      HOTSPOT_SESSION_METADATA_ENDPOINT: "off"
    })
    expect(configuration).toMatchObject({ code: 4, stdout: "" })
    expect(configuration.stderr).toMatch(/^hotspot-session-http: No credentials.*HOTSPOT_SESSION_AUTH_TOKEN.*space/)
  })

  it("exports traces that continue the caller's, without the caller's token", async () => {
    const exported: Array<{ url: string | undefined; key: unknown; body: string }> = []
    const collector = Http.createServer((request, response) => {
      let body = ""
      request.on("data", (chunk) => {
        body += chunk
      })
      request.on("end", () => {
        exported.push({ url: request.url, key: request.headers["x-key"], body })
        response.end("{}")
      })
    })
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
    const { ended, kill, url } = start(["--port", "0", "--endpoint", endpoint], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as Net.AddressInfo).port}/`,
      OTEL_EXPORTER_OTLP_HEADERS: "X-Key=a%20b"
    })
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    const response = await fetch(`${await url}${contractPath}`, {
      headers: {
        "x-auth-token": token,
        authorization: `Bearer ${token}`,
        traceparent: `00-${trace}-00f067aa0ba902b7-01`
      }
    })
    expect(response.status).toBe(200)
    kill("SIGTERM")
    expect((await ended).code).toBe(0)
    const all = exported.map(({ body }) => body).join("\n")
    expect(exported[0]).toMatchObject({ url: "/v1/traces", key: "a b" })
    for (const text of [trace, "http.server GET", "HotspotSession.listHotspotSessionConfig", "hotspot-session-http"]) {
      expect(all).toContain(text)
    }
    expect(all).not.toContain(token)
    collector.closeAllConnections()
    collector.close()
  })

  it("logs that a collector does not accept traces, without the headers", async () => {
    const collector = Http.createServer((_, response) => response.writeHead(404).end())
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
    const { ended, kill, url } = start(["--port", "0", "--endpoint", endpoint], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as Net.AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=canary-otlp-2"
    })
    await fetch(`${await url}${contractPath}`, { headers: { "x-auth-token": token } })
    kill("SIGTERM")
    const { stderr } = await ended
    expect(stderr).toMatch(/"message":"the collector does not accept traces".*"reason":"status 404"/)
    expect(stderr).not.toContain("canary-otlp-2")
    collector.closeAllConnections()
    collector.close()
  })

  it("completes each accepted request when terminated under load", async () => {
    const { ended, kill, url } = startProcess(["--port", "0", "--endpoint", endpoint, "--rate-limit", "off"])
    const base = new URL(await url)
    let isOver = false
    const outcomes = { succeeded: 0, refused: 0, lost: 0 }
    const agent = new Http.Agent({ keepAlive: true })
    const get = () =>
      new Promise<void>((resolve) => {
        let isConnected = false
        const request = Http.get(
          {
            agent,
            host: base.hostname,
            port: base.port,
            path: `${contractPath}?limit=7`,
            headers: { "x-auth-token": token }
          },
          (response) => {
            let length = 0
            response.on("data", (chunk: Buffer) => {
              length += chunk.length
            })
            response.on("close", () => {
              if (response.complete && response.statusCode === 200 && length > 0) outcomes.succeeded++
              else outcomes.lost++
              resolve()
            })
          }
        )
        request.on("socket", (socket) => {
          const connected = () => {
            isConnected = true
          }
          if (socket.readyState === "open") connected()
          else socket.once("connect", connected)
        })
        request.on("error", () => {
          // A connection that was not established when the server stopped listening was not accepted.
          if (isConnected) outcomes.lost++
          else outcomes.refused++
          isOver = true
          resolve()
        })
      })
    const workers = Array.from({ length: 16 }, async () => {
      while (!isOver) await get()
    })
    await waitUntil(() => outcomes.succeeded > 200)
    kill("SIGTERM")
    await Promise.all(workers)
    expect((await ended).code).toBe(0)
    expect(outcomes).toMatchObject({ lost: 0 })
    expect(outcomes.refused).toBeGreaterThan(0)
    agent.destroy()
  })

  it("serves while Redis is unavailable, and logs this without the password", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hotspot-session-http-"))
    const secret = "canary-redis-password"
    writeFileSync(join(folder, "password"), `${secret}\n`, { mode: 0o600 })
    const args = ["--port", "0", "--endpoint", endpoint, "--redis-url", "redis://127.0.0.1:1"]
    const withFile = [...args, "--redis-password-file", join(folder, "password")]
    const config = await runCommand([...withFile, "--print-config"])
    expect(config.stdout).toMatch(/^redis-url +redis:\/\/127.0.0.1:1\/0 +option --redis-url$/m)
    const { ended, kill, url } = start(withFile)
    const base = await url
    for (const path of [contractPath, contractPath, "/readyz", "/"])
      expect((await fetch(`${base}${path}`, { headers: { "x-auth-token": token } })).status).toBe(200)
    kill("SIGTERM")
    const { code, stderr, stdout } = await ended
    expect(code).toBe(0)
    const [warning = "", ...others] = stderr.trimEnd().split("\n")
    expect(JSON.parse(warning)).toMatchObject({
      logLevel: "WARN",
      message: expect.stringContaining("shared store is unavailable"),
      annotations: { reason: expect.stringContaining("ECONNREFUSED") }
    })
    expect(others).toEqual([`listening on ${base}`])
    expect(config.stdout + config.stderr + stdout + stderr).not.toContain(secret)

    chmodSync(join(folder, "password"), 0o644)
    const exposed = await runCommand([...withFile, "--print-config"])
    expect(exposed.stderr).toBe(
      `warning: ${folder}/password has secrets and can be read by other users of this machine; run chmod 600 ${folder}/password\n`
    )
    for (const text of ["", "a\nb\n"]) {
      writeFileSync(join(folder, "password"), text)
      const rejected = await runCommand(withFile)
      expect(rejected).toMatchObject({ code: 3, stderr: expect.stringContaining("must contain exactly one line") })
    }
    rmSync(folder, { recursive: true })
  })

  it("reports that a port is in use", async () => {
    const { port } = upstream.address() as Net.AddressInfo
    const { code, stderr } = await runCommand([...region, "--port", String(port)])
    expect(code).toBe(1)
    expect(stderr).toBe(
      `hotspot-session-http: cannot listen on 127.0.0.1:${port}: the port is in use.\n  Stop the process that uses it, or choose another port with --port (0 takes a free one).\n`
    )
  })

  it("names the port of the metrics if that is in use", async () => {
    const { port } = upstream.address() as Net.AddressInfo
    const { code, stderr } = await runCommand([...region, "--port", "0", "--metrics", String(port)])
    expect(code).toBe(1)
    expect(stderr).toBe(
      `hotspot-session-http: cannot listen on 127.0.0.1:${port} for metrics: the port is in use.\n  Stop the process that uses it, or choose another port with --metrics (0 takes a free one).\n`
    )
  })

  it("keeps serving after the reader of its log exits, and counts the lines that are lost", async () => {
    const { child, ended, kill, url } = startProcess(["--port", "0", "--endpoint", endpoint])
    const base = await url
    child.stdout?.destroy()
    for (let index = 0; index < 5; index++) expect((await fetch(`${base}/livez`)).status).toBe(200)
    let text = ""
    while (!/access_log_lost_total [1-9]/.test(text)) text = await (await fetch(`${base}/metrics`)).text()
    kill("SIGTERM")
    expect((await ended).code).toBe(0)
  })
})
