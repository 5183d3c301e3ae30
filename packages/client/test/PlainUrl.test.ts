import { Either, FastCheck as fc } from "effect"
import { expect, it } from "vitest"
import { runs } from "../../../test/runs.js"
import { baseUrl } from "../src/Endpoint.js"
import { plainUrl } from "../src/PlainUrl.js"

const agrees = (text: string) => {
  const plain = plainUrl(text)
  if (plain === undefined) return false
  const { host, href, origin, pathname, search } = new URL(text)
  expect(plain).toEqual({ origin, host, pathname, search })
  expect(href).toBe(text)
  return true
}

it("parses the URLs of this library's requests like URL", () => {
  const paths = ["/", "/v1/0123456789abcdef0123456789abcdef/hotspot-session-config", "/a//b/c.d~e_f-g/"]
  for (const origin of [
    "https://workspace.ap-southeast-1.myhuaweicloud.com",
    "http://127.0.0.1:8080",
    "http://[::1]:80a"
  ]) {
    for (const path of paths) {
      for (const search of ["", "?limit=100&offset=0", "?a"]) {
        expect(agrees(`${origin}${path}${search}`)).toBe(!origin.endsWith("a"))
      }
    }
  }
})

it("does not parse a URL that URL would change", () => {
  for (const text of [
    "",
    "/v1",
    "https://host",
    "HTTPS://host/",
    "https://Host/",
    "https://host:443/",
    "http://host:80/",
    "http://127.1/",
    "http://user@host/",
    "https://host/a/../b",
    "https://host/./a",
    "https://host/.a",
    "https://host/%2e%2e/a",
    "https://host/a b",
    "https://host/a\\b",
    "https://host/ä",
    "https://host/a?",
    "https://host/a?b=%20",
    "https://host/a?b=+",
    "https://host/a?b='",
    "https://host/a#b",
    "https://host/a\n",
    "ftp://host/a"
  ]) {
    expect(plainUrl(text), text).toBeUndefined()
  }
})

it("and the check of endpoints agree with URL for any text", () => {
  const characters = fc.constantFrom(..."aZ09-._~/?=&%+#:@\\ ä'[]")
  const text = fc.string({ unit: characters, maxLength: 20 })
  const host = fc.oneof(fc.constantFrom("host", "127.0.0.1:80", "a.b:8080", "[::1]"), text)
  fc.assert(
    fc.property(fc.constantFrom("http", "https", "HTTP"), host, text, (scheme, host, rest) => {
      const text = `${scheme}://${host}/${rest}`
      agrees(text)
      for (const endpoint of [text, `${scheme}://${host}${rest}`]) {
        const url = baseUrl(endpoint)
        if (Either.isLeft(url)) continue
        const { origin, password, pathname, search, username } = new URL(endpoint)
        expect([url.right, search, username, password]).toEqual([
          `${origin}${pathname.replace(/\/+$/, "")}`,
          "",
          "",
          ""
        ])
      }
    }),
    { numRuns: runs(600) }
  )
})
