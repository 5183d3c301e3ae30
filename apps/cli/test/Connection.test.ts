import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { Demo, Emulator } from "@hotspot-session/emulator"
import { Effect, Exit, Scope } from "effect"
import { hasOpenssl, makeAuthority } from "../../../packages/client/test/authority.js"
import { makeProxy, makeTlsServer } from "../../../packages/client/test/proxyServer.js"
import { newFile, newFolder, run } from "./support.js"

const secret = "canary-proxy-5e1f"

const environmentOf = (endpoint: string) => ({
  HOTSPOT_SESSION_AUTH_TOKEN: Demo.token,
  HOTSPOT_SESSION_ENDPOINT: endpoint,
  HUAWEICLOUD_SDK_PROJECT_ID: Demo.projectId
})

const unused = environmentOf("https://service.invalid")

describe("a proxy", () => {
  it.scopedLive("is that of the option, else of the variables, and off turns it off", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const [byOption, byOwnVariable, byVariable] = [yield* makeProxy(), yield* makeProxy(), yield* makeProxy()]
      const url = ({ port }: { readonly port: number }) => `http://127.0.0.1:${port}`
      const list = (environment: Record<string, string>, ...argv: ReadonlyArray<string>) =>
        Effect.map(run(["list", ...argv], { ...environmentOf(emulator.endpoint), ...environment }), ({ code }) => {
          const seen = [byOption, byOwnVariable, byVariable].map(({ seen }) => seen.splice(0).length)
          return [code, ...seen]
        })
      const variable = { http_proxy: url(byVariable) }
      const both = { ...variable, HOTSPOT_SESSION_PROXY: url(byOwnVariable) }
      expect(yield* list({})).toEqual([0, 0, 0, 0])
      expect(yield* list(variable)).toEqual([0, 0, 0, 1])
      expect(yield* list(both)).toEqual([0, 0, 1, 0])
      expect(yield* list(both, "--proxy", url(byOption))).toEqual([0, 1, 0, 0])
      expect(yield* list(both, "--proxy", "off")).toEqual([0, 0, 0, 0])
      expect(yield* list({ ...variable, HOTSPOT_SESSION_PROXY: "off" })).toEqual([0, 0, 0, 0])
      expect(yield* list({ ...both, no_proxy: "127.0.0.1" })).toEqual([0, 0, 0, 0])
      expect((yield* run(["list", "--demo"], { http_proxy: "http://127.0.0.1:9" })).code).toBe(0)
    })
  )

  const invalid: ReadonlyArray<
    readonly [argv: ReadonlyArray<string>, environment: Record<string, string>, expected: RegExp]
  > = [
    [
      [],
      { HTTPS_PROXY: `socks5://u:${secret}@h:1` },
      /^hotspot-session: The proxy \(environment variable HTTPS_PROXY\) .* SOCKS/
    ],
    [[], { ALL_PROXY: "socks4://h:1" }, /\(environment variable ALL_PROXY\) .* SOCKS/],
    [
      [],
      { https_proxy: `http://u:${secret}#@h:1` },
      /\(environment variable https_proxy\) .* not a URL.*\n.*Percent-encode/
    ],
    [[], { HOTSPOT_SESSION_PROXY: `http://u:${secret}/@h:1` }, /\(environment variable HOTSPOT_SESSION_PROXY\)/],
    [["--proxy", "ftp://h"], {}, /\(option --proxy\) cannot be used: it has the scheme ftp/],
    [["--proxy", `http://u:${secret}@h:1`], {}, /\(option --proxy\) .*password.*\n.*HOTSPOT_SESSION_PROXY.*change/]
  ]
  it.live.each(invalid)(
    "that cannot be used ends the command before anything is sent: %j %j",
    ([argv, environment, expected]) =>
      Effect.gen(function* () {
        const ended = yield* run(["list", ...argv], { ...unused, ...environment })
        expect(ended).toMatchObject({ code: 3, stdout: "", stderr: expect.stringMatching(expected) })
        expect(ended.stderr).not.toContain(secret)
      })
  )

  it.scopedLive("that requires authentication ends the command with 4, any other failure with 6", () =>
    Effect.gen(function* () {
      const proxy = yield* makeProxy({ credentials: "a:b" })
      const HTTPS_PROXY = `http://u:${secret}@127.0.0.1:${proxy.port}`
      const rejected = yield* run(["list", "--debug"], { ...unused, HTTPS_PROXY })
      expect(rejected).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("rejected its user and password (407)")
      })
      expect(rejected.stderr).toContain(`(through 127.0.0.1:${proxy.port} (environment variable HTTPS_PROXY))`)
      const forbidding = yield* makeProxy({ connectStatus: 403 })
      const json = yield* run(["list", "-o", "json"], { ...unused, HTTPS_PROXY: `http://127.0.0.1:${forbidding.port}` })
      expect(json.code).toBe(6)
      expect(JSON.parse(json.stderr)).toMatchObject({ error: { reason: "proxy", code: "ERR_PROXY_403" } })
      const user = {
        ...{ HW_USER_NAME: "u", HW_USER_PASSWORD: "p", HW_DOMAIN_NAME: "d", HOTSPOT_SESSION_AUTH_TOKEN: "" },
        HUAWEICLOUD_SDK_IAM_ENDPOINT: "https://iam.invalid"
      }
      const iam = yield* run(["list"], { ...unused, ...user, HTTPS_PROXY })
      expect(iam).toMatchObject({ code: 4, stderr: expect.stringContaining("The proxy failed: 127.0.0.1") })
      expect(rejected.stderr + json.stderr + iam.stderr).not.toContain(secret)
    })
  )

  it.scopedLive("is shown by doctor and config, with the reason if it is not used", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const proxy = yield* makeProxy({ credentials: `u:${secret}` })
      const environment = {
        ...environmentOf(emulator.endpoint),
        http_proxy: `http://u:${secret}@127.0.0.1:${proxy.port}`
      }
      const host = emulator.endpoint.replace("http://", "")
      const checks = function* (more: Record<string, string>) {
        const { code, stdout } = yield* run(["doctor", "-o", "json"], { ...environment, ...more })
        return { code, checks: JSON.parse(stdout).checks as ReadonlyArray<object> }
      }
      const proxied = yield* checks({})
      expect(proxied.code).toBe(0)
      const through = `through 127.0.0.1:${proxy.port} (environment variable http_proxy), which resolves its name`
      expect(proxied.checks).toContainEqual({ check: "proxy", status: "ok", detail: `${host} is reached ${through}` })
      expect(yield* checks({ NO_PROXY: "other,127.0.0.0/8" })).toMatchObject({
        checks: expect.arrayContaining([
          {
            check: "proxy",
            status: "ok",
            detail: `${host} is reached directly: 127.0.0.0/8 in environment variable NO_PROXY`
          }
        ])
      })
      expect(yield* checks({ http_proxy: "socks5://x:1" })).toMatchObject({
        code: 1,
        checks: expect.arrayContaining([expect.objectContaining({ check: "proxy", status: "failed" })])
      })
      const config = yield* run(["config"], environment)
      expect(config.stdout).toMatch(`proxy         http://********@127.0.0.1:${proxy.port}  `)
      expect(config.stdout).not.toContain(secret)
    })
  )
})

