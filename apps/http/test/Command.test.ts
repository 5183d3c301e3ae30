import { type ChildProcess, spawn } from "node:child_process"
import * as Http from "node:http"
import type * as Net from "node:net"
import { fileURLToPath } from "node:url"
import { Either } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as CommandLine from "../src/bin/CommandLine.js"
import * as Settings from "../src/bin/Settings.js"
import { contractPath, documentedPage, ownToken, toAnswer, token } from "./support.js"

const file = fileURLToPath(new URL("../dist/hotspot-session-http.js", import.meta.url))

let upstream: Http.Server
let endpoint = ""
const held: Array<Http.ServerResponse> = []
const children: Array<ChildProcess> = []

beforeAll(async () => {
  upstream = Http.createServer((request, response) => {
    if (request.url?.includes("limit=99") === true) held.push(response)
    else response.end(JSON.stringify(documentedPage))
  })
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve))
  endpoint = `http://127.0.0.1:${(upstream.address() as Net.AddressInfo).port}`
})

afterAll(() => {
  for (const child of children) child.kill("SIGKILL")
  upstream.closeAllConnections()
  upstream.close()
})

const start = (args: ReadonlyArray<string>, environment: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [file, ...args], { env: { PATH: process.env["PATH"], ...environment } })
  children.push(child)
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk
  })
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, ...output }))
  )
  const url = new Promise<string>((resolve, reject) => {
    child.stderr.on("data", () => {
      const found = /^listening on (http:\S+)$/m.exec(output.stderr)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.on("close", () => reject(new Error(output.stderr)))
  })
  url.catch(() => {})
  return { child, ended, url, output }
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const withToken = { HOTSPOT_SESSION_AUTH_TOKEN: "abc" }
const region = ["--region", "cn-north-4"]

/** What a start with these says is wrong, and its exit code. */
const refusal = (args: ReadonlyArray<string>, environment: Record<string, string>) =>
  Either.match(CommandLine.parse(args), {
    onLeft: ({ exitCode, stderr }) => [exitCode, stderr] as const,
    onRight: (flags) =>
      Either.match(Settings.resolve(flags, environment), {
        onLeft: (problem) => [3, problem] as const,
        onRight: () => [0, ""] as const
      })
  })

describe("settings", () => {
  const refused: ReadonlyArray<readonly [ReadonlyArray<string>, Record<string, string>, number, RegExp]> = [
    [["--prot", "1"], {}, 2, /'--prot'\n.*--port/],
    [["--port", "65536"], {}, 2, /'--port <port>' argument '65536' is invalid. It must be an integer from 0 to 65535/],
    [["--port", "8080 "], {}, 2, /--port.*'8080 '/],
    [["--port", ""], {}, 2, /--port/],
    [["--region", "cn-north-5"], {}, 2, /--region.*'cn-north-5'.*cn-north-4/],
    [["--endpoint", "ftp://x"], {}, 2, /--endpoint.*'ftp:\/\/x'.*https:/],
    [["--endpoint", "http://u:p@x"], {}, 2, /--endpoint.*password/],
    [["--timeout", "30"], {}, 2, /--timeout.*'30'.*30s/],
    [["--timeout", "0s"], {}, 2, /--timeout.*'0s'/],
    [["--host", "http://x"], {}, 2, /--host.*'http:\/\/x'/],
    [["--credentials", "owm"], {}, 2, /--credentials.*'owm'.*own/],
    [[...region, "--endpoint", "http://x"], {}, 2, /--region.*cannot be used with.*--endpoint/],
    [["extra"], {}, 2, /too many arguments/],
    [[], {}, 3, /Neither a region nor an endpoint.*--region.*HOTSPOT_SESSION_REGION/],
    [[], { HOTSPOT_SESSION_REGION: "mars" }, 3, /HOTSPOT_SESSION_REGION is “mars”/],
    [[], { HOTSPOT_SESSION_ENDPOINT: "nowhere" }, 3, /HOTSPOT_SESSION_ENDPOINT is “nowhere”/],
    [[...region, "--credentials", "own"], {}, 3, /Set HOTSPOT_SESSION_AUTH_TOKEN/],
    [[...region, "--credentials", "own", "--host", "0.0.0.0"], withToken, 3, /--host 127.0.0.1, or.*pass-through/],
    [[...region, "--credentials", "own", "--host", "::"], withToken, 3, /--host 127.0.0.1/]
  ]

  it.each(refused)("%j with %j: exit code %i, %s", (args, environment, exitCode, message) => {
    const [code, text] = refusal(args, environment)
    expect(text).toMatch(message)
    expect(code).toBe(exitCode)
  })

  const settings = (args: ReadonlyArray<string>, environment: Record<string, string> = {}) =>
    Either.getOrThrow(Settings.resolve(Either.getOrThrow(CommandLine.parse(args)), environment))

  it("have defaults", () => {
    expect(settings(region)).toEqual({
      host: "127.0.0.1",
      port: 8080,
      target: { region: "cn-north-4" },
      token: undefined,
      timeout: 30_000,
      warnings: []
    })
  })

  it("prefer the command line, then the endpoint", () => {
    const both = { HOTSPOT_SESSION_ENDPOINT: "http://x", HOTSPOT_SESSION_REGION: "sa-brazil-1" }
    expect(settings([], both).target).toEqual({ endpoint: "http://x" })
    expect(settings([], { ...both, HOTSPOT_SESSION_ENDPOINT: "" }).target).toEqual({ region: "sa-brazil-1" })
    expect(settings(region, both).target).toEqual({ region: "cn-north-4" })
    expect(settings(["--endpoint", "https://y"], both).target).toEqual({ endpoint: "https://y" })
  })

  it("take IPv6 hosts, with or without brackets", () => {
    expect(settings([...region, "--host", "[::1]"]).host).toBe("::1")
    expect(settings([...region, "--host", "::1", "--credentials", "own"], withToken).host).toBe("::1")
  })

  it("are explained, examples first", () => {
    const help = Either.getOrThrow(Either.flip(CommandLine.parse(["--help"])))
    expect(help).toMatchObject({ exitCode: 0, stderr: "" })
    expect(help.stdout).toMatch(/^Examples:/)
    for (const name of ["--host", "--port", "--timeout", ...Object.values(Settings.variables)]) {
      expect(help.stdout).toContain(name)
    }
  })
})

describe("hotspot-session-http", { timeout: 20_000 }, () => {
  it("listens, answers, logs to stdout and ends with 0 on SIGTERM", async () => {
    const { child, ended, url } = start(["--port", "0", "--endpoint", endpoint])
    const base = await url
    const answer = await toAnswer(
      await fetch(`${base}${contractPath}?limit=5`, { headers: { "x-auth-token": token, "x-request-id": "r-1" } })
    )
    expect(answer.json).toEqual(documentedPage)
    child.kill("SIGTERM")
    const { code, stderr, stdout } = await ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: `listening on ${base}\n` })
    expect(base).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const lines = stdout.trimEnd().split("\n")
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ status: 200, path: contractPath, request_id: "r-1" })
    expect(stdout).not.toContain(token)
  })

  it("answers what is in flight before it ends, with 130 on SIGINT", async () => {
    const { child, ended, url } = start(["--port=0"], { HOTSPOT_SESSION_ENDPOINT: endpoint })
    const answer = fetch(`${await url}${contractPath}?limit=99`, { headers: { "x-auth-token": token } })
    await until(() => held.length > 0)
    child.kill("SIGINT")
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const response of held.splice(0)) response.end(JSON.stringify(documentedPage))
    expect((await answer).status).toBe(200)
    expect((await ended).code).toBe(130)
  })

  it("ends at once on a second signal", async () => {
    const upstream = Http.createServer(() => {})
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve))
    const { child, ended, url } = start([
      "--port=0",
      "--endpoint",
      `http://127.0.0.1:${(upstream.address() as Net.AddressInfo).port}`
    ])
    const asked = new Promise((resolve) => upstream.once("request", resolve))
    const answer = fetch(`${await url}${contractPath}`, { headers: { "x-auth-token": token } }).catch(() => "broken")
    await asked
    child.kill("SIGTERM")
    await new Promise((resolve) => setTimeout(resolve, 50))
    child.kill("SIGTERM")
    expect((await ended).signal).toBe("SIGTERM")
    expect(await answer).toBe("broken")
    upstream.closeAllConnections()
    upstream.close()
  })

  it("answers everybody with its own token when told, and warns of one that is not used", async () => {
    const environment = { HOTSPOT_SESSION_AUTH_TOKEN: ownToken, HOTSPOT_SESSION_ENDPOINT: endpoint }
    const own = start(["--port", "0", "--credentials", "own"], environment)
    expect((await fetch(`${await own.url}${contractPath}`)).status).toBe(200)
    own.child.kill("SIGTERM")
    const passThrough = start(["--port", "0"], environment)
    expect((await fetch(`${await passThrough.url}${contractPath}`)).status).toBe(401)
    passThrough.child.kill("SIGTERM")
    const { stderr } = await passThrough.ended
    expect(stderr).toMatch(/^warning: HOTSPOT_SESSION_AUTH_TOKEN is set but not used.*\nlistening on \S+\n$/)
    expect(JSON.stringify([stderr, own.output])).not.toContain(ownToken)
    expect((await own.ended).code).toBe(0)
  })

  it("does not start with a wrong option, or with a token that cannot be one", async () => {
    const usage = await start(["--prot", "1"]).ended
    expect(usage).toMatchObject({ code: 2, stdout: "" })
    expect(usage.stderr).toBe("error: unknown option '--prot'\n(Did you mean --port?)\n")
    const args = [...region, "--credentials", "own"]
    const configuration = await start(args, { HOTSPOT_SESSION_AUTH_TOKEN: "a b" }).ended
    expect(configuration).toMatchObject({ code: 3, stdout: "" })
    expect(configuration.stderr).toMatch(/^error: .*HOTSPOT_SESSION_AUTH_TOKEN.*space/)
  })

  it("says that a port is in use", async () => {
    const { port } = upstream.address() as Net.AddressInfo
    const { code, stderr } = await start([...region, "--port", String(port)]).ended
    expect(code).toBe(1)
    expect(stderr).toBe(
      `error: cannot listen on 127.0.0.1:${port}: the port is in use. Stop what uses it, or choose another with --port (0 takes a free one).\n`
    )
  })

  it("keeps serving when nobody reads its log any more", async () => {
    const { child, ended, url } = start(["--port", "0", "--endpoint", endpoint])
    const base = await url
    child.stdout?.destroy()
    for (let index = 0; index < 5; index++) expect((await fetch(`${base}/livez`)).status).toBe(200)
    child.kill("SIGTERM")
    expect((await ended).code).toBe(0)
  })
})
