import { existsSync } from "node:fs"

/** Debian's Chromium; `undefined` if it is not installed. */
export const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-headless-shell"].find((path) => existsSync(path))