describe.skipIf(!hasOpenssl)("certificate authorities", () => {
  const scope = Effect.runSync(Scope.make())
  let authority: Effect.Effect.Success<typeof makeAuthority>
  beforeAll(async () => {
    authority = await Effect.runPromise(Scope.extend(makeAuthority, scope))
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  it.scopedLive("are those of --ca-file and the variables; doctor names one that is not trusted", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.make()
      const service = yield* makeTlsServer(authority, emulator.endpoint)
      const environment = environmentOf(`https://localhost:${service.port}`)
      for (const [argv, more] of [
        [["--ca-file", authority.caFile], {}],
        [[], { HOTSPOT_SESSION_CA_FILE: authority.caFile }],
        [[], { SSL_CERT_FILE: authority.caFile }]
      ] as const) {
        expect((yield* run(["list", ...argv], { ...environment, ...more })).code).toBe(0)
      }
      const doctor = yield* run(["doctor", "-o", "json"], { ...environment, NODE_TLS_REJECT_UNAUTHORIZED: "0" })
      expect(doctor.code).toBe(1)
      expect(JSON.parse(doctor.stdout).checks).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ check: "certificates", status: "warning" }),
          expect.objectContaining({
            check: "connection",
            status: "failed",
            detail: expect.stringContaining("Test Root, Test is not trusted"),
            fix: expect.stringContaining("--ca-file")
          })
        ])
      )
      expect(doctor.stderr).toContain("warning: NODE_TLS_REJECT_UNAUTHORIZED=0 is ignored")
    })
  )

  it.live("that cannot be read end the command before anything is sent, with file and line", () =>
    Effect.gen(function* () {
      const { ca, key } = authority
      const cases: ReadonlyArray<readonly [file: string, expected: string]> = [
        [join(newFolder(), "none.pem"), "does not exist"],
        [newFolder(), "is a folder"],
        [newFile(""), "contains no certificate"],
        [newFile(key), "contains no certificate, but PRIVATE KEY"],
        [
          newFile(`${ca}\n\n${ca.replace(/\n[A-Za-z0-9+/]{10}/, "\n")}`),
          `has a damaged certificate at line ${ca.split("\n").length + 2}`
        ],
        [newFile(ca.replace(/-----END[\s\S]*/, "")), "has a certificate without an end at line 1"]
      ]
      for (const [file, expected] of cases) {
        const ended = yield* run(["list", "--ca-file", file], unused)
        expect(ended.stderr).toContain(`(option --ca-file) cannot be used: ${file} ${expected}.`)
        expect(ended.code).toBe(3)
        const variable = yield* run(["list"], { ...unused, SSL_CERT_FILE: file })
        expect(variable.stderr).toContain(`(environment variable SSL_CERT_FILE) cannot be used: ${file} ${expected}.`)
        expect(variable.code).toBe(3)
        const shown = yield* run(["config"], { ...unused, SSL_CERT_FILE: file })
        expect(shown.stdout).toContain(`(environment variable SSL_CERT_FILE) cannot be used: ${file} ${expected}.`)
        const own = { ...unused, HOTSPOT_SESSION_CA_FILE: file, HTTPS_PROXY: "http://proxy.invalid:1" }
        const broken = yield* run(["config"], own)
        expect(broken.code).toBe(0)
        expect(broken.stdout).toContain(`(environment variable HOTSPOT_SESSION_CA_FILE) cannot be used: ${file}`)
        expect(broken.stdout).toMatch(/^proxy +http:\/\/proxy\.invalid:1 /m)
        const unusedFile = yield* run(["config"], { ...environmentOf("http://service.invalid"), SSL_CERT_FILE: file })
        expect(unusedFile.stdout).toMatch(/^CA file +\S+ +environment variable SSL_CERT_FILE$/m)
      }
    })
  )
})
