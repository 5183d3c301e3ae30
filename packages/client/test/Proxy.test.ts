import { spawn } from "node:child_process"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { Proxy } from "@hotspot-session/client"
import { Effect, Either, Redacted } from "effect"
import { isInstalled } from "../../../test/tools.js"

const proxied = { http_proxy: "http://proxy:3128", https_proxy: "http://proxy:3128" }

const route = (url: string, environment: Record<string, string | undefined>): string => {
  const found = Proxy.routeOf(new URL(url), Proxy.fromEnvironment(environment))
  switch (found._tag) {
    case "Direct":
      return "direct"
    case "Proxied":
      return `${found.proxy.host}:${found.proxy.port}`
    case "Unusable":
      return `unusable: ${found.problem.source}`
  }
}

const isDirect = (noProxy: string, url: string): boolean => route(url, { ...proxied, NO_PROXY: noProxy }) === "direct"

/** Hosts, and lists for NO_PROXY: every pair of them is compared with curl. */
const hosts = [
  ...[
    "example.com",
    "www.example.com",
    "notexample.com",
    "EXAMPLE.com",
    "example.com.",
    "com",
    "localhost",
    "a.localhost"
  ],
  ...["127.0.0.1", "10.1.2.3", "10.128.0.1", "192.168.1.77", "[::1]", "[fd00::1]", "[2001:db8::7]"]
]
const lists = [
  ...["", "*", "*,other", "other,*", "*.example.com", "example.com", ".example.com", "Example.COM", "example.com."],
  ...[".example.com.", "example", "www.example.com,other", "other, example.com", "other example.com", "\texample.com "],
  ...[",,example.com,,", "com", ".", "localhost", ".localhost", "127.0.0.1", "127.0.0.0/8", "10.0.0.0/8", "10.0.0.0/9"],
  ...["10.1.2.3/32", "10.1.2.3/33", "10.1.2.0/0", "0.0.0.0/0", "192.168.1.64/26", "192.168.1", "1.77", "::1"],
  ...["2001:db9::/32", "10.1.2.3/x", "10.1.2.3/8x", "10.1.2.3/", "http://example.com"]
]

