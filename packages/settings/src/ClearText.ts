import { isLoopback } from "./Loopback.js"

/** The URLs on other machines that are called without TLS, each once. */
export const clearTextUrls = (urls: Iterable<string>): ReadonlyArray<string> =>
  [...new Set(urls)].filter((url) => url.startsWith("http:") && !isLoopback(new URL(url).hostname))

/** The warning about such a URL. */
export const clearTextWarning = (url: string): string =>
  `Credentials and responses of ${url} are sent in clear text. Use https.`
