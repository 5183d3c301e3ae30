import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { isInstalled } from "../../../test/tools.js"

/** Node cannot issue certificates. */
export const hasOpenssl = isInstalled("openssl")

const issue = (folder: string) => {
  const openssl = (...args: ReadonlyArray<string>) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" })
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/O=Test/CN=Test Root", "-days", "2")
  openssl("req", ...key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1")
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2"]
  openssl("x509", "-req", "-in", "request.pem", ...signing, "-out", "cert.pem")
  const text = (name: string) => readFileSync(join(folder, name), "utf8")
  return { ca: text("ca.pem"), caFile: join(folder, "ca.pem"), cert: text("cert.pem"), key: text("key.pem"), folder }
}

/** A private authority, and a certificate that it has issued for localhost. */
export const makeAuthority = Effect.acquireRelease(
  Effect.sync(() => issue(mkdtempSync(join(tmpdir(), "hotspot-session-")))),
  ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true }))
)
