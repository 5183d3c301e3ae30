import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))

const under = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file))

const members = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => join(folder, name))
)
const files = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...under("docs").filter((name) => name.endsWith(".md")),
  ...members.map((member) => join(member, "README.md")).filter((file) => existsSync(join(root, file))),
  ...members.filter((member) => !member.endsWith("bench")).flatMap((member) => under(join(member, "src")))
].filter((file) => /\.(?:md|ts)$/.test(file))

/** Texts that are not valid keys of the gateway, or are valid only for the emulator. */
const harmless = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "EMULATORACCESSKEY001",
  "HSTAEMULATORTEMPKEY1"
]

/** Hashes of keys, gateway keys and access keys: if users copied them, every reader of these files would have access. */
const usable = /\b[0-9a-f]{64}\b|\bhsg_[\w-]{32}\b|\b(?=[A-Z0-9]*\d)[A-Z0-9]{20}\b/gi

it("documents and docstrings have placeholders instead of secrets and hashes", () => {
  const found = files.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(usable)]
      .filter(([text]) => !harmless.includes(text))
      .map(([text]) => `${file}: ${text}`)
  )
  expect(files.length).toBeGreaterThan(100)
  expect(found).toEqual([])
})