/** Whether curl reaches each host directly: the server gets the path of a direct request, and a CONNECT of any other. */
const askCurl = Effect.async<ReadonlyMap<string, boolean>>((resume) => {
  const found = new Map<string, boolean>()
  const server = Http.createServer((request, response) => {
    found.set(request.url ?? "", true)
    response.end()
  })
  server.on("connect", (_, socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
  server.listen(0, "127.0.0.1", () => {
    const port = (server.address() as AddressInfo).port
    const one = (host: string, list: string) => [
      ...["-s", "-o", "/dev/null", "--noproxy", list, "-x", `http://127.0.0.1:${port}`],
      ...["--connect-to", `::127.0.0.1:${port}`, "--globoff", `http://${host}/${encodeURIComponent(`${host} ${list}`)}`]
    ]
    const args = hosts.flatMap((host) => lists.flatMap((list) => ["--next", ...one(host, list)])).slice(1)
    spawn("curl", args, { env: { PATH: process.env["PATH"] } }).on("close", () => {
      server.close()
      resume(Effect.succeed(found))
    })
  })
})

describe("NO_PROXY", () => {
  it.live.skipIf(!isInstalled("curl"))("means the same as for curl", () =>
    Effect.gen(function* () {
      const found = yield* askCurl
      const differences = hosts.flatMap((host) =>
        lists
          .filter((list) => {
            const path = `/${encodeURIComponent(`${host} ${list}`)}`
            return (found.get(path) ?? false) !== isDirect(list, `http://${host}/`)
          })
          .map((list) => `${host} with "${list}"`)
      )
      expect(found.size).toBeGreaterThan(60)
      expect(differences).toEqual([])
    })
  )

  it.each([
    ["example.com:80", "http://example.com/", true],
    ["example.com:80", "http://example.com:8080/", false],
    ["example.com:443", "https://www.example.com/", true],
    [".example.com:8443", "https://www.example.com:8443/", true],
    ["10.0.0.0/8:8443", "https://10.1.2.3:8443/", true],
    ["10.0.0.0/8:8443", "https://10.1.2.3/", false],
    ["[::1]", "http://[::1]:8080/", true],
    ["[::1]:8080", "http://[::1]:8080/", true],
    ["[::1]:8080", "http://[::1]/", false],
    ["[fd00::]/8", "http://[fd12::1]/", true],
    // curl documents networks of IPv6, too, but 7.88 compares the text.
    ["0:0:0:0:0:0:0:1", "http://[::1]/", true],
    ["::1/128", "http://[::1]/", true],
    ["fd00::/8", "http://[fd12::1]/", true],
    ["fd00::/16", "http://[fd12::1]/", false],
    ["2001:db8::/32", "http://[2001:db8::7]/", true],
    ["fd00::/12", "http://[fd0f::1]/", true],
    ["fd00::/12", "http://[fd10::1]/", false],
    ["other\r\n", "http://other/", true]
  ])("%j has ports, brackets and all prefixes: %s direct is %s", (list, url, expected) => {
    expect(isDirect(list, url)).toBe(expected)
  })

  it("is never needed for the metadata service", () => {
    for (const host of ["169.254.169.254", "169.254.170.23", "[fe80::1]"]) {
      expect(route(`http://${host}/`, proxied)).toBe("direct")
    }
    expect(route("http://169.253.169.254/", proxied)).toBe("proxy:3128")
  })
})

describe("the proxy of a URL", () => {
  const cases: ReadonlyArray<readonly [url: string, environment: Record<string, string>, expected: string]> = [
    ["https://host/", {}, "direct"],
    ["https://host/", { HTTPS_PROXY: "http://a:1" }, "a:1"],
    ["https://host/", { HTTPS_PROXY: "http://a:1", https_proxy: "http://b:2" }, "b:2"],
    ["https://host/", { HTTPS_PROXY: "http://a:1", https_proxy: "" }, "a:1"],
    ["https://host/", { HTTPS_PROXY: " http://a:1\r" }, "a:1"],
    ["https://host/", { HTTP_PROXY: "http://a:1" }, "direct"],
    ["https://host/", { HTTPS_PROXY: "", ALL_PROXY: "http://c:3" }, "c:3"],
    ["https://host/", { all_proxy: "http://d:4", ALL_PROXY: "http://c:3" }, "d:4"],
    ["http://host/", { HTTP_PROXY: "http://a:1" }, "a:1"],
    ["http://host/", { HTTP_PROXY: "http://a:1", http_proxy: "http://b:2" }, "b:2"],
    ["http://host/", { HTTPS_PROXY: "http://a:1" }, "direct"],
    // In a CGI program, HTTP_PROXY is the header Proxy of a request.
    ["http://host/", { HTTP_PROXY: "http://a:1", REQUEST_METHOD: "GET" }, "direct"],
    ["http://localhost/", { HTTP_PROXY: "http://a:1" }, "a:1"],
    ["http://localhost/", { HTTP_PROXY: "http://a:1", no_proxy: "localhost" }, "direct"],
    ["http://localhost/", { HTTP_PROXY: "http://a:1", no_proxy: "other", NO_PROXY: "localhost" }, "a:1"],
    ["https://host/", { HTTPS_PROXY: "socks5://a:1" }, "unusable: environment variable HTTPS_PROXY"],
    // A desktop sets all of them.
    ["https://host/", { HTTPS_PROXY: "http://a:1", ALL_PROXY: "socks5://c:3" }, "a:1"],
    ["https://host/", { ALL_PROXY: "socks5://c:3", NO_PROXY: "host" }, "direct"]
  ]
  it.each(cases)("%s with %j is %s", (url, environment, expected) => {
    expect(route(url, environment)).toBe(expected)
  })
})

describe("the URL of a proxy", () => {
  it.each([
    ["http://proxy:3128", "proxy", 3128, false, undefined],
    ["http://proxy:80", "proxy", 80, false, undefined],
    ["http://proxy", "proxy", 1080, false, undefined],
    ["https://proxy", "proxy", 443, true, undefined],
    ["HTTP://Proxy:3128/", "proxy", 3128, false, undefined],
    ["proxy:3128", "proxy", 3128, false, undefined],
    ["user:pass@proxy:3128", "proxy", 3128, false, "user:pass"],
    ["http://[::1]:3128", "::1", 3128, false, undefined],
    ["http://[::1]", "::1", 1080, false, undefined],
    ["http://user:p%40ss%2Fw%3Ard@proxy:1", "proxy", 1, false, "user:p@ss/w:rd"],
    ["http://user:p@ss@proxy:1", "proxy", 1, false, "user:p@ss"],
    ["http://user@proxy:1", "proxy", 1, false, "user:"],
    ["http://:pass@proxy:1", "proxy", 1, false, ":pass"],
    ["http://us%C3%A9r:100%@proxy:1", "proxy", 1, false, "usér:100%"]
  ])("%s", (url, host, port, isTls, credentials) => {
    const { authorization, ...proxy } = Either.getOrThrow(Proxy.parse(url, "test"))
    expect(proxy).toEqual({ host, port, isTls, source: "test" })
    const [, encoded = ""] = authorization === undefined ? [] : Redacted.value(authorization).split(" ")
    expect(authorization && Buffer.from(encoded, "base64").toString()).toBe(credentials)
  })

  it.each([
    ["socks5://user:secret@proxy:1080", /SOCKS proxy, which is not supported/],
    ["socks://user:secret@proxy", /SOCKS/],
    ["ftp://user:secret@proxy:21", /scheme ftp/],
    ["http://user:secret#x@proxy:1", /not a URL/],
    ["http://user:1/secret@proxy:1", /@ after its host/],
    ["http://user:secret@proxy:99999", /not a URL/],
    ["http://user:secret@proxy:0", /port 0/],
    ["http://", /not a URL/],
    ["//user:secret@proxy:8080", /no scheme before/],
    ["user:secret@", /not a URL/],
    ["a secret", /not a URL/]
  ])("%s is refused without its password", (url, expected) => {
    const problem = Either.getOrThrow(Either.flip(Proxy.parse(url, "test")))
    expect(problem.problem).toMatch(expected)
    expect(problem.hint).toMatch(/\.$/)
    expect(JSON.stringify(problem)).not.toContain("secret")
  })

  it("is shown without user and password", () => {
    const proxy = Either.getOrThrow(Proxy.parse("https://user:secret@proxy:3128", "option --proxy"))
    expect(Proxy.urlOf(proxy)).toBe("https://********@proxy:3128")
    expect(Proxy.describe(proxy)).toBe("https://proxy:3128 (option --proxy)")
    expect(JSON.stringify(proxy)).not.toContain(btoa("user:secret"))
  })
})
